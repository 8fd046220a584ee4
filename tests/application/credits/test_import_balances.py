"""Opening balances: tried without a trace, brought in once, and each row for itself."""

from collections.abc import Sequence

import pytest
from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st

from application.credits.import_balances import ImportBalances, ImportingBalances, OpeningBalance
from application.credits.steps.importing import ImportedRow, RowOutcome
from domain.access.audit import Actor
from domain.credits.grant import Category, GrantSource, GrantTerms
from domain.credits.ids import AccountId
from tests.application.shop import Shop
from tests.support.builders.credits import SOMEBODY
from tests.support.clock import NOON

ADMIN = Actor(id="admin-1")


def a_row(
    *,
    line: int = 2,
    account_id: AccountId = SOMEBODY,
    key: str = "opening",
    amount: int = 100,
    email: str | None = None,
    is_over: bool = False,
) -> OpeningBalance:
    terms = GrantTerms(
        amount=amount,
        source=GrantSource.MANUAL,
        category=Category.PAID,
        expires_at=NOON if is_over else None,
    )
    return OpeningBalance(line=line, account_id=account_id, key=key, terms=terms, email=email)


async def bring(
    shop: Shop, *rows: OpeningBalance, is_to_be_applied: bool = True
) -> Sequence[ImportedRow]:
    importing = ImportingBalances(begin=shop.store.begin, clock=shop.clock, new_id=shop.new_id)
    return await importing(
        ImportBalances(rows=rows, is_to_be_applied=is_to_be_applied, actor=ADMIN)
    )


async def test_a_trial_says_what_would_happen_and_leaves_nothing(shop: Shop) -> None:
    before = shop.kept()

    (row,) = await bring(shop, a_row(email="ada@example.com"), is_to_be_applied=False)

    assert (row.outcome, row.said) == (RowOutcome.DONE, "100 credits (paid)")
    assert shop.kept() == before


async def test_a_row_becomes_a_lot_a_line_and_an_entry_of_the_audit_log(shop: Shop) -> None:
    await bring(shop, a_row(email="ada@example.com"))

    (lot,) = await shop.grants()
    assert (lot.amount, lot.category, lot.cause) == (100, Category.PAID, "import")
    assert [entry.action for entry in shop.audited()] == ["account.import"]
    async with shop.store.read() as work:
        profile = await work.accounts.find(SOMEBODY)
    assert profile is not None
    assert profile.email == "ada@example.com"
    assert await shop.is_proved()


async def test_a_row_that_was_brought_in_is_there_already(shop: Shop) -> None:
    await bring(shop, a_row())

    (again,) = await bring(shop, a_row(line=7))

    assert (again.outcome, again.line) == (RowOutcome.ALREADY_THERE, 7)
    assert await shop.balance() == 100


async def test_a_row_that_says_something_else_under_its_key_is_refused(shop: Shop) -> None:
    await bring(shop, a_row())

    (other,) = await bring(shop, a_row(amount=101))

    assert (other.outcome, other.code) == (RowOutcome.REFUSED, "idempotency_key_reused")
    assert await shop.balance() == 100


@pytest.mark.parametrize(
    ("row", "code"),
    [
        (a_row(is_over=True), "grant_already_over"),
        (a_row(email="no address"), "invalid_request"),
    ],
)
async def test_a_row_that_breaks_a_rule_is_refused_and_the_others_go_on(
    shop: Shop, row: OpeningBalance, code: str
) -> None:
    other = a_row(line=3, account_id=AccountId("user-other"))

    told = await bring(shop, row, other)

    assert [each.outcome for each in told] == [RowOutcome.REFUSED, RowOutcome.DONE]
    assert told[0].code == code
    assert await shop.grants() == []
    assert await shop.balance(AccountId("user-other")) == 100


@given(
    amounts=st.lists(st.integers(1, 1000), min_size=1, max_size=6),
    times=st.integers(1, 3),
)
async def test_however_often_a_file_is_sent_its_sum_comes_in_once(
    amounts: list[int], times: int
) -> None:
    shop = Shop()
    rows = [
        evolve(a_row(amount=amount), line=place, key=f"row-{place}")
        for place, amount in enumerate(amounts, start=2)
    ]
    for _ in range(times):
        await bring(shop, *rows)

    assert await shop.balance() == sum(amounts)
    assert len(await shop.lines()) == len(amounts)
