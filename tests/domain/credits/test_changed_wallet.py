"""Wallets and lots that are made anew field by field keep every field."""

from datetime import date, timedelta

from attrs import evolve, fields

from domain.credits.changed_wallet import changed_wallet
from domain.credits.grant import Category, Cost, Grant, GrantSource, Rollover
from domain.credits.hold import Hold, Silence
from domain.credits.ids import GrantId, HoldId
from domain.credits.low_balance import LowBalanceWatch, Threshold
from domain.credits.scope import Scope
from domain.credits.transaction import AI_USAGE, Allocation, TransactionText
from domain.credits.wallet import Wallet
from tests.support.builders.credits import SOMEBODY
from tests.support.clock import NOON

LOT = Grant(
    id=GrantId("lot-1"),
    account_id=SOMEBODY,
    amount=90,
    remaining=70,
    source=GrantSource.PURCHASE,
    category=Category.PAID,
    priority=3,
    effective_at=NOON,
    expires_at=NOON + timedelta(days=30),
    created_at=NOON - timedelta(days=1),
    cause="order:1",
    cost=Cost(amount_minor=500, currency="USD"),
    is_posted=True,
    pinned=10,
    frozen_at=NOON + timedelta(hours=1),
    voided_at=NOON + timedelta(hours=2),
    scope=Scope(("model:gpt-4",)),
    rollover=Rollover(most=5, until=NOON + timedelta(days=60)),
    rolled=2,
    parent=GrantId("lot-0"),
    stood_still=timedelta(hours=3),
)

WALLET = Wallet(
    account_id=SOMEBODY,
    version=7,
    seq=5,
    posted=70,
    held=10,
    last_hash=b"h" * 32,
    last_at=NOON,
    spent_on=NOON.date(),
    spent=20,
    overdrawn=4,
    overdraft_max=None,
    is_frozen=True,
    watch=LowBalanceWatch(thresholds=(Threshold(amount=5),), base=100),
    grants=(LOT,),
    holds=(
        Hold(
            id=HoldId("hold-1"),
            account_id=SOMEBODY,
            amount=10,
            lots=(Allocation(LOT.id, 10),),
            silence=Silence.RELEASE,
            type=AI_USAGE,
            purposes=frozenset(),
            created_at=NOON,
            expires_at=NOON + timedelta(minutes=5),
            text=TransactionText(salt="salt"),
        ),
    ),
)


def test_the_examples_leave_no_field_as_it_is_by_itself() -> None:
    for example, kind in ((LOT, Grant), (WALLET, Wallet)):
        for each in fields(kind):
            assert getattr(example, each.name) != each.default, each.name


def test_a_wallet_of_which_nothing_changes_stays_as_it_is() -> None:
    assert changed_wallet(WALLET) == WALLET


def test_what_of_a_wallet_changes_is_changed_and_nothing_else() -> None:
    day = date(2026, 5, 1)

    assert changed_wallet(WALLET, spent_on=day, spent=0) == evolve(WALLET, spent_on=day, spent=0)
    assert changed_wallet(WALLET, version=8, overdrawn=0, grants=()) == evolve(
        WALLET, version=8, overdrawn=0, grants=()
    )
    seal, later = b"i" * 32, NOON + timedelta(seconds=1)
    assert changed_wallet(WALLET, seq=6, posted=0, last_hash=seal, last_at=later) == evolve(
        WALLET, seq=6, posted=0, last_hash=seal, last_at=later
    )


def test_drawing_from_a_lot_changes_what_remains_and_nothing_else() -> None:
    assert LOT.drawn(25) == evolve(LOT, remaining=45)
