"""The OpenAPI document, made from the same rows and classes that requests are served by."""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import msgspec
from apispec import APISpec

from domain.access.errors import NotAllowed, NotSignedIn, OtherAccount
from domain.access.role import Role
from domain.credits.errors import KeyReused
from domain.errors import BillingError
from entrypoints.http import idempotency
from entrypoints.http.endpoint import Endpoint, Idempotency, Shape
from entrypoints.http.errors import INTERNAL_ERROR, status_of
from entrypoints.http.openapi_schemas import ERROR, Schemas
from entrypoints.http.policy import AccountHolder, Admin, Backend
from entrypoints.http.refusals import BodyTooLarge, IdempotencyKeyRequired, InvalidRequest
from entrypoints.http.token_keys import TokenKeysUnavailable

_ABOUT = """Credits, orders, subscriptions, coupons and check-ins of a product's users.

Every answer is `{"success": true, "data": …}`, a list adds `meta`; every refusal is
`{"success": false, "error": {"code", "message", "details", "request_id"}}`, and its `code` never
changes. Instants are RFC 3339 in UTC, money and credits are whole numbers."""

_SECURITY_SCHEMES: Mapping[str, Mapping[str, str]] = {
    "userToken": {
        "type": "http",
        "scheme": "bearer",
        "bearerFormat": "JWT",
        "description": "A user: the product's own token, or a short one from POST /sessions.",
    },
    "backendKey": {
        "type": "http",
        "scheme": "bearer",
        "description": "The product's backend: an API key (bk_…) that holds the scope named.",
    },
    "admin": {
        "type": "http",
        "scheme": "bearer",
        "description": "An admin: a token of the admin audience, or an API key with a role.",
    },
}

_PATH_PARAMETER = re.compile(r"\{([a-z_]+)\}")


def document_of(endpoints: Sequence[Endpoint], *, public_url: str, version: str) -> bytes:
    """Return the document as JSON. Raises ValueError if two classes share a name."""
    described = [endpoint for endpoint in endpoints if endpoint.shape is not Shape.RAW]
    schemas = Schemas.of(described)
    spec = APISpec(
        "Billing API",
        version,
        "3.1.0",
        info={"description": _ABOUT, "license": {"name": "MIT", "identifier": "MIT"}},
        servers=[{"url": public_url}],
        tags=[{"name": tag} for tag in dict.fromkeys(each.tag for each in described)],
    )
    for name, scheme in _SECURITY_SCHEMES.items():
        spec.components.security_scheme(name, dict(scheme))
    for name, schema in schemas.components(described).items():
        spec.components.schema(name, dict(schema))
    for path in dict.fromkeys(each.path for each in described):
        sharing = [each for each in described if each.path == path]
        operations = {each.method.lower(): _operation(each, schemas) for each in sharing}
        spec.path(path=path, operations=operations)
    return msgspec.json.encode(spec.to_dict())


def _operation(endpoint: Endpoint, schemas: Schemas) -> dict[str, Any]:
    operation: dict[str, Any] = {
        "operationId": _operation_id(endpoint),
        "tags": [endpoint.tag],
        "summary": endpoint.summary,
        "description": _description(endpoint),
        "security": _security(endpoint),
        "parameters": list(_parameters(endpoint, schemas)),
        "responses": _responses(endpoint, schemas),
    }
    if endpoint.body is not None:
        schema, is_required = schemas.body(endpoint.body)
        content: dict[str, Any] = {"schema": schema}
        if endpoint.example is not None:
            content["example"] = dict(endpoint.example)
        operation["requestBody"] = {
            "required": is_required,
            "content": {"application/json": content},
        }
    return operation


def _operation_id(endpoint: Endpoint) -> str:
    words = re.findall(r"[a-z0-9]+", f"{endpoint.method} {endpoint.path}".lower())
    return "_".join(words)


def _description(endpoint: Endpoint) -> str:
    match endpoint.policy:
        case AccountHolder(scope=None):
            asker = "A user, for their own account."
        case AccountHolder(scope=scope) if scope is not None:
            where = "query" if endpoint.takes_account_in_query else "body"
            asker = (
                "A user, for their own account; or an API key with the scope "
                f"`{scope.value}`, which names the account by `account_id` in the {where}."
            )
        case Backend(scope=scope):
            asker = f"An API key with the scope `{scope.value}`."
        case Admin(right=right):
            roles = ", ".join(f"`{role.value}`" for role in Role if role.may(right))
            asker = f"An admin with one of the roles {roles}."
        case _:
            asker = "Needs no credential."
    return "\n\n".join(part for part in (endpoint.description, asker) if part)


def _security(endpoint: Endpoint) -> list[dict[str, list[str]]]:
    match endpoint.policy:
        case AccountHolder(scope=None):
            return [{"userToken": []}]
        case AccountHolder(scope=scope) if scope is not None:
            return [{"userToken": []}, {"backendKey": [scope.value]}]
        case Backend(scope=scope):
            return [{"backendKey": [scope.value]}]
        case Admin(right=right):
            return [{"admin": [role.value for role in Role if role.may(right)]}]
        case _:
            return []


def _parameters(endpoint: Endpoint, schemas: Schemas) -> Iterator[dict[str, Any]]:
    for name in _PATH_PARAMETER.findall(endpoint.path):
        yield {"name": name, "in": "path", "required": True, "schema": {"type": "string"}}
    yield from schemas.parameters(endpoint)
    if endpoint.idempotency is not Idempotency.NONE:
        yield {
            "name": idempotency.HEADER,
            "in": "header",
            "required": endpoint.idempotency is Idempotency.REQUIRED,
            "description": (
                "A fresh value for each thing to be done once. The same request under the same "
                "key is answered as the first time, and acts only once."
            ),
            "schema": {
                "type": "string",
                "minLength": 1,
                "maxLength": idempotency.KEY_LENGTH_MAX,
                "pattern": "^[!-~]+$",
                "examples": ["chat-9f31-answer-7"],
            },
        }


def _responses(endpoint: Endpoint, schemas: Schemas) -> dict[str, Any]:
    responses: dict[str, Any] = {str(endpoint.status): _success(endpoint, schemas)}
    by_status: dict[int, list[type[BillingError]]] = {}
    for refusal in dict.fromkeys((*_implied(endpoint), *endpoint.refusals)):
        by_status.setdefault(status_of(refusal), []).append(refusal)
    for status, refusals in sorted(by_status.items()):
        meanings = {refusal.code: _meaning(refusal) for refusal in refusals}
        responses[str(status)] = _refused(meanings)
    responses["500"] = _refused({INTERNAL_ERROR: "Something broke here; it has been logged."})
    return responses


def _implied(endpoint: Endpoint) -> Iterator[type[BillingError]]:
    """Yield what the edge itself can refuse before the handler has a say."""
    if endpoint.is_strict:
        yield InvalidRequest
    if isinstance(endpoint.policy, AccountHolder | Backend | Admin):
        yield from (NotSignedIn, NotAllowed, TokenKeysUnavailable)
    if isinstance(endpoint.policy, AccountHolder):
        yield OtherAccount
    if endpoint.method != "GET":
        yield BodyTooLarge
    if endpoint.idempotency is Idempotency.REQUIRED:
        yield IdempotencyKeyRequired
    if endpoint.idempotency is not Idempotency.NONE:
        yield KeyReused


def _success(endpoint: Endpoint, schemas: Schemas) -> dict[str, Any]:
    content: dict[str, Any]
    match endpoint.shape:
        case Shape.PDF:
            content = {"application/pdf": {"schema": {"type": "string", "format": "binary"}}}
        case Shape.CSV:
            content = {"text/csv": {"schema": {"type": "string"}}}
        case _:
            content = {"application/json": {"schema": schemas.answer(endpoint)}}
    return {"description": endpoint.summary, "content": content}


def _refused(meanings: Mapping[str, str]) -> dict[str, Any]:
    described = "\n".join(f"- `{code}`: {meaning}" for code, meaning in meanings.items())
    narrowed = {"properties": {"error": {"properties": {"code": {"enum": list(meanings)}}}}}
    schema = {"allOf": [{"$ref": f"#/components/schemas/{ERROR}"}, narrowed]}
    return {"description": described, "content": {"application/json": {"schema": schema}}}


def _meaning(refusal: type[BillingError]) -> str:
    told = inspect.getdoc(refusal) or refusal.__name__
    return " ".join(told.split("\n\n")[0].split())
