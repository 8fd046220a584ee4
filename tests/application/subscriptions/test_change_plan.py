"""A change of plan: what was shown is what is done, once, and nothing where the payment fails."""

from datetime import timedelta
from fractions import Fraction

import pytest
from attrs import evolve

from domain.credits.errors import KeyReused
from domain.payments.errors import ProviderRefused, ProviderUnavailable
from domain.payments.order import OrderStatus
from domain.period import Interval, Period, add_months
from domain.subscriptions.catalogue import Plan
from domain.subscriptions.change import ChangeStatus, Timing
from domain.subscriptions.change_errors import (
    ChangeNotOffered,
    ChangeUnderWay,
    QuoteExpired,
    QuoteOutdated,
    QuoteRefused,
)
from domain.subscriptions.errors import NotPossibleNow
from domain.subscriptions.quote import ChangeRules, Direction
from tests.application.subscriptions.changing import (
    PRO,
    STARTER,
    THIRD,
    ChangingShop,
    a_changing_shop,
)
from tests.support.builders.credits import SOMEBODY_ELSE, a_key
from tests.support.builders.payments import SANDBOX
from tests.support.builders.subscriptions import a_plan
from tests.support.change_desk import OWNER
from tests.support.clock import NOON
from tests.support.fake_provider import Silence

S = ChangeStatus
YEARLY = Interval.YEARLY


@pytest.fixture
async def shop() -> ChangingShop:
    """Somebody has had the small plan for two thirds of its month."""
    return await a_changing_shop()


async def test_an_upgrade_is_quoted_with_the_share_that_is_left(shop: ChangingShop) -> None:
    before = shop.kept()

    quote = (await shop.previews()).quote

    assert (quote.direction, quote.when) == (Direction.UPGRADE, Timing.NOW)
    assert quote.left == Fraction(1, 3)
    assert (quote.due_minor, quote.credits) == (667, 1333)
    assert quote.is_exact
    assert quote.expires_at == shop.clock() + timedelta(minutes=15)
    assert shop.kept() == before


async def test_what_was_quoted_is_what_is_done(shop: ChangingShop) -> None:
    previewed = await shop.previews()

    changed = await shop.takes(previewed.sealed)

    assert changed.change.status is S.APPLIED
    sold = changed.subscription
    assert (sold.plan_name, sold.price_minor, sold.credits_per_month) == ("Pro", 2990, 5000)
    assert await shop.balance() == 1000 + 1333
    (asked,) = shop.provider.changes
    assert asked.key == previewed.quote.id
    assert asked.proration_at == previewed.quote.at
    assert asked.reference == "price_pro_monthly"
    assert shop.all_said() == [
        ("subscription.change_plan", "Pro monthly: requested", OWNER.id),
        ("subscription.change_plan", "Pro monthly: applied", SANDBOX),
    ]
    assert await shop.is_proved()


async def test_the_further_credits_end_with_the_month_and_name_their_payment(
    shop: ChangingShop,
) -> None:
    await shop.changes()
    await shop.collects(667)

    (change,) = shop.made()
    (_, lot) = await shop.grants()
    assert (lot.amount, lot.expires_at) == (1333, add_months(NOON, 1))
    order = await shop.order(change.order_id)
    assert (order.cause, order.status, order.line.price_minor) == (lot.cause, OrderStatus.PAID, 667)


async def test_a_refund_of_the_change_takes_its_own_credits_back(shop: ChangingShop) -> None:
    await shop.changes()
    await shop.collects(667)
    (change,) = shop.made()

    await shop.refunds(await shop.order(change.order_id))

    assert await shop.balance() == 1000
    assert await shop.is_proved()


async def test_the_next_period_costs_and_brings_what_the_new_plan_does(
    shop: ChangingShop,
) -> None:
    await shop.changes()
    shop.clock.now = add_months(NOON, 1)

    await shop.renews(2990)

    assert await shop.balance() == 5000
    assert shop.alarms == []


@pytest.mark.parametrize("first", ["answer", "webhook"])
async def test_answer_and_webhook_make_one_change(shop: ChangingShop, first: str) -> None:
    quote = (await shop.previews()).sealed
    if first == "webhook":
        shop.provider.meanwhile = lambda: shop.tells(PRO)

    await shop.takes(quote)
    await shop.tells(PRO)

    assert await shop.balance() == 2333
    assert [each.status for each in shop.made()] == [S.APPLIED]


async def test_a_quote_makes_one_change_however_often_it_is_presented(
    shop: ChangingShop,
) -> None:
    quote = (await shop.previews()).sealed

    first = await shop.takes(quote)
    again = await shop.takes(quote)
    # A quote that was taken up is known for ever, whatever its life.
    shop.clock.advance(hours=2)
    late = await shop.takes(quote)

    assert (first.is_replay, again.is_replay, late.is_replay) == (False, True, True)
    assert first.change == again.change == late.change
    assert len(shop.provider.changes) == 1
    assert await shop.balance() == 2333


async def test_under_a_key_another_request_is_refused(shop: ChangingShop) -> None:
    quote = (await shop.previews()).sealed
    await shop.takes(quote, key=a_key(key="k"))

    assert (await shop.takes(quote, key=a_key(key="k"))).is_replay
    with pytest.raises(KeyReused):
        await shop.takes(quote, key=evolve(a_key(key="k"), fingerprint="another"))


async def test_where_the_payment_fails_nothing_changes(shop: ChangingShop) -> None:
    before = shop.sold
    declined = ProviderRefused(channel=SANDBOX, reason="the payment was declined")
    shop.provider.change_fault = declined
    quote = (await shop.previews()).sealed

    with pytest.raises(ProviderRefused, match="declined"):
        await shop.takes(quote)
    # What was refused stays so; another try is another quote.
    shop.provider.change_fault = None
    with pytest.raises(ProviderRefused, match="declined"):
        await shop.takes(quote)

    assert shop.sold == before
    assert await shop.balance() == 1000
    assert [each.status for each in shop.made()] == [S.REFUSED]
    assert (await shop.changes()).change.status is S.APPLIED


@pytest.mark.parametrize("silence", Silence)
async def test_a_lost_answer_is_asked_for_again_under_the_same_key(
    shop: ChangingShop, silence: Silence
) -> None:
    quote = (await shop.previews()).sealed
    shop.provider.silences.append(silence)
    with pytest.raises(ProviderUnavailable):
        await shop.takes(quote)
    assert shop.sold.plan_name == "Starter"

    # The one who asked holds a lease: nobody asks beside them.
    with pytest.raises(ChangeUnderWay):
        await shop.takes(quote)
    shop.clock.advance(minutes=3)
    changed = await shop.takes(quote)

    assert changed.change.status is S.APPLIED
    assert len({asked.key for asked in shop.provider.changes}) == 1
    assert len(shop.provider.changed) == 1
    assert await shop.balance() == 2333


@pytest.mark.parametrize("silence", Silence)
async def test_the_worker_asks_again_where_nobody_else_does(
    shop: ChangingShop, silence: Silence
) -> None:
    shop.provider.silences.append(silence)
    with pytest.raises(ProviderUnavailable):
        await shop.changes()
    assert await shop.carries_out() == 0

    shop.clock.advance(minutes=3)
    assert await shop.carries_out() == 1

    assert shop.sold.plan_name == "Pro"
    assert len(shop.provider.changed) == 1
    assert await shop.balance() == 2333
    assert await shop.carries_out() == 0


async def test_after_a_day_of_silence_it_is_looked_at_a_last_time(shop: ChangingShop) -> None:
    shop.provider.silences.append(Silence.BEFORE)
    with pytest.raises(ProviderUnavailable):
        await shop.changes()

    shop.clock.advance(hours=23)
    await shop.carries_out()

    assert [each.status for each in shop.made()] == [S.REFUSED]
    assert shop.sold.plan_name == "Starter"
    assert ["needs a person" in told for told, _ in shop.alarms] == [True]


async def test_what_is_presented_must_be_ours_and_this_accounts(shop: ChangingShop) -> None:
    quote = (await shop.previews()).sealed
    before = shop.kept()
    middle = len(quote) // 2
    altered = quote[:middle] + ("A" if quote[middle] != "A" else "B") + quote[middle + 1 :]

    for presented in ("", "quote", "ü", altered, quote[:-1], quote + "AAAA", "A" * 9000):
        with pytest.raises(QuoteRefused):
            await shop.takes(presented)
    with pytest.raises(QuoteRefused):
        await shop.takes(quote, account_id=SOMEBODY_ELSE)

    assert shop.kept() == before


async def test_a_quote_of_another_key_is_refused(shop: ChangingShop) -> None:
    theirs = ChangingShop(store=shop.store, clock=shop.clock)
    theirs.seal = evolve(shop.seal, secret="another secret, which nobody knows")

    with pytest.raises(QuoteRefused):
        await theirs.takes((await shop.previews()).sealed)


async def test_a_quote_expires(shop: ChangingShop) -> None:
    quote = (await shop.previews()).sealed
    shop.clock.advance(minutes=15)

    with pytest.raises(QuoteExpired):
        await shop.takes(quote)

    assert shop.made() == []


async def test_a_subscription_that_has_changed_since_is_quoted_for_anew(
    shop: ChangingShop,
) -> None:
    first, second = await shop.previews(), await shop.previews()
    await shop.takes(first.sealed)

    with pytest.raises(QuoteOutdated):
        await shop.takes(second.sealed)

    assert len(shop.provider.changes) == 1


async def test_a_year_begins_at_once_and_the_month_that_was_left_goes(
    shop: ChangingShop,
) -> None:
    await shop.spends(900)
    shop.provider.due_minor = 9900 - 330

    changed = await shop.changes(STARTER, YEARLY)

    # A third of a month is given back for a whole one: 334 of them, of which 100 are left.
    assert (changed.change.credits, changed.change.taken_back) == (666, 334)
    assert (changed.change.status, changed.subscription.interval) == (S.PLACED, Interval.MONTHLY)
    now = shop.clock()
    await shop.renews(9900 - 330, Period(now, add_months(now, 12)))
    assert shop.sold.interval is YEARLY
    assert await shop.balance() == 100 + 666
    assert await shop.is_proved()


async def test_money_that_comes_before_the_answer_begins_the_year_as_well(
    shop: ChangingShop,
) -> None:
    shop.provider.silences.append(Silence.AFTER)
    with pytest.raises(ProviderUnavailable):
        await shop.changes(STARTER, YEARLY)
    now = shop.clock()

    await shop.renews(9570, Period(now, add_months(now, 12)))
    shop.clock.advance(minutes=3)
    await shop.carries_out()

    assert (shop.sold.interval, shop.made()[-1].status) == (YEARLY, S.APPLIED)
    assert len(shop.provider.changed) == 1
    assert await shop.balance() == 1000 + 666


async def test_a_shorter_interval_never_cuts_what_was_paid_for() -> None:
    shop = ChangingShop(rules=ChangeRules(downgrade=Timing.NOW))
    await shop.opens(PRO, YEARLY)

    quote = (await shop.previews(PRO)).quote

    assert (quote.direction, quote.when) == (Direction.DOWNGRADE, Timing.AT_PERIOD_END)
    assert quote.effective_at == add_months(NOON, 12)


async def test_a_cheaper_plan_at_once_takes_the_rest_of_the_month_back_first() -> None:
    shop = ChangingShop(rules=ChangeRules(downgrade=Timing.NOW))
    await shop.opens(PRO)
    shop.clock.now = NOON + 2 * THIRD
    shop.provider.due_minor = -666

    changed = await shop.changes(STARTER)

    assert (changed.change.status, changed.change.credits) == (S.APPLIED, -1334)
    assert changed.subscription.plan_name == "Starter"
    assert await shop.balance() == 5000 - 1334
    assert await shop.is_proved()


async def test_who_has_spent_the_credits_keeps_the_plan_until_the_period_ends() -> None:
    shop = ChangingShop(rules=ChangeRules(downgrade=Timing.NOW))
    await shop.opens(PRO)
    shop.clock.now = NOON + 2 * THIRD
    early = await shop.previews(STARTER)
    await shop.spends(4000)

    late = await shop.previews(STARTER)

    assert (early.quote.when, late.quote.when) == (Timing.NOW, Timing.AT_PERIOD_END)
    with pytest.raises(QuoteOutdated):
        await shop.takes(early.sealed)
    assert await shop.balance() == 1000


async def test_a_refund_after_a_downgrade_claims_no_credits_twice() -> None:
    shop = ChangingShop(rules=ChangeRules(downgrade=Timing.NOW))
    await shop.opens(PRO)
    shop.clock.now = NOON + 2 * THIRD
    await shop.changes(STARTER)

    (order,) = shop.orders()
    await shop.refunds(order)

    assert await shop.balance() == 0
    assert await shop.is_proved()


@pytest.mark.parametrize("gone", [1, 990])
async def test_where_money_of_the_period_went_back_a_change_waits_for_the_next(
    shop: ChangingShop, gone: int
) -> None:
    (order,) = shop.orders()
    await shop.refunds(order, gone)

    assert (await shop.previews()).quote.when is Timing.AT_PERIOD_END


@pytest.mark.parametrize(
    ("plan", "problem"),
    [
        (a_plan(currency="EUR"), "currency"),
        (a_plan(group="storage"), "group"),
        (a_plan(price_monthly_minor=0, price_yearly_minor=None), "costs nothing"),
    ],
)
async def test_some_plans_are_no_change_of_this_one(
    shop: ChangingShop, plan: Plan, problem: str
) -> None:
    other = evolve(plan, items=PRO.items)
    await shop.offers(other)

    with pytest.raises(ChangeNotOffered, match=problem):
        await shop.previews(other)


async def test_what_is_to_end_is_not_changed(shop: ChangingShop) -> None:
    async with shop.store.begin() as work:
        sold = await work.subscriptions.take(shop.sold.id)
        await work.subscriptions.save(evolve(sold, cancel_at_period_end=True))
        await work.commit()

    with pytest.raises(NotPossibleNow, match="to end with its period"):
        await shop.previews()
