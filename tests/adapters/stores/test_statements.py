"""Reading the ledger: newest first, any page at the same cost, nothing twice and nothing missed."""

from collections.abc import Iterable
from datetime import timedelta

import pytest

from application.ports.credits import StatementLine, TransactionFilter
from application.ports.paging import Page, PageRequest
from application.ports.store import Store
from domain.amount import AMOUNT_MAX
from domain.credits.grant import GrantSource
from domain.credits.ids import AccountId, GrantId
from domain.credits.posting import Posting
from domain.credits.transaction import (
    AI_USAGE,
    EXPIRATION,
    MANUAL,
    PURCHASE,
    Transaction,
    TransactionText,
    TransactionType,
)
from domain.credits.wallet import Wallet
from domain.errors import InvalidField
from tests.adapters.stores.steps import load, write
from tests.support.builders.credits import (
    SOMEBODY,
    SOMEBODY_ELSE,
    grant_terms,
    granted,
    spent,
)
from tests.support.clock import NOON, fresh_id

IMAGE = TransactionType("image")


def shown(lines: Iterable[Transaction]) -> tuple[StatementLine, ...]:
    """Return what of some lines their account reads."""
    return tuple(map(StatementLine.of, lines))


async def _history(
    store: Store, account_id: AccountId = SOMEBODY, *, lines: int = 10
) -> tuple[Transaction, ...]:
    """Keep a purchase and spends, minute by minute; every third is for an image. Newest first."""
    posting = granted(Wallet(account_id=account_id), grant_terms(amount=1000))
    for n in range(1, lines):
        used_for = IMAGE if n % 3 == 0 else AI_USAGE
        now = NOON + timedelta(minutes=n)
        posting = posting.then(spent(posting.wallet, n, type=used_for, now=now))
    await write(store, posting)
    return posting.transactions[::-1]


@pytest.mark.parametrize("after", ["nonsense", "", "-1", "1.5", "9" * 30, "\uff11"])
@pytest.mark.parametrize("type", [None, AI_USAGE])
async def test_a_cursor_that_was_never_given_out_is_refused(
    store: Store, after: str, type: TransactionType | None
) -> None:
    await _history(store)

    with pytest.raises(InvalidField) as refused:
        await store.statements.page(SOMEBODY, PageRequest(after=after), type)

    assert refused.value.path == "after"


async def test_an_account_without_a_wallet_has_an_empty_statement(store: Store) -> None:
    await _history(store, SOMEBODY_ELSE)

    page = await store.statements.page(SOMEBODY, PageRequest())

    assert page == Page(items=(), next=None, total=0)


async def test_every_field_of_a_line_and_its_text_comes_back(store: Store) -> None:
    text = TransactionText(
        salt=fresh_id(),
        description="Grüße ☕, 'quoted' \"twice\" \\ and %s",
        metadata='{"b": 1.50, "a": ["\\u0001", null]}',
    )
    bought = Wallet(account_id=SOMEBODY).grant(
        grant_terms(amount=AMOUNT_MAX - 1, cause="order:ü"),
        grant_id=GrantId(fresh_id()),
        text=text,
        now=NOON + timedelta(microseconds=654321),
        new_id=fresh_id,
    )
    given = granted(bought.wallet, grant_terms(amount=1, source=GrantSource.MANUAL))
    used = spent(given.wallet, AMOUNT_MAX)
    posting = bought.then(given).then(used)
    await write(store, posting)

    page = await store.statements.page(SOMEBODY, PageRequest())

    stored = await store.records.lines(SOMEBODY, 0, 10)
    assert tuple(stored) == posting.transactions
    assert page.items == shown(posting.transactions[::-1])
    assert [line.at.utcoffset() for line in page.items] == [timedelta(0)] * 3


@pytest.mark.parametrize(
    ("limit", "offset", "part", "has_next"),
    [
        (20, 0, (0, 10), False),
        (10, 0, (0, 10), False),
        (9, 0, (0, 9), True),
        (3, 0, (0, 3), True),
        (3, 3, (3, 6), True),
        (3, 7, (7, 10), False),
        (3, 9, (9, 10), False),
        (3, 10, (10, 10), False),
        (3, 1_000_000_000, (10, 10), False),
        (100, 1, (1, 10), False),
    ],
)
async def test_a_statement_has_any_offset_and_a_total(
    store: Store, limit: int, offset: int, part: tuple[int, int], has_next: bool
) -> None:
    lines = await _history(store)
    await _history(store, SOMEBODY_ELSE)

    page = await store.statements.page(SOMEBODY, PageRequest(limit=limit, offset=offset))

    assert page.items == shown(lines[slice(*part)])
    assert (page.next is not None) is has_next
    assert page.total == 10


async def test_the_cursor_leads_from_page_to_page_to_the_end(store: Store) -> None:
    lines = await _history(store)

    seen: list[StatementLine] = []
    after: str | None = None
    totals = set()
    for _ in range(4):
        page = await store.statements.page(SOMEBODY, PageRequest(limit=3, after=after))
        seen += page.items
        totals.add(page.total)
        after = page.next

    assert tuple(seen) == shown(lines)
    assert after is None
    assert totals == {10}


async def test_lines_written_while_somebody_pages_move_nothing(store: Store) -> None:
    lines = await _history(store)

    seen: list[StatementLine] = []
    after: str | None = None
    for _ in range(4):
        page = await store.statements.page(SOMEBODY, PageRequest(limit=3, after=after))
        seen += page.items
        after = page.next
        await write(store, spent(await load(store, SOMEBODY), 1))

    assert tuple(seen) == shown(lines)


async def test_a_statement_of_one_type_leaves_out_the_others(store: Store) -> None:
    lines = await _history(store)
    images = tuple(line for line in lines if line.type == IMAGE)

    first = await store.statements.page(SOMEBODY, PageRequest(limit=2), IMAGE)
    rest = await store.statements.page(SOMEBODY, PageRequest(limit=2, after=first.next), IMAGE)

    assert (first.items, first.total) == (shown(images[:2]), None)
    assert rest == Page(items=shown(images[2:]), next=None, total=None)


@pytest.mark.parametrize(
    ("type", "count"), [(AI_USAGE, 6), (IMAGE, 3), (PURCHASE, 1), (EXPIRATION, 0)]
)
async def test_a_statement_can_be_of_any_type(
    store: Store, type: TransactionType, count: int
) -> None:
    await _history(store)
    await _history(store, SOMEBODY_ELSE)

    page = await store.statements.page(SOMEBODY, PageRequest(), type)

    assert [line.type for line in page.items] == [type] * count


MINUTE = timedelta(minutes=1)


@pytest.mark.parametrize(
    ("where", "count"),
    [
        (TransactionFilter(), 20),
        (TransactionFilter(account_id=AccountId("unknown")), 0),
        (TransactionFilter(account_id=SOMEBODY), 10),
        (TransactionFilter(type=MANUAL), 0),
        (TransactionFilter(type=IMAGE), 6),
        (TransactionFilter(account_id=SOMEBODY, type=IMAGE), 3),
        (TransactionFilter(from_at=NOON + 4 * MINUTE), 12),
        (TransactionFilter(to_at=NOON + 4 * MINUTE), 8),
        (TransactionFilter(from_at=NOON + 4 * MINUTE, to_at=NOON + 5 * MINUTE), 2),
        (TransactionFilter(from_at=NOON + 4 * MINUTE, to_at=NOON + 4 * MINUTE), 0),
        (
            TransactionFilter(
                account_id=SOMEBODY, type=IMAGE, from_at=NOON + 3 * MINUTE, to_at=NOON + 9 * MINUTE
            ),
            2,
        ),
    ],
)
async def test_an_admin_searches_all_accounts(
    store: Store, where: TransactionFilter, count: int
) -> None:
    both = (*await _history(store), *await _history(store, SOMEBODY_ELSE))

    page = await store.statements.search(where, PageRequest(limit=100))

    assert len(page.items) == count
    assert set(page.items) <= set(both)
    assert list(page.items) == sorted(page.items, key=lambda line: line.id, reverse=True)
    assert (page.next, page.total) == (None, None)


@pytest.mark.parametrize("type", [None, IMAGE])
@pytest.mark.parametrize("account_id", [None, SOMEBODY])
async def test_the_cursor_of_a_search_leads_to_the_end_whatever_is_written_meanwhile(
    store: Store, account_id: AccountId | None, type: TransactionType | None
) -> None:
    await _history(store)
    await _history(store, SOMEBODY_ELSE)
    where = TransactionFilter(account_id=account_id, type=type)
    whole = await store.statements.search(where, PageRequest(limit=100))

    seen: list[Transaction] = []
    after: str | None = None
    while len(seen) < len(whole.items):
        page = await store.statements.search(where, PageRequest(limit=4, after=after))
        assert 0 < len(page.items) <= 4
        seen += page.items
        after = page.next
        await write(store, spent(await load(store, SOMEBODY), 1, type=IMAGE))

    assert tuple(seen) == whole.items
    assert after is None


async def test_lines_of_one_batch_are_numbered_without_a_gap(store: Store) -> None:
    posting = Posting(wallet=Wallet(account_id=SOMEBODY))
    for _ in range(5):
        posting = posting.then(granted(posting.wallet, grant_terms(amount=1)))
    await write(store, posting)
    await write(store, spent(await load(store, SOMEBODY), 2))

    page = await store.statements.page(SOMEBODY, PageRequest())

    assert [line.seq for line in page.items] == [6, 5, 4, 3, 2, 1]
    assert [line.balance_after for line in page.items] == [3, 5, 4, 3, 2, 1]
    last = (await store.records.lines(SOMEBODY, 5, 1))[0]
    assert len(last.allocations) == 2
