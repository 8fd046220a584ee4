"""Give an endpoint a new secret, beside which the old one signs for a while."""

from __future__ import annotations

from datetime import timedelta

from attrs import evolve, field, frozen

from application.events.steps.endpoint_audit import audit
from application.ports.idempotency import AnswerAbout, RequestKey
from application.ports.system import Clock, NewId, NewSecret
from application.ports.unit_of_work import BeginWork
from domain.access.audit import Actor
from domain.amount import within
from domain.events.endpoint import OVERLAP_HOURS_MAX, Endpoint, secret_written
from domain.events.ids import EndpointId


@frozen(kw_only=True)
class RotateSecret:
    """Replace an endpoint's secret; 0 hours ends the old one at once, as after a leak."""

    endpoint_id: EndpointId
    overlap_hours: int
    actor: Actor
    key: RequestKey | None = None

    def __attrs_post_init__(self) -> None:
        within("overlap_hours", self.overlap_hours, least=0, most=OVERLAP_HOURS_MAX)


@frozen(kw_only=True)
class SecretRotated:
    """The endpoint, and its new secret: shown this once, None when the answer is repeated."""

    endpoint: Endpoint
    secret: str | None = field(repr=False)
    is_replay: bool = False


@frozen(kw_only=True)
class RotatingSecret:
    """Sign with a new secret from now on. Refusals: EndpointNotFound, KeyReused."""

    begin: BeginWork
    wall_clock: Clock
    new_id: NewId
    new_secret: NewSecret

    async def __call__(self, command: RotateSecret) -> SecretRotated:
        secret = secret_written(self.new_secret())
        async with self.begin() as work:
            if command.key is not None:
                first = await work.answers.claim(command.key, AnswerAbout)
                if first is not None:
                    rotated = await work.endpoints.find(EndpointId(first.id))
                    bare = evolve(rotated, secrets=())
                    return SecretRotated(endpoint=bare, secret=None, is_replay=True)
            before = await work.endpoints.take(command.endpoint_id)
            now = self.wall_clock()
            overlap = timedelta(hours=command.overlap_hours)
            after = before.rotated(secret, now, overlap)
            if command.key is not None:
                await work.answers.keep(command.key, AnswerAbout(id=after.id))
            await work.endpoints.save(after)
            await audit(work, self.new_id, now, command.actor, "rotate", before, after)
            await work.commit()
        return SecretRotated(endpoint=after, secret=secret)
