"""What becomes of an order's discount with the orders of the periods after it."""

import pytest
from attrs import evolve

from domain.payments.order import Order
from tests.support.builders.payments import an_order


def of(discount: int, periods: int | None, code: str | None = "CODE") -> Order:
    """Return an order with a discount that counts for so many periods."""
    return evolve(an_order(discount_minor=discount), coupon_code=code, discount_periods=periods)


@pytest.mark.parametrize(
    ("before", "taken_off", "code", "periods"),
    [
        (of(100, 1), 100, None, 1),
        (of(100, 3), 100, "CODE", 2),
        (of(100, 2), 100, "CODE", 1),
        (of(100, None), 100, "CODE", None),
        # What the provider took off is not what was promised: it is a discount of its own.
        (of(100, 3), 99, None, 1),
        (of(100, 3), 0, None, 1),
        (of(0, None), 0, None, 1),
    ],
)
def test_a_discount_goes_on_where_it_was_promised_and_given(
    before: Order, taken_off: int, code: str | None, periods: int | None
) -> None:
    renewal = before.discounts(of(taken_off, 1, None))

    assert (renewal.coupon_code, renewal.discount_periods) == (code, periods)
    assert renewal.discount_minor == taken_off
