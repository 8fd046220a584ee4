"""Disputes as admins see them, and how one ended where the provider does not tell."""

from __future__ import annotations

from attrs import frozen

from application.access.steps.auditing import entry, must_say_why
from application.payments.steps.money_back import MoneyBack
from application.ports.idempotency import AnswerAbout, RequestKey
from application.ports.paging import Page, PageRequest
from application.ports.system import Clock, NewId
from application.ports.unit_of_work import BeginRead, BeginWork
from domain.access.audit import Actor
from domain.credits.claw_back import Shortfall
from domain.errors import InvalidField
from domain.payments.dispute import Dispute
from domain.payments.ids import DisputeId
from domain.payments.provider_event import DisputeStatus


@frozen(kw_only=True)
class ResolveDispute:
    """Say that a dispute was won or lost."""

    dispute_id: DisputeId
    outcome: DisputeStatus
    reason: str
    actor: Actor
    key: RequestKey | None = None

    def __attrs_post_init__(self) -> None:
        if self.outcome not in {DisputeStatus.WON, DisputeStatus.LOST}:
            raise InvalidField(path="outcome", problem="must be won or lost")
        must_say_why(self.reason)


@frozen(kw_only=True)
class DisputeResolved:
    """The dispute as it was first resolved."""

    dispute: Dispute
    is_replay: bool = False


@frozen(kw_only=True)
class ResolvingDispute:
    """Do what the provider's own news would have done. What is so already stays so.

    Refusals: DisputeNotFound, KeyReused.
    """

    begin: BeginWork
    clock: Clock
    new_id: NewId
    shortfall: Shortfall

    async def __call__(self, command: ResolveDispute) -> DisputeResolved:
        async with self.begin() as work:
            if command.key is not None:
                first = await work.answers.claim(command.key, AnswerAbout)
                if first is not None:
                    dispute = await work.disputes.find(DisputeId(first.id))
                    return DisputeResolved(dispute=dispute, is_replay=True)
            now = self.clock()
            found = await work.disputes.find(command.dispute_id)
            back = MoneyBack(work=work, now=now, new_id=self.new_id, shortfall=self.shortfall)
            effects = await back.dispute_decided(found, command.outcome)
            after = await work.disputes.find(command.dispute_id)
            if effects:
                await work.audit_log.add(
                    entry(
                        self.new_id,
                        now,
                        command.actor,
                        "dispute.resolve",
                        f"dispute:{found.id}",
                        before=found.status.value,
                        after=after.status.value,
                        reason=command.reason,
                    )
                )
            if command.key is not None:
                await work.answers.keep(command.key, AnswerAbout(id=after.id))
            await work.commit()
        return DisputeResolved(dispute=after)


@frozen(kw_only=True)
class ListDisputes:
    """Ask for a page of all accounts' disputes, in one status or all of them."""

    status: DisputeStatus | None
    page: PageRequest


@frozen(kw_only=True)
class ListingDisputes:
    """Read disputes, newest first."""

    read: BeginRead

    async def __call__(self, command: ListDisputes) -> Page[Dispute]:
        async with self.read() as work:
            return await work.disputes.page(command.status, command.page)
