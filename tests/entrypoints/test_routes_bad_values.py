"""Bad values in every field of every body and query: refused by name, and nothing is written."""

from collections.abc import Iterator, Mapping
from typing import Any

import attrs
import jsonschema
import msgspec
import pytest

from entrypoints.http.endpoint import Endpoint, Idempotency, Shape
from entrypoints.http.structure import wire_name
from tests.entrypoints.good_request import Body
from tests.entrypoints.good_requests import World, name_of
from tests.support.callers import Answer

# What no field takes unless its own schema says so.
WRONG: Mapping[str, object] = {
    "null": None,
    "a truth": True,
    "a number in text": "30",
    "a fraction": 1.5,
    "a fraction that is whole": 50.0,
    "below zero": -1,
    "zero": 0,
    "more than can be counted": 2**53,
    "a huge number": 10**40,
    "an empty text": "",
    "a long text": "x" * 5000,
    "a line break": "user-1\n",
    "a list": ["a"],
    "an object": {"a": 1},
}
NUL = "a\x00b"


def with_body(world: World) -> list[Endpoint]:
    return [endpoint for endpoint in world.service.endpoints if endpoint.body is not None]


def schema_of(kind: type) -> dict[str, Any]:
    """Return the schema of a body or query as the documentation shows it, without references."""
    (_,), named = msgspec.json.schema_components([kind], ref_template="#/$defs/{name}")
    return {"$defs": named, **named[kind.__name__]}


def takes(schema: Mapping[str, Any], name: str, value: object) -> bool:
    """Say whether the documented schema of a field lets a value through."""
    if isinstance(value, float) and value.is_integer():
        return False  # to JSON Schema 50.0 is an integer; to us it is not
    field = {"$defs": schema["$defs"], **schema["properties"][name]}
    return jsonschema.Draft202012Validator(field).is_valid(value)


def wrong_for(kind: type, name: str) -> Iterator[tuple[str, object]]:
    """Yield the values that a field must refuse."""
    schema = schema_of(kind)
    for title, value in WRONG.items():
        if not takes(schema, name, value):
            yield title, value
    yield "a NUL character", NUL


async def refused(world: World, endpoint: Endpoint, body: object) -> Answer:
    """Send a body, which must be refused."""
    key = None if endpoint.idempotency is Idempotency.NONE else "k"
    answer = await world.call(endpoint, body, key=key)
    assert 400 <= answer.status < 500, (name_of(endpoint), body, answer.body)
    return answer


def names(answer: Answer, field: str) -> bool:
    """Say whether a refusal names the field, or a place within it."""
    return any(
        path == field or path.startswith((f"{field}.", f"{field}[")) for path in answer.paths
    )


def bodies_of(world: World, endpoint: Endpoint) -> list[Body]:
    good = world.good[name_of(endpoint)]
    return [body for body in (good.body, good.other) if body is not None]


async def test_every_field_of_every_body_refuses_what_it_cannot_be(world: World) -> None:
    before = world.service.kept()
    tried = 0

    for endpoint in with_body(world):
        assert endpoint.body is not None
        good = bodies_of(world, endpoint)[0]
        for field in attrs.fields(endpoint.body):
            name = wire_name(field.name)
            for title, value in wrong_for(endpoint.body, field.name):
                answer = await refused(world, endpoint, {**good, name: value})
                place = (name_of(endpoint), name, title, answer.body)
                assert (answer.status, answer.code) == (400, "invalid_request"), place
                assert names(answer, name), place
                tried += 1

    assert tried > 400
    assert world.service.kept() == before
    assert world.service.provider.asked == []


async def test_every_required_field_is_missed_by_name(world: World) -> None:
    before = world.service.kept()

    for endpoint in with_body(world):
        assert endpoint.body is not None
        good = bodies_of(world, endpoint)[0]
        for field in attrs.fields(endpoint.body):
            if field.default is not attrs.NOTHING:
                continue
            body = {name: value for name, value in good.items() if name != field.name}
            answer = await refused(world, endpoint, body)
            assert (answer.status, names(answer, field.name)) == (400, True), answer.body

    assert world.service.kept() == before


async def test_a_field_nobody_knows_is_refused_by_name(world: World) -> None:
    before = world.service.kept()

    for endpoint in with_body(world):
        for good in bodies_of(world, endpoint):
            answer = await refused(world, endpoint, {**good, "amuont": 1})
            assert (answer.status, answer.paths) == (400, ["amuont"]), name_of(endpoint)

    assert world.service.kept() == before


BROKEN: Mapping[str, bytes] = {
    "no JSON": b"{",
    "a list": b"[]",
    "a text": b'"body"',
    "null": b"null",
    "not UTF-8": b'{"a": "\xff"}',
    "NaN": b'{"a": NaN}',
    "a number beyond all": b'{"a": 1e999}',
    "a key twice": b'{"a": 1, "a": 1}',
    "half a surrogate pair": b'{"a": "\\ud800"}',
    "nested without end": b'{"a":' + b"[" * 5000 + b"]" * 5000 + b"}",
}


@pytest.mark.parametrize("raw", BROKEN.values(), ids=BROKEN)
async def test_a_body_that_is_no_json_object_is_refused(world: World, raw: bytes) -> None:
    before = world.service.kept()

    for endpoint in with_body(world):
        good = world.good[name_of(endpoint)]
        key = None if endpoint.idempotency is Idempotency.NONE else "k"
        caller = world.caller(endpoint)
        answer = await caller.send(endpoint.method, good.path, raw=raw, key=key)
        assert (answer.status, answer.code) == (400, "invalid_request"), name_of(endpoint)

    assert world.service.kept() == before


async def test_a_body_larger_than_is_read_is_refused(world: World) -> None:
    before = world.service.kept()

    for endpoint in world.service.endpoints:
        if endpoint.method == "GET":
            continue
        good = world.good[name_of(endpoint)]
        key = None if endpoint.idempotency is Idempotency.NONE else "k"
        raw = b" " * (endpoint.bytes_max + 1)
        caller = world.caller(endpoint)
        answer = await caller.send(endpoint.method, good.path, raw=raw, key=key)
        assert (answer.status, answer.code) == (413, "body_too_large"), name_of(endpoint)

    assert world.service.kept() == before


async def test_an_endpoint_without_a_body_or_query_takes_none(world: World) -> None:
    before = world.service.kept()

    for endpoint in world.service.endpoints:
        if not endpoint.is_strict:
            continue
        good = world.good[name_of(endpoint)]
        caller = world.caller(endpoint)
        if endpoint.body is None:
            answer = await caller.send(endpoint.method, good.path, {"surprise": 1})
            assert (answer.status, answer.paths) == (400, ["surprise"]), name_of(endpoint)
        if endpoint.query is None:
            answer = await caller.send(
                endpoint.method, good.path, good.body, query={"surprise": "1"}, key="k"
            )
            assert (answer.status, answer.paths) == (400, ["surprise"]), name_of(endpoint)

    assert world.service.kept() == before


BAD_QUERY: Mapping[str, tuple[str, ...]] = {
    "plan_id": ("", "x" * 256, "%00", "a%0Ab"),
    "limit": ("0", "101", "-1", "1.5", "ten", "", "1e1", "9" * 30, "true", "%00"),
    "offset": ("-1", "1.5", "x", "", "9" * 30, "%00", "%20"),
    "after": ("", "%00", "a%00b", "x" * 600, "%ff"),
    "type": ("", "AI Usage", "x" * 41, "1a", "a%0A", "%00"),
    "status": ("", "Paid", "unknown", "%00"),
    "batch": ("", "x" * 256, "%00", "a%0Ab"),
    "state": ("", "Open", "unknown", "%00"),
    "source": ("", "Purchase", "unknown", "%00"),
    "channel": ("", "Stripe", "1a", "x" * 41, "a%0A", "%00"),
    "from": ("", "yesterday", "2026-01-12", "2026-01-12T12:00:00", "0001-01-01T00:00:00Z", "1"),
    "at": ("", "yesterday", "2026-01-12", "9999-12-31T23:59:59Z", "%00"),
    "to": ("", "tomorrow", "2026-02-30T00:00:00Z", "9999-12-31T23:59:59Z", "%00"),
    "days": ("", "0", "-1", "31", "1.5", "many", "%00"),
    "only_unclean": ("", "maybe", "2", "%00"),
    "month": ("", "2026-13", "2026-00", "2026-1", "2026-01-01", "1999-12", "2026-01%0A", "%00"),
    "account_id": ("", "%00", "a%00b", "x" * 129, "a%0A", "%20a"),
}


async def test_every_name_of_every_query_refuses_what_it_cannot_be(world: World) -> None:
    before = world.service.kept()
    tried = set()

    for endpoint in world.service.endpoints:
        if endpoint.query is None:
            continue
        path = world.good[name_of(endpoint)].path
        caller = world.caller(endpoint)
        for field in attrs.fields(endpoint.query):
            name = wire_name(field.name)
            for value in BAD_QUERY[name]:
                answer = await caller.send("GET", f"{path}?{name}={value}")
                place = (name_of(endpoint), name, value, answer.body)
                assert (answer.status, answer.paths) == (400, [name]), place
            twice = await caller.send("GET", f"{path}?{name}=1&{name}=1")
            assert (twice.status, twice.paths) == (400, [name]), name_of(endpoint)
            tried.add(name)
        answer = await caller.get(path, surprise="1")
        assert (answer.status, answer.paths) == (400, ["surprise"]), name_of(endpoint)

    assert tried == set(BAD_QUERY)
    assert world.service.kept() == before


async def test_a_backend_names_an_account_that_could_be_one(world: World) -> None:
    for endpoint in world.service.endpoints:
        if not endpoint.takes_account_in_query:
            continue
        path = world.good[name_of(endpoint)].path
        for value in BAD_QUERY["account_id"]:
            answer = await world.backend.send("GET", f"{path}?account_id={value}")
            assert (answer.status, answer.paths) == (400, ["account_id"]), (path, value)


@pytest.mark.parametrize("after", ["abc", "-1", "0", "9" * 30, "ü", "' or 1=1 --", "[]", "%25"])
async def test_a_cursor_nobody_gave_out_is_refused_or_leads_nowhere(
    world: World, after: str
) -> None:
    for endpoint in world.service.endpoints:
        if endpoint.shape is not Shape.LIST:
            continue
        path = world.good[name_of(endpoint)].path
        answer = await world.caller(endpoint).get(path, after=after)
        assert answer.status in {200, 400}, (name_of(endpoint), answer.body)
        if answer.status == 400:
            assert answer.paths == ["after"], name_of(endpoint)
