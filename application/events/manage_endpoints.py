"""Endpoints as admins keep them: created, changed, switched on and off, deleted."""

from __future__ import annotations

from enum import Enum

from attrs import evolve, field, frozen

from application.access.steps.auditing import must_say_why
from application.events.steps.endpoint_audit import audit
from application.ports.events import CheckUrl
from application.ports.idempotency import AnswerAbout, RequestKey
from application.ports.system import Clock, NewId, NewSecret
from application.ports.unit_of_work import BeginWork
from domain.access.audit import Actor
from domain.events.endpoint import (
    ENDPOINTS_MAX,
    Endpoint,
    EndpointSecret,
    EndpointStatus,
    secret_written,
)
from domain.events.errors import TooManyEndpoints
from domain.events.ids import EndpointId
from domain.events.outgoing_event import EventType


@frozen(kw_only=True)
class CreateEndpoint:
    """A new endpoint, switched on. No `types` means all events."""

    url: str
    description: str = ""
    types: frozenset[EventType] = frozenset()
    actor: Actor
    key: RequestKey | None = None


@frozen(kw_only=True)
class EndpointCreated:
    """The endpoint, and its secret: shown this once, None when the answer is repeated."""

    endpoint: Endpoint
    secret: str | None = field(repr=False)
    is_replay: bool = False


@frozen(kw_only=True)
class CreatingEndpoint:
    """Keep an endpoint with a secret of its own.

    Refusals: InvalidField, TooManyEndpoints, KeyReused; EndpointNotFound for a repeat after it was
    deleted.
    """

    begin: BeginWork
    wall_clock: Clock
    new_id: NewId
    new_secret: NewSecret
    check_url: CheckUrl

    async def __call__(self, command: CreateEndpoint) -> EndpointCreated:
        self.check_url(command.url)
        now = self.wall_clock()
        secret = secret_written(self.new_secret())
        endpoint = Endpoint(
            id=EndpointId(self.new_id()),
            url=command.url,
            description=command.description,
            types=command.types,
            secrets=(EndpointSecret(text=secret, created_at=now),),
            created_at=now,
            changed_at=now,
        )
        async with self.begin() as work:
            if command.key is not None:
                first = await work.answers.claim(command.key, AnswerAbout)
                if first is not None:
                    created = await work.endpoints.find(EndpointId(first.id))
                    bare = evolve(created, secrets=())
                    return EndpointCreated(endpoint=bare, secret=None, is_replay=True)
                await work.answers.keep(command.key, AnswerAbout(id=endpoint.id))
            if len(await work.endpoints.every()) >= ENDPOINTS_MAX:
                raise TooManyEndpoints(endpoints_max=ENDPOINTS_MAX)
            await work.endpoints.add(endpoint)
            await audit(work, self.new_id, now, command.actor, "create", None, endpoint)
            await work.commit()
        return EndpointCreated(endpoint=endpoint, secret=secret)


@frozen(kw_only=True)
class ChangeEndpoint:
    """Replace what an admin says of an endpoint, as a whole."""

    endpoint_id: EndpointId
    url: str
    description: str
    types: frozenset[EventType]
    actor: Actor


@frozen(kw_only=True)
class ChangingEndpoint:
    """Change where events go, and which; what waits goes to the new address.

    Refusals: EndpointNotFound, InvalidField.
    """

    begin: BeginWork
    wall_clock: Clock
    new_id: NewId
    check_url: CheckUrl

    async def __call__(self, command: ChangeEndpoint) -> Endpoint:
        self.check_url(command.url)
        async with self.begin() as work:
            before = await work.endpoints.take(command.endpoint_id)
            now = self.wall_clock()
            after = evolve(
                before,
                url=command.url,
                description=command.description,
                types=command.types,
                changed_at=now,
            )
            await work.endpoints.save(after)
            await audit(work, self.new_id, now, command.actor, "change", before, after)
            await work.commit()
        return after


class Switch(Enum):
    """What an admin does to an endpoint; what it has answered is never chosen."""

    ON = EndpointStatus.ON
    OFF = EndpointStatus.OFF


@frozen(kw_only=True)
class SwitchEndpoint:
    """Switch an endpoint on, whatever had switched it off, or off."""

    endpoint_id: EndpointId
    to: Switch
    reason: str
    actor: Actor

    def __attrs_post_init__(self) -> None:
        must_say_why(self.reason)


@frozen(kw_only=True)
class SwitchingEndpoint:
    """Switch on or off; repeating it changes nothing. What waits goes on once it is on again.

    Refusals: EndpointNotFound.
    """

    begin: BeginWork
    wall_clock: Clock
    new_id: NewId

    async def __call__(self, command: SwitchEndpoint) -> Endpoint:
        async with self.begin() as work:
            before = await work.endpoints.take(command.endpoint_id)
            now = self.wall_clock()
            after = before.switched(command.to.value, now)
            if after != before:
                await work.endpoints.save(after)
                await audit(
                    work,
                    self.new_id,
                    now,
                    command.actor,
                    "switch",
                    before,
                    after,
                    reason=command.reason,
                )
                await work.commit()
        return after


@frozen(kw_only=True)
class DeleteEndpoint:
    """Forget an endpoint."""

    endpoint_id: EndpointId
    actor: Actor


@frozen(kw_only=True)
class DeletingEndpoint:
    """Forget an endpoint and its secrets: nothing more goes there, and what waited is given up.

    Refusals: EndpointNotFound.
    """

    begin: BeginWork
    wall_clock: Clock
    new_id: NewId

    async def __call__(self, command: DeleteEndpoint) -> Endpoint:
        async with self.begin() as work:
            found = await work.endpoints.take(command.endpoint_id)
            now = self.wall_clock()
            await work.deliveries.abandon(found.id)
            await work.endpoints.remove(found.id)
            await audit(work, self.new_id, now, command.actor, "delete", found, None)
            await work.commit()
        return found
