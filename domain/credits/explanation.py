"""Why a balance is what it is: what became of every lot, up to an instant."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime

from attrs import Factory, define, frozen

from domain.credits.grant import Grant, GrantState
from domain.credits.hold import Hold
from domain.credits.ids import OVERDRAFT, GrantId
from domain.credits.stretch import LotSums, Stretch
from domain.credits.transaction import EXPIRATION, Transaction, TransactionType


@frozen(kw_only=True)
class LotExplained:
    """One lot at an instant: what is left of it, what it gave to which kind of transaction.

    `grant` says where it came from and what it cost; its own `remaining` is today's. `held` is what
    holds that were open at the instant had set aside in it.
    """

    grant: Grant
    remaining: int
    held: int
    given: Mapping[TransactionType, int]
    state: GrantState

    @property
    def counted(self) -> int:
        """What of it is part of the balance: of a lot whose time is over, only what is held."""
        return self.remaining if self.state is GrantState.ACTIVE else self.held

    @property
    def counts(self) -> bool:
        """Say whether any of it is part of the balance."""
        return self.counted > 0


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
    _sums: LotSums = Factory(LotSums)

    def read(self, line: Transaction) -> bool:
        """Take the next line in; return False, and leave it out, if it came after the instant."""
        if line.at > self.at:
            return False
        self._sums.read(line)
        return True

    def read_stretch(self, stretch: Stretch) -> bool:
        """Take the next stretch in; return False, and leave it out, if it ends too late."""
        if stretch.ends_at > self.at:
            return False
        self._sums.read_stretch(stretch)
        return True

    def close(self, grants: Iterable[Grant], holds: Iterable[Hold] = ()) -> BalanceExplained:
        """Return the explanation, given the lots the account had and the holds open then."""
        held: dict[GrantId, int] = {}
        for pin in (pin for hold in holds for pin in hold.pins):
            held[pin.grant_id] = held.get(pin.grant_id, 0) + pin.amount
        lots = tuple(
            self._lot(grant, held.get(grant.id, 0))
            for grant in grants
            if grant.created_at <= self.at
        )
        owed = sum(self._sums.given.get(OVERDRAFT, {}).values()) - self._sums.received.get(
            OVERDRAFT, 0
        )
        balance = sum(lot.counted for lot in lots) - owed
        return BalanceExplained(
            at=self.at, balance=balance, owed=owed, lines=self._sums.lines, lots=lots
        )

    def _lot(self, grant: Grant, held: int) -> LotExplained:
        given = self._sums.given.get(grant.id, {})
        # A lot that no line names yet is whole: it waits to take effect, or its line is still due.
        received = self._sums.received.get(grant.id, grant.amount)
        remaining = received - sum(given.values())
        state = self._state(grant, remaining, EXPIRATION in given)
        if state is GrantState.SCHEDULED:
            held = 0  # Whatever a hold has set aside in it by now, it did so later.
        return LotExplained(
            grant=grant, remaining=remaining, held=min(held, remaining), given=given, state=state
        )

    def _state(self, grant: Grant, remaining: int, did_expire: bool) -> GrantState:
        if grant.voided_at is not None and grant.voided_at <= self.at:
            return GrantState.VOIDED
        if remaining == 0:
            return GrantState.EXPIRED if did_expire else GrantState.EXHAUSTED
        if grant.has_expired(self.at):
            return GrantState.EXPIRED
        # Not `is_live`: whether the lot was voided later does not matter here.
        return GrantState.ACTIVE if grant.effective_at <= self.at else GrantState.SCHEDULED
