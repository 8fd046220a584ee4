import json
from datetime import UTC, datetime
from io import BytesIO
from typing import Any

import pytest

from entrypoints.http.endpoint import BODY_BYTES_MAX, WEBHOOK_BYTES_MAX
from entrypoints.http.json_body import DEPTH_MAX
from tests.entrypoints.http.conftest import Client
from tests.entrypoints.http.sample import (
    THING_ID,
    PartBody,
    Sample,
    ThingBody,
    ThingsQuery,
    a_user,
    an_admin,
    bearer,
)

JSON = {"Content-Type": "application/json"}


async def post(client: Client, raw: bytes, **headers: str) -> tuple[int, dict[str, Any]]:
    every = {**bearer(a_user()), "Idempotency-Key": "k-1", **JSON, **headers}
    response = await client.post("/things", data=raw, headers=every)
    return response.status, await response.json()


async def problems_of(client: Client, raw: bytes) -> dict[str, str]:
    status, answer = await post(client, raw)
    assert status == 400, answer
    assert answer["error"]["code"] == "invalid_request"
    return {each["path"]: each["problem"] for each in answer["error"]["details"]["fields"]}


UNKNOWN = "is not known here; known are "
UNKNOWN_OF_PART = f"{UNKNOWN}amount, colour"
UNKNOWN_OF_THING = (
    f"{UNKNOWN}amount, account_id, parts, change, size, starts_at, metadata, note, is_new"
)
NESTED_TOO_DEEP = b'{"amount": 1, "metadata": ' + b'{"a":' * 40 + b"1" + b"}" * 41
ENDLESS = b'{"amount": 1, "metadata": ' + b"[" * 100_000


@pytest.mark.parametrize(
    ("raw", "path", "problem"),
    [
        (b"", "amount", "is required"),
        (b"{}", "amount", "is required"),
        (b"[]", "body", "must be a JSON object"),
        (b"null", "body", "must be a JSON object"),
        (b'"amount"', "body", "must be a JSON object"),
        (b"7", "body", "must be a JSON object"),
        (b"{", "body", "is not JSON"),
        (b'{"amount": 1,}', "body", "is not JSON"),
        (b'{"amount": 1} x', "body", "is not JSON"),
        (b"\xff\xfe", "body", "is not UTF-8"),
        (b'\xef\xbb\xbf{"amount": 1}', "body", "is not JSON"),
        (b'{"amount": 1, "amount": 2}', "amount", "is given twice"),
        (b'{"amount": 1, "metadata": {"a": 1, "a": 2}}', "a", "is given twice"),
        (b'{"amount": "1"}', "amount", "must be int, got str"),
        (b'{"amount": 1.0}', "amount", "must be int, got float"),
        (b'{"amount": 1.5}', "amount", "must be int, got float"),
        (b'{"amount": 1e3}', "amount", "must be int, got float"),
        (b'{"amount": true}', "amount", "must be int, got bool"),
        (b'{"amount": null}', "amount", "must be int, got null"),
        (b'{"amount": [1]}', "amount", "must be int, got array"),
        (b'{"amount": 0}', "amount", "must be int >= 1"),
        (b'{"amount": -1}', "amount", "must be int >= 1"),
        (b'{"amount": 9007199254740992}', "amount", "must be int <= 9007199254740991"),
        (b'{"amount": 1' + b"0" * 400 + b"}", "amount", "must be int <="),
        (b'{"amount": 1' + b"0" * 5000 + b"}", "body", "too large"),
        (b'{"amount": NaN}', "body", "is not JSON"),
        (b'{"amount": -Infinity}', "body", "is not JSON"),
        (b'{"amount": 1, "metadata": {"a": 1e999}}', "body", "too large"),
        (b'{"amount": 1, "unknown": 1}', "unknown", UNKNOWN_OF_THING),
        (b'{"amount": 1, "balance": 1}', "balance", UNKNOWN_OF_THING),
        (b'{"amount": 1, "note": "a\\u0000b"}', "note", "holds a NUL character"),
        (b'{"amount": 1, "note": "a\x00b"}', "body", "is not JSON"),
        (b'{"amount": 1, "note": "\\ud800"}', "note", "half of a surrogate pair"),
        (b'{"amount": 1, "note": 5}', "note", "must be str"),
        (b'{"amount": 1, "note": "01234567890"}', "note", "must be str of length <= 10"),
        (b'{"amount": 1, "metadata": {"a": ["\\u0000"]}}', "metadata.a[0]", "NUL"),
        (b'{"amount": 1, "metadata": {"\\u0000": 1}}', "metadata", "has a key that holds a NUL"),
        (b'{"amount": 1, "\\u0000": 1}', "body", "has a key that holds a NUL"),
        (b'{"amount": 1, "metadata": []}', "metadata", "must be object"),
        (b'{"amount": 1, "size": "huge"}', "size", "must be one of small, large"),
        (b'{"amount": 1, "size": ["small"]}', "size", "must be"),
        (b'{"amount": 1, "is_new": 1}', "is_new", "must be bool, got int"),
        (b'{"amount": 1, "is_new": "true"}', "is_new", "must be bool, got str"),
        (b'{"amount": 1, "parts": {}}', "parts", "must be array, got object"),
        (b'{"amount": 1, "parts": 5}', "parts", "must be array, got int"),
        (b'{"amount": 1, "parts": "ab"}', "parts", "must be array, got str"),
        (b'{"amount": 1, "parts": [5]}', "parts[0]", "must be an object"),
        (b'{"amount": 1, "parts": [[]]}', "parts[0]", "must be an object"),
        (b'{"amount": 1, "parts": [null]}', "parts[0]", "must be an object"),
        (b'{"amount": 1, "change": []}', "change", "must be an object"),
        (
            b'{"amount": 1, "change": {"x": 1}}',
            "change.x",
            "is not known here; known are account_id",
        ),
        (
            b'{"amount": 1, "parts": [' + b'{"amount": 1},' * 4 + b'{"amount": 1}]}',
            "parts",
            "length <= 4",
        ),
        (b'{"amount": 1, "parts": [{"amount": 1}, {"amount": 0}]}', "parts[1].amount", ">= 1"),
        (b'{"amount": 1, "parts": [{"amount": 1, "x": 1}]}', "parts[0].x", UNKNOWN_OF_PART),
        (b'{"amount": 1, "parts": [{"colour": "red"}]}', "parts[0].amount", "is required"),
        (b'{"amount": 1, "starts_at": "2026-04-15T10:00:00"}', "starts_at", "timezone"),
        (b'{"amount": 1, "starts_at": "2026-04-15"}', "starts_at", "RFC3339"),
        (b'{"amount": 1, "starts_at": "2026-02-30T10:00:00Z"}', "starts_at", "RFC3339"),
        (b'{"amount": 1, "starts_at": 1776247200}', "starts_at", "must be"),
        (b'{"amount": 1, "starts_at": "0001-01-01T00:00:00+14:00"}', "starts_at", "years"),
        (b'{"amount": 1, "starts_at": "9999-12-31T23:59:59-14:00"}', "starts_at", "years"),
        (b'{"amount": 1, "account_id": ""}', "account_id", "length >= 1"),
        (b'{"amount": 1, "account_id": "' + b"a" * 129 + b'"}', "account_id", "<= 128"),
        (b'{"amount": 1, "account_id": "a\\n"}', "account_id", "regex"),
        (NESTED_TOO_DEEP, "body", f"nested more than {DEPTH_MAX} deep"),
        (ENDLESS, "body", ""),
    ],
)
async def test_a_body_that_cannot_be_accepted_is_a_400_that_names_the_field(
    client: Client, sample: Sample, raw: bytes, path: str, problem: str
) -> None:
    problems = await problems_of(client, raw)

    assert set(problems) == {path}
    assert problem in problems[path]
    assert sample.api.seen == []


async def test_all_problems_are_told_at_once(client: Client) -> None:
    problems = await problems_of(
        client, b'{"amount": 0, "size": "huge", "parts": [{"colour": "green", "x": 1}], "y": 2}'
    )

    assert set(problems) == {
        "amount",
        "size",
        "parts[0].amount",
        "parts[0].colour",
        "parts[0].x",
        "y",
    }
    assert problems["parts[0].colour"] == "must be one of red, blue"


async def test_a_good_body_arrives_as_its_class(client: Client, sample: Sample) -> None:
    raw = {
        "amount": 9007199254740991,
        "parts": [{"amount": 2}],
        "starts_at": "2026-04-15T12:00:00+02:00",
        "metadata": {"a": [1, "ü", None, 0.5]},
    }

    status, answer = await post(client, json.dumps(raw).encode())

    assert status == 201
    assert answer == {
        "success": True,
        "data": {
            "id": THING_ID,
            "account": "user-1",
            "amount": 9007199254740991,
            "created_at": "2026-04-15T10:00:00Z",
        },
    }
    assert sample.api.seen[0] == ThingBody(
        amount=9007199254740991,
        parts=(PartBody(amount=2),),
        starts_at=datetime(2026, 4, 15, 10, 0, tzinfo=UTC),
        metadata={"a": [1, "ü", None, 0.5]},
    )


async def test_text_that_only_looks_like_an_escaped_nul_is_text(
    client: Client, sample: Sample
) -> None:
    status, _ = await post(client, b'{"amount": 1, "note": "\\\\u0000"}')

    assert status == 201


@pytest.mark.parametrize("content_type", ["text/plain", "application/x-www-form-urlencoded", ""])
async def test_a_body_of_another_type_is_refused(client: Client, content_type: str) -> None:
    status, answer = await post(client, b'{"amount": 1}', **{"Content-Type": content_type})

    assert status == 400
    assert answer["error"]["details"]["fields"][0]["path"] == "Content-Type"


async def test_a_body_over_its_limit_is_a_413(client: Client) -> None:
    small = b'{"amount": 1, "metadata": {"a": "%b"}}'
    fits = small % (b"x" * (BODY_BYTES_MAX - len(small) + 2))
    too_large = small % (b"x" * (BODY_BYTES_MAX - len(small) + 3))

    assert len(fits) == BODY_BYTES_MAX
    assert (await post(client, fits))[0] == 201
    status, answer = await post(client, too_large)
    assert status == 413
    assert answer["error"]["code"] == "body_too_large"
    assert answer["error"]["details"] == {"bytes_max": BODY_BYTES_MAX}


async def test_a_body_that_hides_its_length_is_limited_as_well(client: Client) -> None:
    async def drip() -> Any:
        for _ in range(5):
            yield b" " * (BODY_BYTES_MAX // 4)

    headers = {**bearer(a_user()), "Idempotency-Key": "k-1", **JSON}
    response = await client.post("/things", data=drip(), headers=headers)

    assert response.status == 413


async def test_a_webhook_may_be_larger_and_comes_byte_by_byte(
    client: Client, sample: Sample
) -> None:
    raw = b"\x00\xff" * (WEBHOOK_BYTES_MAX // 2)

    fits = await client.post("/hooks/stripe?any=thing", data=BytesIO(raw))
    too_large = await client.post("/hooks/stripe", data=BytesIO(raw + b"x"))

    assert fits.status == 200
    assert sample.api.seen == [raw]
    assert too_large.status == 413


async def test_a_body_may_be_left_out_where_nothing_is_required(client: Client) -> None:
    response = await client.post("/change", headers=bearer(a_user("user-7")))

    assert (await response.json())["data"]["account"] == "user-7"
    assert response.headers["Idempotency-Replayed"] == "true"


async def test_the_known_names_stand_beside_the_first_unknown_one(client: Client) -> None:
    problems = await problems_of(client, b'{"amount": 1, "y": 1, "x": 1}')
    response = await client.get("/things?taste=red", headers=bearer(a_user()))

    assert problems == {"x": UNKNOWN_OF_THING, "y": "is not known here"}
    [said] = (await response.json())["error"]["details"]["fields"]
    assert said["path"] == "taste"
    assert said["problem"].startswith(f"{UNKNOWN}limit")


async def test_what_an_endpoint_does_not_take_is_refused(client: Client, sample: Sample) -> None:
    headers = bearer(an_admin())
    body = await client.put("/admin/things", json={"x": 1}, headers=headers)
    query = await client.put("/admin/things?x=1", headers=headers)
    shop = await client.get("/shop?page=2")

    assert [body.status, query.status, shop.status] == [400, 400, 400]
    assert (await shop.json())["error"]["details"]["fields"] == [
        {"path": "page", "problem": "is not known here"}
    ]
    assert sample.api.seen == []


async def test_a_query_arrives_as_its_class(client: Client, sample: Sample) -> None:
    query = "limit=100&offset=9007199254740991&is_new=true&since=2026-04-15T12:00:00%2B02:00"

    response = await client.get(f"/things?{query}", headers=bearer(a_user()))

    assert response.status == 200
    assert sample.api.seen == [
        ThingsQuery(
            limit=100,
            offset=9007199254740991,
            is_new=True,
            since=datetime(2026, 4, 15, 10, 0, tzinfo=UTC),
        )
    ]


@pytest.mark.parametrize(
    ("query", "path"),
    [
        ("limit=0", "limit"),
        ("limit=101", "limit"),
        ("limit=-1", "limit"),
        ("limit=1.0", "limit"),
        ("limit=1e1", "limit"),
        ("limit=%2B1", "limit"),
        ("limit=%201", "limit"),
        ("limit=٣", "limit"),
        ("limit=", "limit"),
        ("limit=null", "limit"),
        ("limit=" + "9" * 5000, "limit"),
        ("limit=20&limit=20", "limit"),
        ("offset=-1", "offset"),
        ("offset=9007199254740992", "offset"),
        ("offset=0&after=a", "offset"),
        ("colour=red&offset=0", "offset"),
        ("colour=green", "colour"),
        ("after=", "after"),
        ("after=%00", "after"),
        ("after=%FF", "after"),
        ("is_new=1", "is_new"),
        ("is_new=True", "is_new"),
        ("since=2026-04-15", "since"),
        ("since=1776247200", "since"),
        ("since=2026-04-15T12:00:00", "since"),
        ("page=2", "page"),
        ("Limit=2", "Limit"),
    ],
)
async def test_a_query_that_cannot_be_accepted_is_a_400_that_names_the_parameter(
    client: Client, query: str, path: str
) -> None:
    response = await client.get(f"/things?{query}", headers=bearer(a_user()))

    answer = await response.json()
    assert response.status == 400, answer
    assert [each["path"] for each in answer["error"]["details"]["fields"]] == [path]


@pytest.mark.parametrize(
    ("query", "problem"),
    [
        ("limit=1.0", "must be a whole number of at most 19 digits"),
        ("limit=", "must be a whole number of at most 19 digits"),
        ("limit=99999999999999999999", "must be a whole number of at most 19 digits"),
        ("since=2026-04-15", "must be an instant such as 2026-04-15T10:00:00Z (RFC3339)"),
    ],
)
async def test_a_refused_parameter_is_told_how_it_is_written(
    client: Client, query: str, problem: str
) -> None:
    response = await client.get(f"/things?{query}", headers=bearer(a_user()))

    answer = await response.json()
    assert [each["problem"] for each in answer["error"]["details"]["fields"]] == [problem]


async def test_a_list_without_offset_says_so(client: Client) -> None:
    response = await client.get("/admin/things?offset=0", headers=bearer(an_admin()))

    fields = (await response.json())["error"]["details"]["fields"]
    assert fields[0]["path"] == "offset"
    assert "after" in fields[0]["problem"]


@pytest.mark.parametrize(
    ("query", "meta"),
    [
        ("", {"limit": 20, "offset": 0, "total": 7, "next": "a2"}),
        ("?limit=2&offset=4", {"limit": 2, "offset": 4, "total": 7, "next": "a2"}),
        ("?after=x", {"limit": 20, "offset": None, "total": 7, "next": "a2"}),
    ],
)
async def test_a_list_tells_its_page(client: Client, query: str, meta: dict[str, Any]) -> None:
    response = await client.get(f"/things{query}", headers=bearer(a_user()))

    answer = await response.json()
    assert list(answer) == ["success", "data", "meta"]
    assert answer["meta"] == meta
    assert [each["amount"] for each in answer["data"]] == [1, 2]


@pytest.mark.parametrize(
    "given",
    [
        THING_ID.upper(),
        THING_ID[:-1],
        THING_ID + "0",
        "019A8b1c-7d52-7c4e-9a53-0e2f4c6a8b11",
        "x",
        "%00",
        "%0A",
        "..%2F..",
        "{" + THING_ID + "}",
        THING_ID.replace("-", ""),
        "%FF",
        "%F0%9D%9F%98",
    ],
)
async def test_a_malformed_id_is_refused_as_an_unknown_one_and_is_never_looked_up(
    client: Client, sample: Sample, given: str
) -> None:
    unknown = await client.get(f"/things/{THING_ID[:-1]}1", headers=bearer(a_user()))
    assert sample.api.seen == [f"{THING_ID[:-1]}1"]

    malformed = await client.get(f"/things/{given}", headers=bearer(a_user()))

    assert malformed.status == unknown.status == 404
    assert (await malformed.json())["error"]["code"] == (await unknown.json())["error"]["code"]
    assert len(sample.api.seen) == 1
