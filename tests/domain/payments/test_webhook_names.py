"""The texts of a webhook's body, by which it is found that it names somebody."""

import json

import pytest

from domain.payments.webhook_names import (
    DIGESTS_MAX,
    TO_BE_READ,
    digest_of,
    digests_in,
    texts_of,
)


@pytest.mark.parametrize(
    ("body", "texts"),
    [
        (b"", set()),
        (b"?", set()),
        (b"\xff", set()),
        (b'"alone"', {"alone"}),
        (b'{"id": "evt_1", "n": 7, "no": null}', {"evt_1"}),
        (
            b'{"object": {"customer": {"id": "cus_1"}, "lines": [{"email": "a@b.c"}]}}',
            {"cus_1", "a@b.c"},
        ),
        (b'{"name": "J\\u00fcrgen"}', {"Jürgen"}),
    ],
)
def test_every_text_is_found_wherever_it_stands(body: bytes, texts: set[str]) -> None:
    assert texts_of(body) == texts


def test_a_body_that_is_nested_without_end_holds_none() -> None:
    assert texts_of(b"[" * 100_000) == frozenset()


@pytest.mark.parametrize(
    "name",
    [
        "cus_NffrFeUfNV2Hib",
        "ada@example.com",
        "0199a0de-0000-7000-8000-000000000000",
        "user-1",
        "auth0|5f7c8ec7",
        "42",
        "Acme",
        "ädä",
        "\ud83d",
    ],
)
def test_a_name_stands_for_the_events_whose_bodies_hold_it_whole(name: str) -> None:
    holding = json.dumps({"object": {"customer": [name]}}).encode()
    others = json.dumps({name: f"{name}0", "id": f"x{name}"}).encode()

    assert digest_of(name) in digests_in(holding)
    assert digest_of(name) not in digests_in(others)


@pytest.mark.parametrize(
    "text",
    [
        "acme",
        "payment_intent.succeeded",
        "",
        "Ada Lovelace",
        "https://a.test/1",
        "2026-03-01T12:00:00.000Z",
        "7" * 321,
    ],
)
def test_what_many_events_say_and_names_nobody_is_noted_of_none(text: str) -> None:
    assert digest_of(text) is None
    assert digests_in(json.dumps([text]).encode()) == frozenset()


@pytest.mark.parametrize(("texts", "is_read"), [(DIGESTS_MAX, False), (DIGESTS_MAX + 1, True)])
def test_an_event_with_more_texts_than_can_be_noted_is_to_be_read(
    texts: int, *, is_read: bool
) -> None:
    body = json.dumps([f"cus_{n}" for n in range(texts)]).encode()

    assert (digests_in(body) == {TO_BE_READ}) is is_read
    assert (digest_of("cus_1") in digests_in(body)) is not is_read
