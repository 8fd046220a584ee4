"""Add-on packs: for subscribers alone, and their rest ends with the subscription."""

import pytest

from application.subscriptions.fulfil_wish import Asked, FulfilWish
from domain.access.audit import Actor
from domain.errors import InvalidField
from domain.payments.provider_event import ProviderStatus, SubscriptionReported
from domain.period import Period, add_months
from domain.subscriptions.errors import SubscriptionRequired
from domain.subscriptions.plan_rules import PlanRules, Trial
from domain.subscriptions.subscription import Subscription
from tests.application.shop import Shop, paid
from tests.support.builders.credits import SOMEBODY
from tests.support.builders.payments import SANDBOX
from tests.support.builders.subscriptions import a_pack, a_plan
from tests.support.clock import NOON

MONTH = Period(NOON, add_months(NOON, 1))
PLAN = a_plan(price_monthly_minor=0, price_yearly_minor=None, credits_included=10)
ADD_ON = a_pack(credits=300, requires_group=PLAN.group, ends_with_plan=True)
KEEPSAKE = a_pack(credits=70, requires_group=PLAN.group)


@pytest.fixture
async def shop() -> Shop:
    shop = Shop()
    await shop.offers(PLAN, ADD_ON, KEEPSAKE)
    return shop


async def is_paid(shop: Shop, pack: object = ADD_ON) -> None:
    assert pack in (ADD_ON, KEEPSAKE)
    order = await shop.buys(ADD_ON if pack is ADD_ON else KEEPSAKE)
    await shop.hears(paid(order))


async def ends(shop: Shop) -> None:
    """Let the customer end the subscription at once, and the worker do what follows."""
    await shop.fulfil_wish(
        FulfilWish(asked=Asked.CANCEL_NOW, account_id=SOMEBODY, actor=Actor(id=SOMEBODY))
    )
    await shop.keeps_time()


def base(shop: Shop) -> Subscription:
    (subscription,) = shop.subscriptions()
    return subscription


async def test_who_has_no_plan_of_the_group_cannot_buy_it(shop: Shop) -> None:
    with pytest.raises(SubscriptionRequired) as refused:
        await shop.buys(ADD_ON)

    assert (refused.value.pack_id, refused.value.group) == (ADD_ON.id, PLAN.group)
    assert shop.orders() == []


async def test_its_rest_ends_with_the_subscription_and_nothing_else_does(shop: Shop) -> None:
    await shop.buys(PLAN)
    await is_paid(shop)
    await is_paid(shop)
    await is_paid(shop, KEEPSAKE)
    await shop.spends(110)

    await ends(shop)

    left = {grant.amount: grant.remaining for grant in await shop.grants() if grant.remaining}
    assert left == {70: 70}
    assert base(shop).due_at is None
    assert await shop.keeps_time() == 0
    assert await shop.is_proved()


async def test_a_scheduled_end_ends_it_at_that_very_instant(shop: Shop) -> None:
    await shop.buys(PLAN)
    await is_paid(shop)
    await shop.fulfil_wish(
        FulfilWish(asked=Asked.CANCEL_AT_PERIOD_END, account_id=SOMEBODY, actor=Actor(id=SOMEBODY))
    )
    assert await shop.keeps_time() == 0
    shop.clock.now = MONTH.end_at

    await shop.issues()
    await shop.keeps_time()

    assert await shop.balance() == 0
    assert base(shop).ended_at == MONTH.end_at


async def test_money_that_comes_after_the_end_brings_credits_that_stay(shop: Shop) -> None:
    await shop.buys(PLAN)
    order = await shop.buys(ADD_ON)
    await ends(shop)

    await shop.hears(paid(order))
    await shop.keeps_time()

    assert await shop.balance() == 310


async def test_on_trial_it_may_be_bought_and_while_paused_it_may_not(shop: Shop) -> None:
    plan = a_plan(group="team", rules=PlanRules(trial=Trial(days=31)))
    pack = a_pack(requires_group="team")
    await shop.offers(plan, pack)
    order = await shop.buys(plan)
    await shop.hears(paid(order, subscription="sub_1", period=MONTH))

    assert (await shop.buys(pack)).is_pending
    await shop.hears(
        SubscriptionReported(
            channel=SANDBOX,
            provider_subscription_id="sub_1",
            status=ProviderStatus.PAUSED,
            period=MONTH,
            cancel_at_period_end=False,
            as_of=shop.clock.advance(days=1),
        )
    )

    with pytest.raises(SubscriptionRequired):
        await shop.buys(pack)


def test_only_what_needs_a_plan_can_end_with_it() -> None:
    with pytest.raises(InvalidField) as refused:
        a_pack(ends_with_plan=True)

    assert refused.value.path == "ends_with_plan"
