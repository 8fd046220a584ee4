"""What is sold, read whole, so that forms offer it by its name and nobody pastes ids."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from typing import TypeVar

from attrs import frozen

from application.ports.paging import LIMIT_MAX, Page, PageRequest
from application.subscriptions.publish_pack import ListingPacks, ListPacks
from application.subscriptions.publish_plan import ListingPlans, ListPlans
from domain.period import Interval
from domain.subscriptions.catalogue import Pack, Plan
from entrypoints.console.forms import Reading
from entrypoints.http.refusals import Problem

Sold = TypeVar("Sold", Plan, Pack)

CHOICES_MAX = 500
"""How much of a catalogue a form offers: nobody finds anything in a longer list."""

OFFER = "offer"
"""The field by which a form says which plan is meant, at which interval."""


@frozen(kw_only=True)
class Offer:
    """A plan at one of its intervals, as a form offers it."""

    plan: Plan
    interval: Interval

    @property
    def value(self) -> str:
        """What the form sends for it."""
        return f"{self.plan.id}:{self.interval.value}"

    @property
    def price_minor(self) -> int:
        """What one period costs."""
        return self.plan.price_minor(self.interval)


@frozen(kw_only=True)
class Item:
    """A plan or a pack as a form lists it: its name, and what it is. None is what is sold no more.

    Nothing that was sold is ever deleted, but an API takes any id.
    """

    id: str
    sold: Plan | Pack | None

    @property
    def name(self) -> str:
        """What people know it by."""
        return self.id if self.sold is None else self.sold.name

    @property
    def is_plan(self) -> bool:
        """Say whether it is a plan, and no pack."""
        return isinstance(self.sold, Plan)


@frozen(kw_only=True)
class Shelf:
    """Plans and packs in the order they were entered, those off sale included."""

    list_plans: ListingPlans
    list_packs: ListingPacks

    async def plans(self) -> Sequence[Plan]:
        """Return the plans."""
        return await _whole(lambda page: self.list_plans(ListPlans(page=page, only_on_sale=False)))

    async def packs(self) -> Sequence[Pack]:
        """Return the packs."""
        return await _whole(lambda page: self.list_packs(ListPacks(page=page, only_on_sale=False)))

    async def items(self, ids: Sequence[str] = ()) -> Sequence[Item]:
        """Return plans and packs, and behind them those of the ids that are neither."""
        sold: list[Plan | Pack] = [*await self.plans(), *await self.packs()]
        known = {str(each.id) for each in sold}
        return [
            *(Item(id=each.id, sold=each) for each in sold),
            *(Item(id=each, sold=None) for each in ids if each not in known),
        ]

    async def offers(self) -> Sequence[Offer]:
        """Return each plan at each interval that it has a price for."""
        return [
            Offer(plan=plan, interval=interval)
            for plan in await self.plans()
            for interval in Interval
            if interval is Interval.MONTHLY or plan.price_yearly_minor is not None
        ]


def offer_of(reading: Reading) -> tuple[str, str]:
    """Return the id of the plan that was chosen, and its interval.

    Where nothing was, that is noted for the field, and what is returned only fills the body.
    """
    plan_id, _, interval = (reading.text(OFFER) or "").partition(":")
    if not plan_id or not interval:
        reading.problems.append(Problem(path=OFFER, problem="choose a plan"))
        return "none", Interval.MONTHLY.value
    return plan_id, interval


async def _whole(page_of: Callable[[PageRequest], Awaitable[Page[Sold]]]) -> Sequence[Sold]:
    found: list[Sold] = []
    after: str | None = None
    while len(found) < CHOICES_MAX:
        page = await page_of(PageRequest(limit=LIMIT_MAX, after=after))
        found += page.items
        after = page.next
        if after is None:
            break
    return found
