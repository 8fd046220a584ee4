"""One account's credits: what is held, what is available, what burns first."""

from __future__ import annotations

from bisect import insort
from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, date, datetime
from operator import attrgetter

from attrs import evolve, frozen

from domain.amount import AMOUNT_MAX, within
from domain.credits.errors import (
    AccountFrozen,
    BalanceTooLarge,
    InsufficientCredits,
    SpendLimitExceeded,
)
from domain.credits.grant import Grant, GrantTerms, grant_from
from domain.credits.ids import OVERDRAFT, AccountId, GrantId, TransactionId
from domain.credits.transaction import (
    EXPIRATION,
    GENESIS,
    PAID_BY,
    TYPE_OF,
    Allocation,
    LedgerAccount,
    Transaction,
    TransactionText,
    TransactionType,
    hash_of,
)

NewId = Callable[[], str]


@frozen(kw_only=True)
class Expiring:
    """The next lots to expire: so many credits, at this instant."""

    amount: int
    at: datetime


@frozen(kw_only=True)
class SpendLimit:
    """How much a caller may take: in one spend, and from one account in a UTC day."""

    each_max: int | None = None
    day_max: int | None = None


NO_LIMIT = SpendLimit()


@frozen(kw_only=True)
class Wallet:
    """The aggregate of one account: its open grants, its posted balance and the end of its ledger.

    A wallet never changes: each method returns a `Posting`, which carries the wallet as it is
    afterwards and the rows that make it so. `version` counts saved changes and guards them;
    version 0 is a wallet that has never been written. `grants` are the open ones, in burn order.
    `posted` is the sum of all transactions; credits that have expired leave it when their
    expiration is posted, while `balance` leaves them out at once. `spent` counts what went to usage
    on the UTC day `spent_on`, so that a daily limit is judged in the commit of the spend itself.
    `overdrawn` credits are owed: no lot covered them, and the next ones that come in fill that hole
    first. An account `is_frozen` when it may not spend until a person has looked at it.
    """

    account_id: AccountId
    version: int = 0
    seq: int = 0
    posted: int = 0
    held: int = 0
    last_hash: bytes = GENESIS
    last_at: datetime | None = None
    spent_on: date | None = None
    spent: int = 0
    overdrawn: int = 0
    is_frozen: bool = False
    grants: tuple[Grant, ...] = ()

    def balance(self, now: datetime) -> int:
        """Return the credits that count at this instant, whether or not any job has run.

        Below zero where credits are owed.
        """
        wallet = self._settled(now)
        return sum(g.remaining for g in wallet.grants if g.is_live(now)) - wallet.overdrawn

    def available(self, now: datetime) -> int:
        """Return what may be spent at this instant: less what is held, frozen or owed."""
        wallet = self._settled(now)
        spendable = sum(g.remaining for g in wallet.grants if g.is_spendable(now))
        return max(0, spendable - wallet.held - wallet.overdrawn)

    def expiring(self, now: datetime) -> Expiring | None:
        """Return the lots that expire soonest, or None if no credits ever will."""
        ends = [g.expires_at for g in self.grants if g.expires_at and g.is_live(now)]
        if not ends:
            return None
        soonest = min(ends)
        amount = sum(g.remaining for g in self.grants if g.is_live(now) and g.expires_at == soonest)
        return Expiring(amount=amount, at=soonest)

    def at(self, now: datetime) -> datetime:
        """Return the instant a command happens: `now`, but never before the wallet's last line."""
        return now if self.last_at is None else max(now, self.last_at)

    def settle(self, now: datetime, new_id: NewId) -> Posting:
        """Post what time has already decided, in its order: lots took effect, lots expired."""
        at = self.at(now)
        posting = Posting(wallet=self)
        for _, is_end, lot in sorted(self._due(at)):
            # A lot that went wholly into what was owed has nothing left to expire.
            grant = next((g for g in posting.wallet.grants if g.id == lot), None)
            if grant is None:
                continue
            if is_end:
                posting = posting.with_expiration(grant, at, new_id)
            else:
                posting = posting.with_credit(grant, at, new_id, TransactionText(salt=new_id()))
        return posting

    def _due(self, at: datetime) -> Iterator[tuple[datetime, bool, GrantId]]:
        """Yield what time has decided about lots, and when: that one began, or that one ended."""
        for grant in self.grants:
            if not grant.is_posted and grant.effective_at <= at:
                yield grant.effective_at, False, grant.id
            if grant.expires_at is not None and grant.has_expired(at):
                yield grant.expires_at, True, grant.id

    def _settled(self, now: datetime) -> Wallet:
        """Return the wallet as settling would leave it; nothing is posted by looking."""
        is_due = next(self._due(self.at(now)), None) is not None
        return self.settle(now, lambda: "").wallet if is_due else self

    def grant(
        self,
        terms: GrantTerms,
        *,
        grant_id: GrantId,
        text: TransactionText,
        now: datetime,
        new_id: NewId,
    ) -> Posting:
        """Add a lot of credits.

        A lot that takes effect later is kept without a transaction until then.
        Raises GrantAlreadyOver, BalanceTooLarge.
        """
        at = self.at(now)
        grant = grant_from(terms, grant_id=grant_id, account_id=self.account_id, now=at)
        # Lots that are to come count, too: they must not become too much one day.
        counted = sum(g.remaining for g in self.grants if not g.has_expired(at))
        if counted + grant.amount > AMOUNT_MAX:
            raise BalanceTooLarge(account_id=self.account_id)
        posting = self.settle(at, new_id)
        if grant.effective_at > at:
            return posting.with_grants([grant])
        return posting.with_credit(grant, at, new_id, text)

    def spend(
        self,
        amount: int,
        *,
        type: TransactionType,
        to: LedgerAccount = LedgerAccount.USAGE,
        text: TransactionText,
        cause: str | None = None,
        limit: SpendLimit = NO_LIMIT,
        now: datetime,
        new_id: NewId,
    ) -> Posting:
        """Take credits from the lots in burn order.

        Raises InvalidField, AccountFrozen, InsufficientCredits or SpendLimitExceeded, and then
        takes nothing.
        """
        within("amount", amount, least=1, most=AMOUNT_MAX)
        if self.is_frozen and to is LedgerAccount.USAGE:
            raise AccountFrozen
        at = self.at(now)
        counted = self._counted(amount if to is LedgerAccount.USAGE else 0, limit, at)
        posting = counted.settle(at, new_id)
        available = posting.wallet.available(at)
        if amount > available:
            raise InsufficientCredits(requested=amount, available=available)
        drawn, allocations = _burn(posting.wallet.grants, amount, at)
        return posting.with_grants(drawn).with_line(
            type=type,
            debit=LedgerAccount.WALLET,
            credit=to,
            amount=amount,
            at=at,
            cause=cause,
            allocations=allocations,
            text=text,
            new_id=new_id,
        )

    def _counted(self, amount: int, limit: SpendLimit, at: datetime) -> Wallet:
        """Count a spend towards its day. Raises SpendLimitExceeded."""
        day = at.astimezone(UTC).date()
        spent = (self.spent if self.spent_on == day else 0) + amount
        if limit.each_max is not None and amount > limit.each_max:
            raise SpendLimitExceeded(limit="each", allowed=limit.each_max, asked=amount)
        if limit.day_max is not None and spent > limit.day_max:
            raise SpendLimitExceeded(limit="day", allowed=limit.day_max, asked=spent)
        return evolve(self, spent_on=day, spent=spent) if amount else self


@frozen(kw_only=True)
class Posting:
    """What commands did to a wallet: the wallet afterwards, and the rows to be written.

    Several commands on one wallet add up: start the next from `wallet` and join with `then`.
    `grants` holds each touched lot once, in its last state, an emptied one included.
    """

    wallet: Wallet
    transactions: tuple[Transaction, ...] = ()
    grants: tuple[Grant, ...] = ()

    def then(self, later: Posting) -> Posting:
        """Join a later change of the same wallet to this one."""
        touched = {grant.id: grant for grant in (*self.grants, *later.grants)}
        return Posting(
            wallet=later.wallet,
            transactions=self.transactions + later.transactions,
            grants=tuple(touched.values()),
        )

    def with_grants(self, changed: Iterable[Grant]) -> Posting:
        """Put new or changed lots in their place; emptied ones leave the wallet."""
        latest = {grant.id: grant for grant in changed}
        open_grants = [g for g in self.wallet.grants if g.id not in latest]
        for grant in latest.values():
            if grant.is_open:
                insort(open_grants, grant, key=attrgetter("burns"))
        touched = {grant.id: grant for grant in self.grants} | latest
        return evolve(
            self,
            wallet=evolve(self.wallet, grants=tuple(open_grants)),
            grants=tuple(touched.values()),
        )

    def with_credit(
        self, grant: Grant, at: datetime, new_id: NewId, text: TransactionText
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
                type=TYPE_OF[grant.source],
                debit=PAID_BY[grant.source],
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

    def with_expiration(self, grant: Grant, at: datetime, new_id: NewId) -> Posting:
        """Post the end of a lot: whatever is left of it is gone."""
        return self.with_grants([grant.drawn(grant.remaining)]).with_line(
            type=EXPIRATION,
            debit=LedgerAccount.WALLET,
            credit=LedgerAccount.EXPIRED,
            amount=grant.remaining,
            at=at,
            cause=grant.cause,
            allocations=(Allocation(grant.id, grant.remaining),),
            text=TransactionText(salt=new_id()),
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
    ) -> Posting:
        """Write the next line of the ledger, sealed over the one before."""
        wallet = self.wallet
        seq = wallet.seq + 1
        posted = wallet.posted + (amount if credit is LedgerAccount.WALLET else -amount)
        transaction_id = TransactionId(new_id())
        digest = text.digest()
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
            text_digest=digest,
            hash=seal,
            text=text,
        )
        after = evolve(wallet, seq=seq, posted=posted, last_hash=seal, last_at=at)
        return evolve(self, wallet=after, transactions=(*self.transactions, line))


def _burn(
    grants: tuple[Grant, ...], amount: int, at: datetime
) -> tuple[list[Grant], tuple[Allocation, ...]]:
    """Draw an amount from lots in burn order; the caller has checked that it is there."""
    drawn: list[Grant] = []
    allocations: list[Allocation] = []
    missing = amount
    for grant in grants:
        if missing == 0:
            break
        if grant.is_spendable(at):
            part = min(missing, grant.remaining)
            drawn.append(grant.drawn(part))
            allocations.append(Allocation(grant.id, part))
            missing -= part
    assert missing == 0
    return drawn, tuple(allocations)
