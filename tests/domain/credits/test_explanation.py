"""What becomes of each lot, told for any instant that has passed."""

from datetime import timedelta
from random import Random

import pytest

from domain.credits.claw_back import Claim, PaidLot, Shortfall, settle_claims
from domain.credits.explanation import BalanceExplained, BalanceStory
from domain.credits.grant import Grant, GrantState
from domain.credits.ids import GrantId
from domain.credits.posting import Posting
from domain.credits.transaction import AI_USAGE, CLAWBACK, EXPIRATION, TransactionText
from domain.credits.wallet import Wallet
from tests.support.builders.credits import SOMEBODY, grant_terms
from tests.support.clock import NOON, CountedIds, SettableClock

HOUR = timedelta(hours=1)
DAY = timedelta(days=1)


class Life:
    """An account's life: every change in order, and everything it left behind."""

    def __init__(self) -> None:
        self.posting = Posting(wallet=Wallet(account_id=SOMEBODY))
        self.clock = SettableClock(NOON)
        self.new_id = CountedIds()

    @property
    def wallet(self) -> Wallet:
        return self.posting.wallet

    def grant(
        self, amount: int, *, lives: timedelta | None = None, waits: timedelta | None = None
    ) -> GrantId:
        now = self.clock()
        grant_id = GrantId(self.new_id())
        terms = grant_terms(
            amount=amount,
            effective_at=None if waits is None else now + waits,
            expires_at=None if lives is None else now + lives,
        )
        text = TransactionText(salt="")
        granted = self.wallet.grant(
            terms, grant_id=grant_id, text=text, now=now, new_id=self.new_id
        )
        self.posting = self.posting.then(granted)
        return grant_id

    def spend(self, amount: int) -> None:
        text = TransactionText(salt="")
        spent = self.wallet.spend(
            amount, type=AI_USAGE, text=text, now=self.clock(), new_id=self.new_id
        )
        self.posting = self.posting.then(spent)

    def settle(self) -> None:
        self.posting = self.posting.then(self.wallet.settle(self.clock(), self.new_id))

    @property
    def grants(self) -> tuple[Grant, ...]:
        return self.posting.grants

    def explained(self, ago: timedelta = timedelta()) -> BalanceExplained:
        story = BalanceStory(at=self.clock() - ago)
        for line in self.posting.transactions:
            if not story.read(line):
                break
        return story.close(self.grants)


def test_a_lot_tells_what_it_gave_to_which_kind_of_transaction() -> None:
    life = Life()
    life.grant(100, lives=DAY)
    life.spend(30)
    life.clock.now += 2 * DAY
    life.settle()

    (lot,) = life.explained().lots

    assert lot.given == {AI_USAGE: 30, EXPIRATION: 70}
    assert (lot.remaining, lot.state) == (0, GrantState.EXPIRED)


def test_a_lot_that_expired_unswept_is_left_out_of_the_balance() -> None:
    life = Life()
    life.grant(100, lives=DAY)
    life.grant(7)
    life.clock.now += 2 * DAY

    explained = life.explained()

    assert explained.balance == 7 == life.wallet.balance(life.clock())
    assert [lot.state for lot in explained.lots] == [GrantState.EXPIRED, GrantState.ACTIVE]


def test_a_lot_that_takes_effect_later_is_scheduled_and_then_counts_unposted() -> None:
    life = Life()
    life.grant(100, waits=DAY)

    before = life.explained()
    life.clock.now += DAY
    after = life.explained()

    assert (before.balance, before.lots[0].state) == (0, GrantState.SCHEDULED)
    assert (after.balance, after.lots[0].state) == (100, GrantState.ACTIVE)


def test_what_came_later_is_not_part_of_a_past_instant() -> None:
    life = Life()
    life.grant(100)
    life.clock.now += HOUR
    life.spend(40)
    life.grant(5)

    before = life.explained(ago=timedelta(minutes=30))

    assert (before.balance, before.lines, len(before.lots)) == (100, 1, 1)


def test_what_is_owed_is_taken_off() -> None:
    life = Life()
    lot = life.grant(100)
    life.spend(80)
    (grant,) = life.grants
    settled = settle_claims(
        Posting(wallet=life.wallet),
        [PaidLot(grant=grant, expired=0, claim=Claim(grant_id=lot))],
        gone=(1, 1),
        is_disputed=False,
        shortfall=Shortfall.OWE,
        cause="order:1",
        description="Refunded",
        now=life.clock(),
        new_id=life.new_id,
    )
    life.posting = life.posting.then(settled.posting)

    explained = life.explained()

    assert (explained.balance, explained.owed) == (-80, 80)
    assert explained.lots[0].given == {AI_USAGE: 80, CLAWBACK: 20}
    assert explained.lots[0].state is GrantState.EXHAUSTED


@pytest.mark.parametrize("seed", range(40))
def test_every_instant_of_a_life_is_explained_as_it_was(seed: int) -> None:
    chance, life = Random(seed), Life()
    seen = []
    for _ in range(60):
        life.clock.now += timedelta(hours=chance.randrange(1, 30))
        match chance.randrange(4):
            case 0:
                life.grant(chance.randrange(1, 100), lives=chance.choice([None, DAY, 5 * DAY]))
            case 1:
                life.grant(chance.randrange(1, 100), waits=chance.choice([HOUR, DAY]))
            case 2 if (available := life.wallet.available(life.clock())) > 0:
                life.spend(chance.randrange(1, available + 1))
            case _:
                life.settle()
        seen.append((life.clock(), life.wallet.balance(life.clock())))

    told = [life.explained(ago=life.clock() - at).balance for at, _ in seen]

    assert told == [balance for _, balance in seen]
