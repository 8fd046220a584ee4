"""Award a day's check-in: at most once per account and local day."""

from __future__ import annotations

from attrs import evolve, frozen

from application.ports.credits import KeyedReceipt
from application.ports.idempotency import Caller, RequestKey
from application.ports.system import Clock, NewId
from application.ports.unit_of_work import BeginWork, UnitOfWork
from application.promotions.check_in_steps import rules_in_force, zone_of
from application.raised_events import raise_check_in
from application.receipts import receipt_of
from domain.credits.grant import CATEGORY_OF, GrantSource, GrantTerms
from domain.credits.ids import AccountId, GrantId
from domain.credits.transaction import TransactionText
from domain.promotions.check_in import CheckIn, CheckInRules, Standing, check_in, standing


@frozen(kw_only=True)
class CheckInToday:
    """Check an account in; the key is the caller's own and optional, the day guards anyway."""

    account_id: AccountId
    key: RequestKey | None = None


@frozen(kw_only=True)
class CheckedIn:
    """The check-in, the balance right after, and what comes next."""

    check_in: CheckIn
    balance: int
    standing: Standing
    is_replay: bool = False


@frozen(kw_only=True)
class CheckingIn:
    """Judge the day by the account's zone and grant the award, in one commit.

    Refusals: CheckInDisabled, AlreadyCheckedIn with the instant of the next one.
    """

    begin: BeginWork
    clock: Clock
    new_id: NewId

    async def __call__(self, command: CheckInToday) -> CheckedIn:
        async with self.begin() as work:
            if command.key is not None:
                first = await work.answers.claim(command.key, CheckedIn)
                if first is not None:
                    return evolve(first, is_replay=True)
            answer = await self._checked_in(work, command.account_id)
            if command.key is not None:
                await work.answers.keep(command.key, answer)
            await work.commit()
        return answer

    async def _checked_in(self, work: UnitOfWork, account_id: AccountId) -> CheckedIn:
        # The wallet's lock is what two check-ins of one account wait on.
        wallet = await work.wallets.take(account_id)
        now = self.clock()
        zone = await zone_of(work, account_id)
        rules = await rules_in_force(work, now)
        made = check_in(
            rules,
            await work.check_ins.last(account_id),
            account_id=account_id,
            account_zone=zone,
            grant_id=GrantId(self.new_id()),
            now=now,
        )
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
        await work.wallets.save(posting, [kept])
        await work.check_ins.add(made)
        await raise_check_in(work, self.new_id, now, made)
        return CheckedIn(
            check_in=made, balance=receipt.balance, standing=standing(rules, made, zone, now)
        )


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
