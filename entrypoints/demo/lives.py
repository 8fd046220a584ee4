"""What the customers of the demo world do, day by day: chosen once, before anything is written."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime, time, timedelta

from attrs import frozen

from domain.credits.ids import AccountId
from domain.period import Interval
from entrypoints.demo import catalogue

DAYS = 90

# By plan: chosen so that most of what a plan includes is spent before it lapses.
_USAGE_PERCENT = {
    catalogue.FREE: 15,
    catalogue.STARTER: 45,
    catalogue.PRO: 65,
    catalogue.BUSINESS: 85,
}
_CALLS = {catalogue.STARTER: 3, catalogue.PRO: 11, catalogue.BUSINESS: 50}

_ZONES = ("Europe/Berlin", "America/New_York", "America/Sao_Paulo", "Asia/Tokyo", "Asia/Kolkata")


@frozen(kw_only=True)
class Join:
    """A customer's profile becomes known."""

    email: str
    zone: str | None


@frozen(kw_only=True)
class Subscribe:
    """A customer buys a plan on the sandbox's page, after a declined card if `is_declined_once`."""

    plan: str
    interval: Interval = Interval.MONTHLY
    coupon: str | None = None
    is_declined_once: bool = False


@frozen(kw_only=True)
class BuyPack:
    """A customer buys credits once; one that is abandoned never leaves the sandbox's page."""

    pack: str
    coupon: str | None = None
    is_abandoned: bool = False


@frozen(kw_only=True)
class Cancel:
    """A customer lets the subscription end with its period, on the sandbox's portal."""


@frozen(kw_only=True)
class CheckIn:
    """A customer checks in."""


@frozen(kw_only=True)
class Adjust:
    """Support gives or takes credits by hand."""

    amount: int
    reason: str


Act = Join | Subscribe | BuyPack | Cancel | CheckIn | Adjust


@frozen(kw_only=True)
class Deed:
    """One customer's act at an instant."""

    at: datetime
    account_id: AccountId
    act: Act


@frozen(kw_only=True)
class Life:
    """One customer: the deeds, and on how many days out of a hundred the product is used.

    `calls` are as many as one line of the ledger gathers: a team's software calls all day.
    """

    account_id: AccountId
    joined_on: date
    deeds: Sequence[Deed]
    usage_percent: int
    calls: int


def account_named(number: int) -> AccountId:
    """Return the account of the n-th customer."""
    return AccountId(f"demo-{number:03d}")


def lives(ends_on: date, customers: int) -> list[Life]:
    """Return the lives of so many customers in the ninety days before a day: always the same."""
    return [_life(number, ends_on) for number in range(1, customers + 1)]


def _life(number: int, ends_on: date) -> Life:
    # Chosen by a generator of each customer's own: more customers change nobody else's life.
    chance = random.Random(f"{ends_on.isoformat()}/{number}")  # noqa: S311 - a story, no secret
    account_id = account_named(number)
    # The first customer is the one whose token is handed out: there from the first day, and busy.
    is_model = number == 1
    # A third came within the first month, not all on one day: nor do their plans renew on one.
    joined = 0 if is_model else chance.randrange(30 if chance.random() < 0.35 else DAYS - 5)
    first_on = ends_on - timedelta(days=DAYS - joined)
    joins = Join(email=f"{account_id}@example.com", zone=_zone(chance, is_model))
    acts: list[tuple[date, Act]] = [(first_on, joins)]
    plan, bought = _purchases(chance, is_model, first_on, ends_on)
    acts += bought
    acts += _check_ins(chance, is_model, plan, first_on, ends_on)
    if chance.random() < 0.04:
        acts.append((_some_day(chance, first_on, ends_on), _adjustment(chance)))
    return Life(
        account_id=account_id,
        joined_on=first_on,
        deeds=[
            Deed(at=_moment(chance, day, act), account_id=account_id, act=act) for day, act in acts
        ],
        usage_percent=_USAGE_PERCENT.get(plan, 5),
        calls=_CALLS.get(plan, 1),
    )


def _zone(chance: random.Random, is_model: bool) -> str | None:
    return None if is_model or chance.random() < 0.5 else chance.choice(_ZONES)


def _purchases(
    chance: random.Random, is_model: bool, first_on: date, ends_on: date
) -> tuple[str, list[tuple[date, Act]]]:
    """Choose a plan, which may be none, and what is bought beside it."""
    bought: list[tuple[date, Act]] = []
    names = (catalogue.FREE, catalogue.STARTER, catalogue.PRO, catalogue.BUSINESS, "")
    plan = catalogue.PRO if is_model else chance.choices(names, (30, 14, 11, 4, 41))[0]
    if plan:
        is_paid = plan != catalogue.FREE
        coupons = (catalogue.PERCENT, catalogue.FIXED, catalogue.BONUS, catalogue.EXPIRED)
        is_yearly = is_paid and not is_model and chance.random() < 0.2
        subscribed = Subscribe(
            plan=plan,
            interval=Interval.YEARLY if is_yearly else Interval.MONTHLY,
            coupon=chance.choice(coupons) if is_paid and chance.random() < 0.25 else None,
            is_declined_once=is_paid and chance.random() < 0.08,
        )
        bought.append((first_on, subscribed))
        if is_paid and not is_model and chance.random() < 0.15:
            bought.append((_some_day(chance, first_on, ends_on), Cancel()))
    sizes = (catalogue.SMALL, catalogue.MEDIUM, catalogue.LARGE)
    for _ in range(1 if is_model else chance.choices((0, 1, 2), (84, 13, 3))[0]):
        pack = BuyPack(
            pack=chance.choices(sizes, (60, 30, 10))[0],
            coupon=catalogue.BONUS if chance.random() < 0.1 else None,
            is_abandoned=not is_model and chance.random() < 0.15,
        )
        bought.append((_some_day(chance, first_on, ends_on), pack))
    return plan, bought


def _check_ins(
    chance: random.Random, is_model: bool, plan: str, first_on: date, ends_on: date
) -> Iterator[tuple[date, Act]]:
    """Choose runs of days in a row, with gaps between them; a few customers come often."""
    if is_model:
        for days_ago in range(12, 0, -1):
            yield ends_on - timedelta(days=days_ago), CheckIn()
        return
    is_regular = chance.random() < 0.04
    if plan and not is_regular:
        return
    day = first_on + timedelta(days=chance.randrange(1, 5))
    for _ in range(chance.randrange(2, 4) if is_regular else 1):
        for _ in range(chance.randrange(4, 9) if is_regular else 1):
            if day >= ends_on:
                return
            yield day, CheckIn()
            day += timedelta(days=1)
        day += timedelta(days=chance.randrange(2, 20))


def _adjustment(chance: random.Random) -> Adjust:
    if chance.random() < 0.25:
        return Adjust(amount=-chance.randrange(5, 40, 5), reason="A grant was entered twice")
    return Adjust(amount=chance.randrange(50, 501, 50), reason="Goodwill after an outage")


def _some_day(chance: random.Random, first_on: date, ends_on: date) -> date:
    return first_on + timedelta(days=chance.randrange(1, (ends_on - first_on).days))


def _moment(chance: random.Random, day: date, act: Act) -> datetime:
    """Return an instant of the day at which such a thing is done.

    Whoever joins does so in the morning. A check-in comes around noon, which is the same local day
    day after day in every zone chosen here.
    """
    match act:
        case Join():
            first, last = time(5), time(11)
        case CheckIn():
            first, last = time(12), time(13)
        case _:
            first, last = time(14), time(23)
    seconds = (last.hour - first.hour) * 3600
    return datetime.combine(day, first, tzinfo=UTC) + timedelta(seconds=chance.randrange(seconds))
