"""One account's credits: what is held, what is available, what burns first."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from itertools import count

from attrs import evolve, frozen

from domain.amount import AMOUNT_MAX, within
from domain.credits.burning import chosen, drawn, merged, pinned
from domain.credits.changed_wallet import changed_wallet
from domain.credits.errors import (
    AccountFrozen,
    BalanceTooLarge,
    GrantEnded,
    HoldNotOpen,
    InsufficientCredits,
    TooManyHolds,
)
from domain.credits.grant import Grant, GrantTerms, grant_from
from domain.credits.hold import Hold, HoldState, HoldTerms, checked_ttl
from domain.credits.holding import end_hold
from domain.credits.ids import AccountId, GrantId, HoldId
from domain.credits.lot_ends import lot_ends
from domain.credits.low_balance import LowBalanceWatch, Threshold
from domain.credits.posting import NewId, Posting
from domain.credits.scope import Purposes
from domain.credits.settling import is_due, settled
from domain.credits.spend_limit import NO_LIMIT, SpendLimit
from domain.credits.transaction import (
    GENESIS,
    Allocation,
    LedgerAccount,
    TransactionText,
    TransactionType,
)

HOLDS_MAX = 1000
_ANYTHING: Purposes = frozenset()


@frozen(kw_only=True)
class Expiring:
    """The next lots to expire: so many credits, at this instant."""

    amount: int
    at: datetime


@frozen(kw_only=True)
class Wallet:
    """The aggregate of one account: its open grants and holds, its balance, its ledger's end.

    A wallet never changes: each command returns a `Posting`, which carries the wallet as it is
    afterwards and the rows that make it so. `version` counts saved changes and guards them;
    version 0 is a wallet that has never been written. `grants` are the open ones, in burn order.
    `posted` is the sum of all transactions; credits that have expired leave it when their
    expiration is posted, while `balance` leaves them out at once. `held` is the sum of the open
    `holds`. `spent` counts what went to usage on the UTC day `spent_on`, what is held for usage
    included, so that a daily limit is judged in the commit of the spend itself.

    `overdrawn` credits are owed: no lot covered them, and the next ones that come in fill that hole
    first. Spending may overdraw an account by `overdraft_max` credits, None meaning without end.
    An account `is_frozen` when it may not spend until a person has looked at it. `watch` are the
    thresholds below which somebody wants to be told. `last_at` is when its last line was written,
    or when a lot was last freed, if that was later.
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
    overdraft_max: int | None = 0
    is_frozen: bool = False
    watch: LowBalanceWatch | None = None
    grants: tuple[Grant, ...] = ()
    holds: tuple[Hold, ...] = ()

    def balance(self, now: datetime) -> int:
        """Return the credits that count at this instant, whether or not any job has run.

        Below zero where credits are owed.
        """
        return self.as_of(now).posted

    def available(self, now: datetime, purposes: Purposes = _ANYTHING) -> int:
        """Return what may be spent at this instant: less what is held, frozen or owed.

        Lots with a scope count only for usage of these purposes. The overdraft is not counted.
        """
        return max(0, self.as_of(now).net(self.at(now), purposes))

    def totals(self, now: datetime) -> tuple[int, int]:
        """Return the balance and what is available, for whoever asks for both."""
        settled_now = self.as_of(now)
        return settled_now.posted, max(0, settled_now.net(self.at(now), _ANYTHING))

    def affordable(self, now: datetime, purposes: Purposes = _ANYTHING) -> int:
        """Return what a spend may take at this instant: what is available, and the overdraft."""
        return self.as_of(now).room(self.at(now), purposes)

    def net(self, at: datetime, purposes: Purposes) -> int:
        """Return what is free in lots less what is owed, of a wallet settled at this instant."""
        free = sum([g.free for g in self.grants if g.is_spendable(at, purposes)])
        reserved = sum([hold.reserved for hold in self.holds]) if self.holds else 0
        return free - self.overdrawn - reserved

    def room(self, at: datetime, purposes: Purposes) -> int:
        """Return what a spend may take, of a wallet settled at this instant."""
        limit = AMOUNT_MAX if self.overdraft_max is None else self.overdraft_max
        return max(0, min(AMOUNT_MAX, self.net(at, purposes) + limit))

    def expiring(self, now: datetime) -> Expiring | None:
        """Return the lots that expire soonest, or None if no credits ever will.

        What will roll over, or is set aside for a hold, does not count.
        """
        ends = [(end, end.grant.free - end.rolled) for end in lot_ends(self.grants, now)]
        losses = [(end.at, loss) for end, loss in ends if loss > 0]
        if not losses:
            return None
        soonest = min(at for at, _ in losses)
        return Expiring(amount=sum(loss for at, loss in losses if at == soonest), at=soonest)

    def at(self, now: datetime) -> datetime:
        """Return the instant a command happens: `now`, but never before the wallet's `last_at`."""
        return now if self.last_at is None else max(now, self.last_at)

    def settle(self, now: datetime, new_id: NewId) -> Posting:
        """Post what time has already decided, in its order: lots began or ended, holds ended."""
        at = self.at(now)
        return settled(Posting(wallet=self), at, new_id).watched(at)

    def as_of(self, now: datetime) -> Wallet:
        """Return the wallet as settling would leave it; nothing is posted by looking."""
        at = self.at(now)
        if not is_due(self, at):
            return self
        pretended = count()
        return settled(Posting(wallet=self), at, lambda: f"pretended-{next(pretended)}").wallet

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
        counted = sum(g.remaining for g in self.grants if not g.is_over(at))
        if counted + grant.amount > AMOUNT_MAX:
            raise BalanceTooLarge(account_id=self.account_id)
        posting = settled(Posting(wallet=self), at, new_id)
        if grant.effective_at > at:
            return posting.with_grants([grant])
        return posting.with_credit(grant, at, new_id, text).watched(at, has_received=True)

    def spend(
        self,
        amount: int,
        *,
        type: TransactionType,
        to: LedgerAccount = LedgerAccount.USAGE,
        text: TransactionText,
        cause: str | None = None,
        purposes: Purposes = _ANYTHING,
        usage: str | None = None,
        limit: SpendLimit = NO_LIMIT,
        now: datetime,
        new_id: NewId,
    ) -> Posting:
        """Take credits from the lots in burn order, then from the overdraft.

        Only usage may overdraw an account. Raises InvalidField, AccountFrozen, InsufficientCredits
        or SpendLimitExceeded, and then takes nothing.
        """
        within("amount", amount, least=1, most=AMOUNT_MAX)
        is_usage = to is LedgerAccount.USAGE
        if self.is_frozen and is_usage:
            raise AccountFrozen
        at = self.at(now)
        spent_on, spent = limit.counted(
            amount if is_usage else 0, at=at, spent_on=self.spent_on, spent=self.spent
        )
        posting = Posting(wallet=self)
        if is_due(self, at):
            counted = changed_wallet(self, spent_on=spent_on, spent=spent)
            posting = settled(Posting(wallet=counted), at, new_id)
            spent_on, spent = posting.wallet.spent_on, posting.wallet.spent
        wallet = posting.wallet
        most = wallet.room(at, purposes) if is_usage else max(0, wallet.net(at, purposes))
        if amount > most:
            raise InsufficientCredits(requested=amount, available=most)
        allocations = chosen(wallet.grants, amount, at, purposes)
        changed, owed = drawn(posting, allocations)
        return posting.with_line(
            type=type,
            debit=LedgerAccount.WALLET,
            credit=to,
            amount=amount,
            at=at,
            cause=cause,
            allocations=allocations,
            usage=usage,
            text=text,
            new_id=new_id,
            changed=changed,
            owed=owed,
            spent_on=spent_on,
            spent=spent,
        ).watched(at)

    def hold(
        self,
        terms: HoldTerms,
        *,
        hold_id: HoldId,
        limit: SpendLimit = NO_LIMIT,
        now: datetime,
        new_id: NewId,
    ) -> Posting:
        """Set credits aside, in the lots that would pay now, until the hold ends.

        Raises AccountFrozen, InsufficientCredits, SpendLimitExceeded or TooManyHolds, and then
        sets nothing aside.
        """
        if self.is_frozen:
            raise AccountFrozen
        at = self.at(now)
        posting = settled(Posting(wallet=self._counted(terms.amount, limit, at)), at, new_id)
        if len(posting.wallet.holds) >= HOLDS_MAX:
            raise TooManyHolds(most=HOLDS_MAX)
        hold = Hold(
            id=hold_id,
            account_id=self.account_id,
            amount=terms.amount,
            lots=_set_aside(posting.wallet, terms.amount, at, terms.purposes),
            silence=terms.silence,
            type=terms.type,
            purposes=terms.purposes,
            created_at=at,
            expires_at=at + terms.ttl,
            usage=terms.usage,
            text=terms.text,
        )
        return pinned(posting, hold.lots).with_hold(hold).watched(at)

    def extend(
        self,
        hold_id: HoldId,
        *,
        ttl: timedelta,
        reported: int = 0,
        usage: str | None = None,
        amount: int | None = None,
        limit: SpendLimit = NO_LIMIT,
        now: datetime,
        new_id: NewId,
    ) -> Posting:
        """Let a hold live on, say what its work has cost so far, and set more aside if asked to.

        What was reported never shrinks, and a life never gets shorter, so that signs of life may
        arrive in any order. Raises HoldNotOpen, InvalidField, AccountFrozen, InsufficientCredits,
        SpendLimitExceeded.
        """
        at = self.at(now)
        hold = settled(Posting(wallet=self), at, new_id).wallet.open_hold(hold_id)
        more = 0 if amount is None else max(0, amount - hold.amount)
        if more and self.is_frozen:
            raise AccountFrozen
        within("reported", reported, least=0, most=AMOUNT_MAX)
        posting = settled(Posting(wallet=self._counted(more, limit, at)), at, new_id)
        added = _set_aside(posting.wallet, more, at, hold.purposes) if more else ()
        longer = evolve(
            hold,
            amount=hold.amount + more,
            lots=merged((*hold.lots, *added)),
            expires_at=max(hold.expires_at, at + checked_ttl(ttl)),
            reported=max(hold.reported, reported),
            usage=usage if usage is not None and reported >= hold.reported else hold.usage,
        )
        return pinned(posting, added).with_hold(longer).watched(at)

    def capture(
        self,
        hold_id: HoldId,
        amount: int,
        *,
        text: TransactionText | None = None,
        usage: str | None = None,
        now: datetime,
        new_id: NewId,
    ) -> Posting:
        """Charge what the work of a hold has cost, and give the rest back.

        Without a text the hold's own is used. Raises HoldNotOpen, InvalidField.
        """
        within("amount", amount, least=0, most=AMOUNT_MAX)
        at = self.at(now)
        posting = settled(Posting(wallet=self), at, new_id)
        return end_hold(
            posting,
            posting.wallet.open_hold(hold_id),
            amount=amount,
            state=HoldState.CAPTURED,
            at=at,
            new_id=new_id,
            text=text,
            usage=usage,
        ).watched(at)

    def release(self, hold_id: HoldId, *, now: datetime, new_id: NewId) -> Posting:
        """Give back all that a hold has set aside. Raises HoldNotOpen."""
        at = self.at(now)
        posting = settled(Posting(wallet=self), at, new_id)
        hold = posting.wallet.open_hold(hold_id)
        state = HoldState.RELEASED
        return end_hold(posting, hold, amount=0, state=state, at=at, new_id=new_id).watched(at)

    def void(
        self, grant_id: GrantId, *, text: TransactionText, now: datetime, new_id: NewId
    ) -> Posting:
        """Take away what is left of a lot, for ever; what a hold has of it, when the hold ends.

        Raises GrantEnded.
        """
        at = self.at(now)
        posting = settled(Posting(wallet=self), at, new_id)
        grant = next((each for each in posting.wallet.grants if each.id == grant_id), None)
        if grant is None or grant.is_over(at):
            raise GrantEnded(grant_id=grant_id)
        voided = evolve(grant, voided_at=at)
        posting = posting.with_grants([voided])
        if voided.is_posted and voided.free:
            posting = posting.with_end(voided, at, new_id, text)
        return posting.watched(at)

    def open_hold(self, hold_id: HoldId) -> Hold:
        """Return an open hold. Raises HoldNotOpen."""
        for hold in self.holds:
            if hold.id == hold_id:
                return hold
        raise HoldNotOpen(hold_id=hold_id)

    def watching(self, thresholds: tuple[Threshold, ...], now: datetime) -> Wallet:
        """Return the wallet with these thresholds; those it is under already are not armed."""
        if not thresholds:
            return evolve(self, watch=None)
        available = self.available(now)
        watch = LowBalanceWatch(thresholds=thresholds, base=max(available, 1))
        begun, _ = watch.seen(self.account_id, available, has_received=False)
        return evolve(self, watch=begun)

    def _counted(self, amount: int, limit: SpendLimit, at: datetime) -> Wallet:
        """Count a spend towards its day. Raises SpendLimitExceeded."""
        spent_on, spent = limit.counted(amount, at=at, spent_on=self.spent_on, spent=self.spent)
        return changed_wallet(self, spent_on=spent_on, spent=spent) if amount else self


def _set_aside(
    wallet: Wallet, amount: int, at: datetime, purposes: Purposes
) -> tuple[Allocation, ...]:
    """Choose where held credits are to lie. Raises InsufficientCredits."""
    most = wallet.room(at, purposes)
    if amount > most:
        raise InsufficientCredits(requested=amount, available=most)
    return chosen(wallet.grants, amount, at, purposes)
