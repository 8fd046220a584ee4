"""Award a day's check-in: at most once per account and local day, within the product's budgets."""

from __future__ import annotations

from datetime import date, datetime

from attrs import frozen

from application.events.steps.raised_events import raise_check_in
from application.ports.credits import KeyedReceipt
from application.ports.idempotency import Caller, RequestKey
from application.ports.promotions import BudgetUndecided
from application.ports.system import Clock, NewId
from application.ports.unit_of_work import BeginWork, UnitOfWork
from application.promotions.steps.checking_in import Visitor, rules_in_force, visitor
from application.wallets.receipts import receipt_of
from application.wallets.wallet_saving import save_wallet
from domain.access.account import Account
from domain.credits.grant import CATEGORY_OF, GrantSource, GrantTerms
from domain.credits.ids import AccountId, GrantId
from domain.credits.transaction import TransactionText
from domain.credits.wallet import Wallet
from domain.period import local_day, zone_named
from domain.promotions.check_in import CheckIn, check_in, standing
from domain.promotions.check_in_budget import product_budgets
from domain.promotions.check_in_rules import CheckInRules
from domain.promotions.errors import CheckInNotYet


@frozen(kw_only=True)
class CheckInToday:
    """Check an account in; the key is the caller's own and optional, the day guards anyway."""

    account_id: AccountId
    key: RequestKey | None = None


@frozen(kw_only=True)
class CheckedIn:
    """The check-in, the balance right after, and when the next one brings how much."""

    check_in: CheckIn
    balance: int
    next_at: datetime
    next_award: int
    is_replay: bool = False


@frozen(kw_only=True)
class _Kept:
    """What is remembered under the caller's key, for ever: the check-in itself is read anew."""

    day: date
    balance: int
    next_at: datetime
    next_award: int

    @classmethod
    def of(cls, made: CheckedIn) -> _Kept:
        return cls(
            day=made.check_in.day,
            balance=made.balance,
            next_at=made.next_at,
            next_award=made.next_award,
        )

    async def told(self, work: UnitOfWork, account_id: AccountId) -> CheckedIn:
        """Return the first answer again."""
        (made,) = await work.check_ins.between(account_id, self.day, self.day)
        return CheckedIn(
            check_in=made,
            balance=self.balance,
            next_at=self.next_at,
            next_award=self.next_award,
            is_replay=True,
        )


@frozen(kw_only=True)
class CheckingIn:
    """Judge the day by the account's zone and grant the award, in one commit.

    Where a budget is spent the check-in is kept without an award. Refusals: CheckInDisabled,
    CheckInNotYet, AlreadyCheckedIn and CheckInZoneChanged with the instant of the next one.
    """

    begin: BeginWork
    clock: Clock
    new_id: NewId

    async def __call__(self, command: CheckInToday) -> CheckedIn:
        try:
            ended = await self._in_one_unit(command, is_whole=False)
        except BudgetUndecided:
            ended = await self._in_one_unit(command, is_whole=True)
        if isinstance(ended, CheckInNotYet):
            raise ended
        return ended

    async def _in_one_unit(
        self, command: CheckInToday, *, is_whole: bool
    ) -> CheckedIn | CheckInNotYet:
        async with self.begin() as work:
            if command.key is not None:
                first = await work.answers.claim(command.key, _Kept)
                if first is not None:
                    return await first.told(work, command.account_id)
            # The wallet's lock is what two check-ins of one account wait on.
            wallet = await work.wallets.take(command.account_id)
            now = self.clock()
            rules = await rules_in_force(work, now)
            who = await visitor(work, command.account_id, rules)
            try:
                answer = await self._checked_in(work, wallet, rules, who, now, is_whole=is_whole)
            except CheckInNotYet as refusal:
                if who.known_since is not None:
                    raise
                # An account nobody knew is known from here on, or it would never grow older.
                blank = Account(id=command.account_id, created_at=now)
                await work.accounts.save(await work.accounts.take(blank))
                await work.commit()
                return refusal
            if command.key is not None:
                await work.answers.keep(command.key, _Kept.of(answer), is_kept_for_ever=True)
            await work.commit()
        return answer

    async def _checked_in(
        self,
        work: UnitOfWork,
        wallet: Wallet,
        rules: CheckInRules,
        who: Visitor,
        now: datetime,
        *,
        is_whole: bool,
    ) -> CheckedIn:
        account_id = wallet.account_id
        made = check_in(
            rules,
            await work.check_ins.last(account_id),
            account_id=account_id,
            account_zone=who.zone,
            grant_id=GrantId(self.new_id()),
            now=now,
            known_since=who.known_since,
            is_paid=who.has_paid_plan,
        )
        budgets = product_budgets(rules.budgets, local_day(now, zone_named(rules.zone)))
        fits = not budgets or await work.check_ins.spend_budgets(
            budgets, made.award, account_id, is_whole=is_whole
        )
        made = made if fits else made.unpaid()
        balance = await self._granted(work, wallet, rules, made, now)
        await work.check_ins.add(made)
        await raise_check_in(work, self.new_id, now, made)
        ahead = standing(
            rules, made, who.zone, now, known_since=who.known_since, is_paid=who.has_paid_plan
        )
        return CheckedIn(
            check_in=made, balance=balance, next_at=ahead.next_at, next_award=ahead.next_award
        )

    async def _granted(
        self, work: UnitOfWork, wallet: Wallet, rules: CheckInRules, made: CheckIn, now: datetime
    ) -> int:
        """Put the award into the wallet, if there is one; return the balance afterwards."""
        if made.grant_id is None:
            return wallet.balance(now)
        text = f"Daily check-in, day {made.streak}"
        posting = wallet.grant(
            _terms(rules, made),
            grant_id=made.grant_id,
            text=TransactionText(salt=self.new_id(), description=text),
            now=now,
            new_id=self.new_id,
        )
        receipt = receipt_of(posting, grant_id=made.grant_id)
        kept = KeyedReceipt(key=_key_of(made), receipt=receipt, is_kept_for_ever=True)
        await save_wallet(work, wallet, posting, now, self.new_id, [kept])
        return receipt.balance


def _terms(rules: CheckInRules, made: CheckIn) -> GrantTerms:
    return GrantTerms(
        amount=made.award,
        source=GrantSource.CHECK_IN,
        category=CATEGORY_OF[GrantSource.CHECK_IN],
        expires_at=rules.award_expires_at(made.at),
        cause=f"check_in:{made.day.isoformat()}",
    )


def _key_of(made: CheckIn) -> RequestKey:
    """Key the award by the day it is for, for ever, whoever asks for it."""
    day = made.day.isoformat()
    return RequestKey(
        owner=made.account_id, caller=Caller.SYSTEM, key=f"check_in:{day}", fingerprint=day
    )
