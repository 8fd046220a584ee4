"""The inbox for operators over HTTP."""

import pytest

from domain.payments.ids import Channel
from domain.payments.inbox import InboxEvent, InboxStatus
from tests.support.app import Service
from tests.support.builders.payments import SANDBOX, an_inbox_event, an_order
from tests.support.clock import NOON, SettableClock
from tests.support.signing_provider import paid_event

STRIPE = Channel("stripe")


async def keep(service: Service, *events: InboxEvent) -> None:
    async with service.store.begin() as work:
        for event in events:
            await work.inbox.add(event)
        await work.commit()


async def lost(service: Service) -> InboxEvent:
    """Keep an event of a payment that was set aside, for an order that waits for it."""
    order = an_order()
    event = an_inbox_event(
        event_id="evt_1",
        body=paid_event(order.id, net_minor=500),
        status=InboxStatus.DEAD,
    )
    async with service.store.begin() as work:
        await work.orders.add(order)
        await work.commit()
    await keep(service, event)
    return event


async def test_an_event_is_listed_without_its_body(service: Service) -> None:
    event = an_inbox_event(event_id="evt_1").applied(("granted 500 credits",), NOON)
    await keep(service, event)

    answer = await service.as_admin().get("/admin/webhooks")

    assert answer.body == {
        "success": True,
        "data": [
            {
                "id": event.id,
                "channel": "sandbox",
                "event_id": "evt_1",
                "type": "checkout.paid",
                "status": "applied",
                "tries": 1,
                "error": None,
                "effects": ["granted 500 credits"],
                "received_at": "2026-01-12T12:00:00Z",
                "applied_at": "2026-01-12T12:00:00Z",
                "next_try_at": None,
            }
        ],
        "meta": {"limit": 20, "offset": None, "total": None, "next": None},
    }


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ({}, [3, 2, 1, 0]),
        ({"channel": "stripe"}, [3, 1]),
        ({"status": "dead"}, [3, 2]),
        ({"status": "dead", "channel": "stripe"}, [3]),
        ({"from": "2026-01-13T12:00:00Z"}, [3, 2, 1]),
        ({"to": "2026-01-13T12:00:00Z"}, [0]),
        ({"channel": "paypal"}, []),
    ],
)
async def test_the_inbox_is_filtered(
    service: Service, query: dict[str, str], found: list[int]
) -> None:
    clock = SettableClock(NOON)
    events = [
        an_inbox_event(
            channel=STRIPE if number % 2 else SANDBOX,
            status=InboxStatus.DEAD if number > 1 else InboxStatus.APPLIED,
            received_at=clock.advance(days=1 if number else 0),
        )
        for number in range(4)
    ]
    await keep(service, *events)

    answer = await service.as_admin().get("/admin/webhooks", **query)

    assert [each["id"] for each in answer.data] == [events[number].id for number in found]


async def test_the_inbox_pages_on(service: Service) -> None:
    events = [an_inbox_event() for _ in range(3)]
    await keep(service, *events)
    admin = service.as_admin()

    first = await admin.get("/admin/webhooks", limit=2)
    rest = await admin.get("/admin/webhooks", limit=2, after=first.body["meta"]["next"])

    ids = [each["id"] for each in first.data + rest.data]
    assert (ids, rest.body["meta"]["next"]) == ([each.id for each in events[::-1]], None)


@pytest.mark.parametrize(
    ("body", "written", "encoding"),
    [
        ('{"grüße": "☕"}'.encode(), '{"grüße": "☕"}', "text"),
        (b"\xff\x00\xfe", "/wD+", "base64"),
        (b"", "", "text"),
    ],
)
async def test_a_body_is_shown_as_text_or_in_base64(
    service: Service, body: bytes, written: str, encoding: str
) -> None:
    event = an_inbox_event(body=body)
    await keep(service, event)

    answer = await service.as_admin().get(f"/admin/webhooks/{event.id}")

    assert (answer.data["id"], answer.data["body"]) == (event.id, written)
    assert answer.data["body_encoding"] == encoding


async def test_a_dead_event_is_replayed_with_its_effects_and_once(service: Service) -> None:
    event = await lost(service)
    treasurer = service.as_admin()

    for _ in range(2):
        answer = await treasurer.post(
            f"/admin/webhooks/{event.id}/replay", {"reason": "It was mended"}
        )
        assert (answer.status, answer.data["status"]) == (200, "applied")
        assert "granted 500 credits" in answer.data["effects"]

    balance = await service.as_user().get("/credits/balance")
    assert balance.data["balance"] == 500


async def test_a_range_is_replayed(service: Service) -> None:
    event = await lost(service)
    await keep(service, an_inbox_event(channel=STRIPE))

    answer = await service.as_admin().post(
        "/admin/webhooks/replay", {"channel": "sandbox", "status": "dead", "reason": "Mended"}
    )

    assert answer.data == {"replayed": 1, "next_from": None}
    shown = await service.as_admin().get(f"/admin/webhooks/{event.id}")
    assert shown.data["status"] == "applied"


@pytest.mark.parametrize("to", ["2026-01-12T12:00:00Z", "2026-01-12T11:00:00Z"])
async def test_a_span_that_ends_before_it_begins_is_refused(service: Service, to: str) -> None:
    span = {"from": "2026-01-12T12:00:00Z", "to": to}
    admin = service.as_admin()

    listed = await admin.get("/admin/webhooks", **span)
    replayed = await admin.post("/admin/webhooks/replay", {**span, "reason": "Mended"})

    assert [(each.status, each.paths) for each in (listed, replayed)] == [(400, ["to"])] * 2
