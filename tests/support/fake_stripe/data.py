"""Stripe's published schemas and sample objects, as they lie beside the adapter's tests."""

import json
from collections.abc import Mapping
from copy import deepcopy
from functools import cache
from pathlib import Path
from typing import Any

from jsonschema import Draft202012Validator

DATA = Path(__file__).parents[2] / "adapters" / "providers" / "stripe" / "data"

# A schema calls some objects otherwise than they call themselves.
_NAMES = {"line_item": "line_item(invoice)"}


@cache
def loaded(name: str) -> Any:
    """Return a data file; it is shared, so whoever changes something copies it first."""
    return json.loads((DATA / name).read_text("utf-8"))


def operations() -> Mapping[str, Any]:
    """Return the parameters' schema of each operation, by method and path."""
    found: Mapping[str, Any] = loaded("request-params.schema.json")["operations"]
    return found


def fixture(name: str) -> dict[str, Any]:
    """Return Stripe's own sample of an object, to be changed as a test needs it."""
    found: dict[str, Any] = deepcopy(loaded("fixtures.json")["resources"][name])
    return found


@cache
def request_checker(operation: str) -> Draft202012Validator:
    """Return what checks the parameters of an operation."""
    source = loaded("request-params.schema.json")
    return Draft202012Validator(
        {**source["operations"][operation]["params"], "$defs": source["$defs"]}
    )


@cache
def _object_checker(name: str) -> Draft202012Validator:
    source = loaded("objects.schema.json")
    return Draft202012Validator({**source["objects"][name], "$defs": source["$defs"]})


def faults_of(thing: Mapping[str, Any]) -> list[str]:
    """Return in what an object is not as Stripe's schema of the pinned version wants it."""
    name = _NAMES.get(thing["object"], thing["object"])
    if name not in loaded("objects.schema.json")["objects"]:
        return []
    return [
        f"{name}.{'.'.join(map(str, fault.path))}: {fault.message}"
        for fault in _object_checker(name).iter_errors(thing)
    ]
