"""Prove the counters of coupons, codes and check-in budgets against the rows that they count."""

from __future__ import annotations

from collections import Counter
from collections.abc import AsyncIterator, Sequence
from datetime import date, timedelta

from attrs import Factory, define, frozen

from application.ports.unit_of_work import BeginRead
from domain.credits.ids import AccountId
from domain.period import local_day, zone_named
from domain.promotions.check_in import CheckIn
from domain.promotions.check_in_budget import days_of, periods_of
from domain.promotions.ids import CouponId
from domain.promotions.proof import BudgetCount, Miscount

_COUPONS_AT_ONCE = 100
_ACCOUNTS_AT_ONCE = 100
_BUDGETS_AT_ONCE = 1000

_APART = timedelta(days=7)
"""No account's day lies further from the product's, by its zone and by the time to catch up."""


@frozen(kw_only=True)
class VerifyCounters:
    """Check everything; stop collecting after so many faults."""

    miscounts_max: int = 100


@define(kw_only=True)
class CountersVerified:
    """How many counters were checked, and those that are wrong: none, if all is well."""

    coupons: int = 0
    budgets: int = 0
    miscounts: list[Miscount] = Factory(list)

    @property
    def counters(self) -> int:
        """How many were checked in all; a coupon's codes go with it."""
        return self.coupons + self.budgets


@frozen(kw_only=True)
class VerifyingCounters:
    """Read every coupon with its codes, and every budget with the check-ins of its period."""

    read: BeginRead

    async def __call__(self, command: VerifyCounters) -> CountersVerified:
        found = CountersVerified()
        await self._coupons(command, found)
        if len(found.miscounts) < command.miscounts_max:
            await self._budgets(found)
        del found.miscounts[command.miscounts_max :]
        return found

    async def _coupons(self, command: VerifyCounters, found: CountersVerified) -> None:
        after: CouponId | None = None
        while len(found.miscounts) < command.miscounts_max:
            async with self.read() as work:
                counts = await work.counters.coupons(after, _COUPONS_AT_ONCE)
                for count in counts:
                    found.miscounts += count.miscounts()
                    most = command.miscounts_max
                    for code in await work.counters.miscounted_codes(count.coupon_id, most):
                        found.miscounts += code.miscounts()
            found.coupons += len(counts)
            if len(counts) < _COUPONS_AT_ONCE:
                return
            after = counts[-1].coupon_id

    async def _budgets(self, found: CountersVerified) -> None:
        # The budgets first: what is awarded while this runs only adds to what they may have given.
        async with self.read() as work:
            zones = await work.counters.zones()
            after: str | None = None
            budgets: list[BudgetCount] = []
            while page := await work.counters.budgets(after, _BUDGETS_AT_ONCE):
                budgets += page
                after = page[-1].period
        if not budgets:
            return
        awarded: Counter[str] = Counter()
        async for check_in in self._check_ins([days_of(each.period) for each in budgets]):
            zone = zone_named(zones.get(check_in.rules_version, check_in.zone))
            for period in periods_of(local_day(check_in.at, zone)):
                awarded[period] += check_in.award
        for budget in budgets:
            found.miscounts += budget.miscounts(awarded[budget.period])
        found.budgets = len(budgets)

    async def _check_ins(self, days: Sequence[tuple[date, date]]) -> AsyncIterator[CheckIn]:
        """Go through all check-ins that may have drawn on budgets of such days."""
        from_day = min(first for first, _ in days) - _APART
        to_day = max(last for _, last in days) + _APART
        after: AccountId | None = None
        while True:
            async with self.read() as work:
                page = await work.check_ins.of_accounts(after, _ACCOUNTS_AT_ONCE, from_day, to_day)
            for check_ins in page.values():
                for each in check_ins:
                    yield each
            if len(page) < _ACCOUNTS_AT_ONCE:
                return
            after = max(page)
