"""Events out on a memory store: endpoints on strings, and time that a test moves."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from datetime import timedelta

from attrs import Factory, define, evolve

from adapters.stores.memory.store import MemoryStore
from application.events.deliver_events import DeliverEvents, DeliveringEvents, EventsDelivered
from application.events.fan_out import FanningOut, FanOut
from application.events.forget_events import ForgetEvents, ForgettingEvents
from application.events.manage_endpoints import (
    ChangingEndpoint,
    CreatingEndpoint,
    DeletingEndpoint,
    SwitchingEndpoint,
)
from application.events.redeliver_events import RedeliveringEvents
from application.events.rotate_secret import RotatingSecret
from application.events.send_test import SendingTestEvent
from application.ports.events import Answered, Message
from domain.access.audit import Actor
from domain.events.address import check_endpoint_url
from domain.events.delivery import Delivery
from domain.events.endpoint import Endpoint
from domain.events.ids import EndpointId
from domain.events.outgoing_event import OutgoingEvent
from tests.support.builders.events import an_attempt
from tests.support.clock import CountedIds, SettableClock

ADMIN = Actor(id="admin-1", request_id="request-1")
REASON = "The receiver was down"

Behaviour = Callable[[Message], Awaitable[Answered]]


def answering(status: int | None, retry_after: timedelta | None = None) -> Behaviour:
    """Return a receiver that always answers so; None is one that is not there."""

    async def answer(message: Message) -> Answered:
        error = "no answer" if status is None else None
        attempt = an_attempt(status=status, error=error, at=message.at)
        return Answered(attempt=attempt, retry_after=retry_after)

    return answer


@define(kw_only=True)
class Outside:
    """A store with events, receivers by address, and every use case about them."""

    store: MemoryStore = Factory(MemoryStore)
    clock: SettableClock = Factory(SettableClock)
    new_id: CountedIds = Factory(CountedIds)
    receivers: dict[str, Behaviour] = Factory(dict)
    sent: list[Message] = Factory(list)
    alarms: list[str] = Factory(list)

    async def send(self, message: Message) -> Answered:
        self.sent.append(message)
        # Traffic takes time in every world, and lets others run.
        await asyncio.sleep(0)
        return await self.receivers.get(message.url, answering(200))(message)

    def alarm(self, what: str, fault: BaseException) -> None:
        self.alarms.append(f"{what}: {fault}")

    def new_secret(self) -> str:
        return f"new-secret-{self.new_id()}"

    async def keep(self, *things: Endpoint | OutgoingEvent) -> None:
        async with self.store.begin() as work:
            for thing in things:
                if isinstance(thing, Endpoint):
                    await work.endpoints.add(thing)
                else:
                    await work.outbox.add(thing)
            await work.commit()

    async def endpoint(self, endpoint_id: EndpointId) -> Endpoint:
        async with self.store.read() as work:
            return await work.endpoints.find(endpoint_id)

    async def change(self, endpoint_id: EndpointId, **change: object) -> None:
        async with self.store.begin() as work:
            found = await work.endpoints.take(endpoint_id)
            await work.endpoints.save(evolve(found, **change))  # type: ignore[arg-type]
            await work.commit()

    async def deliveries(self, event: OutgoingEvent) -> Sequence[Delivery]:
        async with self.store.read() as work:
            return await work.deliveries.of_event(event.id)

    async def fan_out(self, events_max: int = 100) -> int:
        fanning = FanningOut(begin=self.store.begin, wall_clock=self.clock)
        return (await fanning(FanOut(events_max=events_max))).events

    async def deliver(
        self, look_seconds: float = 0.01, seconds_max: float = 60.0
    ) -> EventsDelivered:
        """Deliver what is due, and fail if that takes for ever."""
        async with asyncio.timeout(10):
            return await self.delivering(
                DeliverEvents(look_seconds=look_seconds, seconds_max=seconds_max)
            )

    async def until(self, is_so: Callable[[], bool]) -> None:
        """Let others run until something is so."""
        for _ in range(5_000):
            if is_so():
                return
            await asyncio.sleep(0.001)
        raise AssertionError("it never came to be so")

    async def work(self) -> None:
        """Do what the worker does, once."""
        await self.fan_out()
        await self.deliver()

    async def forget(self, days: int) -> int:
        forgetting = ForgettingEvents(
            begin=self.store.begin, wall_clock=self.clock, kept_for=timedelta(days=days)
        )
        return (await forgetting(ForgetEvents(events_max=100))).events

    @property
    def delivering(self) -> DeliveringEvents:
        return DeliveringEvents(
            begin=self.store.begin,
            read=self.store.read,
            send=self.send,
            clock=self.clock,
            wall_clock=self.clock,
            new_id=self.new_id,
            chance=lambda: 0.0,
            alarm=self.alarm,
        )

    @property
    def redelivering(self) -> RedeliveringEvents:
        return RedeliveringEvents(
            begin=self.store.begin,
            read=self.store.read,
            wall_clock=self.clock,
            new_id=self.new_id,
        )

    @property
    def creating(self) -> CreatingEndpoint:
        return CreatingEndpoint(
            begin=self.store.begin,
            wall_clock=self.clock,
            new_id=self.new_id,
            new_secret=self.new_secret,
            check_url=_check_url,
        )

    @property
    def changing(self) -> ChangingEndpoint:
        return ChangingEndpoint(
            begin=self.store.begin,
            wall_clock=self.clock,
            new_id=self.new_id,
            check_url=_check_url,
        )

    @property
    def switching(self) -> SwitchingEndpoint:
        return SwitchingEndpoint(begin=self.store.begin, wall_clock=self.clock, new_id=self.new_id)

    @property
    def deleting(self) -> DeletingEndpoint:
        return DeletingEndpoint(begin=self.store.begin, wall_clock=self.clock, new_id=self.new_id)

    @property
    def rotating(self) -> RotatingSecret:
        return RotatingSecret(
            begin=self.store.begin,
            wall_clock=self.clock,
            new_id=self.new_id,
            new_secret=self.new_secret,
        )

    @property
    def testing(self) -> SendingTestEvent:
        return SendingTestEvent(
            begin=self.store.begin,
            clock=self.clock,
            wall_clock=self.clock,
            new_id=self.new_id,
        )


def _check_url(url: str) -> None:
    check_endpoint_url(url, may_be_private=False)
