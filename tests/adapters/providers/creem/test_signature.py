"""Whose webhooks are believed."""

import json
from typing import Any

import pytest

from adapters.providers.creem.signature import HEADER, check, signed
from domain.payments.errors import SignatureRefused
from tests.support.clock import NOON
from tests.support.fake_creem.contract import DATA
from tests.support.fake_creem.telling import signature
from tests.support.fake_creem.world import OLD_SECRET, CreemWorld

VECTORS: dict[str, Any] = json.loads((DATA / "signature-vectors.json").read_text("utf-8"))
BODY = b'{"id":"evt_1"}'


def _accepts(body: bytes, headers: dict[str, str], *secrets: str) -> bool:
    try:
        check(body, headers, secrets)
    except SignatureRefused:
        return False
    return True


@pytest.mark.parametrize("case", VECTORS["cases"], ids=lambda case: str(case["name"]))
def test_the_official_librarys_verdict_is_ours(case: dict[str, Any]) -> None:
    accepted = _accepts(case["payload"].encode(), case["headers"], VECTORS["secret"])

    # Where its own libraries differ, Creem sends neither form; then we take the stricter side.
    assert accepted is (case["accept"] and not case.get("optional", False))


def test_eight_vectors_are_judged() -> None:
    assert len(VECTORS["cases"]) == 8


def test_the_fake_signs_as_the_adapter_expects() -> None:
    assert signature(BODY, "one") == signed(BODY, "one")


@pytest.mark.parametrize("secret", ["old", "new"])
def test_old_and_new_secret_are_valid_together(secret: str) -> None:
    assert _accepts(BODY, {HEADER: signed(BODY, secret)}, "old", "new")


@pytest.mark.parametrize(
    "value",
    ["", " ", "0" * 64, "é" * 64, "\udcff", signed(BODY, "s")[:-1], signed(BODY, "s") + " "],
)
def test_what_is_not_the_signature_is_refused(value: str) -> None:
    assert not _accepts(BODY, {HEADER: value}, "s")


@pytest.mark.parametrize("secrets", [(), ("",), ("good", " ")])
async def test_a_provider_without_a_secret_cannot_be_made(
    world: CreemWorld, secrets: tuple[str, ...]
) -> None:
    provider = world.provider

    with pytest.raises(ValueError, match="secret"):
        type(provider)(
            client=provider.client,
            secrets=secrets,
            mode=provider.mode,
            clock=provider.clock,
            wall_clock=provider.wall_clock,
            new_id=provider.new_id,
        )


async def test_a_webhook_signed_with_the_secret_of_before_is_taken(world: CreemWorld) -> None:
    event = world.books.tell("subscription.update", {"id": "sub_1"})

    taken = world.provider.verify(event.body, event.signed(OLD_SECRET), NOON)

    assert taken.event_id == event.id
