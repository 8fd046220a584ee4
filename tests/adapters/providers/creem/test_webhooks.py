"""Which signed bodies are events at all, and which of them are ours."""

import json
from typing import Any

import pytest

from adapters.providers.creem.mode import CreemMode
from adapters.providers.creem.signature import CHANNEL
from domain.payments.errors import WebhookUnreadable
from tests.support.builders.payments import an_inbox_event
from tests.support.clock import NOON
from tests.support.fake_creem.telling import CreemEvent, an_event, signature
from tests.support.fake_creem.world import (
    CreemWorld,
    a_pack_order,
    creem_world,
)


@pytest.mark.parametrize(
    "type",
    [
        "credits.granted",
        "credits.consumed",
        "credits.auto_recharged",
        "customer_credits.exhausted",
        "subscription.created",
        "something.new",
    ],
)
async def test_what_means_nothing_to_us_is_taken_and_causes_nothing(
    world: CreemWorld, type: str
) -> None:
    event = world.books.tell(type, {"id": "obj_1", "object": "anything"})

    assert await world.taken(event) == ()


@pytest.mark.parametrize(
    ("mode", "word", "is_ours"),
    [
        (CreemMode.TEST, "test", True),
        (CreemMode.TEST, "local", True),
        (CreemMode.TEST, "sandbox", True),
        (CreemMode.TEST, "prod", False),
        (CreemMode.TEST, "production", False),
        (CreemMode.LIVE, "prod", True),
        (CreemMode.LIVE, "test", False),
        (CreemMode.LIVE, "local", False),
        (CreemMode.LIVE, "sandbox", False),
    ],
)
@pytest.mark.parametrize("where", ["object", "transaction"])
async def test_live_and_test_never_mix(
    mode: CreemMode, word: str, is_ours: bool, where: str
) -> None:
    about: dict[str, Any] = {"id": "obj_1"}
    about |= {"mode": word} if where == "object" else {"transaction": {"mode": word}}
    event = an_event("evt_1", "something.new", 0, about)

    async with creem_world(mode=mode) as world:
        if is_ours:
            assert await world.taken(event) == ()
            return
        with pytest.raises(WebhookUnreadable, match="mode"):
            world.stored(event)
        stored = an_inbox_event(channel=CHANNEL, body=event.body)
        with pytest.raises(WebhookUnreadable, match="mode"):
            await world.provider.translate(stored)


GOOD: dict[str, Any] = {"id": "evt_1", "eventType": "something.new", "created_at": 0, "object": {}}


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"[]",
        b"{}",
        b"null",
        b"not json",
        b"\xff\xfe",
        b'{"id":' * 100_000,
        json.dumps(GOOD | {"id": ""}).encode(),
        json.dumps(GOOD | {"id": "evt 1"}).encode(),
        json.dumps(GOOD | {"id": "evt_\x00"}).encode(),
        json.dumps(GOOD | {"id": "\ud800"}).encode(),
        json.dumps(GOOD | {"id": "e" * 256}).encode(),
        json.dumps(GOOD | {"id": 5}).encode(),
        json.dumps(GOOD | {"id": "pull:sub_1:active:0"}).encode(),
        json.dumps(GOOD | {"eventType": "Something New"}).encode(),
        json.dumps(GOOD | {"created_at": None}).encode(),
        json.dumps(GOOD | {"created_at": "soon"}).encode(),
        json.dumps(GOOD | {"created_at": 10**30}).encode(),
        json.dumps(GOOD | {"created_at": 1e300}).encode(),
        json.dumps(GOOD | {"object": []}).encode(),
        json.dumps({k: v for k, v in GOOD.items() if k != "object"}).encode(),
    ],
)
async def test_a_signed_body_that_is_no_event_is_unreadable(world: CreemWorld, body: bytes) -> None:
    with pytest.raises(WebhookUnreadable):
        world.provider.verify(body, {"creem-signature": signature(body)}, NOON)


@pytest.mark.parametrize(
    ("type", "change"),
    [
        ("checkout.completed", {"order": {"id": "ord_1", "amount": 5.5, "currency": "EUR"}}),
        ("checkout.completed", {"order": {"id": "ord_1", "amount": -5, "currency": "EUR"}}),
        ("checkout.completed", {"order": {"id": "ord_1", "amount": 5, "currency": "euros"}}),
        ("checkout.completed", {"order": {"id": "ord_1", "amount": "5", "currency": "EUR"}}),
        ("refund.created", {"status": "lost"}),
        ("refund.created", {"created_at": "soon"}),
        ("subscription.active", {"status": "somehow"}),
        ("subscription.paid", {"last_transaction": None, "last_transaction_id": None}),
    ],
)
async def test_an_event_that_makes_no_sense_is_set_aside(
    world: CreemWorld, type: str, change: dict[str, Any]
) -> None:
    await world.subscribed()
    await world.sold(a_pack_order(), world.books.add_product())
    world.books.refund(
        world.books.checkouts[next(reversed(world.books.checkouts))]["order"]["transaction"]
    )
    content = world.books.told(type)[-1].content
    order = change.get("order")
    if order is not None:
        change = {"order": content["object"]["order"] | order}
    broken = json.dumps(content | {"object": content["object"] | change}).encode()

    with pytest.raises(WebhookUnreadable):
        await world.taken(CreemEvent(id="evt_1", type=type, body=broken))
