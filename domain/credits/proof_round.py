"""A round of the ledger's proof: every account in turn, a stretch at a time, and what was found."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from attrs import evolve, frozen

from domain.credits.ids import AccountId
from domain.credits.proof import Breach

LEASE = timedelta(minutes=2)
"""So long a process that says nothing is believed to be at a round; then another goes on."""

BREACHES_KEPT_MAX = 100

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@frozen(kw_only=True)
class ProofPlan:
    """When a round is due: every so many hours, counted from an hour of the day, in UTC."""

    hour: int
    every_hours: int

    def last_due_at(self, now: datetime) -> datetime:
        """Return the latest instant, up to now, at which a round was due."""
        since_first = now - (_EPOCH + timedelta(hours=self.hour))
        return now - since_first % timedelta(hours=self.every_hours)


NIGHTLY = ProofPlan(hour=3, every_hours=24)


@frozen(kw_only=True)
class ProofRound:
    """One walk through all accounts, begun once for each instant it is due at.

    `after` is the last account proved: from there it goes on, in whatever process. `claim` names
    the process that is at it until `claimed_until`. Of `breaches_total` places that break a rule
    the first hundred are kept.
    """

    due_at: datetime
    begun_at: datetime
    ended_at: datetime | None = None
    after: AccountId | None = None
    accounts: int = 0
    lines: int = 0
    breaches_total: int = 0
    breaches: tuple[Breach, ...] = ()
    claim: str | None = None
    claimed_until: datetime | None = None

    @property
    def is_over(self) -> bool:
        """Say whether every account has been proved."""
        return self.ended_at is not None

    @property
    def took(self) -> timedelta | None:
        """How long the round took, its rests included; None until it is over."""
        return None if self.ended_at is None else self.ended_at - self.begun_at

    def is_claimed(self, now: datetime) -> bool:
        """Say whether a process is at it that has not fallen silent."""
        return self.claimed_until is not None and now < self.claimed_until

    def claimed(self, claim: str, now: datetime) -> ProofRound:
        """Be worked on under this claim alone, for as long as a lease."""
        return evolve(self, claim=claim, claimed_until=now + LEASE)

    def given_up(self) -> ProofRound:
        """Be free for whoever goes on where it stood before."""
        return evolve(self, claim=None, claimed_until=None)

    def advanced(
        self, after: AccountId | None, *, accounts: int, lines: int, breaches: Sequence[Breach]
    ) -> ProofRound:
        """Keep what a stretch has found, and be free for whoever goes on."""
        room = max(BREACHES_KEPT_MAX - len(self.breaches), 0)
        return evolve(
            self,
            after=after,
            accounts=self.accounts + accounts,
            lines=self.lines + lines,
            breaches_total=self.breaches_total + len(breaches),
            breaches=(*self.breaches, *breaches[:room]),
            claim=None,
            claimed_until=None,
        )

    def ended(self, now: datetime) -> ProofRound:
        """Be over: there are no more accounts."""
        return evolve(self, ended_at=now)
