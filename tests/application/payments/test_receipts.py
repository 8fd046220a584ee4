"""Which orders have a receipt: those that money has come in for, each from its own commit on."""

from domain.payments.provider_event import ChangePaid, PeriodPaid
from domain.period import Period, add_months
from tests.application.payments.going_back import refunded, sold
from tests.application.shop import Shop, paid
from tests.support.builders.payments import a_payment
from tests.support.builders.subscriptions import a_pack, a_plan
from tests.support.clock import NOON

FIRST = Period(NOON, add_months(NOON, 1))
SECOND = Period(add_months(NOON, 1), add_months(NOON, 2))


def numbers(shop: Shop) -> list[int | None]:
    return [order.receipt_number for order in shop.orders()]


async def test_an_order_has_its_receipt_when_it_is_paid_and_not_before(shop: Shop) -> None:
    await shop.offers(pack := a_pack())
    order = await shop.buys(pack)
    assert numbers(shop) == [None]

    await shop.hears(paid(order))
    await shop.hears(paid(order), event_id="evt_again")

    assert numbers(shop) == [1]


async def test_what_cost_nothing_has_no_receipt(shop: Shop) -> None:
    await shop.offers(plan := a_plan(price_monthly_minor=0, price_yearly_minor=0))

    order = await shop.buys(plan)

    assert order.was_paid
    assert numbers(shop) == [None]


async def test_a_renewal_and_a_change_of_plan_have_receipts_of_their_own(shop: Shop) -> None:
    await shop.offers(plan := a_plan())
    order = await shop.buys(plan)
    await shop.hears(
        PeriodPaid(
            provider_subscription_id="sub_1",
            payment=a_payment(net_minor=990),
            period=FIRST,
            order_id=order.id,
        ),
        event_id="evt_1",
    )
    await shop.hears(
        PeriodPaid(
            provider_subscription_id="sub_1",
            payment=a_payment(provider_payment_id="pay_2", net_minor=990),
            period=SECOND,
        ),
        event_id="evt_2",
    )
    await shop.hears(
        ChangePaid(
            provider_subscription_id="sub_1",
            payment=a_payment(provider_payment_id="pay_3", net_minor=100),
        ),
        event_id="evt_3",
    )

    assert numbers(shop) == [1, 2, 3]


async def test_a_receipt_keeps_its_number_when_the_money_goes_back(shop: Shop) -> None:
    order = await sold(shop)

    await shop.hears(refunded(order, order.total_minor), event_id="evt_back")

    assert [each.receipt_number for each in shop.orders() if each.id == order.id] == [1]
