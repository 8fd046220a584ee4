"""What it causes that money goes back: refunds, disputes, and both undone.

Plain steps; they never commit. How an order stands, and what its lots are claimed for, is worked
out from all its refunds and disputes together: any order and repetition of news ends the same.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from attrs import frozen

from application.events.steps.raised_events import raise_dispute, raise_order_money
from application.payments.steps.order_lots import settle_lots
from application.payments.steps.paid_together import PaidTogether, hold_together, money_gone
from application.ports.system import NewId
from application.ports.unit_of_work import UnitOfWork
from application.subscriptions.steps.monthly_credits import grant_months_due
from application.wallets.granting import Granting
from domain.credits.claw_back import Shortfall
from domain.payments.dispute import Dispute
from domain.payments.errors import OrderUnknownYet, PaymentMismatch
from domain.payments.ids import DisputeId, OrderId, RefundId
from domain.payments.order import Order
from domain.payments.provider_event import (
    DisputeReported,
    DisputeStatus,
    RefundReported,
    RefundStatus,
)
from domain.payments.refund import FIRST_WAIT, Refund, RefundKind, RefundState
from domain.subscriptions.ids import SubscriptionId

Effects = tuple[str, ...]


@frozen(kw_only=True)
class MoneyBack:
    """The effects of refunds and disputes at one instant, in one unit of work.

    Money of a payment that paid several orders falls on each of them by what came in for it, unless
    it was asked for as one order's: then it is that one's.
    """

    work: UnitOfWork
    now: datetime
    new_id: NewId
    shortfall: Shortfall

    async def refund_reported(self, event: RefundReported) -> Effects:
        """Take up what a provider says of a refund, whoever asked for it.

        Raises OrderUnknownYet until the payment is known, and PaymentMismatch.
        """
        held = await self._paid_by(event, event.refund_id)
        if held is None:
            return ()
        refunds = await held.refunds(self.work)
        amount = event.amount_minor
        if event.sum_minor is not None:
            amount = event.sum_minor - sum(each.amount_minor for each in refunds if each.counts)
        known = _ours(refunds, event.key) or await self._known(
            refunds, event.refund_id, amount, event.status
        )
        if known:
            return await self._noted(held, known, event.refund_id, event.status)
        if event.sum_minor is not None and amount <= 0:
            return ()
        _check_currency(held.order, event.currency)
        _check_amount(held, amount)
        shares = held.shares(amount)
        return await self._told_first(held, shares, event.refund_id, event.status)

    async def refund_taken(
        self, refund: Refund, provider_refund_id: str | None, status: RefundStatus
    ) -> Effects:
        """Take up a provider's answer to our own request.

        Its webhook may have been quicker, and one about another refund of the same amount may have
        been taken for this one: such refunds stand for each other.
        """
        held = await self.hold(refund.order_id)
        refunds = await held.refunds(self.work)
        ours = next(each for each in refunds if each.id == refund.id)
        known: Sequence[Refund] = (ours,)
        if provider_refund_id is not None:
            known = await self._known(
                refunds, provider_refund_id, ours.amount_minor, status, likeliest=ours
            )
        if not known:
            share = (held.order, ours.amount_minor)
            return await self._told_first(held, [share], provider_refund_id, status)
        return await self._noted(held, known, provider_refund_id, status)

    async def refund_refused(self, refund: Refund, failure: str) -> None:
        """Note that the provider would not do what we asked for."""
        await self.hold(refund.order_id)
        current = await self.work.refunds.find(refund.id)
        if current is not None and current.state is RefundState.REQUESTED:
            await self.work.refunds.save(current.refused(failure, self.now))

    async def dispute_reported(self, event: DisputeReported) -> Effects:
        """Take up what a provider says of a dispute.

        Raises OrderUnknownYet until the payment is known, and PaymentMismatch.
        """
        held = await self._paid_by(event, event.dispute_id)
        if held is None:
            return ()
        known = await self._parts(held, event.dispute_id)
        if known:
            return await self._decided(held, known, event.status, event.as_of)
        # A bank may dispute another amount than was paid: no more than that is ever taken.
        _check_currency(held.order, event.currency)
        disputes = [
            Dispute(
                id=DisputeId(self.new_id()),
                order_id=order.id,
                account_id=order.account_id,
                channel=event.channel,
                provider_dispute_id=event.dispute_id,
                amount_minor=amount,
                currency=event.currency,
                status=event.status,
                as_of=event.as_of,
                opened_at=event.as_of,
                changed_at=self.now,
            )
            for order, amount in held.shares(event.amount_minor)
        ]
        for dispute in disputes:
            await self.work.disputes.add(dispute)
        return await self._disputed(held, disputes)

    async def dispute_decided(self, dispute: Dispute, status: DisputeStatus) -> Effects:
        """Take up a decision that a person tells us, because the provider does not."""
        held = await self.hold(dispute.order_id)
        parts = await self._parts(held, dispute.provider_dispute_id)
        return await self._decided(held, parts, status, self.now)

    async def hold(self, order_id: OrderId) -> PaidTogether:
        """Take an order with its wallet and what its payment paid too. Raises OrderNotFound."""
        return await hold_together(self.work, order_id, self.now, self.new_id)

    async def given_back(self, held: PaidTogether, refunds: Sequence[Refund]) -> Effects:
        """Do what a refund causes that is kept already, in its present state, in all its parts."""
        causes = {refund.order_id: f"refund:{refund.id}" for refund in refunds}
        return await self._settled(held, causes, "Refund")

    async def _paid_by(
        self, event: RefundReported | DisputeReported, reference: str
    ) -> PaidTogether | None:
        """Take what was paid by what news is about; None where others have sold it."""
        for payment_id in event.payment_ids:
            order_id = await self.work.payments.order_paid_by(event.channel, payment_id)
            if order_id is not None:
                return await self.hold(order_id)
        if not event.bears_our_mark:
            return None
        raise OrderUnknownYet(reference=reference)

    async def _known(
        self,
        refunds: Sequence[Refund],
        refund_id: str,
        amount_minor: int,
        status: RefundStatus,
        likeliest: Refund | None = None,
    ) -> Sequence[Refund]:
        """Return the refund that news is about, in all its parts: by its id, else by its amount.

        An amount means the oldest open one that could be it. Where a provider's id stands on a
        refund that failed, and money goes back under it again, the news is about the next try: the
        failed one gives up the id.
        """
        by_id = [each for each in refunds if each.provider_refund_id == refund_id]
        candidates = refunds if likeliest is None else (likeliest, *refunds)
        could_be = [each for each in candidates if each.could_be(amount_minor)][:1]
        if not by_id:
            return could_be
        has_failed = all(each.state is RefundState.FAILED for each in by_id)
        if not could_be or not has_failed or status is RefundStatus.FAILED:
            return by_id
        for each in by_id:
            await self.work.refunds.save(each.without_provider_id())
        return could_be

    async def _noted(
        self,
        held: PaidTogether,
        known: Sequence[Refund],
        provider_refund_id: str | None,
        status: RefundStatus,
    ) -> Effects:
        """Take up how a refund stands that is known, in all its parts."""
        told = [each.told(provider_refund_id, status, self.now) for each in known]
        for before, after in zip(known, told, strict=True):
            if after != before:
                await self.work.refunds.save(after)
        moved = [
            after
            for before, after in zip(known, told, strict=True)
            if after.state is not before.state
        ]
        if not moved:
            return ()
        return (_said(moved[0]), *await self.given_back(held, moved))

    async def _told_first(
        self,
        held: PaidTogether,
        shares: Sequence[tuple[Order, int]],
        provider_refund_id: str | None,
        status: RefundStatus,
    ) -> Effects:
        """Keep a refund that nobody here has asked for, one for each order that it falls on."""
        refunds = [
            Refund(
                id=RefundId(self.new_id()),
                order_id=order.id,
                account_id=order.account_id,
                channel=order.channel,
                amount_minor=amount,
                state=RefundState(status.value),
                kind=RefundKind.REQUESTED,
                reason="Refunded at the payment provider",
                provider_refund_id=provider_refund_id,
                created_at=self.now,
                changed_at=self.now,
                ask_at=self.now + FIRST_WAIT,
            )
            for order, amount in shares
        ]
        for refund in refunds:
            await self.work.refunds.add(refund)
        return (_said(refunds[0]), *await self.given_back(held, refunds))

    async def _parts(self, held: PaidTogether, provider_dispute_id: str) -> Sequence[Dispute]:
        """Return a dispute as it is kept, once for each order that it falls on."""
        disputes = await held.disputes(self.work)
        return [each for each in disputes if each.provider_dispute_id == provider_dispute_id]

    async def _decided(
        self, held: PaidTogether, known: Sequence[Dispute], status: DisputeStatus, as_of: datetime
    ) -> Effects:
        moved: list[Dispute] = []
        for before in known:
            after = before.told(status, as_of, self.now)
            if after != before:
                await self.work.disputes.save(after)
            if after.status is not before.status:
                moved.append(after)
        return await self._disputed(held, moved) if moved else ()

    async def _disputed(self, held: PaidTogether, disputes: Sequence[Dispute]) -> Effects:
        for dispute in disputes:
            await raise_dispute(self.work, self.new_id, self.now, dispute)
        causes = {dispute.order_id: f"dispute:{dispute.id}" for dispute in disputes}
        status = disputes[0].status.value
        done = await self._settled(held, causes, f"Dispute {status}")
        return (f"dispute {disputes[0].provider_dispute_id} {status}", *done)

    async def _settled(
        self, held: PaidTogether, causes: Mapping[OrderId, str], said: str
    ) -> Effects:
        """Bring orders and their lots to what all refunds and disputes about them say together.

        `causes` are by order; on the others falls what was more than came in for one of these.
        """
        refunds, disputes = await held.refunds(self.work), await held.disputes(self.work)
        effects: Effects = ()
        cause = next(iter(causes.values()))
        for before, after in zip(held.orders, money_gone(held, refunds, disputes), strict=True):
            own = causes.get(before.id, cause)
            effects += await self._brought_to(held.granting, before, after, own, said)
        await held.granting.save()
        return effects

    async def _brought_to(
        self, granting: Granting, before: Order, stands: Order, cause: str, said: str
    ) -> Effects:
        after, effects = await settle_lots(
            granting,
            stands,
            shortfall=self.shortfall,
            cause=cause,
            description=f"{said}: {before.line.name}",
        )
        await self.work.orders.save(after)
        await raise_order_money(self.work, self.new_id, self.now, before, after)
        if before.is_gone and not after.is_gone:
            effects += await self._months_again(granting, after)
        if after.status is not before.status:
            effects = (f"order {after.id} {after.status.value}", *effects)
        return effects

    async def _months_again(self, granting: Granting, order: Order) -> Effects:
        """Grant the months of a period that were left out while its payment was gone."""
        if order.subscription_id is None:
            return ()
        subscription = await self.work.subscriptions.take(SubscriptionId(order.subscription_id))
        if subscription.order_id != order.id:
            return ()
        from_its_start = subscription.as_of(subscription.period)
        after, effects = await grant_months_due(granting, from_its_start)
        await self.work.subscriptions.save(after)
        return effects


def _ours(refunds: Sequence[Refund], key: str | None) -> Sequence[Refund]:
    """Return the refund that we asked for under this key, if it is one."""
    return [each for each in refunds if each.id == key]


def _said(refund: Refund) -> str:
    return f"refund {refund.provider_refund_id or refund.id} {refund.state.value}"


def _check_currency(order: Order, currency: str) -> None:
    """Refuse news of money that the order was not paid in. Raises PaymentMismatch."""
    if currency != order.line.currency:
        raise PaymentMismatch(
            order_id=order.id,
            differs="currency",
            ordered=order.line.currency,
            reported=currency,
        )


def _check_amount(held: PaidTogether, amount_minor: int) -> None:
    """Refuse a refund of nothing, or of more than was collected. Raises PaymentMismatch."""
    if not 0 < amount_minor <= held.collected_minor:
        raise PaymentMismatch(
            order_id=held.order.id,
            differs="refunded amount",
            ordered=str(held.collected_minor),
            reported=str(amount_minor),
        )
