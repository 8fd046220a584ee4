"""Good requests about endpoints and the events they are sent."""

from collections.abc import Mapping

from tests.entrypoints.good_request import Good
from tests.support.app import SHOP, Service
from tests.support.builders import events as outgoing
from tests.support.builders.credits import SOMEBODY


async def good_events_out(service: Service) -> Mapping[str, Good]:
    """Let an event have been raised, and endpoints be there: to keep, to switch off, to delete."""
    event = outgoing.an_event()
    kept, to_switch, to_delete = (outgoing.an_endpoint() for _ in range(3))
    async with service.store.begin() as work:
        await work.outbox.add(event)
        for endpoint in (kept, to_switch, to_delete):
            await work.endpoints.add(endpoint)
        await work.commit()
    path, reason = "/admin/endpoints", {"reason": "It is being moved"}
    where = {"url": f"{SHOP}/events", "description": "The shop", "types": ["order.paid"]}
    some = {"type": "order.paid", "account_id": SOMEBODY, "endpoint_id": kept.id}
    some |= {"from": "2026-01-01T00:00:00Z", "to": "2026-12-01T00:00:00Z", "after": event.id}
    again = {"endpoint_id": kept.id, **reason}
    return {
        "GET /admin/endpoints": Good(path=path),
        "POST /admin/endpoints": Good(path=path, body=where, other={**where, "types": []}),
        "GET /admin/endpoints/{id}": Good(path=f"{path}/{kept.id}"),
        "PUT /admin/endpoints/{id}": Good(path=f"{path}/{kept.id}", body=where),
        "DELETE /admin/endpoints/{id}": Good(path=f"{path}/{to_delete.id}"),
        "POST /admin/endpoints/{id}/enable": Good(path=f"{path}/{kept.id}/enable", body=reason),
        "POST /admin/endpoints/{id}/disable": Good(
            path=f"{path}/{to_switch.id}/disable", body=reason
        ),
        "POST /admin/endpoints/{id}/rotate": Good(
            path=f"{path}/{kept.id}/rotate", body={"overlap_hours": 1}, other={"overlap_hours": 0}
        ),
        "POST /admin/endpoints/{id}/test": Good(path=f"{path}/{kept.id}/test"),
        "GET /admin/events": Good(path="/admin/events"),
        "GET /admin/events/{id}": Good(path=f"/admin/events/{event.id}"),
        "POST /admin/events/{id}/redeliver": Good(
            path=f"/admin/events/{event.id}/redeliver", body=again
        ),
        "POST /admin/events/redeliver": Good(
            path="/admin/events/redeliver", body={**some, "missing_only": False, **reason}
        ),
    }
