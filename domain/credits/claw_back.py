"""Credits taken back when their payment goes back, from the very lots it bought, and given again.

How much is claimed of a lot follows from how much of its payment has gone back, and from nothing
else: whatever the order in which refunds and disputes come and are undone, the end is the same.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from enum import Enum

from attrs import evolve, field, frozen

from domain.amount import not_negative
from domain.credits.changed_wallet import changed_wallet
from domain.credits.grant import Grant
from domain.credits.ids import OVERDRAFT, GrantId
from domain.credits.posting import NewId, Posting
from domain.credits.transaction import (
    CLAWBACK,
    LOSSES,
    Allocation,
    LedgerAccount,
    TransactionText,
)
from domain.money import share


class Shortfall(Enum):
    """What becomes of credits that had been spent when their payment went back."""

    OWE = "owe"
    """The account owes them: the next credits that come in fill the hole first."""
    FORGIVE = "forgive"
    FREEZE = "freeze"
    """Nobody owes them, and the account may not spend until a person has looked at it."""


@frozen(kw_only=True)
class Claim:
    """What has been claimed of one lot because its payment has gone back.

    `taken` credits were still there at `taken_at`. `owed` and `forgiven` ones had been spent.
    `lapsed` ones had expired unspent: they are gone already, and nobody owes them.
    """

    grant_id: GrantId
    taken: int = field(default=0, validator=not_negative)
    owed: int = field(default=0, validator=not_negative)
    forgiven: int = field(default=0, validator=not_negative)
    lapsed: int = field(default=0, validator=not_negative)
    taken_at: datetime | None = None

    @property
    def amount(self) -> int:
        """All that has been claimed of the lot, whatever became of it."""
        return self.taken + self.owed + self.forgiven + self.lapsed

    def lessened(self, amount: int) -> Claim:
        """Return the claim with so much let go, beginning with what nobody has paid."""
        lapsed = min(amount, self.lapsed)
        forgiven = min(amount - lapsed, self.forgiven)
        owed = min(amount - lapsed - forgiven, self.owed)
        return evolve(
            self,
            lapsed=self.lapsed - lapsed,
            forgiven=self.forgiven - forgiven,
            owed=self.owed - owed,
            taken=self.taken - (amount - lapsed - forgiven - owed),
        )


@frozen(kw_only=True)
class PaidLot:
    """A lot that a payment brought: as it stands, what of it expired, what was claimed of it."""

    grant: Grant
    expired: int
    claim: Claim

    @property
    def whole(self) -> int:
        """What of the lot can be claimed: what rolled over is claimed of the lot it went to."""
        return self.grant.amount - self.grant.rolled

    @property
    def spent(self) -> int:
        """What of the lot went to usage, or into a hole that it filled, or is held for usage."""
        return self.grant.pinned + self.drawn

    @property
    def drawn(self) -> int:
        """What of the lot is gone for good: so much fits in again, beside what was taken.

        Below zero where usage came back into it after what it was spent on had been given back.
        """
        return self.grant.amount - self.grant.remaining - self.expired - self.claim.taken

    def claimed(self, target: int, shortfall: Shortfall, at: datetime) -> Claim:
        """Return the claim once the target is claimed in all: what is unspent goes first."""
        missing = target - self.claim.amount
        if missing <= 0:
            return self.claim.lessened(-missing)
        taken = min(missing, self.grant.free)
        missing -= taken
        unclaimed = self.spent - self.claim.owed - self.claim.forgiven
        short = min(missing, max(0, unclaimed))
        owed = short if shortfall is Shortfall.OWE else 0
        return evolve(
            self.claim,
            taken=self.claim.taken + taken,
            owed=self.claim.owed + owed,
            forgiven=self.claim.forgiven + short - owed,
            lapsed=self.claim.lapsed + missing - short,
            # Of a frozen lot the time has stood still since.
            taken_at=(self.grant.frozen_at or at) if taken else self.claim.taken_at,
        )


@frozen(kw_only=True)
class ClaimsSettled:
    """What bringing the claims up to date did to the wallet, and how they stand then.

    `taken` and `given` are what left the wallet and came back; a part of `taken` may be `owed`.
    """

    posting: Posting
    claims: tuple[Claim, ...]
    taken: int = 0
    given: int = 0
    owed: int = 0
    forgiven: int = 0


def settle_claims(
    posting: Posting,
    lots: Sequence[PaidLot],
    *,
    gone: tuple[int, int],
    is_disputed: bool,
    shortfall: Shortfall,
    cause: str,
    description: str,
    now: datetime,
    new_id: NewId,
) -> ClaimsSettled:
    """Claim of each lot what is due now that this share of its payment has gone back.

    `gone` is how much money of how much: of every lot the share rounded down is claimed in all.
    What is claimed too much by now is given back. While the payment is disputed, what is left of
    the lots is frozen. Continues a posting, and changes nothing where all is as it should be.
    """
    at = posting.wallet.at(now)
    posting = posting.then(posting.wallet.settle(at, new_id))
    before = [lot for lot in _as_they_stand(posting, lots) if lot.grant.is_posted]
    part, whole = gone
    changes = [
        _Change(lot=lot, after=lot.claimed(share(lot.whole, part, whole), shortfall, at))
        for lot in before
    ]
    line = _Line(cause=cause, description=description, at=at, new_id=new_id)
    given_back, given = _give_back(posting, [c for c in changes if c.amount < 0], line)
    clawed_back, taken = _claw_back(given_back, [c for c in changes if c.amount > 0], line)
    lot_ids = [lot.grant.id for lot in before]
    frozen_or_not = _frozen(clawed_back, lot_ids, at, is_disputed=is_disputed)
    forgiven = sum(max(0, change.forgiven) for change in changes)
    if forgiven and shortfall is Shortfall.FREEZE:
        wallet = evolve(frozen_or_not.wallet, is_frozen=True)
        frozen_or_not = evolve(frozen_or_not, wallet=wallet)
    return ClaimsSettled(
        posting=frozen_or_not.watched(at, has_received=given > 0),
        claims=tuple(change.after for change in changes if change.after.amount),
        taken=taken,
        given=given,
        owed=sum(max(0, change.owed) for change in changes),
        forgiven=forgiven,
    )


@frozen(kw_only=True)
class _Change:
    """A lot, and the claim to it as it is to be."""

    lot: PaidLot
    after: Claim

    @property
    def amount(self) -> int:
        return self.after.amount - self.lot.claim.amount

    @property
    def taken(self) -> int:
        return self.after.taken - self.lot.claim.taken

    @property
    def owed(self) -> int:
        return self.after.owed - self.lot.claim.owed

    @property
    def forgiven(self) -> int:
        return self.after.forgiven - self.lot.claim.forgiven


@frozen(kw_only=True)
class _Line:
    """What the lines of one settlement have in common."""

    cause: str
    description: str
    at: datetime
    new_id: NewId

    def onto(
        self,
        posting: Posting,
        allocations: Sequence[Allocation],
        *,
        debit: LedgerAccount,
        credit: LedgerAccount,
    ) -> tuple[Posting, int]:
        """Write the line that these parts add up to, if they are anything; return how much."""
        parts = tuple(each for each in allocations if each.amount)
        amount = sum(each.amount for each in parts)
        if amount == 0:
            return posting, 0
        return posting.with_line(
            type=CLAWBACK,
            debit=debit,
            credit=credit,
            amount=amount,
            at=self.at,
            cause=self.cause,
            allocations=parts,
            text=TransactionText(salt=self.new_id(), description=self.description),
            new_id=self.new_id,
        ), amount


def _as_they_stand(posting: Posting, lots: Sequence[PaidLot]) -> list[PaidLot]:
    """Return lots with all that the posting, which is not written yet, has done to them."""
    touched = {grant.id: grant for grant in posting.grants}
    expired: dict[GrantId, int] = {}
    for line in posting.transactions:
        if line.type in LOSSES and line.cause is not None:
            for part in line.allocations:
                expired[part.grant_id] = expired.get(part.grant_id, 0) + part.amount
    return [
        evolve(
            lot,
            grant=touched.get(lot.grant.id, lot.grant),
            expired=lot.expired + expired.get(lot.grant.id, 0),
        )
        for lot in lots
    ]


def _claw_back(posting: Posting, changes: Sequence[_Change], line: _Line) -> tuple[Posting, int]:
    """Take from each lot what is due and still there, and owe what is to be owed."""
    owed = sum(change.owed for change in changes)
    taken = posting.with_grants(c.lot.grant.drawn(c.taken) for c in changes if c.taken).owing(owed)
    allocations = [Allocation(change.after.grant_id, change.taken) for change in changes]
    return line.onto(
        taken,
        [*allocations, Allocation(OVERDRAFT, owed)],
        debit=LedgerAccount.WALLET,
        credit=LedgerAccount.REFUNDS,
    )


def _give_back(posting: Posting, changes: Sequence[_Change], line: _Line) -> tuple[Posting, int]:
    """Let each lot have again what was taken from it, and owe no longer what was owed for it.

    Where later credits have filled that hole already, the lots receive what those paid. What of
    that fits in no more, since the usage came back to its lot meanwhile, is a lot of its own.
    """
    owed = -sum(change.owed for change in changes)
    unowed = min(owed, posting.wallet.overdrawn)
    refill = owed - unowed
    changed: list[Grant] = []
    allocations: list[Allocation] = []
    for change in changes:
        refilled = min(refill, -change.owed)
        refill -= refilled
        back = refilled - change.taken
        part = min(back, max(0, change.lot.drawn - change.taken))
        if part:
            changed.append(_restored(change, part, line.at, is_refilled=part > -change.taken))
            allocations.append(Allocation(change.after.grant_id, part))
        if back > part:
            beside = _beside(change.lot.grant, back - part, line)
            changed.append(beside)
            allocations.append(Allocation(beside.id, beside.amount))
    return line.onto(
        posting.with_grants(changed).owing(-unowed),
        [*allocations, Allocation(OVERDRAFT, unowed)],
        debit=LedgerAccount.REFUNDS,
        credit=LedgerAccount.WALLET,
    )


def _restored(change: _Change, part: int, at: datetime, *, is_refilled: bool) -> Grant:
    """Return a lot with what it gets again; one that has expired meanwhile gets time as well.

    It gets what it had left when it was taken. What comes back in place of later credits, which
    would have had a life of their own, gets the whole life of the lot.
    """
    grant = change.lot.grant
    expires_at = grant.expires_at
    if expires_at is not None and expires_at <= at:
        taken_at = change.lot.claim.taken_at
        begun_at = grant.effective_at if is_refilled or taken_at is None else taken_at
        expires_at = at + (expires_at - begun_at)
    return grant.given_back(part, at, expires_at)


def _beside(grant: Grant, amount: int, line: _Line) -> Grant:
    """Return a lot like the one that has no room for them, for credits that come back to it."""
    life = None if grant.expires_at is None else grant.expires_at - grant.effective_at
    return Grant(
        id=GrantId(line.new_id()),
        account_id=grant.account_id,
        amount=amount,
        remaining=amount,
        source=grant.source,
        category=grant.category,
        priority=grant.priority,
        effective_at=line.at,
        expires_at=None if life is None else line.at + life,
        created_at=line.at,
        cause=line.cause,
        is_posted=True,
        scope=grant.scope,
    )


def _frozen(
    posting: Posting, lots: Sequence[GrantId], at: datetime, *, is_disputed: bool
) -> Posting:
    """Freeze what is left of the lots, or free it again with the time that it stood still.

    No line tells of that time, so the wallet keeps the instant: no lot can have stood still beyond.
    """
    changed = [
        grant.frozen(at) if is_disputed else grant.thawed(at)
        for grant in posting.wallet.grants
        if grant.id in lots and grant.is_frozen is not is_disputed
    ]
    if not changed:
        return posting
    wallet = posting.wallet if is_disputed else changed_wallet(posting.wallet, last_at=at)
    return evolve(posting, wallet=wallet).with_grants(changed)
