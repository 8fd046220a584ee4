"""Endpoints and outgoing events over HTTP: from the first secret to the last attempt."""

from collections.abc import Mapping
from typing import Any

import pytest

from domain.access.role import Role
from domain.events.outgoing_event import EventType
from tests.support.app import Service
from tests.support.builders.events import a_delivery, an_attempt, an_endpoint, an_event
from tests.support.clock import NOON

URL = "https://shop.example/events"


async def created(service: Service, **body: object) -> Mapping[str, Any]:
    """Let the owner create an endpoint."""
    answer = await service.as_admin().post("/admin/endpoints", {"url": URL, **body})
    assert answer.status == 201, answer.body
    data: Mapping[str, Any] = answer.data
    return data


async def test_a_secret_is_shown_when_it_is_made_and_never_again(service: Service) -> None:
    made = await created(service, description="The shop", types=["order.paid"])
    owner, path = service.as_admin(), f"/admin/endpoints/{made['endpoint']['id']}"
    rotated = await owner.post(f"{path}/rotate", {"overlap_hours": 0})

    shown = [
        await owner.get("/admin/endpoints"),
        await owner.get(path),
        await owner.put(path, {"url": URL}),
        await owner.post(f"{path}/disable", {"reason": "It is being moved"}),
        await owner.post(f"{path}/enable", {"reason": "It was moved"}),
        await owner.post(f"{path}/test"),
        await owner.delete(path),
    ]

    secrets = [made["secret"], rotated.data["secret"]]
    assert all(secret.startswith("whsec_") for secret in secrets)
    assert len(set(secrets)) == 2
    for answer in shown:
        assert answer.status == 200, answer.body
        assert "whsec_" not in str(answer.body)


async def test_an_endpoint_is_shown_as_it_is_kept(service: Service) -> None:
    made = await created(service, description="The shop", types=["order.paid", "credits.low"])

    answer = await service.as_admin(Role.VIEWER).get("/admin/endpoints")

    (shown,) = answer.data
    assert shown == made["endpoint"]
    assert sorted(shown.pop("types")) == ["credits.low", "order.paid"]
    assert shown.pop("id")
    assert shown.pop("created_at") == shown.pop("changed_at")
    assert shown == {
        "url": URL,
        "description": "The shop",
        "status": "on",
        "failing_since": None,
    }
    assert answer.body["meta"] == {"limit": 1, "offset": 0, "total": 1, "next": None}


@pytest.mark.parametrize(
    ("body", "path"),
    [
        ({"url": "https://169.254.169.254/latest"}, "url"),
        ({"url": "http://shop.example/"}, "url"),
        ({"url": ""}, "url"),
        ({"url": URL, "types": ["order.sold"]}, "types"),
        ({"url": URL, "secret": "whsec_mine"}, "secret"),
    ],
)
async def test_what_makes_no_endpoint_is_refused(
    service: Service, body: Mapping[str, object], path: str
) -> None:
    answer = await service.as_admin().post("/admin/endpoints", dict(body))

    assert answer.status == 400
    assert [each.partition("[")[0] for each in answer.paths] == [path]


async def test_an_event_is_shown_with_what_was_tried(service: Service) -> None:
    event, endpoint = an_event(), an_endpoint(url=URL)
    tried = a_delivery(event.id, endpoint.id).tried(
        an_attempt(status=500), NOON, chance=0, retry_after=None
    )
    async with service.store.begin() as work:
        await work.outbox.add(event)
        await work.endpoints.add(endpoint)
        await work.deliveries.add([tried])
        await work.commit()

    answer = await service.as_admin(Role.VIEWER).get(f"/admin/events/{event.id}")

    assert answer.data == {
        "id": event.id,
        "type": "order.paid",
        "account_id": event.account_id,
        "at": "2026-01-12T12:00:00Z",
        "payload": event.payload,
        "deliveries": [
            {
                "endpoint_id": endpoint.id,
                "status": "waiting",
                "tries": 1,
                "next_try_at": "2026-01-12T12:00:05Z",
                "delivered_at": None,
                "attempts": [
                    {
                        "at": "2026-01-12T12:00:00Z",
                        "status": 500,
                        "error": None,
                        "answer": "ok ☕",
                        "duration_ms": 12,
                    }
                ],
            }
        ],
    }


async def test_events_are_listed_by_type_account_and_span(service: Service) -> None:
    events = [an_event(), an_event(type=EventType.ORDER_FAILED), an_event(account_id=None)]
    async with service.store.begin() as work:
        for event in events:
            await work.outbox.add(event)
        await work.commit()
    viewer = service.as_admin(Role.VIEWER)

    async def listed(**query: str) -> list[str]:
        return [each["id"] for each in (await viewer.get("/admin/events", **query)).data]

    assert await listed() == [event.id for event in reversed(events)]
    assert await listed(type="order.failed") == [events[1].id]
    assert await listed(account_id=str(events[0].account_id)) == [events[1].id, events[0].id]
    assert await listed(to="2026-01-12T12:00:00Z") == []


async def test_an_event_and_a_range_are_sent_again(service: Service) -> None:
    event = an_event()
    async with service.store.begin() as work:
        await work.outbox.add(event)
        await work.commit()
    endpoint_id = (await created(service))["endpoint"]["id"]
    treasurer, reason = service.as_admin(Role.TREASURER), {"reason": "It was lost"}

    one = await treasurer.post(f"/admin/events/{event.id}/redeliver", reason)
    many = await treasurer.post(
        "/admin/events/redeliver",
        {"endpoint_id": endpoint_id, "from": "2026-01-01T00:00:00Z"} | reason,
    )

    assert [each["endpoint_id"] for each in one.data["deliveries"]] == [endpoint_id]
    assert many.data == {"deliveries": 1, "next": None}
