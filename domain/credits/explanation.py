"""Why a balance is what it is: what became of every lot, up to an instant."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from enum import Enum

from attrs import Factory, define, frozen

from domain.credits.grant import Grant
from domain.credits.ids import OVERDRAFT, GrantId
from domain.credits.transaction import (
    EXPIRATION,
    LedgerAccount,
    Transaction,
    TransactionType,
)


class LotState(Enum):
    """Where a lot stands at an instant."""

    SCHEDULED = "scheduled"
    ACTIVE = "active"
    EXHAUSTED = "exhausted"
    EXPIRED = "expired"


@frozen(kw_only=True)
class LotExplained:
    """One lot at an instant: what is left of it, what it gave to which kind of transaction.

    `grant` says where it came from and what it cost; its own `remaining` is today's.
    """

    grant: Grant
    remaining: int
    given: Mapping[TransactionType, int]
    state: LotState

    @property
    def counts(self) -> bool:
        """Say whether what is left is part of the balance."""
        return self.state is LotState.ACTIVE


@frozen(kw_only=True)
class BalanceExplained:
    """A balance at an instant, and the lots that make it: oldest first.

    `owed` credits are taken off: no lot covered them. `lines` is how many transactions led here.
    """

    at: datetime
    balance: int
    owed: int
    lines: int
    lots: tuple[LotExplained, ...]


@define(kw_only=True)
class BalanceStory:
    """Reads an account's transactions in order of `seq`, up to the instant that is asked about."""

    at: datetime
    _lines: int = 0
    _received: dict[GrantId, int] = Factory(dict)
    _given: dict[GrantId, dict[TransactionType, int]] = Factory(dict)

    def read(self, line: Transaction) -> bool:
        """Take the next line in; return False, and leave it out, if it came after the instant."""
        if line.at > self.at:
            return False
        self._lines += 1
        for allocation in line.allocations:
            lot, amount = allocation.grant_id, allocation.amount
            if line.credit is LedgerAccount.WALLET:
                self._received[lot] = self._received.get(lot, 0) + amount
            else:
                given = self._given.setdefault(lot, {})
                given[line.type] = given.get(line.type, 0) + amount
        return True

    def close(self, grants: Iterable[Grant]) -> BalanceExplained:
        """Return the explanation; `grants` are all lots the account ever had."""
        lots = tuple(self._lot(grant) for grant in grants if grant.created_at <= self.at)
        owed = sum(self._given.get(OVERDRAFT, {}).values()) - self._received.get(OVERDRAFT, 0)
        balance = sum(lot.remaining for lot in lots if lot.counts) - owed
        return BalanceExplained(
            at=self.at, balance=balance, owed=owed, lines=self._lines, lots=lots
        )

    def _lot(self, grant: Grant) -> LotExplained:
        given = self._given.get(grant.id, {})
        # A lot that no line names yet is whole: it waits to take effect, or its line is still due.
        received = self._received.get(grant.id, grant.amount)
        remaining = received - sum(given.values())
        state = self._state(grant, remaining, EXPIRATION in given)
        return LotExplained(grant=grant, remaining=remaining, given=given, state=state)

    def _state(self, grant: Grant, remaining: int, did_expire: bool) -> LotState:
        if remaining == 0:
            return LotState.EXPIRED if did_expire else LotState.EXHAUSTED
        if grant.has_expired(self.at):
            return LotState.EXPIRED
        return LotState.ACTIVE if grant.is_live(self.at) else LotState.SCHEDULED
