"""Say what a set of check-in rules would have cost, and would cost at any number of users."""

from __future__ import annotations

import asyncio
from datetime import date, timedelta

from attrs import frozen

from application.ports.system import Clock
from application.ports.unit_of_work import BeginRead
from domain.credits.ids import AccountId
from domain.period import local_day, zone_named
from domain.promotions.check_in import A_DAY, CheckIn
from domain.promotions.check_in_rules import CheckInRules, CheckInTerms
from domain.promotions.check_in_simulation import (
    MODEL_ACCOUNTS,
    Cost,
    awards_by_day,
    ceiling,
    cost_of,
    model_account,
    projected,
    replayed,
)

ACCOUNTS_READ_MAX = 500
_ACCOUNTS_AT_ONCE = 25


@frozen(kw_only=True)
class SimulateCheckIn:
    """Try terms: over the last so many days as they were, and for so many accounts.

    `accounts` behave as the real ones did, or, with `share_percent`, as those of a model: new
    ones of which so many in 100 come on any day, and so many in 100 have a paid plan.
    """

    terms: CheckInTerms
    days: int
    accounts: int | None
    share_percent: int | None
    paid_percent: int


@frozen(kw_only=True)
class PastCost:
    """What really was, and what the rules tried would have made of it.

    `accounts` ever checked in; of them the check-ins of these days were read. `is_sample` says
    that there are more accounts than were read: then these are the first in order of their ids.
    """

    accounts: int
    check_ins: int
    given: int
    cost: Cost
    is_sample: bool


@frozen(kw_only=True)
class FutureCost:
    """What so many accounts would cost, by whom they were likened to, and at most."""

    accounts: int
    is_model: bool
    cost: Cost
    ceiling: int


@frozen(kw_only=True)
class CheckInSimulated:
    """The days looked at, from the first to the last, and both answers."""

    from_day: date
    to_day: date
    past: PastCost
    future: FutureCost


@frozen(kw_only=True)
class SimulatingCheckIn:
    """Read a bounded number of accounts, replay them, and count. Changes nothing.

    The counting lets others run after every few accounts. Refusals: none of its own.
    """

    read: BeginRead
    clock: Clock

    async def __call__(self, command: SimulateCheckIn) -> CheckInSimulated:
        now = self.clock()
        rules = command.terms.in_force(version=0, changed_at=now)
        # Today is not over anywhere; yesterday is the last day that can be counted whole.
        to_day = local_day(now, zone_named(rules.zone)) - A_DAY
        from_day = to_day - timedelta(days=command.days - 1)
        days = [from_day + at * A_DAY for at in range(command.days)]
        past, made = await self._past(rules, from_day, to_day)
        accounts = past.accounts if command.accounts is None else command.accounts
        is_model = command.share_percent is not None or past.accounts == 0
        if is_model:
            share = 100 if command.share_percent is None else command.share_percent
            made = await _model(rules, days, share, command.paid_percent)
        of_accounts = MODEL_ACCOUNTS if is_model else past.accounts
        cost = projected(
            rules, awards_by_day(made), days, of_accounts=of_accounts, accounts=accounts
        )
        most = ceiling(rules, days, accounts)
        future = FutureCost(accounts=accounts, is_model=is_model, cost=cost, ceiling=most)
        return CheckInSimulated(from_day=from_day, to_day=to_day, past=past, future=future)

    async def _past(
        self, rules: CheckInRules, from_day: date, to_day: date
    ) -> tuple[PastCost, list[CheckIn]]:
        """Replay real accounts, page by page, up to a bound."""
        made: list[CheckIn] = []
        accounts = check_ins = given = 0
        after: AccountId | None = None
        is_more = True
        while is_more and accounts < ACCOUNTS_READ_MAX:
            async with self.read() as work:
                page = await work.check_ins.of_accounts(after, _ACCOUNTS_AT_ONCE, from_day, to_day)
            for real in page.values():
                check_ins += len(real)
                given += sum(each.award for each in real)
                made += replayed(rules, real)
            accounts += len(page)
            after = max(page, default=None)
            is_more = len(page) == _ACCOUNTS_AT_ONCE
            await asyncio.sleep(0)
        if is_more:
            async with self.read() as work:
                is_more = bool(await work.check_ins.of_accounts(after, 1, from_day, from_day))
        past = PastCost(
            accounts=accounts,
            check_ins=check_ins,
            given=given,
            cost=cost_of(rules, made),
            is_sample=is_more,
        )
        return past, made


async def _model(
    rules: CheckInRules, days: list[date], share_percent: int, paid_percent: int
) -> list[CheckIn]:
    """Replay the accounts of the model."""
    made: list[CheckIn] = []
    for number in range(MODEL_ACCOUNTS):
        comes = model_account(
            number, days, share_percent=share_percent, paid_percent=paid_percent, zone=rules.zone
        )
        made += replayed(rules, comes)
        if number % _ACCOUNTS_AT_ONCE == 0:
            await asyncio.sleep(0)
    return made
