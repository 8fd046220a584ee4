"""A balance of any past instant, explained later, is the one that was read at that instant."""

import asyncio
from contextlib import suppress
from datetime import datetime, timedelta
from itertools import count
from random import Random

import pytest
from attrs import define, evolve

from application.credits.capture_hold import CaptureHold, CapturingHold
from application.credits.explain import (
    ExplainBalance,
    ExplainingBalance,
    ExplainingTransaction,
    ExplainTransaction,
)
from application.credits.extend_hold import ExtendHold, ExtendingHold
from application.credits.grant_credits import GrantCredits, GrantingCredits
from application.credits.place_hold import PlaceHold, PlacingHold
from application.credits.refund_usage import RefundingUsage, RefundUsage
from application.credits.release_hold import ReleaseHold, ReleasingHold
from application.credits.spend_credits import SpendCredits, SpendingCredits
from application.credits.steps.open_holds import OpenHolds
from application.credits.verify_ledger import VerifyingLedger, VerifyLedger
from application.credits.void_grant import VoidGrant, VoidingGrant
from application.wallets.settling import Settlement
from domain.credits.errors import LedgerBeingRead
from domain.credits.grant import Category, GrantSource, GrantTerms, Rollover
from domain.credits.hold import Silence
from domain.credits.posting import Posting
from domain.credits.standing import standing
from domain.credits.transaction import LedgerAccount
from domain.errors import BillingError
from tests.application.scripted_ledger import give, take
from tests.application.shop import ADMIN, Shop
from tests.support.builders.credits import SOMEBODY, a_key
from tests.support.slow_records import SlowRecords

STEPS = 60
HOURS = timedelta(hours=1)


@define(kw_only=True)
class Life:
    """An account to which anything happens, and the balances that were read as it did."""

    shop: Shop
    random: Random
    read: list[tuple[datetime, int, int]]

    @property
    def open_holds(self) -> OpenHolds:
        return OpenHolds(commit=self.shop.commit, read=self.shop.store.read)

    async def step(self) -> None:
        """Do something, let some time pass, and read the balance now and then."""
        deeds = (
            self.give,
            self.spend,
            self.spend,
            self.hold,
            self.hold,
            self.extend,
            self.end,
            self.void,
            self.refund,
        )
        with suppress(BillingError):
            await self.random.choice(deeds)()
        await self.look()
        self.shop.clock.advance(minutes=self.random.choice([1, 20, 90, 400]))
        await self.look()

    async def look(self) -> None:
        """Read the balance as a customer does: nothing is posted by that."""
        wallet = (await self.shop.store.ledger.load([SOMEBODY]))[SOMEBODY]
        stand = standing(wallet, self.shop.clock.now)
        self.read.append((self.shop.clock.now, stand.balance, stand.held))

    async def give(self) -> None:
        now, random = self.shop.clock.now, self.random
        begins = now + random.choice([-1, 0, 3]) * HOURS
        ends = begins + random.choice([2, 5, 30]) * HOURS
        rollover = Rollover(most=random.randint(1, 40), until=ends + random.randint(1, 30) * HOURS)
        terms = GrantTerms(
            amount=random.randint(1, 60),
            source=GrantSource.MANUAL,
            category=random.choice(list(Category)),
            effective_at=None if begins <= now else begins,
            expires_at=random.choice([None, ends]),
        )
        if terms.expires_at is not None and random.random() < 0.5:
            terms = evolve(terms, rollover=rollover)
        granting = GrantingCredits(commit=self.shop.commit, new_id=self.shop.new_id)
        await granting(GrantCredits(account_id=SOMEBODY, terms=terms, key=a_key()))

    async def spend(self) -> None:
        spending = SpendingCredits(
            commit=self.shop.commit, charging=self.shop.charging, new_id=self.shop.new_id
        )
        amount = self.random.randint(1, 30)
        await spending(SpendCredits(account_id=SOMEBODY, amount=amount, key=a_key()))

    async def hold(self) -> None:
        placing = PlacingHold(
            commit=self.shop.commit, charging=self.shop.charging, new_id=self.shop.new_id
        )
        await placing(
            PlaceHold(
                account_id=SOMEBODY,
                amount=self.random.randint(1, 30),
                ttl=self.random.randint(1, 20) * HOURS,
                silence=self.random.choice(list(Silence)),
                key=a_key(),
            )
        )

    async def extend(self) -> None:
        wallet = await self.shop.wallet()
        if wallet.holds:
            hold = self.random.choice(wallet.holds)
            await ExtendingHold(holds=self.open_holds, charging=self.shop.charging)(
                ExtendHold(
                    account_id=SOMEBODY,
                    hold_id=hold.id,
                    ttl=self.random.randint(1, 20) * HOURS,
                    reported=self.random.randint(0, 40),
                    amount=self.random.choice([None, hold.amount + 5]),
                    key=a_key(),
                )
            )

    async def end(self) -> None:
        wallet = await self.shop.wallet()
        if not wallet.holds:
            return
        hold_id = self.random.choice(wallet.holds).id
        if self.random.random() < 0.3:
            release = ReleaseHold(account_id=SOMEBODY, hold_id=hold_id, key=a_key())
            await ReleasingHold(holds=self.open_holds)(release)
            return
        amount = self.random.randint(0, 50)
        capturing = CapturingHold(
            holds=self.open_holds, charging=self.shop.charging, new_id=self.shop.new_id
        )
        await capturing(
            CaptureHold(account_id=SOMEBODY, hold_id=hold_id, amount=amount, key=a_key())
        )

    async def void(self) -> None:
        wallet = await self.shop.wallet()
        if wallet.grants and self.random.random() < 0.4:
            voiding = VoidingGrant(
                begin=self.shop.store.begin, clock=self.shop.clock, new_id=self.shop.new_id
            )
            await voiding(
                VoidGrant(
                    account_id=SOMEBODY,
                    grant_id=self.random.choice(wallet.grants).id,
                    reason="Test",
                    actor=ADMIN,
                    key=a_key(),
                )
            )

    async def refund(self) -> None:
        lines = [line for line in await self.shop.lines() if line.credit is LedgerAccount.USAGE]
        if lines:
            refunding = RefundingUsage(
                begin=self.shop.store.begin, clock=self.shop.clock, new_id=self.shop.new_id
            )
            line = self.random.choice(lines)
            await refunding(
                RefundUsage(
                    account_id=SOMEBODY,
                    transaction_id=line.id,
                    amount=self.random.choice([None, 1, 5]),
                    key=a_key(),
                )
            )


def explaining(shop: Shop, *, stretch_lines: int = 3, stretches_max: int = 99) -> ExplainingBalance:
    settlement = Settlement(ledger=shop.store.ledger, commit=shop.commit, clock=shop.clock)
    return ExplainingBalance(
        begin=shop.store.begin,
        records=shop.store.records,
        read=shop.store.read,
        settlement=settlement,
        clock=shop.clock,
        stretch_lines=stretch_lines,
        stretches_max=stretches_max,
    )


@pytest.mark.parametrize("seed", range(30))
async def test_every_balance_that_was_ever_read_can_be_explained_later(
    shop: Shop, seed: int
) -> None:
    random = Random(seed)
    life = Life(shop=shop, random=random, read=[])
    if seed % 3 == 0:
        async with shop.store.begin() as work:
            wallet = await work.wallets.take(SOMEBODY)
            limit = random.choice([None, 40])
            await work.wallets.save(Posting(wallet=evolve(wallet, overdraft_max=limit)))
            await work.commit()
    for _ in range(STEPS):
        await life.step()
    verified = await VerifyingLedger(records=shop.store.records)(VerifyLedger())
    assert verified.breaches == []
    # Within one instant much may happen: what counts is how it stood at its end.
    latest = {at: (balance, held) for at, balance, held in life.read}

    for at, (balance, _) in latest.items():
        explained = await explaining(shop)(ExplainBalance(account_id=SOMEBODY, at=at))
        parts = sum(lot.counted for lot in explained.lots) - explained.owed
        assert (explained.balance, parts) == (balance, balance), at


async def test_explaining_posts_what_was_due_and_nothing_twice(shop: Shop) -> None:
    await shop.commit(give(10))
    placing = PlacingHold(
        commit=shop.commit,
        charging=shop.charging,
        new_id=shop.new_id,
    )
    await placing(
        PlaceHold(
            account_id=SOMEBODY, amount=4, ttl=HOURS, silence=Silence.CAPTURE_ALL, key=a_key()
        )
    )
    shop.clock.advance(hours=5)

    for _ in range(2):
        explained = await explaining(shop)(ExplainBalance(account_id=SOMEBODY))
        assert (explained.balance, explained.lines) == (6, 2)
    lines = await shop.lines()
    assert [line.signed for line in lines] == [10, -4]
    assert lines[1].at == shop.clock.now - 4 * HOURS

    told = await ExplainingTransaction(read=shop.store.read)(
        ExplainTransaction(account_id=SOMEBODY, transaction_id=lines[1].id)
    )
    assert [(lot.amount, part) for lot, part in told.lots] == [(10, 4)]


async def test_a_long_ledger_is_read_by_and_by_and_only_once(shop: Shop) -> None:
    await shop.commit(give(100))
    for _ in range(22):
        await shop.commit(take(1))
    explain = explaining(shop, stretch_lines=4, stretches_max=2)
    asked = ExplainBalance(account_id=SOMEBODY)

    with pytest.raises(LedgerBeingRead) as first:
        await explain(asked)
    with pytest.raises(LedgerBeingRead) as second:
        await explain(asked)
    explained = await explain(asked)
    again = await explain(asked)

    assert (first.value.read_lines, second.value.read_lines, first.value.lines) == (8, 16, 23)
    assert (explained.balance, explained.lines, again) == (78, 23, explained)
    kept = await shop.store.records.stretches(SOMEBODY, 0, 99)
    assert [each.number for each in kept] == [0, 1, 2, 3, 4]


async def test_of_one_account_one_explanation_is_made_at_a_time(shop: Shop) -> None:
    await shop.commit(give(100))
    for _ in range(11):
        await shop.commit(take(1))
    read = count()

    async def note() -> None:
        next(read)
        await asyncio.sleep(0)

    records = SlowRecords(shop.store.records, meanwhile=note, is_always=True)
    explain = evolve(explaining(shop, stretch_lines=4), records=records)

    asked = ExplainBalance(account_id=SOMEBODY)
    explained = await asyncio.gather(*(explain(asked) for _ in range(10)))

    assert [each.balance for each in explained] == [89] * 10
    # Each of the three stretches is read once.
    assert next(read) == 3
