"""Any order and repetition of payments, refunds and disputes ends in the same state."""

import random
from collections.abc import Callable, Mapping, Sequence
from datetime import timedelta
from itertools import permutations

import pytest
from attrs import frozen

from domain.credits.claw_back import Shortfall
from domain.payments.inbox import InboxStatus
from domain.payments.order import Order, OrderStatus
from domain.payments.provider_event import (
    CheckoutExpired,
    DisputeStatus,
    PeriodPaid,
    ProviderEvent,
    RefundStatus,
)
from domain.period import Period, add_months
from domain.promotions.effect import BonusCredits
from tests.application.payments.going_back import disputed, refunded
from tests.application.shop import Shop, paid
from tests.support.builders.payments import a_payment
from tests.support.builders.promotions import a_coupon
from tests.support.builders.subscriptions import a_pack, a_plan
from tests.support.clock import NOON

Events = Mapping[str, ProviderEvent]
Ending = Mapping[str, object]

HOUR = timedelta(hours=1)
FIRST = Period(NOON, add_months(NOON, 1))
SECOND = Period(FIRST.end_at, add_months(NOON, 2))
CODE = "BONUS51"


def parts(order: Order) -> Events:
    """Two refunds that share nothing evenly, one of which fails after it seemed to come through."""
    return {
        "paid": paid(order),
        "first": refunded(order, 167, refund_id="re_1"),
        "first failed": refunded(order, 167, RefundStatus.FAILED, refund_id="re_1"),
        "second pending": refunded(order, 166, RefundStatus.PENDING, refund_id="re_2"),
        "second": refunded(order, 166, refund_id="re_2"),
    }


def dispute_lost(order: Order) -> Events:
    return {
        "paid": paid(order),
        "opened": disputed(order),
        "lost": disputed(order, DisputeStatus.LOST, as_of=HOUR),
        "refunded": refunded(order, 167),
        "abandoned": CheckoutExpired(order_id=order.id),
    }


def dispute_won_on_appeal(order: Order) -> Events:
    return {
        "paid": paid(order),
        "opened": disputed(order),
        "lost": disputed(order, DisputeStatus.LOST, as_of=HOUR),
        "won": disputed(order, DisputeStatus.WON, as_of=2 * HOUR),
        "another": disputed(order, dispute_id="dp_2", amount_minor=167),
    }


def asked_about(order: Order) -> Events:
    return {
        "paid": paid(order),
        "asked": disputed(order, DisputeStatus.INQUIRY),
        "opened": disputed(order, as_of=HOUR),
        "another": disputed(order, DisputeStatus.INQUIRY, dispute_id="dp_2", amount_minor=167),
        "lost": disputed(order, DisputeStatus.LOST, as_of=2 * HOUR),
    }


def everything(order: Order) -> Events:
    return {
        "paid": paid(order),
        "first": refunded(order, 167, refund_id="re_1"),
        "whole": refunded(order, 500, refund_id="re_2"),
        "whole failed": refunded(order, 500, RefundStatus.FAILED, refund_id="re_2"),
        "opened": disputed(order),
        "won": disputed(order, DisputeStatus.WON, as_of=HOUR),
    }


def periods(order: Order) -> Events:
    second = PeriodPaid(
        provider_subscription_id="sub_1",
        payment=a_payment(provider_payment_id="p2", net_minor=990, paid_at=SECOND.start_at + HOUR),
        period=SECOND,
    )
    return {
        "paid": paid(order, subscription="sub_1", period=FIRST),
        "renewed": second,
        "second gone": refunded(order, 330, refund_id="re_2", payment_id="p2"),
        "first gone": refunded(order, 990, refund_id="re_1"),
        "second disputed": disputed(order, dispute_id="dp_1", amount_minor=330),
    }


@frozen
class Story:
    """A purchase, what a provider tells of it and when, and how that must end."""

    is_plan: bool
    events: Callable[[Order], Events]
    told_at: timedelta
    balance: int
    available: int
    statuses: tuple[OrderStatus, ...]


MONTH = SECOND.start_at - NOON
S = OrderStatus
STORIES = {
    # 551 credits were bought with 500 of money, 51 of them as a bonus: 166 of 500 is gone.
    "parts": Story(False, parts, HOUR, 551 - 166 - 16, 369, (S.PARTIALLY_REFUNDED,)),
    "lost": Story(False, dispute_lost, 2 * HOUR, 0, 0, (S.REFUNDED,)),
    "won on appeal": Story(False, dispute_won_on_appeal, 3 * HOUR, 551, 0, (S.DISPUTED,)),
    "asked about": Story(False, asked_about, 3 * HOUR, 0, 0, (S.REFUNDED,)),
    "everything": Story(False, everything, 2 * HOUR, 367, 367, (S.PARTIALLY_REFUNDED,)),
    "periods": Story(True, periods, MONTH + 2 * HOUR, 667, 667, (S.DISPUTED, S.PARTIALLY_REFUNDED)),
}


async def told(
    story: Story, sequence: Sequence[str], shortfall: Shortfall, *, spent: int = 0
) -> Ending:
    """Tell a story in this order, let the worker retry what had to wait, and look at the end.

    So much is spent as soon as the account has been credited.
    """
    shop = Shop(shortfall=shortfall)
    thing = a_plan(id="plan") if story.is_plan else a_pack(id="pack")
    coupon = a_coupon(code=CODE, effect=BonusCredits(credits=51), redemptions_max=1)
    await shop.offers(thing, coupon)
    order = await shop.buys(thing, coupon_code=CODE)
    events = story.events(order)
    shop.clock.now = NOON + story.told_at

    for name in sequence:
        await shop.hears(events[name], name)
        if spent and await shop.balance() >= spent:
            await shop.spends(spent)
            spent = 0
    for _ in range(4):
        await shop.drains()
        shop.clock.advance(seconds=30)

    states = {(await shop.event(name)).status for name in sequence}
    assert states <= {InboxStatus.APPLIED, InboxStatus.IGNORED}
    assert await shop.is_proved()
    return await ending(shop)


async def ending(shop: Shop) -> Ending:
    now, wallet = shop.clock(), await shop.wallet()
    inspected = [await shop.inspected(order) for order in shop.orders()]
    return {
        "balance": wallet.balance(now),
        "available": wallet.available(now),
        "wallet": (wallet.overdrawn, wallet.is_frozen),
        "grants": sorted(
            (each.source.value, each.amount, each.remaining, each.is_frozen, str(each.expires_at))
            for each in await shop.grants()
        ),
        "payments": shop.payments(),
        "statuses": sorted(each.order.status.value for each in inspected),
        "orders": sorted((each.order.total_minor, each.order.refunded_minor) for each in inspected),
        "claims": sorted(
            (claim.taken, claim.owed, claim.forgiven, claim.lapsed)
            for each in inspected
            for claim in each.order.claims
        ),
        "refunds": sorted(
            (str(refund.provider_refund_id), refund.amount_minor, refund.state.value)
            for each in inspected
            for refund in each.refunds
        ),
        "disputes": sorted(
            (dispute.provider_dispute_id, dispute.amount_minor, dispute.status.value)
            for each in inspected
            for dispute in each.disputes
        ),
    }


def sequences(names: Sequence[str]) -> list[Sequence[str]]:
    """Return every order of all events, and some in which they are repeated."""
    chance = random.Random(" ".join(names))
    repeated = []
    for _ in range(60):
        sequence = [*names, *chance.choices(names, k=3)]
        chance.shuffle(sequence)
        repeated.append(sequence)
    return [*permutations(names), *repeated]


async def names_of(story: Story) -> list[str]:
    shop = Shop()
    thing = a_plan() if story.is_plan else a_pack()
    await shop.offers(thing)
    return list(story.events(await shop.buys(thing)))


@pytest.mark.parametrize("name", STORIES)
async def test_every_order_and_repetition_of_events_ends_in_the_same_state(name: str) -> None:
    story = STORIES[name]
    names = await names_of(story)
    expected = await told(story, names, Shortfall.OWE)
    assert (expected["balance"], expected["available"]) == (story.balance, story.available)
    assert expected["statuses"] == sorted(status.value for status in story.statuses)

    for sequence in sequences(names):
        assert await told(story, sequence, Shortfall.OWE) == expected, sequence


@pytest.mark.parametrize("shortfall", [Shortfall.OWE, Shortfall.FORGIVE])
@pytest.mark.parametrize("name", [name for name, story in STORIES.items() if not story.is_plan])
async def test_every_order_ends_in_the_same_state_where_credits_were_spent(
    name: str, shortfall: Shortfall
) -> None:
    story = STORIES[name]
    names = await names_of(story)
    expected = await told(story, names, shortfall, spent=400)

    for sequence in sequences(names)[::3]:
        assert await told(story, sequence, shortfall, spent=400) == expected, sequence


@pytest.mark.parametrize("name", STORIES)
async def test_no_account_is_frozen_for_credits_that_were_not_spent(name: str) -> None:
    story = STORIES[name]
    names = await names_of(story)
    expected = await told(story, names, Shortfall.OWE)

    for sequence in sequences(names)[::11]:
        assert await told(story, sequence, Shortfall.FREEZE) == expected, sequence
