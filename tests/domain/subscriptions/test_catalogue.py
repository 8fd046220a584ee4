"""Plans and packs: what may be put on sale, and the line of an order each becomes."""

from typing import Any

import pytest

from domain.amount import AMOUNT_MAX
from domain.errors import InvalidField
from domain.payments.ids import Channel
from domain.payments.order import OrderType
from domain.period import Interval
from domain.subscriptions.catalogue import ProviderItem
from domain.subscriptions.errors import IntervalNotOffered, NotOnSale
from tests.support.builders.subscriptions import a_pack, a_plan

STRIPE = Channel("stripe")
CREEM = Channel("creem")


@pytest.mark.parametrize(
    ("changes", "path"),
    [
        ({"name": ""}, "name"),
        ({"name": "  "}, "name"),
        ({"price_monthly_minor": -1}, "price_monthly_minor"),
        ({"price_monthly_minor": 9.9}, "price_monthly_minor"),
        ({"price_monthly_minor": True}, "price_monthly_minor"),
        ({"price_monthly_minor": AMOUNT_MAX + 1}, "price_monthly_minor"),
        ({"price_yearly_minor": -1}, "price_yearly"),
        ({"price_yearly_minor": 99.0}, "price_yearly"),
        ({"price_yearly_minor": True}, "price_yearly"),
        ({"price_yearly_minor": AMOUNT_MAX + 1}, "price_yearly"),
        ({"price_yearly_minor": 0}, "price_yearly"),
        ({"price_monthly_minor": 0, "price_yearly_minor": 100}, "price_yearly"),
        ({"currency": "usd"}, "currency"),
        ({"credits_included": -1}, "credits_included"),
    ],
)
def test_a_plan_that_makes_no_sense_is_refused(changes: dict[str, Any], path: str) -> None:
    with pytest.raises(InvalidField) as refusal:
        a_plan(**changes)

    assert refusal.value.path == path


@pytest.mark.parametrize(
    ("changes", "path"),
    [
        ({"name": " "}, "name"),
        ({"credits": 0}, "credits"),
        ({"credits": True}, "credits"),
        ({"price_minor": -1}, "price"),
        ({"price_minor": 0}, "price"),
        ({"currency": "US"}, "currency"),
    ],
)
def test_a_pack_that_makes_no_sense_is_refused(changes: dict[str, Any], path: str) -> None:
    with pytest.raises(InvalidField) as refusal:
        a_pack(**changes)

    assert refusal.value.path == path


def test_what_is_off_sale_is_sold_to_nobody() -> None:
    with pytest.raises(NotOnSale):
        a_plan(is_on_sale=False).line(Interval.MONTHLY)
    with pytest.raises(NotOnSale):
        a_pack(is_on_sale=False).line()


def test_a_plan_without_a_yearly_price_is_not_sold_by_the_year() -> None:
    plan = a_plan(price_yearly_minor=None)

    with pytest.raises(IntervalNotOffered):
        plan.line(Interval.YEARLY)
    assert plan.line(Interval.MONTHLY).price_minor == 990


def test_a_free_plan_is_free_at_both_intervals() -> None:
    plan = a_plan(price_monthly_minor=0, price_yearly_minor=0)

    assert [plan.price_minor(interval) for interval in Interval] == [0, 0]


@pytest.mark.parametrize(("interval", "price"), [(Interval.MONTHLY, 990), (Interval.YEARLY, 9900)])
def test_a_plan_becomes_a_line_at_the_price_of_its_interval(interval: Interval, price: int) -> None:
    plan = a_plan()

    line = plan.line(interval)

    assert (line.type, line.item_id, line.interval) == (OrderType.SUBSCRIPTION, plan.id, interval)
    assert (line.price_minor, line.currency, line.credits) == (price, "USD", 1000)


def test_a_pack_becomes_a_line_without_interval() -> None:
    pack = a_pack()

    line = pack.line()

    assert (line.type, line.item_id, line.interval) == (OrderType.CREDITS, pack.id, None)
    assert (line.price_minor, line.currency, line.credits) == (500, "USD", 500)


def test_an_item_is_found_by_channel_and_interval_alone() -> None:
    plan = a_plan(
        items=(
            ProviderItem(STRIPE, Interval.MONTHLY, "price_m"),
            ProviderItem(STRIPE, Interval.YEARLY, "price_y"),
            ProviderItem(CREEM, Interval.MONTHLY, "prod_m"),
        )
    )

    assert plan.reference(STRIPE, Interval.YEARLY) == "price_y"
    assert plan.reference(CREEM, Interval.MONTHLY) == "prod_m"
    assert plan.reference(CREEM, Interval.YEARLY) is None
    assert plan.reference(STRIPE, None) is None
    assert a_pack(items=(ProviderItem(STRIPE, None, "p"),)).reference(STRIPE) == "p"
