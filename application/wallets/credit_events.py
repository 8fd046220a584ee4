"""What a change of a wallet tells: credits that came in, ran low, ran out, expired; a freeze.

Pure, since both ways to save a wallet need it: the group commit, and units of work (`save_wallet`).
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from attrs import frozen

from application.ports.system import NewId
from domain.credits.ids import AccountId
from domain.credits.low_balance import LowBalance, Threshold
from domain.credits.posting import Posting
from domain.credits.transaction import (
    CHECK_IN,
    COUPON,
    EXPIRATION,
    MANUAL,
    PURCHASE,
    ROLLOVER,
    SUBSCRIPTION,
    LedgerAccount,
    Transaction,
)
from domain.credits.wallet import Wallet
from domain.events.ids import EventId
from domain.events.outgoing_event import EventData, EventType, OutgoingEvent, instant_text

_BRINGS_A_LOT = frozenset({SUBSCRIPTION, PURCHASE, CHECK_IN, COUPON, MANUAL, ROLLOVER})
"""The lines by which an account gets something new. What usage or a claim gives back is not."""


def events_of(
    before: Wallet, posting: Posting, now: datetime, new_id: NewId
) -> tuple[OutgoingEvent, ...]:
    """Return what is to be told of a change: its lines, then low, exhausted, frozen or no more.

    `before` is the wallet that the posting began with. A spend that leaves something and crosses no
    threshold, which is what nearly every change is, tells nothing and makes no ids.
    """
    after = posting.wallet
    at = after.at(now)
    is_plain = not posting.lows and all(_is_usage(line) for line in posting.transactions)
    has_turned = after.is_frozen is not before.is_frozen
    if is_plain and not has_turned and _has_evidently_left(after, at):
        return ()
    available = after.available(at)
    told = _Told(
        account_id=after.account_id,
        at=at,
        balance=after.balance(at),
        available=available,
        new_id=new_id,
    )
    is_exhausted = not available and before.available(at) > 0
    return (
        *_of_lines(told, posting),
        *(told.event(EventType.CREDITS_LOW, _low(low)) for low in posting.lows),
        *([told.event(EventType.CREDITS_EXHAUSTED, {})] if is_exhausted else []),
        *([told.event(_turned(after), {})] if has_turned else []),
    )


@frozen(kw_only=True)
class _Told:
    """What all events of one change have in common: how the account stands after it."""

    account_id: AccountId
    at: datetime
    balance: int
    available: int
    new_id: NewId

    def event(self, kind: EventType, more: EventData) -> OutgoingEvent:
        return OutgoingEvent(
            id=EventId(self.new_id()),
            type=kind,
            account_id=self.account_id,
            at=self.at,
            data={"balance": self.balance, "available": self.available, **more},
        )


def _is_usage(line: Transaction) -> bool:
    return line.credit is LedgerAccount.USAGE


def _has_evidently_left(wallet: Wallet, at: datetime) -> bool:
    """Say whether one lot alone has more than all that could stand against it: no sum is needed."""
    against = wallet.overdrawn + wallet.held
    return any(grant.free > against and grant.is_spendable(at) for grant in wallet.grants)


def _of_lines(told: _Told, posting: Posting) -> Iterator[OutgoingEvent]:
    lines = posting.transactions
    for place, line in enumerate(lines):
        if line.credit is LedgerAccount.WALLET and line.type in _BRINGS_A_LOT:
            yield told.event(EventType.CREDITS_GRANTED, _granted(line, posting))
        elif line.type == EXPIRATION:
            following = lines[place + 1] if place + 1 < len(lines) else None
            yield told.event(EventType.CREDITS_EXPIRED, _expired(line, following))


def _turned(after: Wallet) -> EventType:
    """Return what an account that has just been frozen, or freed, is told as."""
    return EventType.ACCOUNT_FROZEN if after.is_frozen else EventType.ACCOUNT_UNFROZEN


def _granted(line: Transaction, posting: Posting) -> EventData:
    # The lot's own part comes first; what it filled of a hole is a second one.
    grant_id = line.allocations[0].grant_id
    (grant,) = (each for each in posting.grants if each.id == grant_id)
    return {
        "grant_id": grant.id,
        "amount": line.amount,
        "source": grant.source.value,
        "is_rollover": line.type == ROLLOVER,
        "expires_at": None if grant.expires_at is None else instant_text(grant.expires_at),
    }


def _expired(line: Transaction, following: Transaction | None) -> EventData:
    """What rolls over comes back in the very next line, as a lot of its own."""
    rolls = following is not None and following.type == ROLLOVER
    return {
        "grant_id": line.allocations[0].grant_id,
        "amount": line.amount,
        "rolled_over": following.amount if following is not None and rolls else 0,
    }


def _low(low: LowBalance) -> EventData:
    """The account had so much when the level was undercut, whatever came in the same step."""
    return {
        "available": low.available,
        "level": low.level,
        "threshold": _threshold(low.threshold),
    }


def _threshold(threshold: Threshold) -> EventData:
    if threshold.amount is not None:
        return {"amount": threshold.amount}
    return {"percent": threshold.percent}
