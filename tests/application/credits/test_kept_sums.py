"""The sums kept for explanations: taken only where they are of the ledger, proved, made anew."""

from collections.abc import Callable
from typing import Any

import pytest
from attrs import evolve

from application.credits.explain import STRETCHES_MAX, ExplainBalance, ExplainingBalance
from application.credits.prove_stretch import ProveStretch, ProvingStretch
from application.credits.steps.account_proof import let_others_run
from application.credits.verify_ledger import VerifyingLedger, VerifyLedger
from application.wallets.settling import Settlement
from domain.credits.errors import LedgerBeingRead
from domain.credits.ids import GrantId
from domain.credits.proof import Breach
from domain.credits.proof_round import NIGHTLY
from domain.credits.stretch import Stretch
from domain.credits.transaction import Allocation, Transaction
from tests.application.scripted_ledger import give, take
from tests.application.shop import Shop
from tests.support.builders.credits import SOMEBODY

LENGTH = 4
LINES = 10
BALANCE = 100 - (LINES - 1)
ALL = ProveStretch(accounts_max=100, lines_max=1000)


@pytest.fixture
async def shop(shop: Shop) -> Shop:
    """A shop with an account of ten lines: two whole stretches, and two lines more."""
    await shop.commit(give(100))
    for _ in range(LINES - 1):
        await shop.commit(take(1))
    return shop


def explaining(shop: Shop, length: int = LENGTH) -> ExplainingBalance:
    return ExplainingBalance(
        begin=shop.store.begin,
        records=shop.store.records,
        read=shop.store.read,
        settlement=Settlement(ledger=shop.store.ledger, commit=shop.commit, clock=shop.clock),
        clock=shop.clock,
        stretch_lines=length,
    )


async def told(shop: Shop, length: int = LENGTH) -> tuple[int, int]:
    """Return the balance that is explained, and of how many lines."""
    explained = await explaining(shop, length)(ExplainBalance(account_id=SOMEBODY))
    return explained.balance, explained.lines


async def kept(shop: Shop) -> list[Stretch]:
    return list(await shop.store.records.stretches(SOMEBODY, 0, 99))


async def verified(shop: Shop) -> list[Breach]:
    verifying = VerifyingLedger(records=shop.store.records, stretch_lines=LENGTH)
    return (await verifying(VerifyLedger())).breaches


async def proved_at_night(shop: Shop) -> tuple[Breach, ...]:
    shop.clock.advance(days=1)
    proving = ProvingStretch(
        begin=shop.store.begin,
        read=shop.store.read,
        records=shop.store.records,
        plan=NIGHTLY,
        clock=shop.clock,
        new_id=shop.new_id,
        rests=lambda: let_others_run,
        stretch_lines=LENGTH,
    )
    return (await proving(ALL)).breaches


def put(shop: Shop, seq: int, change: Callable[[Transaction], Transaction]) -> None:
    """Change a line behind the store's back."""
    rows = shop.store.tables.transactions.main.values
    rows[SOMEBODY, seq] = change(rows[SOMEBODY, seq])


def drop(shop: Shop, seq: int) -> None:
    """Remove a line behind the store's back."""
    rows = shop.store.tables.transactions.main
    del rows.values[SOMEBODY, seq]
    rows.keys.remove((SOMEBODY, seq))


def alter(shop: Shop, number: int, **change: Any) -> None:
    """Change what is kept behind the store's back."""
    rows = shop.store.tables.ledger_stretches.main.values
    rows[SOMEBODY, number] = evolve(rows[SOMEBODY, number], **change)


def fifty(line: Transaction) -> Transaction:
    (part,) = line.allocations
    return evolve(line, amount=50, allocations=(evolve(part, amount=50),))


async def test_what_was_explained_of_an_altered_line_is_not_told_once_it_is_restored(
    shop: Shop,
) -> None:
    (line,) = [line for line in await shop.lines() if line.seq == 3]
    put(shop, 3, fifty)
    altered = await told(shop)
    put(shop, 3, lambda _: line)

    restored = await told(shop)

    assert altered == (BALANCE - 49, LINES)
    assert restored == (BALANCE, LINES)
    assert await verified(shop) == []
    assert [each.number for each in await kept(shop)] == [0, 1]


@pytest.mark.parametrize(
    "change",
    [{"last_hash": bytes(32)}, {"lines": 3}, {"lines": 5}],
    ids=",".join,
)
async def test_a_sum_that_is_not_of_the_lines_that_are_there_is_added_up_anew(
    shop: Shop, change: dict[str, object]
) -> None:
    await told(shop)
    whole = await kept(shop)
    alter(shop, 1, **{**change, "received": {GrantId("forged"): 7}, "given": {}})

    again = await told(shop)

    assert again == (BALANCE, LINES)
    assert await kept(shop) == whole


async def test_sums_of_another_length_are_left_and_break_no_rule(shop: Shop) -> None:
    await told(shop, length=3)

    by_others = await verified(shop)
    explained = await told(shop)

    assert by_others == []
    assert explained == (BALANCE, LINES)
    assert {each.lines for each in await kept(shop) if each.number < 2} == {LENGTH}


@pytest.mark.parametrize("seq", [4, 6, 8])
async def test_a_ledger_that_lacks_a_line_is_explained_without_it(shop: Shop, seq: int) -> None:
    drop(shop, seq)

    assert (await told(shop))[1] == LINES - 1


@pytest.mark.parametrize(
    ("seq", "whole"), [(1, [1]), (3, [1]), (4, []), (5, [0]), (8, [0]), (9, [0, 1])]
)
async def test_no_sum_is_kept_of_lines_of_which_one_is_missing_or_follows_on_a_missing_one(
    shop: Shop, seq: int, whole: list[int]
) -> None:
    drop(shop, seq)

    await told(shop)

    assert [each.number for each in await kept(shop)] == whole


async def test_a_ledger_whose_stretch_has_no_line_left_is_explained(shop: Shop) -> None:
    for seq in range(5, 9):
        drop(shop, seq)

    assert (await told(shop))[1] == LINES - LENGTH


@pytest.mark.parametrize(
    ("change", "named"),
    [
        ({"received": {GrantId("forged"): 1}}, "received"),
        ({"given": {}}, "given"),
        ({"last_hash": bytes(32)}, "last_hash"),
    ],
)
async def test_an_altered_sum_is_a_broken_rule_with_its_place(
    shop: Shop, change: dict[str, object], named: str
) -> None:
    await told(shop)
    alter(shop, 1, **change)

    found = await verified(shop)

    assert found == [
        Breach(
            account_id=SOMEBODY,
            seq=8,
            rule="kept_sums_add_up",
            found=f"found other sums ({named}) than lines 5 to 8 make",
        )
    ]


async def test_the_nightly_proof_tells_of_an_altered_sum_once_and_it_is_made_anew(
    shop: Shop,
) -> None:
    await told(shop)
    whole = await kept(shop)
    alter(shop, 0, given={})
    wrong = await told(shop)

    first = await proved_at_night(shop)
    forgotten = await kept(shop)
    right = await told(shop)
    second = await proved_at_night(shop)

    assert wrong == (BALANCE + 3, LINES)
    assert [(each.seq, each.rule) for each in first] == [(4, "kept_sums_add_up")]
    assert forgotten == []
    assert right == (BALANCE, LINES)
    assert await kept(shop) == whole
    assert second == ()


async def test_sums_of_lines_that_break_a_rule_are_not_at_fault_and_stay(shop: Shop) -> None:
    await told(shop)
    whole = await kept(shop)
    put(shop, 3, lambda line: evolve(line, allocations=(Allocation(GrantId("forged"), 1),)))

    found = await proved_at_night(shop)

    assert "hash_chain_is_whole" in {each.rule for each in found}
    assert "kept_sums_add_up" not in {each.rule for each in found}
    assert await kept(shop) == whole


async def test_more_sums_than_are_looked_for_at_a_time_are_all_proved_and_taken(
    shop: Shop,
) -> None:
    await shop.commit(give(1000, key="more"))
    for _ in range(100 * LENGTH - 1):
        await shop.commit(take(1))
    for _ in range(102 // STRETCHES_MAX):
        with pytest.raises(LedgerBeingRead):
            await told(shop)
    explained = await told(shop)
    again = await told(shop)
    alter(shop, 101, given={})

    found = await verified(shop)

    lines = LINES + 100 * LENGTH
    assert explained == again == (1100 - (lines - 2), lines)
    assert [(each.seq, each.rule) for each in found] == [(102 * LENGTH, "kept_sums_add_up")]
