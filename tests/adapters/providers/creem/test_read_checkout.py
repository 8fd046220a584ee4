"""What has become of a checkout, read back; and the fake judged by the official library."""

from domain.payments.provider_event import (
    CheckoutExpired,
)
from tests.support.fake_creem.contract import problems_of_event
from tests.support.fake_creem.world import (
    CreemWorld,
    a_pack_order,
)


async def test_a_paid_checkout_read_back_tells_what_its_webhooks_tell(world: CreemWorld) -> None:
    pack = await world.sold(a_pack_order(), world.books.add_product())
    told = await world.taken(world.books.events[-1])

    assert await world.provider.read_checkout(pack) == told


async def test_a_subscriptions_checkout_read_back_tells_of_its_first_payment_too(
    world: CreemWorld,
) -> None:
    await world.subscribed()
    linked = await world.taken(world.books.told("checkout.completed")[0])
    paid = await world.taken(world.books.told("subscription.paid")[0])

    read = await world.provider.read_checkout(next(iter(world.books.checkouts)))

    assert read == (*linked, *paid)


async def test_a_checkout_that_ran_out_is_told_when_it_is_read(world: CreemWorld) -> None:
    order = a_pack_order()
    opened = await world.opened(order, world.books.add_product())

    still_open = await world.provider.read_checkout(opened.session_id)
    world.books.expire(opened.session_id)
    expired = await world.provider.read_checkout(opened.session_id)

    assert still_open == ()
    assert expired == (CheckoutExpired(order_id=order.id),)


async def test_the_fake_tells_as_the_official_library_expects(world: CreemWorld) -> None:
    subscription_id = await world.subscribed()
    await world.sold(a_pack_order(), world.books.add_product())
    for status in ("paused", "active", "past_due", "scheduled_cancel", "canceled"):
        world.books.become(subscription_id, status)
    first, second = list(world.books.transactions)
    world.books.refund(first)
    world.books.dispute(second)

    problems = {each.type: problems_of_event(each.content) for each in world.books.events}

    assert [each for each in problems.items() if each[1]] == []
