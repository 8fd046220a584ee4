"""Compare our prices with the providers': they live twice, and must agree."""

from __future__ import annotations

from collections.abc import AsyncIterator

from attrs import frozen

from application.ports.paging import PageRequest
from application.ports.provider import Capability, Providers
from application.ports.unit_of_work import BeginRead
from domain.errors import BillingError
from domain.money import Money
from domain.payments.ids import Channel
from domain.period import Interval
from domain.subscriptions.catalogue import Pack, Plan


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


@frozen(kw_only=True)
class ComparingPrices:
    """Ask each configured provider about each id that was entered for it; change nothing."""

    read: BeginRead
    providers: Providers

    async def __call__(self, command: ComparePrices) -> tuple[PriceProblem, ...]:
        problems: list[PriceProblem] = []
        if command.item is not None:
            return await self._of(command.item)
        async for item in self._on_sale():
            problems += await self._of(item)
        return tuple(problems)

    async def _of(self, item: Plan | Pack) -> tuple[PriceProblem, ...]:
        problems: list[PriceProblem] = []
        for sold in item.items:
            provider = self.providers.get(sold.channel)
            if provider is None or Capability.READ not in provider.capabilities:
                continue
            try:
                theirs = await provider.read_price(sold.reference)
            except BillingError as refusal:
                problem: str | None = f"{refusal}"
            else:
                ours = _price(item, sold.interval)
                problem = _difference(
                    ours, Money(theirs.amount_minor, theirs.currency), theirs.is_active
                )
                if problem is None and theirs.interval is not sold.interval:
                    problem = f"it is sold {_paced(theirs.interval)} there"
            if problem is not None:
                problems.append(
                    PriceProblem(
                        channel=sold.channel,
                        item_id=item.id,
                        item_name=item.name,
                        reference=sold.reference,
                        problem=problem,
                    )
                )
        return tuple(problems)

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


def _price(item: Plan | Pack, interval: Interval | None) -> Money:
    if isinstance(item, Plan):
        return Money(item.price_minor(interval or Interval.MONTHLY), item.currency)
    return Money(item.price_minor, item.currency)


def _difference(ours: Money, theirs: Money, is_active: bool) -> str | None:
    if not is_active:
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
