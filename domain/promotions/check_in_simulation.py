"""What check-in rules would cost: replayed over real check-ins, and for any number of users.

Nothing here is exact about the future. What is computed from what is said beside each function;
only the ceiling is a promise.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, timedelta
from hashlib import sha256

from attrs import evolve, frozen

from domain.credits.ids import AccountId
from domain.period import day_starts_at, local_day, zone_named
from domain.promotions.check_in import A_DAY, CheckIn, Run
from domain.promotions.check_in_budget import Budget, product_budgets
from domain.promotions.check_in_rules import DAYS_A_WEEK, MILESTONE_DAY_MAX, CheckInRules

MODEL_ACCOUNTS = 1000


@frozen(kw_only=True)
class Cost:
    """What was given, and what spent budgets kept back, in credits."""

    credits: int
    withheld: int


def replayed(rules: CheckInRules, check_ins: Sequence[CheckIn]) -> Iterator[CheckIn]:
    """Yield one account's check-ins, oldest first, as these rules would have made them.

    The account came as it really came. Its streak, best streak and freezes are taken over from
    its first check-in of the stretch; days caught up later than these rules allow are left out.
    """
    last: CheckIn | None = None
    for real in check_ins:
        zone = zone_named(real.zone)
        if real.at >= day_starts_at(real.day + A_DAY, zone) + rules.grace and real.is_caught_up:
            continue
        before = _before(real) if last is None else last
        last = Run.reaching(rules, before, real.day, zone, real.at).lengthened(
            rules,
            account_id=real.account_id,
            day=real.day,
            zone=real.zone,
            at=real.at,
            is_paid=real.is_paid,
            grant_id=None,
        )
        yield last


def cost_of(rules: CheckInRules, made: Iterable[CheckIn]) -> Cost:
    """Return what these check-ins cost within the product's budgets, taken in order of time."""
    zone = zone_named(rules.zone)
    spent: dict[str, int] = defaultdict(int)
    given = withheld = 0
    budgets_of: dict[date, tuple[Budget, ...]] = {}
    for each in sorted(made, key=lambda each: (each.at, each.account_id, each.day)):
        day = local_day(each.at, zone)
        budgets = budgets_of.get(day)
        if budgets is None:
            budgets = budgets_of[day] = product_budgets(rules.budgets, day)
        if any(spent[budget.period] + each.award > budget.limit for budget in budgets):
            withheld += each.award
            continue
        for budget in budgets:
            spent[budget.period] += each.award
        given += each.award
    return Cost(credits=given, withheld=withheld)


def projected(
    rules: CheckInRules,
    awards: Mapping[date, int],
    days: Sequence[date],
    *,
    of_accounts: int,
    accounts: int,
) -> Cost:
    """Return what so many accounts would cost if they behaved as the ones that were counted.

    `awards` are credits by day before budgets, of `of_accounts` accounts. Each day is scaled in
    proportion and rounded up; then the day's and the month's budget cut it.
    """
    given: dict[str, int] = defaultdict(int)
    granted = withheld = 0
    for day in days:
        wanted = -(-awards.get(day, 0) * accounts // of_accounts)
        budgets = product_budgets(rules.budgets, day)
        fits = min([wanted, *(budget.limit - given[budget.period] for budget in budgets)])
        for budget in budgets:
            given[budget.period] += fits
        granted += fits
        withheld += wanted - fits
    return Cost(credits=granted, withheld=withheld)


def awards_by_day(made: Iterable[CheckIn]) -> Mapping[date, int]:
    """Add up awards by the day they are for."""
    awards: dict[date, int] = defaultdict(int)
    for each in made:
        awards[each.day] += each.award
    return awards


def model_account(
    number: int, days: Sequence[date], *, share_percent: int, paid_percent: int, zone: str
) -> Sequence[CheckIn]:
    """Return when an account of the model comes: each day by a fixed draw, so many days in 100.

    A new account, with or without a paid plan by a draw of the same kind. Draws are digests of
    the account's number and the day, so that the same question has the same answer.
    """
    is_paid = _draw(f"paid:{number}") < paid_percent
    midday = timedelta(hours=12)
    return [
        CheckIn(
            account_id=AccountId(f"model-{number}"),
            day=day,
            zone=zone,
            at=day_starts_at(day, zone_named(zone)) + midday,
            streak=1,
            best=1,
            award=0,
            is_paid=is_paid,
            rules_version=0,
            grant_id=None,
        )
        for at, day in enumerate(days)
        if _draw(f"{number}:{at}") < share_percent
    ]


def ceiling(rules: CheckInRules, days: Sequence[date], accounts: int) -> int:
    """Return what so many accounts can cost at most for this many days, whatever they do.

    Everybody has a paid plan, begins with whatever streak earns most, and comes or stays away on
    each day as it pays best; milestones that are paid once in a life are all within reach that a
    stretch of this length can reach. The product's budgets cut the rest.
    """
    cost = (_best_stretch(rules, len(days)) + _best_firsts(rules, len(days))) * accounts
    if rules.budgets.day is not None:
        cost = min(cost, rules.budgets.day * len(days))
    if rules.budgets.month is not None:
        months = {(day.year, day.month) for day in days}
        cost = min(cost, rules.budgets.month * len(months))
    return cost


def _best_stretch(rules: CheckInRules, days: int) -> int:
    """Return the most an account earns in so many days, without what is paid once in a life."""
    longest = max((each.day for each in rules.milestones), default=0) + DAYS_A_WEEK
    # As if the account's best streak were longer than any: then only what repeats is paid.
    rewards = [
        rules.reward(streak + 1, best=MILESTONE_DAY_MAX, is_paid=True).total
        for streak in range(longest + days)
    ]
    worth = [0] * (longest + days + 1)
    for left in range(days):
        stays_away = worth[0]
        reached = longest + days - left
        worth = [max(rewards[at] + worth[at + 1], stays_away) for at in range(reached)]
    return max(worth)


def _best_firsts(rules: CheckInRules, days: int) -> int:
    """Return the most that milestones paid once in a life add within so many days."""
    firsts = [each for each in rules.milestones if not each.repeats]
    return max(
        (
            sum(each.credits for each in firsts if first.day <= each.day < first.day + days)
            for first in firsts
        ),
        default=0,
    )


def _before(real: CheckIn) -> CheckIn | None:
    """Return how the account stood just before a real check-in, or None if it was its first."""
    if real.streak == 1 and real.best == 1 and real.freezes_used == 0:
        return None
    return evolve(
        real,
        day=real.day - A_DAY,
        at=real.at - A_DAY,
        streak=real.streak - 1,
        best=real.best if real.best > real.streak else real.streak - 1,
        freezes=real.freezes,
    )


def _draw(what: str) -> int:
    """Return a fixed number from 0 to 99 that looks drawn."""
    return int.from_bytes(sha256(what.encode()).digest()[:8]) % 100
