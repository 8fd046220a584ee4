"""Rows altered in the database into what no ledger holds: the proof names them and goes on."""

import pytest
from attrs import evolve, frozen
from sqlalchemy import text

from adapters.stores.sql.sqlite import SqliteStore
from adapters.stores.sql.unit_of_work import SqlUnitOfWork
from application.credits.prove_stretch import ProveStretch, ProvingStretch
from application.credits.steps.account_proof import let_others_run
from application.credits.verify_ledger import VerifyingLedger, VerifyLedger
from domain.credits.ids import AccountId
from domain.credits.proof_round import NIGHTLY
from domain.credits.wallet import Wallet
from tests.adapters.sql.databases import SqlStore
from tests.adapters.stores.steps import load, look, write
from tests.support.builders.credits import a_stretch, grant_terms, granted, spent
from tests.support.clock import SettableClock, fresh_id

ACCOUNTS = [AccountId(name) for name in "abc"]
ALL = ProveStretch(accounts_max=100, lines_max=1000)


@frozen(kw_only=True)
class Altered:
    """What somebody with rights in the database wrote there, and what the proof says of it."""

    statement: str
    seq: int
    found: str


ALTERED = {
    "a source that does not exist": Altered(
        statement="UPDATE grants SET source = 'gift' WHERE account_id = 'b'",
        seq=0,
        found="KeyError: 'gift'",
    ),
    "a scope that no lot may have": Altered(
        statement="UPDATE grants SET scope = '[\"anything\"]' WHERE account_id = 'b'",
        seq=0,
        found="InvalidField: scope[0]: must be",
    ),
    "allocations that are no JSON": Altered(
        statement="UPDATE transactions SET allocations = '[[' WHERE account_id = 'b' AND seq = 2",
        seq=2,
        found="DecodeError: ",
    ),
    "an amount in allocations that is no number": Altered(
        statement=(
            'UPDATE transactions SET allocations = \'[["lot", "many"]]\' '
            "WHERE account_id = 'b' AND seq = 3"
        ),
        seq=3,
        found="TypeError: ",
    ),
}


async def _alter(store: SqlStore, statement: str) -> None:
    """Write past the service, as the owner of the tables can."""
    is_sqlite = isinstance(store, SqliteStore)
    trigger = "refuse_update" if is_sqlite else "are_append_only ON transactions"
    async with store.begin() as work:
        assert isinstance(work, SqlUnitOfWork)
        await work.transaction.run(text(f"DROP TRIGGER transactions_{trigger}"))
        await work.transaction.run(text(statement))
        await work.commit()


async def _fill(store: SqlStore) -> None:
    """Give each of three accounts a lot, from which is spent three times."""
    for account_id in ACCOUNTS:
        await write(store, granted(Wallet(account_id=account_id), grant_terms(amount=100)))
        for amount in (20, 5, 1):
            await write(store, spent(await load(store, account_id), amount))


def proving(store: SqlStore, clock: SettableClock) -> ProvingStretch:
    return ProvingStretch(
        begin=store.begin,
        read=store.read,
        records=store.records,
        plan=NIGHTLY,
        clock=clock,
        new_id=fresh_id,
        rests=lambda: let_others_run,
    )


@pytest.mark.parametrize("altered", ALTERED.values(), ids=ALTERED.keys())
async def test_rows_that_cannot_be_read_are_named_and_every_other_account_is_proved(
    sql_store: SqlStore, altered: Altered
) -> None:
    await _fill(sql_store)
    await _alter(sql_store, altered.statement)

    found = await VerifyingLedger(records=sql_store.records)(VerifyLedger())

    [*_, breach] = found.breaches
    assert {each.account_id for each in found.breaches} == {"b"}
    assert breach.seq == altered.seq
    assert breach.rule == "rows_can_be_read"
    assert breach.found.startswith(altered.found)
    assert (found.accounts, found.credits) == (3, 2 * 74)


@pytest.mark.parametrize("altered", ALTERED.values(), ids=ALTERED.keys())
async def test_a_round_that_comes_upon_them_ends_and_the_next_one_begins(
    sql_store: SqlStore, altered: Altered
) -> None:
    await _fill(sql_store)
    await _alter(sql_store, altered.statement)
    clock = SettableClock()
    prove = proving(sql_store, clock)

    told = []
    for _ in range(2):
        told.append((await prove(ALL)).breaches)
        clock.advance(days=1)

    rounds = await look(sql_store, lambda work: work.proofs.latest(9))
    assert [(each.is_over, each.accounts) for each in rounds] == [(True, 3), (True, 3)]
    assert told[0] == told[1] == rounds[0].breaches
    assert {breach.account_id for breach in told[0]} == {"b"}


async def test_a_kept_sum_that_cannot_be_read_breaks_a_rule_and_is_forgotten(
    sql_store: SqlStore,
) -> None:
    await _fill(sql_store)
    async with sql_store.begin() as work:
        await work.ledger_stretches.keep(a_stretch(account_id=AccountId("b"), lines=2))
        await work.commit()
    await _alter(sql_store, "UPDATE ledger_stretches SET given = '{{' WHERE account_id = 'b'")
    clock = SettableClock()
    prove = evolve(proving(sql_store, clock), stretch_lines=2)

    first = await prove(ALL)
    clock.advance(days=1)
    second = await prove(ALL)

    (breach,) = first.breaches
    assert (breach.account_id, breach.seq, breach.rule) == ("b", 0, "kept_sums_add_up")
    assert breach.found.startswith("what is kept cannot be read: DecodeError: ")
    assert first.proof is not None
    assert (first.proof.accounts, first.proof.lines) == (3, 12)
    assert second.breaches == ()
