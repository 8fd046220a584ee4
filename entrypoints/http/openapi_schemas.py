"""The schemas of the OpenAPI document: bodies, views, their envelopes, and errors."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, get_args

import msgspec
from attrs import frozen

from entrypoints.http.endpoint import Endpoint, Shape
from entrypoints.http.paging import PageMeta
from entrypoints.http.structure import wire_name
from entrypoints.http.values import AccountIdText

ERROR = "Error"

_WHERE = "#/components/schemas/"
_ERROR_SCHEMA: Mapping[str, Any] = {
    "type": "object",
    "required": ["success", "error"],
    "properties": {
        "success": {"const": False},
        "error": {
            "type": "object",
            "required": ["code", "message", "request_id"],
            "properties": {
                "code": {"type": "string", "description": "What was refused; never renamed."},
                "message": {"type": "string", "description": "The same for people to read."},
                "details": {"type": "object", "description": "The particulars, by code."},
                "request_id": {"type": "string", "description": "Names this request in our log."},
            },
        },
    },
}


@frozen
class Schemas:
    """Every schema the document names: of classes, and of the envelopes around views."""

    _of_types: Mapping[Any, Mapping[str, Any]]
    _of_classes: Mapping[str, Mapping[str, Any]]

    @classmethod
    def of(cls, endpoints: Sequence[Endpoint]) -> Schemas:
        """Return the schemas of everything these endpoints read and answer."""
        bodies = [each.body for each in endpoints if each.body is not None]
        queries = [each.query for each in endpoints if each.query is not None]
        views = [each.response for each in endpoints]
        kinds = list(dict.fromkeys([*bodies, *queries, *views, PageMeta, AccountIdText]))
        found, named = msgspec.json.schema_components(kinds, ref_template=_WHERE + "{name}")
        of_types = dict(zip(kinds, found, strict=True))
        for name in named:
            if "." in name:  # this is how the library tells namesakes apart
                raise ValueError(f"two classes of the API share a name: {name}")
        for name in _reached((of_types[body] for body in bodies), named):
            _close(named[name])
        return cls(of_types, named)

    def components(self, endpoints: Sequence[Endpoint]) -> Mapping[str, Mapping[str, Any]]:
        """Return what the document lists by name: all but queries, which are parameters."""
        queries = {each.query.__name__ for each in endpoints if each.query is not None}
        classes = {name: each for name, each in self._of_classes.items() if name not in queries}
        answers = {
            _answer_name(each): self._envelope(each.response, each.shape is Shape.LIST)
            for each in endpoints
        }
        return {ERROR: _ERROR_SCHEMA, **classes, **answers}

    def body(self, kind: type) -> tuple[Mapping[str, Any], bool]:
        """Return a body's schema, and whether there must be one at all."""
        return self._of_types[kind], bool(self._of_classes[kind.__name__]["required"])

    def answer(self, endpoint: Endpoint) -> Mapping[str, Any]:
        """Return the schema of an endpoint's answer."""
        return {"$ref": _WHERE + _answer_name(endpoint)}

    def parameters(self, endpoint: Endpoint) -> Iterator[dict[str, Any]]:
        """Yield the parameters that an endpoint's query class stands for."""
        if endpoint.takes_account_in_query:
            yield {
                "name": "account_id",
                "in": "query",
                "description": "Whose; required with an API key, needless with a user's token.",
                # Without its example: the page would fill it in, and refuse a user by it.
                "schema": {
                    name: each
                    for name, each in self._of_types[AccountIdText].items()
                    if name not in {"description", "examples"}
                },
            }
        if endpoint.query is None:
            return
        query = self._of_classes[endpoint.query.__name__]
        for name, schema in query["properties"].items():
            plain = _without_null(schema)
            yield {
                "name": wire_name(name),
                "in": "query",
                "required": name in query["required"],
                "description": plain.pop("description", ""),
                "schema": plain,
            }

    def _envelope(self, view: Any, is_list: bool) -> Mapping[str, Any]:
        schema = self._of_types[view]
        properties = {
            "success": {"const": True},
            "data": {"type": "array", "items": schema} if is_list else schema,
        }
        if is_list:
            properties["meta"] = self._of_types[PageMeta]
        return {"type": "object", "required": list(properties), "properties": properties}


def _close(body: dict[str, Any]) -> None:
    """Say that a body may hold nothing else, and call its fields as they are read."""
    body["additionalProperties"] = False
    body["properties"] = {wire_name(name): each for name, each in body["properties"].items()}
    body["required"] = [wire_name(name) for name in body["required"]]


def _answer_name(endpoint: Endpoint) -> str:
    """Name an envelope after its view, since the library's own generic names carry modules."""
    view = endpoint.response
    options = [each for each in get_args(view) if each is not type(None)] or [view]
    name = "Nothing" if options[0] in {None, type(None)} else options[0].__name__
    nullable = "OrNull" if type(None) in get_args(view) else ""
    return f"{name}{nullable}{'List' if endpoint.shape is Shape.LIST else ''}Answer"


def _reached(schemas: Iterable[Mapping[str, Any]], named: Mapping[str, Any]) -> frozenset[str]:
    """Return the names that these schemas lead to, through each other."""
    reached: set[str] = set()
    waiting: list[object] = list(schemas)
    while waiting:
        schema = waiting.pop()
        if isinstance(schema, Mapping):
            waiting.extend(schema.values())
            name = str(schema.get("$ref", "")).removeprefix(_WHERE)
            if name in named and name not in reached:
                reached.add(name)
                waiting.append(named[name])
        elif isinstance(schema, list):
            waiting.extend(schema)
    return frozenset(name for name in reached if named[name].get("type") == "object")


def _without_null(schema: Mapping[str, Any]) -> dict[str, Any]:
    """Return a parameter's schema without the null that means it was left out."""
    plain = {key: each for key, each in schema.items() if key != "default" or each is not None}
    options = [each for each in plain.pop("anyOf", ()) if each != {"type": "null"}]
    if len(options) == 1:
        return {**options[0], **plain}
    return {**plain, "anyOf": options} if options else plain
