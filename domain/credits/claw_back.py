"""Credits taken back when money goes back, from the very lots it paid for, and given again."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta

from attrs import evolve

from domain.credits.grant import Grant
from domain.credits.ids import OVERDRAFT, GrantId
from domain.credits.transaction import (
    CLAWBACK,
    Allocation,
    LedgerAccount,
    Transaction,
    TransactionText,
)
from domain.credits.wallet import NewId, Posting, Wallet
from domain.money import share


def refunded_share(lot_amount: int, *, before: int, after: int, paid: int) -> int:
    """Return how much of a lot a refund takes, when the money refunded of it rises.

    After refunds of `after` out of `paid`, the share floor(lot x after / paid) is gone in all; what
    earlier refunds took counts towards it.
    """
    return share(lot_amount, after, paid) - share(lot_amount, before, paid)


def claw_back(
    wallet: Wallet,
    targets: Mapping[GrantId, int],
    *,
    is_shortfall_owed: bool,
    cause: str,
    text: TransactionText,
    now: datetime,
    new_id: NewId,
) -> tuple[Posting, int]:
    """Take so much from each lot, unspent credits first, and return what was missing as well.

    A lot that has less gives what it has. The shortfall is owed, so that later credits fill it, or
    forgiven. Nothing to take is no line.
    """
    at = wallet.at(now)
    posting = wallet.settle(at, new_id)
    here = {grant.id: grant for grant in posting.wallet.grants if grant.is_posted}
    drawn = [
        (here[lot], min(target, here[lot].remaining))
        for lot, target in targets.items()
        if lot in here and target > 0
    ]
    shortfall = sum(targets.values()) - sum(part for _, part in drawn)
    owed = shortfall if is_shortfall_owed else 0
    allocations = tuple(Allocation(grant.id, part) for grant, part in drawn)
    if owed:
        allocations += (Allocation(OVERDRAFT, owed),)
    amount = sum(allocation.amount for allocation in allocations)
    if amount == 0:
        return Posting(wallet=wallet), shortfall
    taken = posting.with_grants(grant.drawn(part) for grant, part in drawn).owing(owed)
    return taken.with_line(
        type=CLAWBACK,
        debit=LedgerAccount.WALLET,
        credit=LedgerAccount.REFUNDS,
        amount=amount,
        at=at,
        cause=cause,
        allocations=allocations,
        text=text,
        new_id=new_id,
    ), shortfall


def give_back(
    wallet: Wallet,
    taken: Transaction,
    lots: Mapping[GrantId, Grant],
    *,
    cause: str,
    text: TransactionText,
    now: datetime,
    new_id: NewId,
) -> Posting:
    """Undo a claw-back exactly: the refund failed, or the dispute was won.

    Each lot receives what was taken from it; `lots` are those lots as they stand. A lot whose time
    ran out meanwhile gets the time it had left when it was taken. What was owed is owed no longer;
    where later credits have filled that hole already, the lots receive it instead.
    """
    at = wallet.at(now)
    posting = wallet.settle(at, new_id)
    current = {grant.id: grant for grant in posting.wallet.grants}
    parts = {a.grant_id: a.amount for a in taken.allocations if a.grant_id != OVERDRAFT}
    owed = sum(a.amount for a in taken.allocations if a.grant_id == OVERDRAFT)
    unowed = min(owed, posting.wallet.overdrawn)
    refill = owed - unowed
    changed: list[Grant] = []
    received: list[Allocation] = []
    for lot_id, lot in lots.items():
        lot = current.get(lot_id, lot)  # noqa: PLW2901 - as the settled wallet has it
        room = lot.amount - lot.remaining - parts.get(lot_id, 0)
        extra = min(refill, room)
        refill -= extra
        part = parts.get(lot_id, 0) + extra
        if part:
            changed.append(_restored(lot, part, taken.at, at))
            received.append(Allocation(lot_id, part))
    assert refill == 0, "what was owed had been spent from these lots"
    if unowed:
        received.append(Allocation(OVERDRAFT, unowed))
    return (
        posting.with_grants(changed)
        .owing(-unowed)
        .with_line(
            type=CLAWBACK,
            debit=LedgerAccount.REFUNDS,
            credit=LedgerAccount.WALLET,
            amount=taken.amount,
            at=at,
            cause=cause,
            allocations=tuple(received),
            text=text,
            new_id=new_id,
        )
    )


def freeze(wallet: Wallet, lots: frozenset[GrantId], *, is_frozen: bool) -> Posting:
    """Freeze what is left of these lots while their payment is disputed, or free it again."""
    changed = [
        evolve(grant, is_frozen=is_frozen)
        for grant in wallet.grants
        if grant.id in lots and grant.is_frozen is not is_frozen
    ]
    return Posting(wallet=wallet).with_grants(changed)


def _restored(lot: Grant, part: int, taken_at: datetime, at: datetime) -> Grant:
    expires_at = lot.expires_at
    if expires_at is not None and expires_at <= at:
        # A lot that had no time left has none now: it expires with the next settlement.
        expires_at = at + max(expires_at - taken_at, timedelta())
    return evolve(lot, remaining=lot.remaining + part, expires_at=expires_at)
