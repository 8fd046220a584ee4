"""Compare our prices with the providers': they live twice, and must agree."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

from attrs import frozen

from application.ports.paging import PageRequest
from application.ports.provider import Capability, Provider, Providers
from application.ports.provider_calls import ProviderPrice
from application.ports.unit_of_work import BeginRead
from application.worked_on import one_piece_of_work
from domain.errors import BillingError
from domain.money import Money
from domain.payments.errors import ProviderUnavailable
from domain.payments.ids import Channel
from domain.period import Interval
from domain.subscriptions.catalogue import Pack, Plan, ProviderItem
from domain.subscriptions.errors import IntervalNotOffered


@frozen(kw_only=True)
class ComparePrices:
    """Compare one plan or pack, or everything that is on sale."""

    item: Plan | Pack | None = None


@frozen(kw_only=True)
class PriceProblem:
    """An item that a provider sells differently, or not at all, and what is wrong in words."""

    channel: Channel
    item_id: str
    item_name: str
    reference: str
    problem: str

    def __str__(self) -> str:
        return f"{self.item_name} ({self.reference} at {self.channel}): {self.problem}."


@frozen(kw_only=True)
class ComparingPrices:
    """Ask each configured provider about each id that was entered for it; change nothing."""

    read: BeginRead
    providers: Providers

    async def __call__(self, command: ComparePrices) -> tuple[PriceProblem, ...]:
        if command.item is not None:
            return await self._of(command.item)
        problems: list[PriceProblem] = []
        async for item in self._on_sale():
            with one_piece_of_work():
                problems += await self._of(item)
        return tuple(problems)

    async def _of(self, item: Plan | Pack) -> tuple[PriceProblem, ...]:
        """Compare an item with all providers at once, since an admin waits for the answer."""
        found = await asyncio.gather(*(self._at(item, sold) for sold in item.items))
        return tuple(problem for problem in found if problem is not None)

    async def _at(self, item: Plan | Pack, sold: ProviderItem) -> PriceProblem | None:
        provider = self.providers.get(sold.channel)
        if provider is None or Capability.READ not in provider.capabilities:
            return None
        problem = await _problem(item, sold, provider)
        if problem is None:
            return None
        return PriceProblem(
            channel=sold.channel,
            item_id=item.id,
            item_name=item.name,
            reference=sold.reference,
            problem=problem,
        )

    async def _on_sale(self) -> AsyncIterator[Plan | Pack]:
        request = PageRequest(limit=100)
        while True:
            async with self.read() as work:
                plans = await work.plans.page(request, only_on_sale=True)
            for plan in plans.items:
                yield plan
            if plans.next is None:
                break
            request = PageRequest(limit=100, after=plans.next)
        request = PageRequest(limit=100)
        while True:
            async with self.read() as work:
                packs = await work.packs.page(request, only_on_sale=True)
            for pack in packs.items:
                yield pack
            if packs.next is None:
                break
            request = PageRequest(limit=100, after=packs.next)


async def _problem(item: Plan | Pack, sold: ProviderItem, provider: Provider) -> str | None:
    try:
        ours = _price(item, sold.interval)
    except IntervalNotOffered:
        return "an id is entered for it, but it has no such price here"
    try:
        theirs = await provider.read_price(sold.reference)
    except ProviderUnavailable:
        return "it could not be compared: the provider does not answer"
    except BillingError as refusal:
        return f"it could not be compared: {refusal}"
    if theirs.interval is not sold.interval:
        return f"it is paid {_paced(theirs.interval)} there and {_paced(sold.interval)} here"
    return _difference(ours, theirs)


def _price(item: Plan | Pack, interval: Interval | None) -> Money:
    if isinstance(item, Pack):
        return Money(item.price_minor, item.currency)
    if interval is None:
        raise IntervalNotOffered(plan_id=item.id, interval=Interval.MONTHLY)
    return Money(item.price_minor(interval), item.currency)


def _difference(ours: Money, theirs: ProviderPrice) -> str | None:
    if not theirs.is_active:
        return "it is not on sale there"
    if ours.currency != theirs.currency:
        return f"it costs {theirs.currency} there and {ours.currency} here"
    if ours.amount_minor != theirs.amount_minor:
        return (
            f"it costs {theirs.amount_minor} there and {ours.amount_minor} here "
            f"(in minor units of {ours.currency})"
        )
    return None


def _paced(interval: Interval | None) -> str:
    return "once" if interval is None else interval.value
