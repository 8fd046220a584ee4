"""A wallet does what a few lines of plain arithmetic do, whatever comes, in whatever order.

The model keeps lots in a dictionary and knows nothing of lines, postings or settling: what counts
at an instant is computed from nothing but the terms of the lots and what was taken from them.
"""

import random
from collections.abc import Iterator
from datetime import datetime, timedelta

import pytest
from attrs import Factory, define, frozen
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.credits.errors import GrantAlreadyOver, InsufficientCredits, SpendLimitExceeded
from domain.credits.grant import CATEGORY_OF, Grant, GrantSource
from domain.credits.ids import GrantId
from domain.credits.posting import Posting
from domain.credits.proof import WalletProof
from domain.credits.spend_limit import SpendLimit
from domain.credits.transaction import AI_USAGE, EXPIRATION, LedgerAccount, Transaction
from domain.credits.wallet import Wallet
from domain.errors import BillingError
from tests.support.builders.credits import SOMEBODY, a_text, grant_terms
from tests.support.clock import NOON, CountedIds

HOUR = timedelta(hours=1)


@frozen
class Give:
    """Grant a lot that counts and ends so many hours from now; None is at once, and never."""

    amount: int
    source: GrantSource
    priority: int
    starts_in: int | None
    ends_in: int | None


@frozen
class Take:
    """Spend an amount, or all there is; perhaps within a limit for the day."""

    amount: int | None
    day_max: int | None


@frozen
class Wait:
    """Let hours pass; a clock that goes back is another process's."""

    hours: int


@frozen
class Sweep:
    """Let the worker post what time has decided."""


Step = Give | Take | Wait | Sweep


@define
class Lot:
    """What the model knows of a lot."""

    left: int
    order: tuple[int, float, bool, datetime, str]
    starts_at: datetime
    ends_at: datetime | None

    def counts(self, now: datetime) -> bool:
        return self.starts_at <= now and (self.ends_at is None or now < self.ends_at)


@define
class Model:
    """Lots by id, and what was spent on which day."""

    lots: dict[str, Lot] = Factory(dict)
    spent: dict[str, int] = Factory(dict)

    def balance(self, now: datetime) -> int:
        return sum(lot.left for lot in self.lots.values() if lot.counts(now))

    def give(self, lot_id: str, step: Give, now: datetime) -> None:
        ends_at = None if step.ends_in is None else now + step.ends_in * HOUR
        is_paid = step.source in {GrantSource.PURCHASE, GrantSource.SUBSCRIPTION}
        ends = float("inf") if ends_at is None else ends_at.timestamp()
        self.lots[lot_id] = Lot(
            left=step.amount,
            order=(step.priority, ends, is_paid, now, lot_id),
            starts_at=now + (step.starts_in or 0) * HOUR,
            ends_at=ends_at,
        )

    def take(self, amount: int, now: datetime) -> None:
        day = f"{now:%Y-%m-%d}"
        self.spent[day] = self.spent.get(day, 0) + amount
        for lot in sorted(self.lots.values(), key=lambda lot: lot.order):
            if lot.counts(now):
                part = min(amount, lot.left)
                lot.left -= part
                amount -= part


@define
class Pair:
    """The wallet and the model side by side, with everything the wallet ever wrote."""

    new_id: CountedIds = Factory(CountedIds)
    now: datetime = NOON
    written: Posting = Factory(lambda: Posting(wallet=Wallet(account_id=SOMEBODY)))
    model: Model = Factory(Model)
    refused: int = 0

    def do(self, step: Step) -> None:
        """Take one step on both sides, and compare them."""
        before = self.written
        match step:
            case Give():
                self._give(step)
            case Take():
                self._take(step)
            case Wait(hours=hours):
                self.now += hours * HOUR
            case Sweep():
                self.written = before.then(before.wallet.settle(self.now, self.new_id))
        self._compare()

    def prove(self) -> None:
        """Check the whole ledger, and that what expired is what was left."""
        whole = self.written.then(self.written.wallet.settle(self.now, self.new_id))
        proof = WalletProof(account_id=SOMEBODY)
        for line in whole.transactions:
            proof.read(line)
        proof.close(whole.wallet, whole.grants)
        assert proof.breaches == []

        at = whole.wallet.at(self.now)
        gone = sum(
            lot.left for lot in self.model.lots.values() if lot.ends_at and lot.ends_at <= at
        )
        assert sum(line.amount for line in whole.transactions if line.type == EXPIRATION) == gone
        assert whole.wallet.posted == self.model.balance(at)
        assert [line.at for line in whole.transactions] == sorted(
            line.at for line in whole.transactions
        )
        assert sum(_both_sides(whole.transactions).values()) == 0

    def _give(self, step: Give) -> None:
        wallet, at = self.written.wallet, self.written.wallet.at(self.now)
        lot_id = self.new_id()
        terms = grant_terms(
            amount=step.amount,
            source=step.source,
            priority=step.priority,
            effective_at=None if step.starts_in is None else at + step.starts_in * HOUR,
            expires_at=None if step.ends_in is None else at + step.ends_in * HOUR,
        )
        if step.ends_in is not None and step.ends_in <= max(step.starts_in or 0, 0):
            with pytest.raises(GrantAlreadyOver):
                wallet.grant(
                    terms, grant_id=GrantId(lot_id), text=a_text(), now=self.now, new_id=self.new_id
                )
            self.refused += 1
            return
        posting = wallet.grant(
            terms, grant_id=GrantId(lot_id), text=a_text(), now=self.now, new_id=self.new_id
        )
        self.written = self.written.then(posting)
        self.model.give(lot_id, step, at)

    def _take(self, step: Take) -> None:
        wallet, at = self.written.wallet, self.written.wallet.at(self.now)
        there = self.model.balance(at)
        amount = max(there if step.amount is None else step.amount, 1)
        spent_today = self.model.spent.get(f"{at:%Y-%m-%d}", 0) + amount
        refusal: BillingError | None = None
        try:
            posting = wallet.spend(
                amount,
                type=AI_USAGE,
                text=a_text(),
                limit=SpendLimit(day_max=step.day_max),
                now=self.now,
                new_id=self.new_id,
            )
        except (InsufficientCredits, SpendLimitExceeded) as said:
            refusal = said
        else:
            self.written = self.written.then(posting)
            self.model.take(amount, at)

        if step.day_max is not None and spent_today > step.day_max:
            expected: BillingError | None = SpendLimitExceeded(
                limit="day", allowed=step.day_max, asked=spent_today
            )
        elif amount > there:
            expected = InsufficientCredits(requested=amount, available=there)
        else:
            expected = None
        assert repr(refusal) == repr(expected)
        self.refused += refusal is not None

    def _compare(self) -> None:
        wallet = self.written.wallet
        for now in (self.now, wallet.at(self.now), self.now + HOUR, self.now + 30 * HOUR):
            if now >= wallet.at(now):
                assert wallet.balance(now) == wallet.available(now) == self.model.balance(now)
        at = wallet.at(self.now)
        assert _left(wallet.grants, at) == {
            lot_id: lot.left
            for lot_id, lot in self.model.lots.items()
            if lot.left and not (lot.ends_at and lot.ends_at <= at)
        }
        assert list(wallet.grants) == sorted(wallet.grants, key=lambda grant: grant.burns)


def _left(grants: tuple[Grant, ...], at: datetime) -> dict[str, int]:
    """Return what is left of each lot that is not over."""
    return {str(grant.id): grant.remaining for grant in grants if not grant.has_expired(at)}


def _both_sides(lines: tuple[Transaction, ...]) -> dict[LedgerAccount, int]:
    """Add up every ledger account: what left it is below zero."""
    sums = dict.fromkeys(LedgerAccount, 0)
    for line in lines:
        sums[line.debit] -= line.amount
        sums[line.credit] += line.amount
    return sums


GIVES = st.builds(
    Give,
    amount=st.integers(1, 50),
    source=st.sampled_from(GrantSource),
    priority=st.integers(8, 12),
    starts_in=st.none() | st.integers(-5, 40),
    ends_in=st.none() | st.integers(-5, 80),
)
TAKES = st.builds(
    Take,
    amount=st.none() | st.integers(1, 60),
    day_max=st.none() | st.integers(1, 100),
)
WAITS = st.builds(Wait, hours=st.integers(-3, 30))
STEPS = st.lists(GIVES | TAKES | WAITS | st.just(Sweep()), max_size=40)


@settings(max_examples=300, deadline=None)
@given(steps=STEPS)
def test_a_wallet_agrees_with_the_model_after_every_step(steps: list[Step]) -> None:
    pair = Pair()

    for step in steps:
        pair.do(step)

    pair.prove()


@pytest.mark.parametrize("seed", range(4))
def test_a_wallet_agrees_with_the_model_over_long_lives(seed: int) -> None:
    chance = random.Random(seed)
    refused = lines = 0

    for _ in range(100):
        pair = Pair()
        for step in _life(chance, steps=100):
            pair.do(step)
        pair.prove()
        refused += pair.refused
        lines += len(pair.written.transactions)

    assert refused > 1_000
    assert lines > 4_000


def _life(chance: random.Random, *, steps: int) -> Iterator[Step]:
    for _ in range(steps):
        kind = chance.random()
        if kind < 0.3:
            yield Give(
                amount=chance.randint(1, 50),
                source=chance.choice(list(GrantSource)),
                priority=chance.randint(8, 12),
                starts_in=chance.choice([None, chance.randint(-5, 40)]),
                ends_in=chance.choice([None, chance.randint(-5, 80)]),
            )
        elif kind < 0.7:
            yield Take(
                amount=chance.choice([None, chance.randint(1, 60), chance.randint(1, 20)]),
                day_max=chance.choice([None, None, chance.randint(1, 100)]),
            )
        elif kind < 0.95:
            yield Wait(hours=chance.randint(-3, 30))
        else:
            yield Sweep()


def test_the_model_s_paid_sources_are_those_nobody_gets_free() -> None:
    paid = {source for source, category in CATEGORY_OF.items() if not category.is_free}

    assert paid == {GrantSource.PURCHASE, GrantSource.SUBSCRIPTION}
