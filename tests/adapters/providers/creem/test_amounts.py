"""What was paid, whichever way Creem tells it."""

import pytest

from domain.payments.provider_event import CheckoutPaid, PeriodPaid
from tests.support.fake_creem.books import Books
from tests.support.fake_creem.world import a_pack_order, a_subscription_order, creem_world


@pytest.mark.parametrize("keeps_discount", [False, True], ids=["after", "before"])
@pytest.mark.parametrize(
    ("tax_mode", "tax_percent", "net", "tax"),
    [
        ("exclusive", 0, 800, 0),
        ("exclusive", 21, 800, 168),
        # Here the tax on top equals the discount, and the total the price: still two things.
        ("exclusive", 25, 800, 200),
        ("inclusive", 0, 800, 0),
        ("inclusive", 25, 800, 0),
    ],
)
async def test_what_a_subscription_costs_is_compared_after_discount_and_before_tax_on_top(
    keeps_discount: bool, tax_mode: str, tax_percent: int, net: int, tax: int
) -> None:
    async with creem_world(books=Books(keeps_discount_in_amount=keeps_discount)) as world:
        product_id = world.books.add_product(period="every-month", tax_mode=tax_mode)
        order = a_subscription_order(discount_minor=200)

        await world.sold(order, product_id, tax_percent=tax_percent)

        (paid,) = await world.taken(world.books.told("subscription.paid")[0])
        assert isinstance(paid, PeriodPaid)
        assert (paid.payment.net_minor, paid.payment.tax_minor) == (net, tax)
        assert paid.payment.net_minor == order.due_minor


@pytest.mark.parametrize("keeps_discount", [False, True], ids=["after", "before"])
@pytest.mark.parametrize("tax_mode", ["exclusive", "inclusive"])
@pytest.mark.parametrize("discount", [0, 200, 950], ids=["none", "custom price", "code"])
async def test_what_a_pack_costs_is_compared_after_discount_and_before_tax_on_top(
    keeps_discount: bool, tax_mode: str, discount: int
) -> None:
    async with creem_world(books=Books(keeps_discount_in_amount=keeps_discount)) as world:
        order = a_pack_order(discount_minor=discount)

        await world.sold(order, world.books.add_product(tax_mode=tax_mode), tax_percent=25)

        (paid,) = await world.taken(world.books.events[-1])
        assert isinstance(paid, CheckoutPaid)
        assert paid.payment.net_minor == order.due_minor
        is_on_top = tax_mode == "exclusive"
        assert paid.payment.tax_minor == (order.due_minor // 4 if is_on_top else 0)


async def test_less_than_was_asked_for_does_not_pass_as_tax() -> None:
    async with creem_world() as world:
        await world.sold(a_pack_order(), world.books.add_product())
        content = world.books.events[-1].content
        content["object"]["order"] |= {"amount_paid": 10}
        event = world.books.tell("checkout.completed", content["object"])

        (paid,) = await world.taken(event)

        assert isinstance(paid, CheckoutPaid)
        assert (paid.payment.net_minor, paid.payment.tax_minor) == (10, 0)


async def test_total_and_tax_are_asked_for_where_a_published_order_leaves_them_out() -> None:
    async with creem_world() as world:
        await world.sold(a_pack_order(), world.books.add_product(), tax_percent=25)

        (paid,) = await world.taken(world.books.events[-1].as_published())

        assert isinstance(paid, CheckoutPaid)
        assert (paid.payment.net_minor, paid.payment.tax_minor) == (1000, 250)
