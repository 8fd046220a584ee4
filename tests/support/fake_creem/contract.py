"""What Creem's own documents say of requests and answers, as judges of both."""

import json
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

from jsonschema import Draft7Validator, FormatChecker
from openapi_core import OpenAPI
from openapi_core.exceptions import OpenAPIError
from openapi_core.templating.paths.exceptions import PathError
from openapi_core.testing import MockRequest

DATA = Path(__file__).parents[2] / "adapters" / "providers" / "creem" / "data"

Json = dict[str, Any]

_HOST = "https://test-api.creem.io"
# Asked for without a body; a body there would be an invention of ours.
_BODILESS = ("/pause", "/resume")


@cache
def wire() -> Json:
    """Return the schemas made from Creem's official library: requests, responses, events."""
    found: Json = json.loads((DATA / "wire.schema.json").read_text(encoding="utf-8"))
    return found


@cache
def _document() -> Json:
    path = DATA / "openapi-2026-04-21.trimmed.json"
    found: Json = json.loads(path.read_text(encoding="utf-8"))
    return found


@cache
def _openapi() -> OpenAPI:
    return OpenAPI.from_dict(_document())


@cache
def _validator(part: str, name: str) -> Draft7Validator | None:
    schema = wire()[part].get(name)
    if schema is None:
        return None
    # References are rooted in the whole document.
    return Draft7Validator(wire() | schema, format_checker=FormatChecker())


def problems_of_request(
    route: str,
    path: str,
    query: Mapping[str, str],
    headers: Mapping[str, str],
    body: bytes,
) -> list[str]:
    """Return what is wrong with a request, by both documents. `route` is `METHOD /path/{id}`."""
    method, template = route.split(" ", 1)
    return [
        *_strictly(route, method, template, body),
        *_unknown_parameters(method, template, query),
        *_by_openapi(method, path, query, headers, body),
    ]


def problems_of_answer(route: str, answer: Json) -> list[str]:
    """Return what is wrong with an answer of the fake's own, by the official library's schema."""
    return _problems("responses", route, answer)


def problems_of_event(event: Json) -> list[str]:
    """Return what is wrong with an event, by the official library's schema."""
    return _problems("events", event["eventType"], event)


def _strictly(route: str, method: str, template: str, body: bytes) -> list[str]:
    if _validator("requests", route) is not None:
        try:
            return _problems("requests", route, json.loads(body))
        except ValueError:
            return ["the body is not JSON"]
    if method == "POST" and not template.endswith(_BODILESS):
        return [f"no schema knows {route}"]
    return ["this call takes no body"] if body else []


def _unknown_parameters(method: str, template: str, query: Mapping[str, str]) -> list[str]:
    operation = _document()["paths"].get(template, {}).get(method.lower(), {})
    known = {each["name"] for each in operation.get("parameters", []) if each["in"] == "query"}
    return [f"the query has an unknown parameter {name}" for name in query if name not in known]


def _by_openapi(
    method: str, path: str, query: Mapping[str, str], headers: Mapping[str, str], body: bytes
) -> list[str]:
    request = MockRequest(
        _HOST,
        method.lower(),
        path,
        args=dict(query),
        headers=dict(headers),
        data=body,
        content_type="application/json",
    )
    try:
        _openapi().validate_request(request)
    except PathError:
        # The document is older than the official library and does not know every path.
        return []
    except OpenAPIError as fault:
        return [f"{type(fault).__name__}: {fault.__cause__ or fault}"]
    return []


def _problems(part: str, name: str, instance: Any) -> list[str]:
    validator = _validator(part, name)
    if validator is None:
        return []
    return [f"{each.json_path}: {each.message}" for each in validator.iter_errors(instance)]
