"""What commands do to a wallet: the wallet afterwards, and the rows that make it so."""

from __future__ import annotations

from bisect import insort
from collections.abc import Callable, Iterable
from datetime import date, datetime
from operator import attrgetter
from typing import TYPE_CHECKING

from attrs import evolve, frozen

from domain.credits.changed_wallet import changed_wallet
from domain.credits.grant import Grant
from domain.credits.hold import Hold
from domain.credits.ids import OVERDRAFT, GrantId, TransactionId
from domain.credits.lot_seal import lot_seal
from domain.credits.low_balance import LowBalance
from domain.credits.transaction import (
    EXPIRATION,
    MANUAL,
    PAID_BY,
    ROLLOVER,
    TYPE_OF,
    Allocation,
    LedgerAccount,
    Transaction,
    TransactionText,
    TransactionType,
    hash_of,
)

if TYPE_CHECKING:
    from domain.credits.wallet import Wallet

NewId = Callable[[], str]

_BURNS = attrgetter("burns")


@frozen(kw_only=True)
class Posting:
    """What commands did to a wallet: the wallet afterwards, and the rows to be written.

    Several commands on one wallet add up: start the next from `wallet` and join with `then`.
    `grants` holds each touched lot once, in its last state, an emptied one included; `holds` does
    so with each touched hold, an ended one included. `lows` are the thresholds that were crossed.
    """

    wallet: Wallet
    transactions: tuple[Transaction, ...] = ()
    grants: tuple[Grant, ...] = ()
    holds: tuple[Hold, ...] = ()
    lows: tuple[LowBalance, ...] = ()

    def then(self, later: Posting) -> Posting:
        """Join a later change of the same wallet to this one."""
        if not (self.transactions or self.grants or self.holds or self.lows):
            return later
        grants = {grant.id: grant for grant in (*self.grants, *later.grants)}
        holds = {hold.id: hold for hold in (*self.holds, *later.holds)}
        return Posting(
            wallet=later.wallet,
            transactions=self.transactions + later.transactions,
            grants=tuple(grants.values()),
            holds=tuple(holds.values()),
            lows=self.lows + later.lows,
        )

    def with_grants(self, changed: Iterable[Grant]) -> Posting:
        """Put new or changed lots in their place; emptied ones leave the wallet."""
        open_grants, touched = self._placed(changed)
        return Posting(
            wallet=changed_wallet(self.wallet, grants=open_grants),
            transactions=self.transactions,
            grants=touched,
            holds=self.holds,
            lows=self.lows,
        )

    def _placed(self, changed: Iterable[Grant]) -> tuple[tuple[Grant, ...], tuple[Grant, ...]]:
        """Return the wallet's lots, and the touched ones, once these have changed."""
        latest = {grant.id: grant for grant in changed}
        moved = dict(latest)
        open_grants: list[Grant] = []
        for grant in self.wallet.grants:
            later = latest.get(grant.id)
            if later is None:
                open_grants.append(grant)
            elif later.expires_at == grant.expires_at:
                # Nothing else that says when a lot burns ever changes: it stays in its place.
                del moved[grant.id]
                if later.is_open:
                    open_grants.append(later)
        for grant in moved.values():
            if grant.is_open:
                insort(open_grants, grant, key=_BURNS)
        touched = {grant.id: grant for grant in self.grants} | latest if self.grants else latest
        return tuple(open_grants), tuple(touched.values())

    def with_hold(self, hold: Hold) -> Posting:
        """Put a new or changed hold in its place; an ended one leaves the wallet."""
        open_holds = tuple(each for each in self.wallet.holds if each.id != hold.id)
        if hold.is_open:
            open_holds += (hold,)
        touched = {each.id: each for each in self.holds} | {hold.id: hold}
        held = sum([each.amount for each in open_holds])
        return Posting(
            wallet=changed_wallet(self.wallet, holds=open_holds, held=held),
            transactions=self.transactions,
            grants=self.grants,
            holds=tuple(touched.values()),
            lows=self.lows,
        )

    def with_credit(
        self,
        grant: Grant,
        at: datetime,
        new_id: NewId,
        text: TransactionText,
        *,
        type: TransactionType | None = None,
    ) -> Posting:
        """Post a lot that takes effect; what is owed is filled from it first."""
        filled = min(grant.amount, self.wallet.overdrawn)
        received = grant.amount - filled
        allocations: tuple[Allocation, ...] = (Allocation(grant.id, received),)
        if filled:
            allocations += (Allocation(OVERDRAFT, filled),)
        posted = evolve(grant, is_posted=True, remaining=received)
        return (
            self.with_grants([posted])
            .owing(-filled)
            .with_line(
                type=type or TYPE_OF[grant.source],
                debit=LedgerAccount.EXPIRED if type == ROLLOVER else PAID_BY[grant.source],
                credit=LedgerAccount.WALLET,
                amount=grant.amount,
                at=at,
                cause=grant.cause,
                allocations=allocations,
                text=text,
                new_id=new_id,
            )
        )

    def owing(self, change: int) -> Posting:
        """Let the account owe so many credits more, or less."""
        overdrawn = self.wallet.overdrawn + change
        assert overdrawn >= 0
        return evolve(self, wallet=evolve(self.wallet, overdrawn=overdrawn)) if change else self

    def with_end(
        self, grant: Grant, at: datetime, new_id: NewId, text: TransactionText | None = None
    ) -> Posting:
        """Post the end of a lot: what is left of it and set aside for no hold is gone.

        What may roll over comes back at once, as a new lot.
        """
        text = text or TransactionText(salt=new_id())
        if grant.voided_at is not None:
            return self._with_loss(grant, MANUAL, LedgerAccount.ADJUSTMENTS, at, new_id, text)
        heir = grant.successor(grant_id=GrantId(new_id()), at=at)
        rolled = grant.rolled + (heir.amount if heir else 0)
        ended = evolve(grant, rolled=rolled)
        posting = self._with_loss(ended, EXPIRATION, LedgerAccount.EXPIRED, at, new_id, text)
        if heir is None:
            return posting
        heir_text = TransactionText(salt=new_id())
        posting = posting.with_credit(heir, at, new_id, heir_text, type=ROLLOVER)
        lots = [(each, each.beside(grant, heir.amount)) for each in posting.wallet.grants]
        sharing = [after for before, after in lots if after is not before]
        return posting.with_grants(sharing) if sharing else posting

    def _with_loss(
        self,
        grant: Grant,
        type: TransactionType,
        to: LedgerAccount,
        at: datetime,
        new_id: NewId,
        text: TransactionText,
    ) -> Posting:
        left = grant.free
        return self.with_grants([grant.drawn(left)]).with_line(
            type=type,
            debit=LedgerAccount.WALLET,
            credit=to,
            amount=left,
            at=at,
            cause=grant.cause,
            allocations=(Allocation(grant.id, left),),
            text=text,
            new_id=new_id,
        )

    def with_line(
        self,
        *,
        type: TransactionType,
        debit: LedgerAccount,
        credit: LedgerAccount,
        amount: int,
        at: datetime,
        cause: str | None,
        allocations: tuple[Allocation, ...],
        text: TransactionText,
        new_id: NewId,
        usage: str | None = None,
        changed: Iterable[Grant] = (),
        owed: int = 0,
        spent_on: date | None = None,
        spent: int | None = None,
    ) -> Posting:
        """Write the next line of the ledger, sealed over the one before.

        Lots it has `changed` are put in their place, `owed` credits more are owed, and so many are
        `spent` on their day, in one step.
        """
        wallet = self.wallet
        seq = wallet.seq + 1
        posted = wallet.posted + (amount if credit is LedgerAccount.WALLET else -amount)
        transaction_id = TransactionId(new_id())
        digest = text.digest()
        if credit is LedgerAccount.WALLET:
            allocations = self._with_seals(allocations)
        seal = hash_of(
            previous=wallet.last_hash,
            id=transaction_id,
            account_id=wallet.account_id,
            seq=seq,
            type=type,
            debit=debit,
            credit=credit,
            amount=amount,
            balance_after=posted,
            at=at,
            cause=cause,
            allocations=allocations,
            usage=usage,
            text_digest=digest,
        )
        line = Transaction(
            id=transaction_id,
            account_id=wallet.account_id,
            seq=seq,
            type=type,
            debit=debit,
            credit=credit,
            amount=amount,
            balance_after=posted,
            at=at,
            cause=cause,
            allocations=allocations,
            usage=usage,
            text_digest=digest,
            hash=seal,
            text=text,
        )
        open_grants, touched = self._placed(changed)
        after = changed_wallet(
            wallet,
            seq=seq,
            posted=posted,
            last_hash=seal,
            last_at=at,
            spent_on=spent_on,
            spent=spent,
            overdrawn=wallet.overdrawn + owed,
            grants=open_grants,
        )
        return Posting(
            wallet=after,
            transactions=(*self.transactions, line),
            grants=touched,
            holds=self.holds,
            lows=self.lows,
        )

    def _with_seals(self, allocations: tuple[Allocation, ...]) -> tuple[Allocation, ...]:
        """Return which lots receive how much, with what each of them, touched already, is like."""
        lots = {grant.id: grant for grant in self.grants}
        return tuple(
            [
                part
                if part.grant_id == OVERDRAFT
                else evolve(part, seal=lot_seal(lots[part.grant_id]))
                for part in allocations
            ]
        )

    def watched(self, at: datetime, *, has_received: bool = False) -> Posting:
        """Look whether the account has become low, once everything else has been done."""
        watch = self.wallet.watch
        if watch is None:
            return self
        available = self.wallet.available(at)
        seen, lows = watch.seen(self.wallet.account_id, available, has_received=has_received)
        return evolve(self, wallet=evolve(self.wallet, watch=seen), lows=self.lows + lows)
