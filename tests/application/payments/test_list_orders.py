"""Reading orders: one's own, and for admins all of them."""

import pytest

from application.payments.list_orders import (
    ListingOrders,
    ListOrders,
    ReadingOrder,
    ReadOrder,
    SearchingOrders,
    SearchOrders,
)
from application.ports.paging import PageRequest
from application.ports.payments import OrderFilter
from domain.payments.errors import OrderNotFound
from domain.payments.ids import OrderId
from domain.payments.order import OrderStatus
from tests.application.shop import Shop, paid
from tests.support.builders.credits import SOMEBODY, SOMEBODY_ELSE
from tests.support.builders.subscriptions import a_pack


async def test_an_unknown_order_is_not_found(shop: Shop) -> None:
    with pytest.raises(OrderNotFound):
        await ReadingOrder(read=shop.store.read)(
            ReadOrder(account_id=SOMEBODY, order_id=OrderId("unknown"))
        )


async def test_another_accounts_order_looks_like_one_that_does_not_exist(shop: Shop) -> None:
    await shop.offers(pack := a_pack())
    theirs = await shop.buys(pack, account_id=SOMEBODY_ELSE)
    reading = ReadingOrder(read=shop.store.read)

    with pytest.raises(OrderNotFound) as refusal:
        await reading(ReadOrder(account_id=SOMEBODY, order_id=theirs.id))

    assert refusal.value.order_id == theirs.id
    assert await reading(ReadOrder(account_id=SOMEBODY_ELSE, order_id=theirs.id)) == theirs


async def test_own_orders_come_newest_first_page_by_page(shop: Shop) -> None:
    await shop.offers(pack := a_pack())
    await shop.buys(pack, account_id=SOMEBODY_ELSE)
    mine = [await shop.buys(pack) for _ in range(5)]
    listing = ListingOrders(read=shop.store.read)

    first = await listing(ListOrders(account_id=SOMEBODY, page=PageRequest(limit=2)))
    second = await listing(ListOrders(account_id=SOMEBODY, page=PageRequest(limit=2, offset=2)))
    last = await listing(
        ListOrders(account_id=SOMEBODY, page=PageRequest(limit=9, after=second.next))
    )

    assert [*first.items, *second.items, *last.items] == mine[::-1]
    assert (first.total, last.next) == (5, None)


async def test_admins_find_orders_of_all_accounts_by_what_they_filter(shop: Shop) -> None:
    await shop.offers(pack := a_pack())
    mine, theirs = await shop.buys(pack), await shop.buys(pack, account_id=SOMEBODY_ELSE)
    await shop.hears(paid(mine))
    search = SearchingOrders(read=shop.store.read)

    async def found(where: OrderFilter) -> set[OrderId]:
        page = await search(SearchOrders(where=where, page=PageRequest()))
        return {order.id for order in page.items}

    assert await found(OrderFilter()) == {mine.id, theirs.id}
    assert await found(OrderFilter(account_id=SOMEBODY_ELSE)) == {theirs.id}
    assert await found(OrderFilter(status=OrderStatus.PAID)) == {mine.id}
    assert await found(OrderFilter(to_at=shop.clock())) == set()
    assert await found(OrderFilter(from_at=shop.clock())) == {mine.id, theirs.id}
