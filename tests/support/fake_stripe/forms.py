"""Forms as Stripe reads them: `items[0][price]=price_1` is a list with an object in it."""

import re
from collections.abc import Iterable, Mapping
from typing import Any
from urllib.parse import parse_qsl

from tests.support.fake_stripe.data import operations, request_checker

_PART = re.compile(r"[^\[\]]+")
_WHOLE = re.compile(r"-?[0-9]+")

_PATHS = [
    (
        operation,
        operation.partition(" ")[0],
        re.compile(re.sub(r"\{[^}]+\}", "([^/]+)", operation.partition(" ")[2]) + r"\Z"),
    )
    # A path without a name in it comes first: `/search` is no id.
    for operation in sorted(operations(), key=lambda each: each.count("{"))
]


def operation_of(method: str, path: str) -> tuple[str, tuple[str, ...]] | None:
    """Return the operation a request is for, and the ids in its path."""
    for operation, its_method, its_path in _PATHS:
        found = its_path.match(path)
        if its_method == method and found is not None:
            return operation, found.groups()
    return None


def decoded(form: str, operation: str) -> dict[str, Any]:
    """Return a form's parameters, each of the type that the operation's schema wants."""
    checker = request_checker(operation)
    schema: Any = checker.schema
    tree = _tree(parse_qsl(form, keep_blank_values=True))
    found: dict[str, Any] = _coerced(tree, schema, schema["$defs"])
    return found


def problems_of(params: Mapping[str, Any], operation: str) -> list[str]:
    """Return in what parameters are not as the operation's schema wants them."""
    return [
        f"{'.'.join(map(str, fault.path))}: {fault.message}"
        for fault in request_checker(operation).iter_errors(params)
    ]


def _tree(pairs: Iterable[tuple[str, str]]) -> dict[str, Any]:
    tree: dict[str, Any] = {}
    for key, value in pairs:
        *path, last = _PART.findall(key)
        branch = tree
        for part in path:
            branch = branch.setdefault(part, {})
        branch[last] = value
    return tree


def _coerced(value: Any, schema: Any, defs: Any) -> Any:
    schema = _resolved(schema, defs)
    if "anyOf" in schema:
        return _first_that_fits(value, schema["anyOf"], defs)
    if isinstance(value, dict):
        if schema.get("type") == "array":
            ordered = sorted(value, key=lambda each: int(each) if each.isdigit() else -1)
            return [_coerced(value[each], schema.get("items", {}), defs) for each in ordered]
        known = schema.get("properties", {})
        others = schema.get("additionalProperties")
        rest = others if isinstance(others, dict) else {}
        return {k: _coerced(v, known.get(k, rest), defs) for k, v in value.items()}
    return _scalar(value, schema.get("type"))


def _first_that_fits(value: Any, choices: Any, defs: Any) -> Any:
    for choice in choices:
        found = _coerced(value, choice, defs)
        plain = _resolved(choice, defs)
        if _is_of(found, plain.get("type")) and plain.get("const", found) == found:
            return found
    return value


def _is_of(value: Any, type_name: Any) -> bool:
    match type_name:
        case "integer":
            return isinstance(value, int) and not isinstance(value, bool)
        case "number":
            return isinstance(value, int | float) and not isinstance(value, bool)
        case "boolean":
            return isinstance(value, bool)
        case "array":
            return isinstance(value, list)
        case "object":
            return isinstance(value, dict)
        case _:
            return isinstance(value, str)


def _scalar(value: str, type_name: Any) -> Any:
    if type_name in {"integer", "number"} and _WHOLE.fullmatch(value):
        return int(value)
    if type_name == "boolean" and value in {"true", "false"}:
        return value == "true"
    return value


def _resolved(schema: Any, defs: Any) -> Any:
    while "$ref" in schema:
        schema = defs[schema["$ref"].rpartition("/")[2]]
    return schema
