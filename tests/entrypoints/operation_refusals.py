"""How each refusal about endpoints of events and the virtual clock comes about."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import timedelta

from dependency_injector import providers

from domain.events.endpoint import ENDPOINTS_MAX, Endpoint, EndpointStatus
from domain.events.ids import EndpointId
from entrypoints.container import Container
from tests.support.app import Service, a_service
from tests.support.builders.events import an_endpoint
from tests.support.callers import Answer
from tests.support.clock import NOON

NEVER_WAS = "0199ffff-0000-7000-8000-000000000000"

Details = Mapping[str, object] | None
Case = Callable[[Service], Awaitable[Answer]]


async def testing_an_endpoint_that_is_off(service: Service) -> Answer:
    return await _after_keeping(
        service,
        [an_endpoint(status=EndpointStatus.OFF)],
        lambda kept: service.as_admin().post(f"/admin/endpoints/{kept}/test"),
    )


async def one_endpoint_too_many(service: Service) -> Answer:
    url = {"url": "https://shop.example/events"}
    return await _after_keeping(
        service,
        [an_endpoint() for _ in range(ENDPOINTS_MAX)],
        lambda _: service.as_admin().post("/admin/endpoints", url),
    )


async def _after_keeping(
    service: Service,
    endpoints: Sequence[Endpoint],
    ask: Callable[[EndpointId], Awaitable[Answer]],
) -> Answer:
    async with service.store.begin() as work:
        for endpoint in endpoints:
            await work.endpoints.add(endpoint)
        await work.commit()
    return await ask(endpoints[0].id)


ADVANCE = "/admin/clock/advance"


async def moving_the_real_time(_: Service) -> Answer:
    def by_the_real_time(container: Container) -> None:
        container.steered_clock.override(providers.Object(None))

    async with a_service(prepare=by_the_real_time) as other:
        return await other.as_admin().post(ADVANCE, {"days": 1})


async def moving_a_moving_clock(service: Service) -> Answer:
    service.container.steered_clock().stand_at(NOON, bound_for=NOON + timedelta(days=1))
    return await service.as_admin().post(ADVANCE, {"days": 1})


async def moving_past_what_does_not_end(_: Service) -> Answer:
    async def never_ends() -> int:
        return 1

    def with_a_step_that_never_ends(container: Container) -> None:
        container.advance_clock.add_kwargs(steps=(never_ends,))

    async with a_service(prepare=with_a_step_that_never_ends) as other:
        return await other.as_admin().post(ADVANCE, {"days": 1})


OPERATION_CASES: Mapping[str, tuple[Case, int, Details]] = {
    "outgoing_event_not_found": (
        lambda service: service.as_admin().get(f"/admin/events/{NEVER_WAS}"),
        404,
        {"event_id": NEVER_WAS},
    ),
    "endpoint_not_found": (
        lambda service: service.as_admin().get(f"/admin/endpoints/{NEVER_WAS}"),
        404,
        {"endpoint_id": NEVER_WAS},
    ),
    "clock_is_real": (moving_the_real_time, 409, None),
    "clock_is_moving": (moving_a_moving_clock, 409, None),
    "clock_is_stuck": (moving_past_what_does_not_end, 409, {"at": "2026-01-12T12:00:00Z"}),
    "clock_target_refused": (
        lambda service: service.as_admin().post(ADVANCE, {"to": "2026-01-12T11:00:00Z"}),
        422,
        {"problem": "it is 2026-01-12T12:00:00+00:00 already"},
    ),
    "endpoint_off": (testing_an_endpoint_that_is_off, 409, None),
    "too_many_endpoints": (one_endpoint_too_many, 409, {"endpoints_max": ENDPOINTS_MAX}),
}
