"""Ask the provider about one's own checkout, for a buyer who comes back before the webhook does."""

from __future__ import annotations

from attrs import frozen

from application.payments.steps.asking_provider import AskingProvider
from application.payments.steps.provider_turns import ProviderTurns
from application.ports.provider import Capability, Providers
from application.ports.system import Alarm, Clock, NewId
from application.ports.unit_of_work import BeginRead, BeginWork
from domain.credits.claw_back import Shortfall
from domain.credits.ids import AccountId
from domain.payments.errors import OrderNotFound, ProviderUnavailable
from domain.payments.ids import OrderId
from domain.payments.order import Order


@frozen(kw_only=True)
class ConfirmCheckout:
    """Look whether one of an account's own orders has been paid."""

    account_id: AccountId
    order_id: OrderId


@frozen(kw_only=True)
class ConfirmingCheckout:
    """Do at once what the webhook will cause, under the very same keys, and return the order.

    An order that is settled is returned as it is. Where the provider reports what does not fit the
    order, nothing is done and the operator is told. A buyer's page may ask as often as it likes:
    the provider is asked in its `turns`, and what is known here is the answer in between.
    Refusals: OrderNotFound, ProviderUnavailable.
    """

    begin: BeginWork
    read: BeginRead
    providers: Providers
    clock: Clock
    new_id: NewId
    alarm: Alarm
    shortfall: Shortfall
    turns: ProviderTurns

    async def __call__(self, command: ConfirmCheckout) -> Order:
        order = await self._own(command)
        provider = self.providers.get(order.channel)
        if order.was_paid or order.session_id is None or provider is None:
            return order
        if Capability.READ not in provider.capabilities:
            return order
        if not self.turns.take_for_order(order.account_id, order.id):
            return order
        asking = AskingProvider(
            begin=self.begin, clock=self.clock, new_id=self.new_id, shortfall=self.shortfall
        )
        try:
            await asking.about_checkout(provider, order, self.alarm)
        except ProviderUnavailable:
            # A repeat is promised an answer, not what was known before.
            self.turns.give_back(order.id)
            raise
        return await self._own(command)

    async def _own(self, command: ConfirmCheckout) -> Order:
        async with self.read() as work:
            order = await work.orders.find(command.order_id)
        if order.account_id != command.account_id:
            raise OrderNotFound(order_id=command.order_id)
        return order
