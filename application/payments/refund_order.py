"""Give money of an order back, and take the credits that it had bought."""

from __future__ import annotations

from attrs import frozen

from application.access.steps.auditing import entry, must_say_why
from application.payments.steps.asking_provider import AskingProvider
from application.payments.steps.money_back import MoneyBack
from application.payments.steps.paid_together import PaidTogether, left_of
from application.ports.idempotency import RequestKey
from application.ports.provider import Capability, Provider, Providers
from application.ports.system import Clock, NewId
from application.ports.unit_of_work import BeginRead, BeginWork, UnitOfWork
from domain.access.audit import Actor
from domain.amount import AMOUNT_MAX, within
from domain.credits.claw_back import Shortfall
from domain.payments.errors import (
    CapabilityMissing,
    ChannelUnknown,
    OrderNotRefundable,
    ProviderRefused,
    RefundTooLarge,
)
from domain.payments.ids import OrderId, RefundId
from domain.payments.order import Order
from domain.payments.provider_event import RefundStatus
from domain.payments.refund import FIRST_WAIT, Refund, RefundKind, RefundState


@frozen(kw_only=True)
class RefundOrder:
    """Give back so much of what came in for an order, tax included; None is all that is left."""

    order_id: OrderId
    amount_minor: int | None = None
    reason: str
    kind: RefundKind = RefundKind.REQUESTED
    actor: Actor
    key: RequestKey

    def __attrs_post_init__(self) -> None:
        if self.amount_minor is not None:
            within("amount", self.amount_minor, least=1, most=AMOUNT_MAX)
        must_say_why(self.reason)


@frozen(kw_only=True)
class OrderRefunded:
    """The refund as it stands now."""

    refund: Refund
    order: Order
    is_replay: bool


@frozen(kw_only=True)
class _Asked:
    """What is remembered under the caller's key: which refund it asked for."""

    refund_id: RefundId


@frozen(kw_only=True)
class RefundingOrder:
    """Write the refund down, ask the provider for it, and note what it answered.

    The refund's id is the provider's key: where the answer is lost the refund stays requested, and
    a repeat asks for the same one again. Its credits are taken in the commit that notes the
    answer. A purchase that brought no money in gives its credits back without any provider; what of
    them was spent is not owed, since no money went back. What a buyer's balance with the provider
    paid is not money that we could send: it can be given there.

    Refusals: OrderNotFound, OrderNotRefundable, RefundTooLarge, ChannelUnknown, CapabilityMissing,
    ProviderUnavailable, ProviderRefused, KeyReused.
    """

    begin: BeginWork
    read: BeginRead
    providers: Providers
    clock: Clock
    new_id: NewId
    shortfall: Shortfall

    async def __call__(self, command: RefundOrder) -> OrderRefunded:
        async with self.begin() as work:
            first = await work.answers.claim(command.key, _Asked)
            if first is None:
                refund = await self._written_down(work, command)
                await work.answers.keep(
                    command.key, _Asked(refund_id=refund.id), is_kept_for_ever=True
                )
                await work.commit()
            else:
                refund = await _kept(work, first.refund_id)
        order, refund = await self._asked_for(refund)
        return OrderRefunded(refund=refund, order=order, is_replay=first is not None)

    async def _written_down(self, work: UnitOfWork, command: RefundOrder) -> Refund:
        now = self.clock()
        back = self._back(work)
        held = await back.hold(command.order_id)
        amount = await self._amount(work, held, command)
        refund = Refund(
            id=RefundId(self.new_id()),
            order_id=held.order.id,
            account_id=held.order.account_id,
            channel=held.order.channel,
            amount_minor=amount,
            state=RefundState.REQUESTED,
            kind=command.kind,
            reason=command.reason,
            created_at=now,
            changed_at=now,
            ask_at=now + FIRST_WAIT,
        )
        await work.audit_log.add(
            entry(
                self.new_id,
                now,
                command.actor,
                "order.refund",
                f"order:{held.order.id}",
                before=held.order.status.value,
                after=f"{amount} {held.order.line.currency} to go back ({refund.kind.value})",
                reason=command.reason,
            )
        )
        if held.order.collected_minor > 0:
            await work.refunds.add(refund)
            return refund
        return await self._given_back(work, held, refund)

    async def _amount(self, work: UnitOfWork, held: PaidTogether, command: RefundOrder) -> int:
        """Return how much is to go back, if that much can. Locks keep two from promising it."""
        order = held.order
        if not order.was_paid or (order.collected_minor == 0 and order.is_gone):
            raise OrderNotRefundable(order_id=order.id, status=order.status.value)
        left = await left_of(work, held)
        amount = left if command.amount_minor is None else command.amount_minor
        if amount > left:
            raise RefundTooLarge(asked_minor=amount, left_minor=left)
        if order.collected_minor > 0:
            if left == 0:
                raise OrderNotRefundable(order_id=order.id, status=order.status.value)
            _check_able(self._provider(order), is_part=amount < left)
        return amount

    async def _given_back(self, work: UnitOfWork, held: PaidTogether, refund: Refund) -> Refund:
        """Take back what a purchase brought for which no money came in."""
        done = refund.told(None, RefundStatus.SUCCEEDED, self.clock())
        await work.refunds.add(done)
        await self._back(work, Shortfall.FORGIVE).given_back(held, [done])
        return done

    async def _asked_for(self, refund: Refund) -> tuple[Order, Refund]:
        """Ask the provider for a refund that it has not answered for yet."""
        async with self.read() as work:
            order = await work.orders.find(refund.order_id)
        if refund.failure is not None:
            raise ProviderRefused(channel=refund.channel, reason=refund.failure)
        if refund.state is not RefundState.REQUESTED:
            return order, refund
        asking = AskingProvider(
            begin=self.begin, clock=self.clock, new_id=self.new_id, shortfall=self.shortfall
        )
        await asking.for_refund(self._provider(order), order, refund)
        async with self.read() as work:
            return await work.orders.find(order.id), await _kept(work, refund.id)

    def _provider(self, order: Order) -> Provider:
        provider = self.providers.get(order.channel)
        if provider is None:
            raise ChannelUnknown(channel=order.channel, configured=tuple(sorted(self.providers)))
        return provider

    def _back(self, work: UnitOfWork, shortfall: Shortfall | None = None) -> MoneyBack:
        return MoneyBack(
            work=work,
            now=self.clock(),
            new_id=self.new_id,
            shortfall=shortfall or self.shortfall,
        )


async def _kept(work: UnitOfWork, refund_id: RefundId) -> Refund:
    refund = await work.refunds.find(refund_id)
    assert refund is not None, "a refund that was asked for is kept"
    return refund


def _check_able(provider: Provider, *, is_part: bool) -> None:
    needed = Capability.PARTIAL_REFUND if is_part else Capability.REFUND
    if needed not in provider.capabilities:
        raise CapabilityMissing(channel=provider.channel, capability=needed.value)
