"""What use cases tell: each event beside the change it tells of, by its published schema."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import pytest
from attrs import evolve

from application.promotions.check_in import CheckingIn, CheckInToday
from domain.payments.provider_event import (
    CheckoutExpired,
    CheckoutFailed,
    DisputeStatus,
    PeriodPaid,
    ProviderStatus,
    RefundStatus,
    SubscriptionReported,
)
from domain.period import Period, add_months
from domain.promotions.errors import AlreadyCheckedIn
from tests.application.payments.going_back import disputed, refunded, sold
from tests.application.shop import Shop, paid
from tests.support.builders.credits import SOMEBODY
from tests.support.builders.payments import SANDBOX, a_payment
from tests.support.builders.promotions import a_coupon, some_rules
from tests.support.builders.subscriptions import a_pack, a_plan
from tests.support.clock import NOON
from tests.support.event_schemas import checked

FIRST = Period(NOON, add_months(NOON, 1))
SECOND = Period(add_months(NOON, 1), add_months(NOON, 2))


async def told(shop: Shop) -> Sequence[dict[str, Any]]:
    """Return what was told since the last time, each event by its schema.

    What is told of credits beside it is left out: test_credit_events.py looks at that.
    """
    async with shop.store.begin() as work:
        events = await work.outbox.take_new(1000)
        await work.outbox.settle([event.id for event in events])
        await work.commit()
    said = [checked(event.payload) for event in events]
    for event, payload in zip(events, said, strict=True):
        assert (event.id, event.type) == (payload["id"], payload["type"])
        assert event.account_id == payload["account_id"] == SOMEBODY
        assert event.at == shop.clock.now
    return [each for each in said if not each["type"].startswith("credits.")]


async def types(shop: Shop) -> Sequence[str]:
    return [event["type"] for event in await told(shop)]


def reported(
    status: ProviderStatus, *, minutes: int = 0, cancel_at_period_end: bool = False
) -> SubscriptionReported:
    return SubscriptionReported(
        channel=SANDBOX,
        provider_subscription_id="sub_1",
        status=status,
        period=FIRST,
        cancel_at_period_end=cancel_at_period_end,
        as_of=NOON + timedelta(minutes=minutes),
    )


async def test_a_purchase_is_told_when_it_is_made_and_when_it_is_paid(shop: Shop) -> None:
    await shop.offers(pack := a_pack())

    order = await shop.buys(pack)
    (created,) = await told(shop)
    for _ in range(2):
        await shop.hears(paid(order))
    (bought,) = await told(shop)

    assert (created["type"], created["data"]["status"]) == ("order.created", "pending")
    assert (bought["type"], bought["data"]["status"]) == ("order.paid", "paid")
    assert bought["data"]["order_id"] == order.id
    assert (bought["data"]["pack_id"], bought["data"]["plan_id"]) == (pack.id, None)
    assert bought["data"]["paid_at"] == "2026-01-12T12:00:00Z"


async def test_a_purchase_with_a_coupon_tells_of_its_use_when_it_is_paid(shop: Shop) -> None:
    await shop.offers(pack := a_pack(), coupon := a_coupon(code="WELCOME"))
    order = await shop.buys(pack, coupon_code="WELCOME")
    assert await types(shop) == ["order.created"]

    await shop.hears(paid(order))

    bought, redeemed = await told(shop)
    assert (bought["type"], redeemed["type"]) == ("order.paid", "coupon.redeemed")
    assert redeemed["data"] == {
        "redemption_id": (await shop.use_of(order)).id,
        "coupon_id": coupon.id,
        "code": "WELCOME",
        "order_id": order.id,
        "discount": order.discount_minor,
        "currency": "USD",
        "bonus_credits": 0,
        "trial_days": 0,
    }


async def test_a_purchase_that_comes_to_nothing_is_told_once(shop: Shop) -> None:
    await shop.offers(pack := a_pack())
    declined, closed, left = [await shop.buys(pack) for _ in range(3)]
    await told(shop)

    for _ in range(2):
        await shop.hears(CheckoutFailed(order_id=declined.id))
        await shop.hears(CheckoutExpired(order_id=closed.id))
    assert await types(shop) == ["order.failed", "order.expired"]
    shop.clock.advance(days=2)
    await shop.gives_up()

    # The page of the declined one stayed open until then: another card might have paid it.
    assert [(each["type"], each["data"]["order_id"]) for each in await told(shop)] == [
        ("order.expired", declined.id),
        ("order.expired", left.id),
    ]


async def test_what_is_left_undone_is_not_told(shop: Shop) -> None:
    await shop.offers(pack := a_pack())
    order = await shop.buys(pack)
    await told(shop)

    await shop.hears(paid(order, a_payment(currency="EUR")))

    assert await types(shop) == []


async def test_money_that_goes_back_is_told_by_what_becomes_of_the_order(shop: Shop) -> None:
    order = await sold(shop)
    await told(shop)

    await shop.hears(refunded(order, 200, refund_id="re_1"))
    await shop.hears(refunded(order, 100, refund_id="re_2"))
    await shop.hears(refunded(order, 100, refund_id="re_2"))
    parts = await told(shop)
    await shop.hears(refunded(order, 200, refund_id="re_3"))
    assert await types(shop) == ["order.refunded"]
    for failed, amount in (("re_1", 200), ("re_2", 100), ("re_3", 200)):
        await shop.hears(refunded(order, amount, RefundStatus.FAILED, refund_id=failed))

    assert [(part["type"], part["data"]["refunded"]) for part in parts] == [
        ("order.partially_refunded", 200),
        ("order.partially_refunded", 300),
    ]
    restored = await told(shop)
    assert [event["type"] for event in restored][-1] == "order.restored"
    assert restored[-1]["data"]["refunded"] == 0


@pytest.mark.parametrize(
    ("outcome", "after"),
    [(DisputeStatus.WON, "order.restored"), (DisputeStatus.LOST, "order.refunded")],
)
async def test_a_dispute_is_told_when_it_opens_and_when_it_is_decided(
    shop: Shop, outcome: DisputeStatus, after: str
) -> None:
    order = await sold(shop)
    await told(shop)

    for _ in range(2):
        await shop.hears(disputed(order))
    opened, on_order = await told(shop)
    await shop.hears(disputed(order, outcome, as_of=timedelta(days=1)))

    assert (opened["type"], on_order["type"]) == ("dispute.opened", "order.disputed")
    assert (opened["data"]["order_id"], opened["data"]["amount"]) == (order.id, 500)
    assert await types(shop) == [f"dispute.{outcome.value}", after]


@pytest.mark.parametrize(
    ("after", "types_after"),
    [
        (DisputeStatus.OPEN, ["dispute.opened", "order.disputed"]),
        (DisputeStatus.WON, ["dispute.won"]),
        (DisputeStatus.LOST, ["dispute.lost", "order.refunded"]),
    ],
)
async def test_an_inquiry_is_told_and_so_is_what_becomes_of_it(
    shop: Shop, after: DisputeStatus, types_after: list[str]
) -> None:
    order = await sold(shop)
    await told(shop)

    for _ in range(2):
        await shop.hears(disputed(order, DisputeStatus.INQUIRY))
    (inquiry,) = await told(shop)
    await shop.hears(disputed(order, after, as_of=timedelta(days=1)))

    assert (inquiry["type"], inquiry["data"]["status"]) == ("dispute.inquiry_opened", "inquiry")
    assert await types(shop) == types_after


async def test_a_subscription_is_told_from_its_start_to_its_end(shop: Shop) -> None:
    await shop.offers(plan := a_plan())
    order = await shop.buys(plan)
    await told(shop)

    await shop.hears(paid(order, subscription="sub_1", period=FIRST, customer="cus_1"))
    began = await told(shop)
    assert [event["type"] for event in began] == ["subscription.started", "order.paid"]
    assert began[0]["data"]["plan_id"] == plan.id
    await shop.hears(reported(ProviderStatus.ACTIVE, minutes=1))
    assert await types(shop) == [], "that it is active is no news"
    await shop.hears(reported(ProviderStatus.ACTIVE, minutes=2, cancel_at_period_end=True))
    assert await types(shop) == ["subscription.changed"]
    for status, told_as in (
        (ProviderStatus.PAST_DUE, "subscription.past_due"),
        (ProviderStatus.ACTIVE, "subscription.active"),
        (ProviderStatus.PAUSED, "subscription.paused"),
    ):
        shop.clock.advance(minutes=5)
        minutes = int((shop.clock.now - NOON).total_seconds() // 60)
        await shop.hears(reported(status, minutes=minutes, cancel_at_period_end=True))
        assert await types(shop) == [told_as]
    shop.clock.now = SECOND.start_at
    payment = a_payment(net_minor=plan.price_monthly_minor, paid_at=SECOND.start_at)
    renewal = PeriodPaid(provider_subscription_id="sub_1", payment=payment, period=SECOND)
    for _ in range(2):
        await shop.hears(renewal)
    renewed = await told(shop)
    assert [event["type"] for event in renewed] == ["order.paid", "subscription.renewed"]
    assert renewed[1]["data"]["order_id"] == renewed[0]["data"]["order_id"]
    ended = evolve(reported(ProviderStatus.CANCELED), as_of=SECOND.start_at + timedelta(days=1))
    await shop.hears(ended)
    (canceled,) = await told(shop)
    assert (canceled["type"], canceled["data"]["status"]) == ("subscription.canceled", "canceled")
    assert canceled["data"]["ended_at"] is not None


async def test_a_free_plan_is_told_to_start_to_renew_and_to_give_way(shop: Shop) -> None:
    free = a_plan(price_monthly_minor=0, price_yearly_minor=None)
    await shop.offers(free, better := a_plan(group=free.group))

    await shop.buys(free)
    assert await types(shop) == ["order.created", "subscription.started", "order.paid"]
    shop.clock.now = add_months(NOON, 1)
    await shop.issues()
    assert await types(shop) == ["subscription.renewed"]
    order = await shop.buys(better)
    await shop.hears(paid(order, subscription="sub_2"))

    assert await types(shop) == [
        "order.created",
        "subscription.canceled",
        "subscription.started",
        "order.paid",
    ]


async def test_a_check_in_is_told_once_a_day(shop: Shop) -> None:
    await shop.offers(some_rules())
    check_in = CheckingIn(begin=shop.store.begin, clock=shop.clock, new_id=shop.new_id)

    made = await check_in(CheckInToday(account_id=SOMEBODY))
    with pytest.raises(AlreadyCheckedIn):
        await check_in(CheckInToday(account_id=SOMEBODY))

    (event,) = await told(shop)
    assert event["type"] == "checkin.completed"
    assert event["data"] == {
        "day": "2026-01-12",
        "streak": 1,
        "award": made.check_in.award,
        "grant_id": made.check_in.grant_id,
    }
