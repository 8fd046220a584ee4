"""Comparing with the providers, for owners: payments and subscriptions, and prices."""

from __future__ import annotations

from collections.abc import Sequence

from aiohttp import web
from attrs import frozen

from application.payments.reconcile import Reconcile, Reconciled, Reconciling
from application.payments.steps.last_heard import LOOK_BACK
from application.subscriptions.compare_prices import ComparePrices, ComparingPrices, PriceProblem
from domain.access.role import Right
from domain.payments.errors import CapabilityMissing, ChannelUnknown
from domain.payments.ids import Channel
from domain.payments.reconciliation import kept
from entrypoints.http.drift import Count, DriftView
from entrypoints.http.endpoint import Endpoint, Shape
from entrypoints.http.payments import ChannelName
from entrypoints.http.policy import Admin
from entrypoints.http.principal import actor_of
from entrypoints.http.values import AuditReason, Id, Instant, Reference
from entrypoints.http.wire import read, reply, reply_all


@frozen(kw_only=True)
class ReconcileBody:
    """What is compared, and whether differences are mended; `since` is a week ago unless said.

    Whoever asks every few seconds says that they are `polling`: a run that found nothing is then
    not kept.
    """

    channel: ChannelName | None = None
    since: Instant | None = None
    apply: bool
    reason: AuditReason
    polling: bool = False


@frozen(kw_only=True, slots=False)
class ReconciliationView:
    """How much was compared, and the differences: the first 1,000 of `drift_total`.

    All of them are counted by what became of them: `mended`; left `open`, since nothing was to be
    mended; or such that one `needs_person`. Nothing is left to do if the last two are 0.
    `unread` are the channels that could not be read to the end. `run_id` is what it is kept under;
    null where somebody who polls found nothing, and where it is `not_kept`: the list of runs lacks
    it, but what was mended is mended.
    """

    run_id: Id | None
    not_kept: bool
    compared: int
    drift_total: Count
    mended: Count
    open: Count
    needs_person: Count
    drift: tuple[DriftView, ...]
    unread: tuple[str, ...]

    @classmethod
    def of(cls, found: Reconciled) -> ReconciliationView:
        """Return what was found as it is shown."""
        return cls(
            run_id=found.run_id,
            not_kept=found.is_lost,
            compared=found.compared,
            drift_total=found.drift_total,
            mended=found.mended,
            open=found.open,
            needs_person=found.needs_person,
            drift=tuple(DriftView.of(each) for each in kept(found.drift)),
            unread=tuple(found.unread),
        )


@frozen(kw_only=True, slots=False)
class PriceProblemView:
    """An item that a provider sells differently, or not at all, and what is wrong in words."""

    channel: str
    item_id: Reference
    item_name: str
    reference: Reference
    problem: str

    @classmethod
    def of(cls, problem: PriceProblem) -> PriceProblemView:
        """Return the problem as it is shown."""
        return cls(
            channel=problem.channel,
            item_id=problem.item_id,
            item_name=problem.item_name,
            reference=problem.reference,
            problem=problem.problem,
        )


@frozen(kw_only=True)
class AdminReconcileApi:
    """What providers know, held against what we know."""

    reconcile: Reconciling
    compare_prices: ComparingPrices

    def endpoints(self) -> Sequence[Endpoint]:
        """Return the owners' routes about providers."""
        return (
            Endpoint(
                method="POST",
                path="/admin/reconcile",
                handler=self.post_reconcile,
                policy=Admin(Right.OWN),
                tag="Admin: providers",
                summary="Compare with the providers, and mend what differs",
                description=(
                    "Asks every configured provider, or one, what has happened. With `apply` false "
                    f"nothing changes. Looks {LOOK_BACK.days} days back unless `since` is given. "
                    "May take minutes."
                ),
                body=ReconcileBody,
                response=ReconciliationView,
                refusals=(ChannelUnknown, CapabilityMissing),
                example={"apply": False, "reason": "The endpoint was down over the weekend"},
            ),
            Endpoint(
                method="GET",
                path="/admin/prices",
                handler=self.get_prices,
                policy=Admin(Right.READ),
                tag="Admin: providers",
                summary="List prices that differ from a provider's",
                description="Asks the providers about everything on sale. Empty if all agree.",
                response=PriceProblemView,
                shape=Shape.LIST,
            ),
        )

    async def post_reconcile(self, request: web.Request) -> web.Response:
        """Compare, and answer what differs."""
        body = await read(request, ReconcileBody)
        found = await self.reconcile(
            Reconcile(
                channel=None if body.channel is None else Channel(body.channel),
                since=body.since,
                is_to_be_applied=body.apply,
                reason=body.reason,
                actor=actor_of(request),
                is_polling=body.polling,
            )
        )
        return reply(ReconciliationView.of(found))

    async def get_prices(self, request: web.Request) -> web.Response:
        """Answer every price that differs."""
        problems = await self.compare_prices(ComparePrices())
        return reply_all(PriceProblemView.of(each) for each in problems)
