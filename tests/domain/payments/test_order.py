"""Orders: the moves they may make, and the payments that fit them."""

from datetime import timedelta
from functools import partial

import pytest
from attrs import evolve

from domain.errors import InvalidField
from domain.payments.errors import PaymentMismatch
from domain.payments.ids import Channel
from domain.payments.order import OrderStatus
from domain.payments.payment import Payment
from tests.support.builders.payments import a_payment, an_order, an_order_line
from tests.support.clock import NOON

S = OrderStatus
MOVES = {
    (S.PENDING, S.PAID),
    (S.PENDING, S.FAILED),
    (S.PENDING, S.EXPIRED),
    (S.FAILED, S.PAID),
    (S.FAILED, S.EXPIRED),
    (S.EXPIRED, S.PAID),
    (S.PAID, S.PARTIALLY_REFUNDED),
    (S.PAID, S.REFUNDED),
    (S.PAID, S.DISPUTED),
    (S.PARTIALLY_REFUNDED, S.PAID),
    (S.PARTIALLY_REFUNDED, S.REFUNDED),
    (S.PARTIALLY_REFUNDED, S.DISPUTED),
    (S.REFUNDED, S.PAID),
    (S.REFUNDED, S.PARTIALLY_REFUNDED),
    (S.REFUNDED, S.DISPUTED),
    (S.DISPUTED, S.PAID),
    (S.DISPUTED, S.PARTIALLY_REFUNDED),
    (S.DISPUTED, S.REFUNDED),
}


@pytest.mark.parametrize("before", S)
@pytest.mark.parametrize("after", S)
def test_an_order_moves_only_as_the_table_says(before: OrderStatus, after: OrderStatus) -> None:
    order = an_order(status=before)

    assert order.can_become(after) is ((before, after) in MOVES)
    if order.can_become(after):
        assert order.become(after).status is after
    else:
        with pytest.raises(AssertionError):
            order.become(after)


def test_a_discount_beyond_the_price_is_refused() -> None:
    with pytest.raises(InvalidField) as refusal:
        evolve(an_order(), discount_minor=501)

    assert refusal.value.path == "discount"


@pytest.mark.parametrize("value", [-1, 1.0, True], ids=repr)
def test_amounts_of_an_order_are_whole_and_not_negative(value: int) -> None:
    for change in (
        partial(evolve, discount_minor=value),
        partial(evolve, tax_minor=value),
        partial(evolve, total_minor=value),
        partial(evolve, collected_minor=value),
        partial(evolve, bonus_credits=value),
    ):
        with pytest.raises(InvalidField):
            change(an_order())


@pytest.mark.parametrize(
    ("payment", "differs"),
    [
        (a_payment(channel=Channel("stripe")), "channel"),
        (a_payment(currency="EUR"), "currency"),
        (a_payment(net_minor=499), "amount"),
        (a_payment(net_minor=501), "amount"),
        (a_payment(net_minor=0), "amount"),
        # Tax is on top: what is due before tax may not hide in it.
        (a_payment(net_minor=400, tax_minor=100), "amount"),
        (a_payment(channel=Channel("creem"), currency="EUR", net_minor=1), "channel"),
    ],
)
def test_a_payment_that_is_not_what_was_ordered_is_refused(payment: Payment, differs: str) -> None:
    order = an_order()

    with pytest.raises(PaymentMismatch) as refusal:
        order.paid_by(payment, NOON)

    assert refusal.value.differs == differs
    assert refusal.value.order_id == order.id


@pytest.mark.parametrize(
    ("net_minor", "tax_minor", "beyond"), [(499, 0, -1), (500, 95, 0), (501, 0, 1), (700, 95, 200)]
)
def test_what_was_paid_beyond_the_price_is_told_apart_from_price_and_tax(
    net_minor: int, tax_minor: int, beyond: int
) -> None:
    payment = a_payment(net_minor=net_minor, tax_minor=tax_minor)
    order = an_order()

    paid = order.paid_otherwise(payment, NOON, "look at it")

    assert (order.beyond_minor, paid.beyond_minor) == (0, beyond)
    assert paid.due_minor + paid.beyond_minor + paid.tax_minor == paid.total_minor
    assert (paid.status, paid.concern) == (S.PAID, "look at it")


@pytest.mark.parametrize("change", [{"currency": "EUR"}, {"channel": Channel("stripe")}])
def test_other_money_or_of_another_channel_is_never_taken(change: dict[str, str]) -> None:
    with pytest.raises(PaymentMismatch):
        an_order().paid_otherwise(evolve(a_payment(), **change), NOON, "look at it")  # type: ignore[arg-type]


@pytest.mark.parametrize("status", [S.PENDING, S.FAILED, S.EXPIRED])
def test_money_is_taken_even_when_it_comes_late(status: OrderStatus) -> None:
    payment = a_payment(net_minor=500, tax_minor=95)

    paid = an_order(status=status).paid_by(payment, NOON)

    assert paid.status is S.PAID
    assert (paid.tax_minor, paid.total_minor, paid.paid_at) == (95, 595, NOON)
    assert paid.provider_payment_id == payment.provider_payment_id
    assert paid.was_paid


@pytest.mark.parametrize("status", [S.PAID, S.PARTIALLY_REFUNDED, S.REFUNDED])
def test_an_order_is_not_paid_twice(status: OrderStatus) -> None:
    with pytest.raises(AssertionError):
        an_order(status=status, paid_at=NOON).paid_by(a_payment(), NOON)


def test_what_is_due_is_the_price_less_the_discount() -> None:
    order = an_order(discount_minor=120)

    assert order.due_minor == 380
    assert order.paid_by(a_payment(net_minor=380), NOON).total_minor == 380


@pytest.mark.parametrize(
    ("gone_minor", "is_given_back", "is_disputed", "status", "refunded_minor"),
    [
        (0, False, False, S.PAID, 0),
        (1, True, False, S.PARTIALLY_REFUNDED, 1),
        (594, True, False, S.PARTIALLY_REFUNDED, 594),
        (595, True, False, S.REFUNDED, 595),
        (596, True, False, S.REFUNDED, 595),
        (1190, True, False, S.REFUNDED, 595),
        (0, False, True, S.DISPUTED, 0),
        (200, True, True, S.DISPUTED, 200),
        (595, True, True, S.DISPUTED, 595),
    ],
)
@pytest.mark.parametrize("before", [S.PAID, S.PARTIALLY_REFUNDED, S.REFUNDED, S.DISPUTED])
def test_the_status_of_a_paid_order_follows_from_where_its_money_is(
    before: OrderStatus,
    gone_minor: int,
    is_given_back: bool,
    is_disputed: bool,
    status: OrderStatus,
    refunded_minor: int,
) -> None:
    paid = an_order().paid_by(a_payment(tax_minor=95), NOON)

    order = evolve(paid, status=before).with_money_back(
        gone_minor, is_given_back=is_given_back, is_disputed=is_disputed
    )

    assert (order.status, order.refunded_minor) == (status, refunded_minor)
    assert order.gone == (refunded_minor, 595)
    assert order.is_gone is (refunded_minor == 595)


@pytest.mark.parametrize("status", [S.PENDING, S.FAILED, S.EXPIRED])
def test_no_money_goes_back_of_an_order_that_was_not_paid(status: OrderStatus) -> None:
    with pytest.raises(AssertionError):
        an_order(status=status).with_money_back(1, is_given_back=True, is_disputed=False)


def test_a_purchase_that_cost_nothing_is_given_back_as_a_whole() -> None:
    free = an_order(discount_minor=500).given_free(NOON)

    back = free.with_money_back(0, is_given_back=True, is_disputed=False)

    assert (free.gone, free.is_gone) == ((0, 1), False)
    assert (back.status, back.gone, back.is_gone) == (S.REFUNDED, (1, 1), True)


@pytest.mark.parametrize("collected_minor", [200, 500, 520])
def test_the_share_of_a_refund_is_of_what_was_collected(collected_minor: int) -> None:
    paid = an_order().paid_by(evolve(a_payment(), collected_minor=collected_minor), NOON)

    part = paid.with_money_back(100, is_given_back=True, is_disputed=False)
    back = paid.with_money_back(collected_minor, is_given_back=True, is_disputed=False)

    assert (paid.total_minor, paid.from_balance_minor) == (500, 500 - collected_minor)
    assert (part.status, part.gone) == (S.PARTIALLY_REFUNDED, (100, collected_minor))
    assert (back.status, back.is_gone) == (S.REFUNDED, True)


def test_what_a_balance_paid_needs_no_receipt_and_is_given_back_as_a_whole() -> None:
    paid = an_order().paid_by(evolve(a_payment(), collected_minor=0), NOON)

    back = paid.with_money_back(0, is_given_back=True, is_disputed=False)

    assert (paid.status, paid.total_minor, paid.lacks_receipt) == (S.PAID, 500, False)
    assert (paid.gone, back.gone) == ((0, 1), (1, 1))


def test_an_order_that_is_not_paid_took_nothing_from_a_balance() -> None:
    assert an_order().from_balance_minor == 0


def test_more_than_was_collected_is_never_refunded() -> None:
    paid = an_order().paid_by(evolve(a_payment(), collected_minor=400), NOON)

    with pytest.raises(InvalidField) as refusal:
        evolve(paid, refunded_minor=401)

    assert refusal.value.path == "refunded"


def test_only_a_purchase_that_costs_nothing_is_given_free() -> None:
    free = an_order(discount_minor=500).given_free(NOON)

    assert (free.status, free.total_minor, free.paid_at) == (S.PAID, 0, NOON)
    with pytest.raises(AssertionError):
        an_order(discount_minor=499).given_free(NOON)


def test_an_order_keeps_its_line_when_its_checkout_opens() -> None:
    order = an_order(line=an_order_line(price_minor=777))

    opened = order.opened("cs_1", "https://pay.example/1", NOON + timedelta(hours=1))

    assert (opened.session_id, opened.url) == ("cs_1", "https://pay.example/1")
    assert (opened.line, opened.status, opened.is_pending) == (order.line, S.PENDING, True)


@pytest.mark.parametrize("value", [-1, 2.5, True], ids=repr)
def test_a_payment_is_in_whole_minor_units(value: int) -> None:
    with pytest.raises(InvalidField):
        a_payment(net_minor=value)
    with pytest.raises(InvalidField):
        a_payment(tax_minor=value)
