"""Ask providers about refunds of which nobody knows yet if their money goes back."""

from __future__ import annotations

from attrs import frozen

from application.one_by_one import one_by_one
from application.payments.steps.asking_provider import AskingProvider
from application.payments.steps.concerns import Concern, raise_alarms
from application.payments.steps.paid_together import hold_together
from application.ports.provider import Provider, Providers
from application.ports.system import Alarm, Clock, NewId
from application.ports.unit_of_work import BeginRead, BeginWork
from application.worked_on import note
from domain.credits.claw_back import Shortfall
from domain.payments.errors import CapabilityMissing, ChannelUnknown, ProviderRefused
from domain.payments.order import Order
from domain.payments.refund import Refund, RefundState


@frozen(kw_only=True)
class ChaseRefunds:
    """Look at no more than so many refunds."""

    refunds_max: int = 50


@frozen(kw_only=True)
class RefundsChased:
    """How many refunds their providers were asked about; what another process asks about is not.

    `looked_at` is how many were due; fewer than asked for means that none is left.
    """

    asked: int
    looked_at: int


@frozen(kw_only=True)
class ChasingRefunds:
    """Ask again for a refund whose answer was lost, and how one stands that is on its way.

    Asking again is safe: the key is the refund's own, and providers that forget keys are looked at
    first. The question is written down before it is put, so that no two processes put it at once
    and a provider that hangs is not asked over and over. Questions come further and further apart;
    a refund that is still open after many of them needs a person, and so does one refused.
    """

    begin: BeginWork
    read: BeginRead
    providers: Providers
    clock: Clock
    new_id: NewId
    alarm: Alarm
    shortfall: Shortfall

    async def __call__(self, command: ChaseRefunds) -> RefundsChased:
        async with self.read() as work:
            due = await work.refunds.to_ask_about(self.clock(), command.refunds_max)
        asked = await one_by_one(due, self._chase)
        return RefundsChased(asked=sum(asked), looked_at=len(due))

    async def _chase(self, due: Refund) -> bool:
        note("order_id", due.order_id)
        note("refund_id", due.id)
        order, refund = await self._claimed(due)
        if refund is None:
            return False
        if refund.needs_person:
            self._tell(refund, f"it is still {refund.state.value} after {refund.asked} questions")
        asking = AskingProvider(
            begin=self.begin, clock=self.clock, new_id=self.new_id, shortfall=self.shortfall
        )
        try:
            if refund.state is RefundState.REQUESTED:
                await asking.for_refund(self._provider(order), order, refund)
            else:
                await asking.about_payment(self._provider(order), order)
        except (ProviderRefused, CapabilityMissing) as refusal:
            self._tell(refund, str(refusal))
        return True

    async def _claimed(self, due: Refund) -> tuple[Order, Refund | None]:
        """Write the question down; None for a refund that is settled, or asked about elsewhere."""
        now = self.clock()
        async with self.begin() as work:
            held = await hold_together(work, due.order_id, now, self.new_id)
            current = await work.refunds.find(due.id)
            if current is None or not current.is_open or current.ask_at != due.ask_at:
                return held.order, None
            asked = current.asked_about(now)
            await work.refunds.save(asked)
            await work.commit()
        return held.order, asked

    def _provider(self, order: Order) -> Provider:
        provider = self.providers.get(order.channel)
        if provider is None:
            raise ChannelUnknown(channel=order.channel, configured=tuple(sorted(self.providers)))
        return provider

    def _tell(self, refund: Refund, problem: str) -> None:
        concern = Concern(about=f"refund {refund.id} of order {refund.order_id}", problem=problem)
        raise_alarms(self.alarm, refund.channel, [concern])
