"""A purchase and its refund while calls go wrong: what is lost, and what is done twice."""

import asyncio

from attrs import frozen

from domain.payments.errors import ProviderBusy, ProviderRefused, ProviderUnavailable
from domain.payments.order import Order, OrderStatus
from tests.providers.business import Business, a_business
from tests.providers.goods import HASTY, PACK_CREDITS, a_pack_at
from tests.providers.impatience import NEVER
from tests.providers.mishaps import REFUSALS, Mishap, Mishaps
from tests.providers.till import Till
from tests.providers.truth import Differences, differences
from tests.support.builders.credits import SOMEBODY
from tests.support.clock import SettableClock

_NO = (ProviderUnavailable, ProviderRefused)


async def hardship(provider: str, mishap: Mishap, *, after: bool) -> Differences:
    """Let every call of a purchase go wrong first, and be made again; return what is wrong then.

    What befalls a call after it is done loses the answer alone.
    """
    clock, mishaps = SettableClock(), Mishaps()
    till = HASTY[provider](clock)
    middlewares = [mishaps.middleware]
    async with a_business(till, clock=clock, middlewares=middlewares, faults_max=NEVER) as business:
        lived = _Lived(business=business, till=till, mishaps=mishaps, mishap=mishap, after=after)
        order = await lived.buys()
        wrong = await lived.comes_back(order)
        wrong += await lived.is_given_back(order)
        wrong += await differences(business, till)
        if provider == "stripe" and len(till.checkouts()) > 1:
            wrong.append(f"{len(till.checkouts())} checkouts were opened")
    return wrong


@frozen(kw_only=True)
class _Lived:
    """A purchase under one mishap."""

    business: Business
    till: Till
    mishaps: Mishaps
    mishap: Mishap
    after: bool

    async def buys(self) -> Order:
        """Start a checkout that fails, start it again under the same key, and pay."""
        pack = a_pack_at(self.till)
        await self.business.offers(pack)
        self._fails()
        try:
            await self.business.buy(SOMEBODY, self.till.channel, pack, key="buy-1")
        except _NO as no:
            await self._works(no)
        order = await self.business.buy(SOMEBODY, self.till.channel, pack, key="buy-1")
        assert order.session_id is not None
        self.till.pay(order.session_id)
        return order

    async def comes_back(self, order: Order) -> Differences:
        """Come back from the checkout, in vain, and again."""
        self._fails()
        try:
            await self.business.comes_back(order)
        except _NO as no:
            await self._works(no)
        waiting = await self.business.order(order.id)
        found = await self.business.comes_back(order)
        balance = await self.business.balance(SOMEBODY)
        states = (waiting.status, found.status, balance)
        if states != (OrderStatus.PENDING, OrderStatus.PAID, PACK_CREDITS):
            return [f"the buyer came back to {states}"]
        return []

    async def is_given_back(self, order: Order) -> Differences:
        """Have it refunded in vain, and again: under the same key unless the answer was no."""
        has_refused = self.mishap in REFUSALS
        if has_refused and self.after:
            # A provider that does what it refuses is none that we could deal with.
            return []
        self._fails()
        try:
            await self.business.refund(order.id, None, key="refund-1")
        except _NO as no:
            await self._works(no)
        if (await self.business.order(order.id)).status is not OrderStatus.PAID:
            return ["credits were taken before the provider had taken the refund on"]
        await self.business.refund(order.id, None, key="refund-2" if has_refused else "refund-1")
        if (self.till.refunds(), await self.business.balance(SOMEBODY)) != (1, 0):
            return [f"{self.till.refunds()} refunds were made"]
        return []

    def _fails(self) -> None:
        self.mishaps.mishap, self.mishaps.after = self.mishap, self.after
        self.mishaps.over.clear()

    async def _works(self, no: Exception) -> None:
        self.mishaps.mishap = None
        self.mishaps.over.set()
        if isinstance(no, ProviderBusy):
            # Nobody asks again before the provider's wait is over.
            await asyncio.sleep(no.retry_after_s)
