"""The catalogue and subscriptions in memory."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from itertools import islice, takewhile

from attrs import evolve, frozen

from adapters.stores.memory.paging import id_after, page_of
from adapters.stores.memory.table import Rows
from adapters.stores.memory.tables import (
    SUBSCRIPTION_AT_PROVIDER,
    SUBSCRIPTION_BY_ACCOUNT,
    SUBSCRIPTION_CREDITS_DUE,
    SUBSCRIPTION_DUE,
    SUBSCRIPTION_LIVE,
    SUBSCRIPTION_PERIOD_OVER,
)
from application.ports.paging import Page, PageRequest
from application.ports.subscriptions import Holders, Packs, Plans, SubscriptionFilter, Subscriptions
from domain.credits.ids import AccountId
from domain.payments.ids import Channel
from domain.period import Interval
from domain.subscriptions.catalogue import Pack, Plan, first_sold_as
from domain.subscriptions.comp import is_given
from domain.subscriptions.errors import (
    PackNotFound,
    PlanNotFound,
    SubscriptionNotFound,
)
from domain.subscriptions.ids import PackId, PlanId, SubscriptionId
from domain.subscriptions.subscription import Subscription
from domain.subscriptions.terms import terms_of


@frozen
class MemoryPlans(Plans):
    """Plans by id, which is the order they were entered in."""

    plans: Rows[Plan]

    async def add(self, plan: Plan) -> None:
        self.plans.add(plan)

    async def save(self, plan: Plan) -> None:
        await self.get(plan.id)
        self.plans.change(plan)

    async def get(self, plan_id: PlanId) -> Plan:
        found = self.plans.find(plan_id)
        if found is None:
            raise PlanNotFound(plan_id=plan_id)
        return found

    async def page(self, request: PageRequest, *, only_on_sale: bool = False) -> Page[Plan]:
        after = id_after(request.after)
        plans = self.plans.ascending(after=after)
        shown = (plan for plan in plans if plan.is_on_sale or not only_on_sale)
        return page_of(shown, request.limit, lambda plan: plan.id)

    async def sold_as(self, channel: Channel, reference: str) -> tuple[Plan, Interval] | None:
        return first_sold_as(self.plans.ascending(), channel, reference)


@frozen
class MemoryPacks(Packs):
    """Packs by id, which is the order they were entered in."""

    packs: Rows[Pack]

    async def add(self, pack: Pack) -> None:
        self.packs.add(pack)

    async def save(self, pack: Pack) -> None:
        await self.get(pack.id)
        self.packs.change(pack)

    async def get(self, pack_id: PackId) -> Pack:
        found = self.packs.find(pack_id)
        if found is None:
            raise PackNotFound(pack_id=pack_id)
        return found

    async def page(self, request: PageRequest, *, only_on_sale: bool = False) -> Page[Pack]:
        after = id_after(request.after)
        packs = self.packs.ascending(after=after)
        shown = (pack for pack in packs if pack.is_on_sale or not only_on_sale)
        return page_of(shown, request.limit, lambda pack: pack.id)


@frozen
class MemorySubscriptions(Subscriptions):
    """Subscriptions by id, by account, by provider, and by what time will bring them."""

    sold: Rows[Subscription]

    async def add(self, subscription: Subscription) -> None:
        live = await self.live_in_group(subscription.account_id, subscription.group)
        if live is not None and subscription.is_live:
            raise live.in_the_way
        self.sold.add(subscription)

    async def save(self, subscription: Subscription) -> None:
        self.sold.change(subscription)

    async def find(self, subscription_id: SubscriptionId) -> Subscription:
        return _sold(self.sold.find(subscription_id))

    async def take(self, subscription_id: SubscriptionId) -> Subscription:
        return _sold(self.sold.take(subscription_id))

    async def find_at_provider(self, channel: Channel, reference: str) -> Subscription | None:
        return self.sold.find_by(SUBSCRIPTION_AT_PROVIDER, channel, reference)

    async def current(self, account_id: AccountId) -> Subscription | None:
        return next(iter(await self.live_of(account_id, 1)), None)

    async def current_of(
        self, account_ids: Sequence[AccountId]
    ) -> Mapping[AccountId, Subscription]:
        found = [await self.current(account_id) for account_id in account_ids]
        return {sold.account_id: sold for sold in found if sold is not None}

    async def live_of(self, account_id: AccountId, limit: int) -> Sequence[Subscription]:
        newest = self.sold.descending(SUBSCRIPTION_BY_ACCOUNT, prefix=(account_id,))
        return list(islice((sold for sold in newest if sold.is_live), limit))

    async def search(self, where: SubscriptionFilter, request: PageRequest) -> Page[Subscription]:
        found = (sold for sold in self._newest(where, request) if _matches(where, sold))
        return page_of(found, request.limit, lambda sold: sold.id)

    async def of_account(self, account_id: AccountId, limit: int) -> Sequence[Subscription]:
        newest = self.sold.descending(SUBSCRIPTION_BY_ACCOUNT, prefix=(account_id,))
        return list(islice(newest, limit))

    async def holders(self, plan_id: PlanId, limit: int) -> Sequence[Holders]:
        groups: dict[object, list[Subscription]] = {}
        for sold in self.sold.ascending():
            if sold.is_live and sold.plan_id == plan_id:
                terms = evolve(terms_of(sold), reference=None)
                groups.setdefault((terms, is_given(sold)), []).append(sold)
        held = [
            Holders(one_of_them=group[-1], subscriptions=len(group)) for group in groups.values()
        ]
        return sorted(held, key=_most_held)[:limit]

    async def live_in_group(self, account_id: AccountId, group: str) -> Subscription | None:
        return self.sold.find_by(SUBSCRIPTION_LIVE, account_id, group)

    async def credits_due(self, now: datetime, limit: int) -> Sequence[SubscriptionId]:
        begun = takewhile(
            lambda sold: sold.credits_due_at is not None and sold.credits_due_at <= now,
            self.sold.ascending(SUBSCRIPTION_CREDITS_DUE),
        )
        due = (sold.id for sold in begun if sold.month_due(now) is not None)
        return list(islice(due, limit))

    async def live_at_provider(
        self,
        channel: Channel,
        after: SubscriptionId | None,
        limit: int,
        unheard_since: datetime | None = None,
    ) -> Sequence[Subscription]:
        later = self.sold.ascending(after=None if after is None else (after,))
        live = (
            subscription
            for subscription in later
            if subscription.is_live
            and subscription.channel == channel
            and subscription.provider_subscription_id is not None
            and (unheard_since is None or not subscription.is_reported_since(unheard_since))
        )
        return list(islice(live, limit))

    async def live_among(
        self, channel: Channel, references: Sequence[str]
    ) -> Sequence[Subscription]:
        found = [self.sold.find_by(SUBSCRIPTION_AT_PROVIDER, channel, each) for each in references]
        return [sold for sold in found if sold is not None and sold.is_live]

    async def time_due(self, now: datetime, limit: int) -> Sequence[SubscriptionId]:
        due = takewhile(
            lambda sold: sold.due_at is not None and sold.due_at <= now,
            self.sold.ascending(SUBSCRIPTION_DUE),
        )
        return [sold.id for sold in islice(due, limit)]

    async def period_over(self, now: datetime, limit: int) -> Sequence[SubscriptionId]:
        over = takewhile(
            lambda subscription: subscription.period.end_at <= now,
            self.sold.ascending(SUBSCRIPTION_PERIOD_OVER),
        )
        return [subscription.id for subscription in islice(over, limit)]

    def _newest(self, where: SubscriptionFilter, request: PageRequest) -> Iterator[Subscription]:
        before = id_after(request.after)
        if where.account_id is None:
            return self.sold.descending(before=before)
        key = None if before is None else (where.account_id, *before)
        return self.sold.descending(SUBSCRIPTION_BY_ACCOUNT, prefix=(where.account_id,), before=key)


def _matches(where: SubscriptionFilter, sold: Subscription) -> bool:
    return (where.plan_id is None or sold.plan_id == where.plan_id) and (
        where.status is None or sold.status is where.status
    )


def _sold(found: Subscription | None) -> Subscription:
    if found is None:
        raise SubscriptionNotFound
    return found


def _most_held(holders: Holders) -> tuple[int, str]:
    return -holders.subscriptions, holders.one_of_them.id
