"""The collections of the promotions area that check-ins need; coupons have a file of their own."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Protocol

from domain.credits.ids import AccountId
from domain.promotions.check_in import CheckIn
from domain.promotions.check_in_budget import Budget
from domain.promotions.check_in_rules import CheckInRules


class BudgetUndecided(Exception):
    """A budget may still hold an award, but not where it was looked for.

    Nothing is decided: the unit of work is given up, and a new one asks for the whole budget.
    """


class CheckIns(Protocol):
    """Check-ins, the rules they are judged by, and what the product has given for them."""

    async def last(self, account_id: AccountId) -> CheckIn | None:
        """Return the account's check-in with the latest day."""
        ...

    async def add(self, check_in: CheckIn) -> None:
        """Keep a check-in; one for an account and day exists at most once (AlreadyCheckedIn)."""
        ...

    async def first_day(self, account_id: AccountId) -> date | None:
        """Return the day of the account's first check-in, or None."""
        ...

    async def between(
        self, account_id: AccountId, from_day: date, to_day: date
    ) -> Sequence[CheckIn]:
        """Return the account's check-ins for the days from the first to the last, oldest first."""
        ...

    async def first_line_at(self, account_id: AccountId) -> datetime | None:
        """Return when the account's ledger began, or None if it has no line."""
        ...

    async def of_accounts(
        self, after: AccountId | None, accounts_max: int, from_day: date, to_day: date
    ) -> Mapping[AccountId, Sequence[CheckIn]]:
        """Return the check-ins of the next accounts, in id order, within the days.

        Holds every account that ever checked in, its check-ins oldest first, none for one that did
        not come within these days; fewer than `accounts_max` mean that there are no more.
        """
        ...

    async def spend_budgets(
        self,
        budgets: Sequence[Budget],
        amount: int,
        account_id: AccountId,
        *,
        is_whole: bool,
    ) -> bool:
        """Take an award of one credit or more out of every budget; say whether it fits in all.

        What does not fit in all is taken from none. Whatever runs at once, no more is ever given
        in a period than the limit it is asked with. Budgets are named in one order everywhere.
        The account's own slice of each is tried, which keeps others waiting least; where that
        cannot tell, BudgetUndecided is raised. With `is_whole` all slices are locked until the
        unit ends: that always tells. A unit of work asks once.
        """
        ...

    async def rules(self) -> CheckInRules | None:
        """Return the rules in force, or None if none were ever set."""
        ...

    async def add_rules(self, rules: CheckInRules) -> None:
        """Keep a new version of the rules. Raises RulesChangedMeanwhile if that version exists."""
        ...
