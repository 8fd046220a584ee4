"""What it causes that money goes back: refunds, disputes, and both undone.

Plain steps; they never commit. How an order stands, and what its lots are claimed for, is worked
out from all its refunds and disputes together: any order and repetition of news ends the same.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from attrs import frozen

from application.events.steps.raised_events import raise_dispute, raise_order_money
from application.payments.steps.order_lots import settle_lots
from application.ports.system import NewId
from application.ports.unit_of_work import UnitOfWork
from application.subscriptions.steps.monthly_credits import grant_months_due
from application.wallets.granting import Granting, begin_granting
from application.worked_on import note
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
class HeldOrder:
    """An order taken in this unit of work, its account's wallet before it."""

    granting: Granting
    order: Order


async def hold_order(
    work: UnitOfWork, order_id: OrderId, now: datetime, new_id: NewId
) -> HeldOrder:
    """Take an order and, as locks are taken in that order, its wallet first.

    Raises OrderNotFound.
    """
    note("order_id", order_id)
    found = await work.orders.find(order_id)
    granting = await begin_granting(work, found.account_id, now, new_id)
    return HeldOrder(granting=granting, order=await work.orders.take(order_id))


@frozen(kw_only=True)
class MoneyBack:
    """The effects of refunds and disputes at one instant, in one unit of work."""

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
        order = held.order
        refunds = await self.work.refunds.of_order(order.id)
        amount = event.amount_minor
        if event.sum_minor is not None:
            amount = event.sum_minor - sum(each.amount_minor for each in refunds if each.counts)
        known = _ours(refunds, event.key) or await self._known(
            refunds, event.refund_id, amount, event.status
        )
        if known is None and event.sum_minor is not None and amount <= 0:
            return ()
        if known is None:
            _check_currency(order, event.currency)
            _check_amount(order, amount)
        return await self._noted(held, known, event.refund_id, amount, event.status)

    async def refund_taken(
        self, refund: Refund, provider_refund_id: str | None, status: RefundStatus
    ) -> Effects:
        """Take up a provider's answer to our own request.

        Its webhook may have been quicker, and one about another refund of the same amount may have
        been taken for this one: such refunds stand for each other.
        """
        held = await self.hold(refund.order_id)
        refunds = await self.work.refunds.of_order(refund.order_id)
        ours = next(each for each in refunds if each.id == refund.id)
        known: Refund | None = ours
        if provider_refund_id is not None:
            known = await self._known(
                refunds, provider_refund_id, ours.amount_minor, status, likeliest=ours
            )
        return await self._noted(held, known, provider_refund_id, ours.amount_minor, status)

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
        order = held.order
        disputes = await self.work.disputes.of_order(order.id)
        known = next((e for e in disputes if e.provider_dispute_id == event.dispute_id), None)
        if known is not None:
            return await self._decided(held, known, event.status, event.as_of)
        # A bank may dispute another amount than was paid: no more than that is ever taken.
        _check_currency(order, event.currency)
        dispute = Dispute(
            id=DisputeId(self.new_id()),
            order_id=order.id,
            account_id=order.account_id,
            channel=event.channel,
            provider_dispute_id=event.dispute_id,
            amount_minor=event.amount_minor,
            currency=event.currency,
            status=event.status,
            as_of=event.as_of,
            opened_at=event.as_of,
            changed_at=self.now,
        )
        await self.work.disputes.add(dispute)
        return await self._disputed(held, dispute)

    async def dispute_decided(self, dispute: Dispute, status: DisputeStatus) -> Effects:
        """Take up a decision that a person tells us, because the provider does not."""
        held = await self.hold(dispute.order_id)
        current = await self.work.disputes.find(dispute.id)
        return await self._decided(held, current, status, self.now)

    async def hold(self, order_id: OrderId) -> HeldOrder:
        """Take an order with its wallet. Raises OrderNotFound."""
        return await hold_order(self.work, order_id, self.now, self.new_id)

    async def given_back(self, held: HeldOrder, refund: Refund) -> Effects:
        """Do what a refund causes that is kept already, in its present state."""
        return await self._settled(
            held,
            cause=f"refund:{refund.id}",
            description=f"Refund: {held.order.line.name}",
        )

    async def _paid_by(
        self, event: RefundReported | DisputeReported, reference: str
    ) -> HeldOrder | None:
        """Take the order that was paid by what news is about; None where others have sold it."""
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
    ) -> Refund | None:
        """Return the refund that news is about: by its id, else the oldest open one it could be.

        Where a provider's id stands on a refund that failed, and money goes back under it again,
        the news is about the next try: the failed one gives up the id.
        """
        by_id = next((each for each in refunds if each.provider_refund_id == refund_id), None)
        candidates = refunds if likeliest is None else (likeliest, *refunds)
        could_be = next((each for each in candidates if each.could_be(amount_minor)), None)
        if by_id is None:
            return could_be
        has_failed = by_id.state is RefundState.FAILED and status is not RefundStatus.FAILED
        if could_be is None or not has_failed:
            return by_id
        await self.work.refunds.save(by_id.without_provider_id())
        return could_be

    async def _noted(
        self,
        held: HeldOrder,
        known: Refund | None,
        provider_refund_id: str | None,
        amount_minor: int,
        status: RefundStatus,
    ) -> Effects:
        if known is None:
            refund = self._told_first(held.order, provider_refund_id, amount_minor, status)
            await self.work.refunds.add(refund)
        else:
            refund = known.told(provider_refund_id, status, self.now)
            if refund != known:
                await self.work.refunds.save(refund)
            if refund.state is known.state:
                return ()
        said = f"refund {provider_refund_id or refund.id} {refund.state.value}"
        return (said, *await self.given_back(held, refund))

    def _told_first(
        self, order: Order, provider_refund_id: str | None, amount_minor: int, status: RefundStatus
    ) -> Refund:
        return Refund(
            id=RefundId(self.new_id()),
            order_id=order.id,
            account_id=order.account_id,
            channel=order.channel,
            amount_minor=amount_minor,
            state=RefundState(status.value),
            kind=RefundKind.REQUESTED,
            reason="Refunded at the payment provider",
            provider_refund_id=provider_refund_id,
            created_at=self.now,
            changed_at=self.now,
            ask_at=self.now + FIRST_WAIT,
        )

    async def _decided(
        self, held: HeldOrder, known: Dispute, status: DisputeStatus, as_of: datetime
    ) -> Effects:
        dispute = known.told(status, as_of, self.now)
        if dispute == known:
            return ()
        await self.work.disputes.save(dispute)
        if dispute.status is known.status:
            return ()
        return await self._disputed(held, dispute)

    async def _disputed(self, held: HeldOrder, dispute: Dispute) -> Effects:
        await raise_dispute(self.work, self.new_id, self.now, dispute)
        done = await self._settled(
            held,
            cause=f"dispute:{dispute.id}",
            description=f"Dispute {dispute.status.value}: {held.order.line.name}",
        )
        return (f"dispute {dispute.provider_dispute_id} {dispute.status.value}", *done)

    async def _settled(self, held: HeldOrder, *, cause: str, description: str) -> Effects:
        """Bring the order and its lots to what all its refunds and disputes say together."""
        before = held.order
        after = await self._as_its_money_stands(before)
        after, effects = await settle_lots(
            held.granting,
            after,
            shortfall=self.shortfall,
            cause=cause,
            description=description,
        )
        await self.work.orders.save(after)
        await raise_order_money(self.work, self.new_id, self.now, before, after)
        if before.is_gone and not after.is_gone:
            effects += await self._months_again(held.granting, after)
        await held.granting.save()
        if after.status is not before.status:
            effects = (f"order {after.id} {after.status.value}", *effects)
        return effects

    async def _as_its_money_stands(self, order: Order) -> Order:
        refunds = await self.work.refunds.of_order(order.id)
        disputes = await self.work.disputes.of_order(order.id)
        gone = [refund.amount_minor for refund in refunds if refund.counts]
        gone += [dispute.amount_minor for dispute in disputes if dispute.is_lost]
        return order.with_money_back(
            sum(gone),
            is_given_back=bool(gone),
            is_disputed=any(dispute.is_open for dispute in disputes),
        )

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


def _ours(refunds: Sequence[Refund], key: str | None) -> Refund | None:
    """Return the refund that we asked for under this key."""
    return next((each for each in refunds if each.id == key), None)


def _check_currency(order: Order, currency: str) -> None:
    """Refuse news of money that the order was not paid in. Raises PaymentMismatch."""
    if currency != order.line.currency:
        raise PaymentMismatch(
            order_id=order.id,
            differs="currency",
            ordered=order.line.currency,
            reported=currency,
        )


def _check_amount(order: Order, amount_minor: int) -> None:
    """Refuse a refund of nothing, or of more than was collected. Raises PaymentMismatch."""
    if not 0 < amount_minor <= order.collected_minor:
        raise PaymentMismatch(
            order_id=order.id,
            differs="refunded amount",
            ordered=str(order.collected_minor),
            reported=str(amount_minor),
        )
