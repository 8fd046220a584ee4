"""Stretches of an account's ledger: what so many lines did to each lot, added up once and kept."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from attrs import Factory, define, field, frozen

from domain.credits.ids import AccountId, GrantId
from domain.credits.transaction import LedgerAccount, Transaction, TransactionType, seal_of

STRETCH_LINES = 5_000
"""How many lines are added up in one stretch. Sums of another length are left, and made anew."""


@frozen(kw_only=True)
class Stretch:
    """What so many `lines` of an account's ledger did to each lot, added up once for ever.

    Lines never change, so neither does the sum. Stretches are numbered from 0, and all of an
    account are of one length; `ends_at` is the instant of the last line and `last_hash` its hash,
    by which the sum is known to be of the lines that are there.
    """

    account_id: AccountId
    number: int
    lines: int
    ends_at: datetime
    last_hash: bytes
    received: Mapping[GrantId, int]
    given: Mapping[GrantId, Mapping[TransactionType, int]]

    @property
    def last_seq(self) -> int:
        """The `seq` of its last line."""
        return (self.number + 1) * self.lines


@define
class LotSums:
    """What lines did to each lot: what it received, and what it gave to which kind of line."""

    lines: int = 0
    received: dict[GrantId, int] = Factory(dict)
    given: dict[GrantId, dict[TransactionType, int]] = Factory(dict)

    def read(self, line: Transaction) -> None:
        """Take a line in."""
        self.lines += 1
        for allocation in line.allocations:
            if line.credit is LedgerAccount.WALLET:
                self._receive(allocation.grant_id, allocation.amount)
            else:
                self._give(allocation.grant_id, line.type, allocation.amount)

    def read_stretch(self, stretch: Stretch) -> None:
        """Take in all lines of a stretch."""
        self.lines += stretch.lines
        for lot, amount in stretch.received.items():
            self._receive(lot, amount)
        for lot, given in stretch.given.items():
            for kind, amount in given.items():
                self._give(lot, kind, amount)

    def stretch(self, number: int, last: Transaction) -> Stretch:
        """Return all that was read, of nothing but the lines of one stretch, as their sum."""
        return Stretch(
            account_id=last.account_id,
            number=number,
            lines=self.lines,
            ends_at=last.at,
            last_hash=last.hash,
            received=self.received,
            given=self.given,
        )

    def _receive(self, lot: GrantId, amount: int) -> None:
        self.received[lot] = self.received.get(lot, 0) + amount

    def _give(self, lot: GrantId, kind: TransactionType, amount: int) -> None:
        given = self.given.setdefault(lot, {})
        given[kind] = given.get(kind, 0) + amount


@define(kw_only=True)
class StretchAddedUp:
    """Adds up the lines of one stretch, which follow a line with the hash `after_hash`.

    The sum may be kept only if it `is_whole`: no line is missing, and none was changed past the
    service. Otherwise it tells what the ledger says now, and would go on telling it once mended.
    """

    number: int
    length: int
    after_hash: bytes
    _sums: LotSums = field(init=False, factory=LotSums)
    _last: Transaction | None = field(init=False, default=None)
    _is_chained: bool = field(init=False, default=True)

    @property
    def after_seq(self) -> int:
        """The `seq` of the last line that was read, or of the one before the first."""
        return self.number * self.length if self._last is None else self._last.seq

    @property
    def last_seq(self) -> int:
        """The `seq` of the stretch's last line."""
        return (self.number + 1) * self.length

    @property
    def is_whole(self) -> bool:
        """Say whether every line of the stretch was read, each sealed over the one before."""
        return self._is_chained and self._sums.lines == self.length

    def read(self, line: Transaction) -> bool:
        """Take the next line in; return False, and leave it out, if it lies behind the stretch."""
        if line.seq > self.last_seq:
            return False
        before = self.after_hash if self._last is None else self._last.hash
        is_next = line.seq == self.after_seq + 1
        self._is_chained = self._is_chained and is_next and line.hash == seal_of(line, before)
        self._sums.read(line)
        self._last = line
        return True

    def stretch(self) -> Stretch | None:
        """Return the sum; None if there is not one line."""
        return None if self._last is None else self._sums.stretch(self.number, self._last)
