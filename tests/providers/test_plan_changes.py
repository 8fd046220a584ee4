"""Changes of plan from the quote to the credits, through the front door, at every provider."""

from collections.abc import Callable, Sequence
from typing import Any

import pytest
from aiohttp import web
from aiohttp.typedefs import Handler, Middleware
from attrs import define, frozen

from domain.period import Interval
from domain.subscriptions.catalogue import Plan
from tests.providers.business import Business, a_business
from tests.providers.buyers import Buyer
from tests.providers.goods import HASTY, a_plan_at
from tests.providers.impatience import NEVER
from tests.providers.till import News, Till
from tests.providers.truth import differences
from tests.support.clock import NOON, SettableClock

SMALL_CREDITS, LARGE_CREDITS = 1000, 5000
TAX_PERCENT = 21

Telling = Callable[[Sequence[News]], Sequence[News]]
TELLINGS: dict[str, Telling] = {
    "in order": lambda news: news,
    "backwards": lambda news: news[::-1],
    "each twice": lambda news: [each for each in news for _ in range(2)],
    "all, and all again backwards": lambda news: [*news, *news[::-1]],
    "not at all": lambda news: news[:0],
}


@define(kw_only=True)
class Silence:
    """A provider that makes a change it is asked for, and says no word from then on."""

    is_due: bool = False
    has_begun: bool = False

    @property
    def middleware(self) -> Middleware:
        """Return it as what stands before a fake."""

        @web.middleware
        async def fall(request: web.Request, handler: Handler) -> web.StreamResponse:
            is_change = request.method == "POST" and "/v1/subscriptions/" in request.path
            if self.is_due and is_change and not self.has_begun:
                self.has_begun = True
                await handler(request)
            if self.has_begun:
                raise web.HTTPBadGateway
            return await handler(request)

        return fall


@frozen(kw_only=True)
class Subscriber:
    """Somebody who has paid for a month of the small plan, half of which is over."""

    buyer: Buyer
    small: Plan
    large: Plan

    @property
    def business(self) -> Business:
        return self.buyer.business

    @property
    def till(self) -> Till:
        return self.buyer.till

    def billed_by(self) -> str | None:
        """Return the price that the provider bills."""
        [only] = self.till.subscriptions()
        return only.reference

    async def hears_of_the_rest(self, known: int, telling: Telling) -> None:
        """Let what happened since be told so; what is lost is found by comparing."""
        for each in telling(self.till.news()[known:]):
            await self.buyer.hears(each)
        await self.business.reconcile(since=NOON)

    async def reaches_the_next_period(self) -> None:
        """Let time come to the period's end, the worker work on the way, and be charged."""
        [there] = self.till.subscriptions()
        end_at = self.till.period_end(there.id)
        left = (end_at - self.business.clock()).total_seconds()
        self.business.clock.advance(seconds=left - 1800)
        await self.business.work(rounds=2)
        self.business.clock.advance(seconds=1800)
        self.till.renew(there.id)

    async def plan(self) -> Any:
        """Return the name of the plan as its subscriber sees it."""
        return (await self.buyer.subscription())["plan"]["name"]

    async def is_right(self) -> bool:
        """Say whether both sides agree about everything."""
        assert await differences(self.business, self.till) == []
        return await self.buyer.is_settled()


async def subscribed(business: Business, till: Till) -> Subscriber:
    """Let somebody subscribe, and half a month pass."""
    small = a_plan_at(till, name="Small", price_minor=990, credits=SMALL_CREDITS)
    large = a_plan_at(till, name="Large", price_minor=2990, credits=LARGE_CREDITS)
    await business.offers(small, large)
    buyer = Buyer(business=business, till=till)
    await buyer.buys(small, tax_percent=TAX_PERCENT)
    await buyer.hears()
    await business.work()
    business.clock.advance(days=15)
    return Subscriber(buyer=buyer, small=small, large=large)


@pytest.fixture
async def subscriber(business: Business, till: Till) -> Subscriber:
    return await subscribed(business, till)


@pytest.mark.parametrize("telling", TELLINGS.values(), ids=TELLINGS)
async def test_an_upgrade_is_paid_and_credited_once_however_it_is_told(
    subscriber: Subscriber, telling: Telling
) -> None:
    buyer, known = subscriber.buyer, len(subscriber.till.news())
    quoted = (await buyer.asks_what_costs(subscriber.large)).data

    changed = await buyer.takes(quoted["quote"])
    await subscriber.hears_of_the_rest(known, telling)

    assert changed.status == 200
    assert await subscriber.plan() == "Large"
    assert subscriber.billed_by() == subscriber.large.items[0].reference
    assert await buyer.balance() == SMALL_CREDITS + quoted["credits_now"]
    newest, first = await buyer.orders()
    tax = 0 if quoted["exact"] else newest["tax"]
    assert newest["total"] - tax == quoted["amount_due_now"]
    assert first["total"] == 990 * (100 + TAX_PERCENT) // 100
    assert await subscriber.is_right()


@pytest.mark.parametrize("telling", TELLINGS.values(), ids=TELLINGS)
async def test_a_move_to_a_year_begins_a_year_and_brings_its_first_month_once(
    subscriber: Subscriber, telling: Telling
) -> None:
    buyer, known = subscriber.buyer, len(subscriber.till.news())
    quoted = (await buyer.asks_what_costs(subscriber.large, Interval.YEARLY)).data

    await buyer.takes(quoted["quote"])
    await subscriber.hears_of_the_rest(known, telling)

    subscription = await buyer.subscription()
    assert quoted["begins_period"] is True
    assert (subscription["plan"]["name"], subscription["interval"]) == ("Large", "yearly")
    assert await buyer.balance() == SMALL_CREDITS + quoted["credits_now"]
    assert len(await buyer.orders()) == 2
    assert await subscriber.is_right()


@pytest.mark.parametrize("telling", TELLINGS.values(), ids=TELLINGS)
async def test_a_downgrade_waits_for_the_next_period_and_costs_nothing_until_then(
    subscriber: Subscriber, telling: Telling
) -> None:
    buyer = subscriber.buyer
    await buyer.changes(subscriber.large)
    await buyer.hears()
    held = await buyer.balance()
    known = len(subscriber.till.news())

    await buyer.changes(subscriber.small)
    assert (await subscriber.plan(), await buyer.balance()) == ("Large", held)
    assert subscriber.billed_by() == subscriber.large.items[0].reference
    await subscriber.reaches_the_next_period()
    await subscriber.hears_of_the_rest(known, telling)
    await subscriber.business.work()

    assert await subscriber.plan() == "Small"
    assert await buyer.balance() == SMALL_CREDITS
    assert (await buyer.orders())[0]["total"] == 990 * (100 + TAX_PERCENT) // 100
    assert await subscriber.is_right()


async def test_a_downgrade_taken_back_in_time_never_comes(subscriber: Subscriber) -> None:
    buyer = subscriber.buyer
    await buyer.changes(subscriber.large)
    await buyer.hears()
    await buyer.changes(subscriber.small)

    stayed = await buyer.changes(subscriber.large)
    await subscriber.reaches_the_next_period()
    await buyer.hears()
    await subscriber.business.work()

    assert stayed.data["change"]["status"] == "withdrawn"
    assert await subscriber.plan() == "Large"
    assert subscriber.billed_by() == subscriber.large.items[0].reference
    assert await buyer.balance() == LARGE_CREDITS
    assert await subscriber.is_right()


async def test_a_downgrade_that_the_provider_bills_already_cannot_be_taken_back(
    subscriber: Subscriber,
) -> None:
    buyer, till = subscriber.buyer, subscriber.till
    await buyer.changes(subscriber.large)
    await buyer.hears()
    await buyer.changes(subscriber.small)
    [there] = till.subscriptions()
    left = (till.period_end(there.id) - subscriber.business.clock()).total_seconds()
    subscriber.business.clock.advance(seconds=left - 1800)
    await subscriber.business.work(rounds=2)

    refused = await buyer.asks_what_costs(subscriber.large)

    assert (refused.status, refused.code) == (409, "change_under_way")
    assert await subscriber.plan() == "Large"


async def test_a_card_that_is_declined_changes_nothing_and_may_be_tried_again(
    subscriber: Subscriber,
) -> None:
    buyer, till = subscriber.buyer, subscriber.till
    till.decline_changes(is_declining=True)
    refused = await buyer.changes(subscriber.large)
    await buyer.hears()

    assert (refused.status, refused.code) == (422, "provider_refused")
    assert (await subscriber.plan(), await buyer.balance()) == ("Small", SMALL_CREDITS)
    assert subscriber.billed_by() == subscriber.small.items[0].reference
    assert len(await buyer.orders()) == 1

    till.decline_changes(is_declining=False)
    changed = await buyer.changes(subscriber.large)
    await buyer.hears()
    assert (changed.status, await subscriber.plan()) == (200, "Large")
    assert await subscriber.is_right()


async def test_a_quote_that_has_run_out_changes_nothing(subscriber: Subscriber) -> None:
    buyer, known = subscriber.buyer, len(subscriber.till.news())
    quoted = (await buyer.asks_what_costs(subscriber.large)).data
    subscriber.business.clock.advance(seconds=15 * 60)

    refused = await buyer.takes(quoted["quote"])

    assert (refused.status, refused.code) == (409, "quote_expired")
    assert len(subscriber.till.news()) == known
    assert subscriber.billed_by() == subscriber.small.items[0].reference
    assert await subscriber.is_right()


async def test_one_quote_taken_up_twice_is_one_change(subscriber: Subscriber) -> None:
    buyer = subscriber.buyer
    quoted = (await buyer.asks_what_costs(subscriber.large)).data

    await buyer.takes(quoted["quote"], key="once")
    again = await buyer.takes(quoted["quote"], key="twice")
    await buyer.hears()

    assert again.status == 200
    assert len(await buyer.orders()) == 2
    assert await buyer.balance() == SMALL_CREDITS + quoted["credits_now"]
    assert await subscriber.is_right()


async def test_news_of_an_upgrade_may_come_after_those_of_the_next_period(
    subscriber: Subscriber,
) -> None:
    buyer, till, known = subscriber.buyer, subscriber.till, len(subscriber.till.news())
    await buyer.changes(subscriber.large)
    between = len(till.news())
    await subscriber.reaches_the_next_period()

    await buyer.hears(*till.news()[between:], *till.news()[known:between])
    await subscriber.business.work()

    assert await subscriber.plan() == "Large"
    assert await buyer.balance() == LARGE_CREDITS
    assert len(await buyer.orders()) == 3
    assert await subscriber.is_right()


@pytest.mark.parametrize("provider", HASTY)
@pytest.mark.parametrize("is_told", [True, False], ids=["told", "compared"])
async def test_an_upgrade_whose_answer_was_lost_is_charged_and_credited_once(
    provider: str, is_told: bool
) -> None:
    clock, silence = SettableClock(), Silence()
    till = HASTY[provider](clock)
    doors = [silence.middleware]
    async with a_business(
        till, clock=clock, middlewares=doors, is_served=True, faults_max=NEVER
    ) as business:
        subscriber = await subscribed(business, till)
        buyer = subscriber.buyer
        quoted = (await buyer.asks_what_costs(subscriber.large)).data

        silence.is_due = True
        lost = await buyer.takes(quoted["quote"])
        silence.is_due = silence.has_begun = False
        if is_told:
            await buyer.hears()
        clock.advance(minutes=3)
        await business.work()
        await business.reconcile(since=NOON)

        assert lost.status == 503
        assert await subscriber.plan() == "Large"
        assert await buyer.balance() == SMALL_CREDITS + quoted["credits_now"]
        assert len(await buyer.orders()) == 2
        assert await subscriber.is_right()
