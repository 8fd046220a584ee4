"""Endpoints as admins keep them: addresses, secrets, switches, tests, and the audit log."""

from datetime import timedelta

import pytest

from application.events.manage_endpoints import (
    ChangeEndpoint,
    CreateEndpoint,
    DeleteEndpoint,
    EndpointCreated,
    Switch,
    SwitchEndpoint,
)
from application.events.rotate_secret import RotateSecret
from application.events.send_test import SendTestEvent
from application.ports.events import Answered, Message
from domain.errors import InvalidField
from domain.events.delivery import DeliveryStatus
from domain.events.endpoint import ENDPOINTS_MAX, EndpointStatus
from domain.events.errors import EndpointIsOff, EndpointNotFound, TooManyEndpoints
from domain.events.ids import EndpointId
from domain.events.outgoing_event import EventType
from tests.application.events.world import ADMIN, REASON, Outside
from tests.support.builders.credits import SOMEBODY, a_key
from tests.support.builders.events import an_attempt, an_endpoint, an_event

SHOP = "https://shop.example/events"
NOBODY = EndpointId("0199ffff-0000-7000-8000-000000000000")


@pytest.fixture
async def outside() -> Outside:
    return Outside()


async def created(outside: Outside, url: str = SHOP) -> EndpointCreated:
    return await outside.creating(CreateEndpoint(url=url, actor=ADMIN))


async def audited(outside: Outside, endpoint_id: EndpointId) -> list[str]:
    async with outside.store.read() as work:
        entries = await work.audit_log.of_target(f"endpoint:{endpoint_id}", 100)
    return [f"{entry.action} {entry.before} {entry.after} {entry.reason}" for entry in entries]


async def test_a_new_endpoint_gets_a_secret_that_is_shown_once(outside: Outside) -> None:
    key = a_key(owner=SOMEBODY)
    command = CreateEndpoint(url=SHOP, actor=ADMIN, key=key)

    first, again = await outside.creating(command), await outside.creating(command)

    assert (await outside.endpoint(first.endpoint.id)).signs_with(outside.clock.now) == (
        first.secret,
    )
    assert (first.is_replay, again.is_replay, again.secret) == (False, True, None)
    assert (again.endpoint.id, again.endpoint.secrets) == (first.endpoint.id, ())


async def test_no_endpoint_is_kept_inside(outside: Outside) -> None:
    endpoint = (await created(outside)).endpoint

    with pytest.raises(InvalidField):
        await created(outside, "https://169.254.169.254/")
    with pytest.raises(InvalidField):
        await outside.changing(
            ChangeEndpoint(
                endpoint_id=endpoint.id,
                url="http://127.0.0.1/",
                description="",
                types=frozenset(),
                actor=ADMIN,
            )
        )

    assert (await outside.endpoint(endpoint.id)).url == SHOP


async def test_there_are_only_so_many_endpoints(outside: Outside) -> None:
    await outside.keep(*(an_endpoint() for _ in range(ENDPOINTS_MAX)))

    with pytest.raises(TooManyEndpoints):
        await created(outside)


async def test_what_waits_goes_to_the_new_address(outside: Outside) -> None:
    endpoint = (await created(outside)).endpoint
    await outside.keep(an_event())
    await outside.fan_out()

    await outside.changing(
        ChangeEndpoint(
            endpoint_id=endpoint.id,
            url="https://desk.example/",
            description="moved",
            types=frozenset({EventType.ORDER_FAILED}),
            actor=ADMIN,
        )
    )
    await outside.deliver()

    assert [message.url for message in outside.sent] == ["https://desk.example/"]


async def test_during_a_rotation_both_secrets_sign_and_then_the_new_one(outside: Outside) -> None:
    made = await created(outside)
    command = RotateSecret(endpoint_id=made.endpoint.id, overlap_hours=24, actor=ADMIN)

    rotated = await outside.rotating(command)
    await outside.keep(an_event())
    await outside.work()
    outside.clock.advance(hours=24)
    await outside.keep(an_event())
    await outside.work()

    assert [message.secrets for message in outside.sent] == [
        (rotated.secret, made.secret),
        (rotated.secret,),
    ]


@pytest.mark.parametrize("hours", [-1, 169])
def test_an_overlap_has_its_bounds(hours: int) -> None:
    with pytest.raises(InvalidField):
        RotateSecret(endpoint_id=NOBODY, overlap_hours=hours, actor=ADMIN)


async def test_a_rotation_under_one_key_happens_once(outside: Outside) -> None:
    made = await created(outside)
    key = a_key(owner=SOMEBODY)
    command = RotateSecret(endpoint_id=made.endpoint.id, overlap_hours=1, actor=ADMIN, key=key)

    first, again = await outside.rotating(command), await outside.rotating(command)

    assert (again.is_replay, again.secret) == (True, None)
    assert (await outside.endpoint(made.endpoint.id)).secrets == first.endpoint.secrets


async def test_what_waits_is_sent_once_an_endpoint_is_on_again(outside: Outside) -> None:
    endpoint = (await created(outside)).endpoint
    waiting, missed = an_event(), an_event()
    await outside.keep(waiting)
    await outside.fan_out()
    off = SwitchEndpoint(endpoint_id=endpoint.id, to=Switch.OFF, reason=REASON, actor=ADMIN)
    on = SwitchEndpoint(endpoint_id=endpoint.id, to=Switch.ON, reason=REASON, actor=ADMIN)

    assert (await outside.switching(off)).status is EndpointStatus.OFF
    await outside.keep(missed)
    await outside.work()
    assert outside.sent == []
    for _ in range(2):
        assert (await outside.switching(on)).is_on
    await outside.work()

    assert [message.event_id for message in outside.sent] == [waiting.id]
    assert len(await audited(outside, endpoint.id)) == 3


async def test_a_test_event_goes_to_the_endpoint_it_tests_alone(outside: Outside) -> None:
    tested = (await created(outside)).endpoint
    await created(outside, "https://desk.example/")

    event = await outside.testing(SendTestEvent(endpoint_id=tested.id, actor=ADMIN))
    await outside.work()

    assert [(message.url, message.event_id) for message in outside.sent] == [(SHOP, event.id)]


async def test_an_endpoint_that_is_off_is_not_tested(outside: Outside) -> None:
    endpoint = an_endpoint(status=EndpointStatus.FAILED)
    await outside.keep(endpoint)

    with pytest.raises(EndpointIsOff):
        await outside.testing(SendTestEvent(endpoint_id=endpoint.id, actor=ADMIN))


async def test_a_deleted_endpoint_gets_nothing_more_and_what_was_sent_stays(
    outside: Outside,
) -> None:
    endpoint = (await created(outside)).endpoint
    sent, waiting = an_event(), an_event()
    await outside.keep(sent)
    await outside.work()
    await outside.keep(waiting)
    await outside.fan_out()

    await outside.deleting(DeleteEndpoint(endpoint_id=endpoint.id, actor=ADMIN))
    await outside.work()

    assert [message.event_id for message in outside.sent] == [sent.id]
    statuses = [
        delivery.status for event in (sent, waiting) for delivery in await outside.deliveries(event)
    ]
    assert statuses == [DeliveryStatus.DELIVERED, DeliveryStatus.ABANDONED]
    with pytest.raises(EndpointNotFound):
        await outside.endpoint(endpoint.id)


async def test_an_endpoint_deleted_while_it_is_sent_to_is_no_fault(outside: Outside) -> None:
    endpoint = (await created(outside)).endpoint
    event = an_event()
    await outside.keep(event)

    async def deleting(message: Message) -> Answered:
        await outside.deleting(DeleteEndpoint(endpoint_id=endpoint.id, actor=ADMIN))
        return Answered(attempt=an_attempt(status=500, at=message.at))

    outside.receivers[SHOP] = deleting
    await outside.work()

    (delivery,) = await outside.deliveries(event)
    assert (delivery.tries, delivery.status) == (1, DeliveryStatus.ABANDONED)


async def test_the_audit_log_has_every_change_and_no_secret(outside: Outside) -> None:
    made = await created(outside)
    endpoint_id = made.endpoint.id
    rotated = await outside.rotating(
        RotateSecret(endpoint_id=endpoint_id, overlap_hours=1, actor=ADMIN)
    )
    await outside.testing(SendTestEvent(endpoint_id=endpoint_id, actor=ADMIN))
    await outside.deleting(DeleteEndpoint(endpoint_id=endpoint_id, actor=ADMIN))

    entries = await audited(outside, endpoint_id)

    assert [entry.partition(" ")[0] for entry in entries] == [
        "endpoint.delete",
        "endpoint.test",
        "endpoint.rotate",
        "endpoint.create",
    ]
    for secret in (made.secret, rotated.secret):
        assert secret is not None
        assert not any(secret in entry for entry in entries)


async def test_a_switch_wants_a_reason() -> None:
    with pytest.raises(InvalidField):
        SwitchEndpoint(endpoint_id=NOBODY, to=Switch.ON, reason=" ", actor=ADMIN)


async def test_an_old_secret_is_not_kept_longer_than_it_signs(outside: Outside) -> None:
    made = await created(outside)
    outside.clock.now += timedelta(days=1)
    command = RotateSecret(endpoint_id=made.endpoint.id, overlap_hours=0, actor=ADMIN)

    await outside.rotating(command)
    rotated = await outside.rotating(command)

    assert len(rotated.endpoint.secrets) <= 2
    assert rotated.endpoint.signs_with(outside.clock.now) == (rotated.secret,)
