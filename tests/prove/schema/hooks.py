"""What Schemathesis is told about this API; it loads this file by itself, in a process of its own.

The document cannot say everything: which ids there are, that a key is for one request, that one
instant has to lie after another. So half of the requests that should be good are given ids of
things that are there, each takes a key of its own, and a refusal of a good request counts as a
failure only if it is about the shape of the request, which the document does say.
"""

import json
import os
import re
from collections.abc import Mapping
from itertools import count
from typing import Any

import schemathesis
from requests import Response
from schemathesis import Case, HookContext
from schemathesis.core.failures import AcceptedNegativeData, Failure
from schemathesis.generation.modes import GenerationMode
from schemathesis.openapi.checks import RejectedPositiveData

KNOWN: Mapping[str, Any] = json.loads(os.environ.get("BILLING_TEST_KNOWN", "{}"))
"""`ids` and whole `bodies` by path; `fields` of bodies and `query` parameters by name."""

# What the edge says about shape. "got float" is left out: to JSON Schema 50.0 is an integer, and
# this API refuses it because amounts are never computed from floats.
_SHAPE = re.compile(
    r"^(is required$|is not known here(;|$)|must be an? (object|array)"
    r"|must be .*, got (?!float\b))"
)

_NUMBERS = count(1)
# Cursors and spans: made up, they nearly always make no sense together.
_NARROWING = frozenset({"after", "at", "from", "offset", "to"})


@schemathesis.hook
def before_call(context: HookContext, case: Case[Any], kwargs: dict[str, Any]) -> None:
    """Give a good request its own key and, every other time, ids of what is there."""
    if not _is_good(case):
        return
    if "Idempotency-Key" in case.headers:
        case.headers["Idempotency-Key"] = f"schema-{next(_NUMBERS)}"
    if _phase(case) == "stateful" or hash(case.id) % 2:
        return
    if case.path in KNOWN["ids"] and case.path_parameters:
        ids = KNOWN["ids"][case.path]
        name = next(iter(case.path_parameters))
        case.path_parameters[name] = ids[hash(case.id) // 2 % len(ids)]
    for name in _NARROWING & case.query.keys():
        del case.query[name]
    _put(case.query, KNOWN["query"])
    _put(case.body, KNOWN["fields"])
    case.body = KNOWN["bodies"].get(case.path, case.body)


@schemathesis.hook
def filter_failure(
    context: HookContext, failure: Failure, case: Case[Any], response: Response
) -> bool:
    """Keep a failure, unless a good request was refused for what no schema can say.

    Nor is it one that a request without any body passed, where the document lets it be left out:
    that is how the tool sometimes makes a body wrong.
    """
    if isinstance(failure, AcceptedNegativeData):
        return bool(response.request.body) or any(body.is_required for body in case.operation.body)
    if not isinstance(failure, RejectedPositiveData):
        return True
    error = response.json()["error"]
    fields = error.get("details", {}).get("fields", [])
    return any(_SHAPE.match(field["problem"]) for field in fields)


def _is_good(case: Case[Any]) -> bool:
    meta = case.meta
    return meta is not None and meta.generation.mode is GenerationMode.POSITIVE


def _phase(case: Case[Any]) -> str:
    assert case.meta is not None
    name: str = case.meta.phase.name.value
    return name


def _put(given: object, known: Mapping[str, Any]) -> None:
    """Replace what is given, and only that, by something that is there."""
    if isinstance(given, dict):
        for name in given.keys() & known.keys():
            if given[name] is not None:
                given[name] = known[name]
