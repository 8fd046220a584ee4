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
        if grant.expires_at is not None and grant.has_expired(at):
            yield grant.expires_at, _Turn.LOT_ENDS, grant.id
    for hold in wallet.holds:
        if hold.expires_at <= at:
            yield hold.expires_at, _Turn.HOLD_ENDS, hold.id


def settled(posting: Posting, at: datetime, new_id: NewId) -> Posting:
    """Post everything that is due, in the order of its time.

    Each thing is decided as of its own instant, so that it makes no difference how late it is
    posted. The lines are all of this instant, since the ledger goes forward only.
    """
    if next(due(posting.wallet, at), None) is None:
        return posting
    is_done: set[tuple[_Turn, str]] = set()
    while todo := [each for each in due(posting.wallet, at) if each[1:] not in is_done]:
        for when, turn, name in sorted(todo):
            is_done.add((turn, name))
            match turn:
                case _Turn.LOT_BEGINS:
                    posting = _begun(posting, name, at, new_id)
                case _Turn.HOLD_ENDS:
                    posting = _silent(posting, name, when, at, new_id)
                case _Turn.LOT_ENDS:
                    posting = _ended(posting, name, when, at, new_id)
        # Lots that others rolled over into may be due as well by now.
    return posting


def _begun(posting: Posting, name: str, at: datetime, new_id: NewId) -> Posting:
    grant = next(each for each in posting.wallet.grants if each.id == name)
    return posting.with_credit(grant, at, new_id, TransactionText(salt=new_id()))


def _silent(posting: Posting, name: str, when: datetime, at: datetime, new_id: NewId) -> Posting:
    hold = next(each for each in posting.wallet.holds if each.id == name)
    state = HoldState.EXPIRED
    return end_hold(posting, hold, amount=hold.due, state=state, when=when, at=at, new_id=new_id)


def _ended(posting: Posting, name: str, when: datetime, at: datetime, new_id: NewId) -> Posting:
    # A lot that went wholly into what was owed, or into holds, has nothing to lose now.
    grant = next((each for each in posting.wallet.grants if each.id == name), None)
    if grant is None or not grant.free:
        return posting
    return posting.with_end(grant, at, new_id, when=when)
