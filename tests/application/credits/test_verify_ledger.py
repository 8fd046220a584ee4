"""Proving the ledger: a whole one is clean, and every tampered field is found with its place."""

from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

import pytest
from attrs import evolve, frozen

from application.credits.steps.account_proof import LINES_AT_ONCE, LedgerVerified
from application.credits.verify_ledger import ACCOUNTS_AT_ONCE, VerifyingLedger, VerifyLedger
from application.ports.credits import LedgerRecords
from domain.credits.grant import Grant
from domain.credits.ids import AccountId, GrantId, TransactionId
from domain.credits.stretch import Stretch
from domain.credits.transaction import (
    Allocation,
    LedgerAccount,
    Transaction,
    TransactionText,
    TransactionType,
)
from domain.credits.wallet import Wallet
from tests.application.scripted_ledger import Give, give, take
from tests.application.shop import Shop
from tests.support.builders.credits import SOMEBODY, SOMEBODY_ELSE, grant_terms
from tests.support.clock import NOON

PLACE = 3


def tamper(shop: Shop, table: str, key: tuple[Any, ...], change: Callable[[Any], Any]) -> None:
    """Change a row behind the store's back."""
    values = getattr(shop.store.tables, table).main.values
    values[key] = change(values[key])


async def verified(shop: Shop, breaches_max: int = 100) -> LedgerVerified:
    return await VerifyingLedger(records=shop.store.records)(
        VerifyLedger(breaches_max=breaches_max)
    )


@pytest.fixture
async def shop(shop: Shop) -> Shop:
    """A shop with two accounts and a life behind them."""
    await shop.commit(give(100))
    await shop.commit(Give(terms=grant_terms(amount=9, expires_at=NOON + timedelta(hours=1))))
    await shop.commit(take(5))
    shop.clock.advance(hours=2)
    await shop.commit(take(7))
    await shop.commit(take(1))
    await shop.commit(give(50, account_id=SOMEBODY_ELSE, key="other"))
    return shop


async def test_a_ledger_that_nobody_touched_is_clean(shop: Shop) -> None:
    found = await verified(shop)

    assert found.breaches == []
    assert (found.accounts, found.lines, found.credits) == (2, 7, 92 + 50)


@pytest.mark.parametrize(
    "change",
    [
        {"id": TransactionId("forged")},
        {"seq": 30},
        {"type": TransactionType("gift")},
        {"debit": LedgerAccount.SALES},
        {"credit": LedgerAccount.REFUNDS},
        {"amount": 4},
        {"balance_after": 105},
        {"at": NOON + timedelta(microseconds=1)},
        {"cause": "order:1"},
        {"allocations": ()},
        {"allocations": (Allocation(GrantId("forged"), 5),)},
        {"text_digest": bytes(32)},
        {"hash": bytes(32)},
        {"text": TransactionText(salt="s", description="forged")},
    ],
    ids=",".join,
)
async def test_a_tampered_field_is_found_with_its_place(
    shop: Shop, change: dict[str, object]
) -> None:
    tamper(shop, "transactions", (SOMEBODY, PLACE), lambda line: evolve(line, **change))

    found = await verified(shop)

    assert {breach.account_id for breach in found.breaches} == {SOMEBODY}
    places = {breach.seq for breach in found.breaches} - {0}
    assert min(places) in {PLACE, PLACE + 1, 30}


async def test_every_line_is_guarded_not_only_the_middle(shop: Shop) -> None:
    for line in await shop.lines():
        key = (SOMEBODY, line.seq)
        tamper(shop, "transactions", key, lambda row: evolve(row, cause="forged"))

        found = await verified(shop)
        assert [(breach.seq, breach.rule) for breach in found.breaches] == [
            (line.seq, "hash_chain_is_whole")
        ]

        tamper(shop, "transactions", key, lambda row: evolve(row, cause=None))


@pytest.mark.parametrize("place", [1, 3, 6])
async def test_a_missing_line_is_found(shop: Shop, place: int) -> None:
    rows = shop.store.tables.transactions.main
    del rows.values[SOMEBODY, place]
    rows.keys.remove((SOMEBODY, place))

    found = await verified(shop)

    rules = {breach.rule for breach in found.breaches}
    assert rules & {"sequence_is_dense", "wallet_counts_its_lines"}


async def test_a_line_put_behind_the_last_one_is_found(shop: Shop) -> None:
    rows = shop.store.tables.transactions.main
    last = (await shop.lines())[-1]
    rows.apply({(SOMEBODY, 7): evolve(last, id=TransactionId("forged"), seq=7)})

    found = await verified(shop)

    assert [(breach.seq, breach.rule) for breach in found.breaches] == [
        (7, "wallet_counts_its_lines")
    ]


@pytest.mark.parametrize(
    ("change", "rule"),
    [
        (lambda wallet: evolve(wallet, seq=5), "wallet_counts_its_lines"),
        (lambda wallet: evolve(wallet, seq=7), "wallet_counts_its_lines"),
        (lambda wallet: evolve(wallet, posted=1000), "wallet_balance_is_the_sum"),
        (lambda wallet: evolve(wallet, last_hash=bytes(32)), "wallet_ends_the_chain"),
    ],
)
async def test_a_tampered_wallet_is_found(
    shop: Shop, change: Callable[[Wallet], Wallet], rule: str
) -> None:
    tamper(shop, "wallets", (SOMEBODY,), change)

    found = await verified(shop)

    assert rule in {breach.rule for breach in found.breaches}
    assert {breach.account_id for breach in found.breaches} == {SOMEBODY}


@pytest.mark.parametrize(
    ("change", "rule"),
    [
        (lambda grant: evolve(grant, remaining=100), "grant_is_drawn_exactly"),
        (lambda grant: evolve(grant, amount=200, remaining=192), "grant_is_posted_whole"),
        (lambda grant: evolve(grant, is_posted=False), "grant_is_posted_whole"),
        (lambda grant: evolve(grant, remaining=-1), "grant_keeps_its_bounds"),
        (lambda grant: evolve(grant, priority=1), "grant_keeps_its_terms"),
    ],
)
async def test_a_tampered_grant_is_found(
    shop: Shop, change: Callable[[Grant], Grant], rule: str
) -> None:
    grant = (await shop.grants())[0]
    tamper(shop, "grants", (grant.id,), change)
    for index in shop.store.tables.grants.by_index.values():
        for key, row in index.values.items():
            if row.id == grant.id:
                index.values[key] = change(grant)

    found = await verified(shop)

    assert rule in {breach.rule for breach in found.breaches}


async def test_an_erased_text_is_no_breach(shop: Shop) -> None:
    tamper(shop, "transactions", (SOMEBODY, PLACE), lambda line: evolve(line, text=None))

    assert (await verified(shop)).breaches == []


async def test_all_accounts_and_long_histories_are_read_piece_by_piece(shop: Shop) -> None:
    accounts = [AccountId(f"account-{n:04}") for n in range(ACCOUNTS_AT_ONCE + 5)]
    for account_id in accounts:
        await shop.commit(give(1, account_id=account_id))
    for _ in range(LINES_AT_ONCE + 5):
        shop.commit.submit(take(1, account_id=SOMEBODY_ELSE)).add_done_callback(
            lambda outcome: outcome.exception()
        )
        shop.commit.submit(give(1, account_id=SOMEBODY_ELSE)).add_done_callback(
            lambda outcome: outcome.exception()
        )
    await shop.commit.drain()
    seen: list[tuple[int, int]] = []

    found = await VerifyingLedger(records=shop.store.records)(
        VerifyLedger(), lambda checked, lines: seen.append((checked, lines))
    )

    assert found.breaches == []
    assert found.accounts == len(accounts) + 2 == len(seen)
    assert found.lines == len(accounts) + 7 + 2 * (LINES_AT_ONCE + 5)


@frozen
class BusyRecords(LedgerRecords):
    """Records of a service at work: something is spent after each look at a wallet."""

    inner: LedgerRecords
    shop: Shop

    async def accounts(self, after: AccountId | None, limit: int) -> Sequence[AccountId]:
        return await self.inner.accounts(after, limit)

    async def lines(
        self, account_id: AccountId, after_seq: int, limit: int
    ) -> Sequence[Transaction]:
        return await self.inner.lines(account_id, after_seq, limit)

    async def hashes(self, account_id: AccountId, seqs: Collection[int]) -> Mapping[int, bytes]:
        return await self.inner.hashes(account_id, seqs)

    async def stretches(self, account_id: AccountId, number: int, limit: int) -> Sequence[Stretch]:
        return await self.inner.stretches(account_id, number, limit)

    async def wallet_and_grants(self, account_id: AccountId) -> tuple[Wallet, Sequence[Grant]]:
        snapshot = await self.inner.wallet_and_grants(account_id)
        await self.shop.commit(take(1, account_id=account_id))
        return snapshot

    async def line(self, account_id: AccountId, transaction_id: TransactionId) -> Transaction:
        return await self.inner.line(account_id, transaction_id)

    async def due(self, now: datetime, limit: int) -> Sequence[AccountId]:
        return await self.inner.due(now, limit)

    async def forget_keys(self, before: datetime, limit: int) -> int:
        return await self.inner.forget_keys(before, limit)


async def test_lines_written_while_the_proof_reads_are_no_breach(shop: Shop) -> None:
    records = BusyRecords(shop.store.records, shop)

    found = await VerifyingLedger(records=records)(VerifyLedger())

    assert found.breaches == []
    assert found.lines == 7


async def test_so_many_breaches_are_enough(shop: Shop) -> None:
    for seq in range(1, 7):
        tamper(shop, "transactions", (SOMEBODY, seq), _with_a_forged_cause)
    tamper(shop, "transactions", (SOMEBODY_ELSE, 1), _with_a_forged_cause)

    found = await verified(shop, breaches_max=1)

    assert found.accounts == 1
    assert len(found.breaches) == 6


def _with_a_forged_cause(line: Transaction) -> Transaction:
    return evolve(line, cause="forged")
