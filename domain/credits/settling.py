"""What time decides by itself: lots begin and end, and holds end when nobody ends them."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from enum import IntEnum
from typing import TYPE_CHECKING

from domain.credits.hold import HoldState
from domain.credits.holding import end_hold
from domain.credits.posting import NewId, Posting
from domain.credits.transaction import TransactionText

if TYPE_CHECKING:
    from domain.credits.wallet import Wallet


class _Turn(IntEnum):
    """What comes first of what is due at one instant.

    A hold gives back before its lots end, so that what is left of them ends in one line.
    """

    LOT_BEGINS = 0
    HOLD_ENDS = 1
    LOT_ENDS = 2


def due(wallet: Wallet, at: datetime) -> Iterator[tuple[datetime, _Turn, str]]:
    """Yield what time has decided and nobody has posted: when, what, and of which lot or hold."""
    for grant in wallet.grants:
        if not grant.is_posted and grant.effective_at <= at:
            yield grant.effective_at, _Turn.LOT_BEGINS, grant.id
        if grant.free and grant.expires_at is not None and grant.has_expired(at):
            yield grant.expires_at, _Turn.LOT_ENDS, grant.id
    for hold in wallet.holds:
        if hold.expires_at <= at:
            yield hold.expires_at, _Turn.HOLD_ENDS, hold.id


def is_due(wallet: Wallet, at: datetime) -> bool:
    """Say whether time has decided anything that nobody has posted: nearly always it has not."""
    for grant in wallet.grants:
        if not grant.is_posted and grant.effective_at <= at:
            return True
        if grant.expires_at is not None and grant.free and grant.has_expired(at):
            return True
    return any(hold.expires_at <= at for hold in wallet.holds)


def settled(posting: Posting, at: datetime, new_id: NewId) -> Posting:
    """Post everything that is due, each thing at the instant when time decided it.

    So it does not matter when anybody looks: what a lot leaves behind may itself be over by now,
    and the ledger tells the balance of every instant that has passed.
    """
    while is_due(posting.wallet, at):
        when, turn, name = min(due(posting.wallet, at))
        then = posting.wallet.at(when)
        match turn:
            case _Turn.LOT_BEGINS:
                posting = _begun(posting, name, then, new_id)
            case _Turn.HOLD_ENDS:
                posting = _silent(posting, name, then, new_id)
            case _Turn.LOT_ENDS:
                posting = _ended(posting, name, then, new_id)
    return posting


def _begun(posting: Posting, name: str, at: datetime, new_id: NewId) -> Posting:
    grant = next(each for each in posting.wallet.grants if each.id == name)
    return posting.with_credit(grant, at, new_id, TransactionText(salt=new_id()))


def _silent(posting: Posting, name: str, at: datetime, new_id: NewId) -> Posting:
    hold = next(each for each in posting.wallet.holds if each.id == name)
    state = HoldState.EXPIRED
    return end_hold(posting, hold, amount=hold.due, state=state, at=at, new_id=new_id)


def _ended(posting: Posting, name: str, at: datetime, new_id: NewId) -> Posting:
    grant = next(each for each in posting.wallet.grants if each.id == name)
    return posting.with_end(grant, at, new_id)
