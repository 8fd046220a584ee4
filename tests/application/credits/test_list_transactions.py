"""Reading the ledger: an account's own lines, and for admins everybody's."""

from datetime import timedelta

from application.credits.list_transactions import (
    ListingTransactions,
    ListTransactions,
    SearchingTransactions,
    SearchTransactions,
)
from application.ports.credits import TransactionFilter
from application.ports.paging import PageRequest
from domain.credits.transaction import AI_USAGE, PURCHASE
from tests.application.scripted_ledger import give, take
from tests.application.shop import Shop
from tests.support.builders.credits import SOMEBODY, SOMEBODY_ELSE
from tests.support.clock import NOON


async def test_an_accounts_lines_come_newest_first_at_any_offset(shop: Shop) -> None:
    await shop.commit(give(100))
    await shop.commit(give(1, account_id=SOMEBODY_ELSE))
    for amount in range(1, 8):
        await shop.commit(take(amount))
    listing = ListingTransactions(statements=shop.store.statements)

    async def amounts(page: PageRequest) -> list[int]:
        found = await listing(ListTransactions(account_id=SOMEBODY, page=page))
        assert found.total == 8
        return [line.signed for line in found.items]

    assert await amounts(PageRequest()) == [-7, -6, -5, -4, -3, -2, -1, 100]
    assert await amounts(PageRequest(limit=2, offset=6)) == [-1, 100]
    assert await amounts(PageRequest(limit=2, offset=99)) == []


async def test_lines_of_one_type_are_listed_alone(shop: Shop) -> None:
    await shop.commit(give(100))
    await shop.commit(take(1))
    listing = ListingTransactions(statements=shop.store.statements)

    for type_, amounts in ((PURCHASE, [100]), (AI_USAGE, [-1])):
        command = ListTransactions(account_id=SOMEBODY, page=PageRequest(), type=type_)
        page = await listing(command)
        assert [line.signed for line in page.items] == amounts
        assert page.total is None


async def test_admins_find_lines_of_all_accounts_by_what_they_filter(shop: Shop) -> None:
    await shop.commit(give(100))
    shop.clock.advance(hours=1)
    await shop.commit(give(7, account_id=SOMEBODY_ELSE))
    await shop.commit(take(3))
    search = SearchingTransactions(statements=shop.store.statements)
    later = NOON + timedelta(hours=1)

    async def amounts(where: TransactionFilter) -> list[int]:
        page = await search(SearchTransactions(where=where, page=PageRequest()))
        return [line.signed for line in page.items]

    assert await amounts(TransactionFilter()) == [-3, 7, 100]
    assert await amounts(TransactionFilter(account_id=SOMEBODY_ELSE)) == [7]
    assert await amounts(TransactionFilter(type=PURCHASE)) == [7, 100]
    assert await amounts(TransactionFilter(from_at=later)) == [-3, 7]
    assert await amounts(TransactionFilter(to_at=later)) == [100]
