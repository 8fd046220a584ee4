"""Deliver what is due, every endpoint in a lane of its own, so that none waits for another."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence

from attrs import define, field, frozen

from application.events.steps.raised_events import endpoint_event
from application.ports.events import Answered, Message, SendMessage
from application.ports.system import Alarm, Chance, Clock, NewId
from application.ports.unit_of_work import BeginRead, BeginWork
from application.worked_on import note, one_piece_of_work
from domain.events.delivery import Delivery
from domain.events.endpoint import Endpoint
from domain.events.errors import EndpointNotFound
from domain.events.ids import EndpointId, EventId
from domain.events.outgoing_event import EventType

AT_ONCE = 8
"""How many events one process sends to one endpoint at the same time."""


@frozen
class EndpointSwitchedOff(Exception):
    """An endpoint takes nothing any more, and a person has to look at it."""

    url: str
    reason: str

    def __str__(self) -> str:
        return f"{self.url}: {self.reason}"


@frozen(kw_only=True)
class DeliverEvents:
    """Send until nothing is due, looking for other endpoints' events so often meanwhile.

    After `seconds_max` nothing more is claimed: a receiver that hangs keeps something due for days.
    """

    look_seconds: float = 1.0
    seconds_max: float = 60.0


@frozen(kw_only=True)
class EventsDelivered:
    """How many attempts were made."""

    attempts: int


@frozen(kw_only=True)
class _Claimed:
    """Deliveries of one endpoint that are ours for a while, with what is sent."""

    endpoint: Endpoint
    messages: Sequence[tuple[Delivery, Message, str | None]]


@frozen(kw_only=True)
class DeliveringEvents:
    """Claim, send, note: each attempt between two commits, never inside one.

    A claim ends by itself, so a process that dies in between loses nothing; then an event may come
    twice, under the same id. It may be ended at any moment for the same reason.
    """

    begin: BeginWork
    read: BeginRead
    send: SendMessage
    clock: Clock
    wall_clock: Clock
    new_id: NewId
    chance: Chance
    alarm: Alarm

    async def __call__(self, command: DeliverEvents) -> EventsDelivered:
        lanes = _Lanes(run=self._lane, ends_at=_now() + command.seconds_max)
        try:
            while True:
                if lanes.are_open():
                    for endpoint_id in await self._with_due():
                        lanes.begin(endpoint_id)
                if not lanes.running:
                    break
                await lanes.go_on(command.look_seconds)
        finally:
            await lanes.end()
        if lanes.faults:
            faults = list(lanes.faults.values())
            raise BaseExceptionGroup("not every endpoint could be served", faults)
        return EventsDelivered(attempts=lanes.attempts)

    async def _with_due(self) -> Sequence[EndpointId]:
        async with self.read() as work:
            return await work.deliveries.with_due(self.wall_clock())

    async def _lane(self, endpoint_id: EndpointId, ends_at: float) -> int:
        """Send what is due to one endpoint, a few at a time; return how many attempts it took."""
        attempts = 0
        while (claimed := await self._claim(endpoint_id)) is not None:
            async with asyncio.TaskGroup() as group:
                for sending in claimed.messages:
                    group.create_task(self._attempt(claimed.endpoint, *sending))
            attempts += len(claimed.messages)
            if _now() >= ends_at:
                break
        return attempts

    async def _claim(self, endpoint_id: EndpointId) -> _Claimed | None:
        now = self.wall_clock()
        async with self.begin() as work:
            due = await work.deliveries.due(endpoint_id, now, AT_ONCE)
            try:
                endpoint = await work.endpoints.find(endpoint_id)
            except EndpointNotFound:
                return None
            if not due or not endpoint.is_on:
                return None
            messages = []
            for delivery in due:
                event = await work.outbox.find(delivery.event_id)
                message = Message(
                    url=endpoint.url,
                    event_id=event.id,
                    payload=event.payload,
                    secrets=endpoint.signs_with(now),
                    at=now,
                )
                await work.deliveries.save(delivery.claimed(now))
                messages.append((delivery, message, event.account_id))
            await work.commit()
        return _Claimed(endpoint=endpoint, messages=messages)

    async def _attempt(
        self,
        endpoint: Endpoint,
        delivery: Delivery,
        message: Message,
        account_id: str | None,
    ) -> None:
        with one_piece_of_work():
            note("event_id", delivery.event_id)
            note("endpoint_id", endpoint.id)
            note("account_id", account_id)
            answered = await self.send(message)
            await self._note(delivery.event_id, endpoint.id, answered)

    async def _note(self, event_id: EventId, endpoint_id: EndpointId, answered: Answered) -> None:
        now = self.wall_clock()
        async with self.begin() as work:
            delivery = await work.deliveries.take(event_id, endpoint_id)
            if delivery is None:
                return
            tried = delivery.tried(
                answered.attempt,
                now,
                chance=self.chance(),
                retry_after=answered.retry_after,
            )
            await work.deliveries.save(tried)
            await work.commit()
        await self._judge(endpoint_id, answered)

    async def _judge(self, endpoint_id: EndpointId, answered: Answered) -> None:
        """Let an endpoint be switched off, or forgiven, by how it has taken an event.

        Most attempts change nothing about it, so it is locked only when one does.
        """
        async with self.read() as work:
            try:
                found = await work.endpoints.find(endpoint_id)
            except EndpointNotFound:
                return
        if self._judged(found, answered) == found:
            return
        async with self.begin() as work:
            try:
                before = await work.endpoints.take(endpoint_id)
            except EndpointNotFound:
                return
            after = self._judged(before, answered)
            await work.endpoints.save(after)
            is_switched_off = before.is_on and not after.is_on
            if is_switched_off:
                kind = EventType.ENDPOINT_SWITCHED_OFF
                await work.outbox.add(endpoint_event(self.new_id, self.clock(), kind, after))
            await work.commit()
        if is_switched_off:
            fault = EndpointSwitchedOff(after.url, f"it has {after.status.value}")
            self.alarm(f"endpoint {endpoint_id} was switched off", fault)

    def _judged(self, endpoint: Endpoint, answered: Answered) -> Endpoint:
        attempt = answered.attempt
        if attempt.is_success:
            return endpoint.took()
        return endpoint.missed(self.wall_clock(), is_gone=attempt.is_gone)


@define(kw_only=True)
class _Lanes:
    """The lanes of one run, one for each endpoint that something is due to.

    When the run's time is over, every lane ends with what it has claimed. For as long as one that
    was under way then is waited for, the other endpoints are served all the same.
    """

    run: Callable[[EndpointId, float], Awaitable[int]]
    ends_at: float
    running: dict[EndpointId, asyncio.Future[int]] = field(factory=dict)
    faults: dict[EndpointId, BaseException] = field(factory=dict)
    attempts: int = 0
    _last: Sequence[asyncio.Future[int]] | None = None

    def are_open(self) -> bool:
        """Say whether further lanes may begin."""
        if _now() < self.ends_at:
            return True
        if self._last is None:
            self._last = tuple(self.running.values())
        return not all(lane.done() for lane in self._last)

    def begin(self, endpoint_id: EndpointId) -> None:
        """Begin an endpoint's lane, unless it has one or has failed."""
        if endpoint_id not in self.running and endpoint_id not in self.faults:
            lane = asyncio.ensure_future(self.run(endpoint_id, self.ends_at))
            self.running[endpoint_id] = lane

    async def go_on(self, seconds: float) -> None:
        """Wait until a lane has ended, but no longer than this; note what became of each."""
        lanes = self.running.values()
        await asyncio.wait(lanes, timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
        for endpoint_id in [each for each, lane in self.running.items() if lane.done()]:
            lane = self.running.pop(endpoint_id)
            fault = lane.exception()
            if fault is None:
                self.attempts += lane.result()
            else:
                self.faults[endpoint_id] = fault

    async def end(self) -> None:
        """Cancel what still runs, and wait until it has ended."""
        for lane in self.running.values():
            lane.cancel()
        if self.running:
            await asyncio.wait(self.running.values())


def _now() -> float:
    return asyncio.get_running_loop().time()
