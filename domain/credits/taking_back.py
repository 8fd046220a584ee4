"""Credits of a plan's month taken back, because the plan changes before the month is over."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime

from attrs import frozen

from domain.credits.grant import Grant, GrantSource
from domain.credits.ids import OVERDRAFT
from domain.credits.posting import NewId, Posting
from domain.credits.transaction import (
    CLAWBACK,
    EXPIRATION,
    Allocation,
    LedgerAccount,
    TransactionText,
)
from domain.credits.wallet import Wallet


@frozen(kw_only=True)
class TakenBack:
    """What was done to the wallet: so many credits were there, the others are owed now."""

    posting: Posting
    taken: int
    owed: int


def unspent_of(wallet: Wallet, causes: Collection[str], now: datetime) -> int:
    """Return how much is left, and set aside for no hold, of a plan's lots of the running month."""
    return sum(lot.free for lot in month_lots(wallet.grants, causes, now))


def month_lots(grants: Sequence[Grant], causes: Collection[str], now: datetime) -> list[Grant]:
    """Return a plan's lots of the running month in the order they would be spent.

    What rolled over is an earlier month's.
    """
    return [
        lot
        for lot in grants
        if lot.source is GrantSource.SUBSCRIPTION
        and lot.cause in causes
        and lot.parent is None
        and lot.is_posted
        and not lot.is_frozen
        and lot.is_live(now)
    ]


def take_back(
    posting: Posting,
    amount: int,
    *,
    causes: Collection[str],
    cause: str,
    description: str,
    now: datetime,
    new_id: NewId,
) -> TakenBack:
    """Let so many credits of a plan's month lapse at once, before their time.

    They leave the lots that the payments named by `causes` brought, and no other: what was bought,
    earned or carried over from an earlier month stays. Each line names its lot's own cause, like
    any credits that lapse, so that a refund of that payment does not claim them again. What had
    been spent is owed under `cause`: the next credits that come in fill the hole first.
    """
    at = posting.wallet.at(now)
    posting = posting.then(posting.wallet.settle(at, new_id))
    missing = amount
    for lot in month_lots(posting.wallet.grants, causes, at):
        part = min(missing, lot.free)
        if part > 0:
            posting = _lapsed(posting, lot, part, description, at, new_id)
            missing -= part
    if missing > 0:
        posting = _owed(posting, missing, cause, description, at, new_id)
    return TakenBack(posting=posting.watched(at), taken=amount - missing, owed=missing)


def _lapsed(
    posting: Posting, lot: Grant, part: int, description: str, at: datetime, new_id: NewId
) -> Posting:
    return posting.with_line(
        type=EXPIRATION,
        debit=LedgerAccount.WALLET,
        credit=LedgerAccount.EXPIRED,
        amount=part,
        at=at,
        cause=lot.cause,
        allocations=(Allocation(lot.id, part),),
        text=TransactionText(salt=new_id(), description=description),
        new_id=new_id,
        changed=[lot.drawn(part)],
    )


def _owed(
    posting: Posting, amount: int, cause: str, description: str, at: datetime, new_id: NewId
) -> Posting:
    return posting.with_line(
        type=CLAWBACK,
        debit=LedgerAccount.WALLET,
        credit=LedgerAccount.REFUNDS,
        amount=amount,
        at=at,
        cause=cause,
        allocations=(Allocation(OVERDRAFT, amount),),
        text=TransactionText(salt=new_id(), description=description),
        new_id=new_id,
        owed=amount,
    )
