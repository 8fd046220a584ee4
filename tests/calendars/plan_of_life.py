"""What happens to a subscription in 36 months: drawn at random, the same for a seed."""

import random
from datetime import UTC, datetime, timedelta
from enum import Enum

from attrs import frozen

MONTHS = 36
GRACE_DAYS = 7
TRIAL_CREDITS = 70


class Deed(Enum):
    """What somebody does on the way."""

    PAUSE = "pause until a date"
    CARD_BREAKS = "the card is declined from now on"
    CARD_WORKS = "the card works again"
    CANCEL = "cancel at the period's end"
    TAKE_BACK = "take the cancellation back"
    CHANGE = "change to another plan or interval, or stay after all"
    SPEND = "spend credits, if so many are there"


@frozen
class Offer:
    """A plan, the small or the large one, paid for by the month or by the year.

    The large one's numbers divide into nothing evenly, so that every rounding shows.
    """

    is_large: bool = False
    is_yearly: bool = False

    @property
    def price(self) -> int:
        """What a period costs, in minor units."""
        monthly, yearly = (2987, 29_801) if self.is_large else (990, 9900)
        return yearly if self.is_yearly else monthly

    @property
    def credits(self) -> int:
        """What every month brings."""
        return 5003 if self.is_large else 1000

    @property
    def months(self) -> int:
        """How many months a period has."""
        return 12 if self.is_yearly else 1


OFFERS = tuple(
    Offer(is_large, is_yearly) for is_large in (False, True) for is_yearly in (False, True)
)


@frozen(kw_only=True)
class Happening:
    """A deed and when it is done: until when to pause, what to change to, how much to spend."""

    at: datetime
    deed: Deed
    until: datetime | None = None
    to: Offer | None = None
    amount: int = 0


@frozen
class CarriedOver:
    """Of what is left of a month, up to so many credits live on for so many months, once."""

    most: int
    months: int


@frozen(kw_only=True)
class PlanOfLife:
    """A subscription as it is begun, and what happens on the way until `ends_at`.

    The seller may let a smaller plan come into force at once, where others let the period end, and
    may carry over what is left of a month.
    """

    seed: int
    begun_at: datetime
    offer: Offer
    trial_days: int
    downgrades_at_once: bool
    carries_over: CarriedOver | None
    happenings: tuple[Happening, ...]
    ends_at: datetime


def drawn(seed: int) -> PlanOfLife:
    """Draw a life: month ends and the leap day of 2028 are likelier than by chance."""
    draw = random.Random(seed)
    begun_at = datetime(
        draw.choice((2026, 2027, 2028)),
        draw.randint(1, 12),
        1,
        draw.randint(0, 23),
        draw.randint(0, 59),
        tzinfo=UTC,
    ) + timedelta(days=draw.choice((draw.randint(0, 30), 27, 28, 29, 30)))
    ends_at = begun_at + timedelta(days=MONTHS * 31)
    is_yearly = draw.random() < 0.4
    trial_days = draw.choice((0, 0, 0, 7, 14, 30, 31, 45))
    happenings = _happenings(draw, begun_at, ends_at)
    # Changes and spending have a chance of their own: many lives know neither.
    chance = random.Random(f"changes of {seed}")
    if chance.random() < 0.6:
        happenings += _changes(chance, begun_at, ends_at)
    use = random.Random(f"spending of {seed}")
    if use.random() < 0.5:
        happenings += _spending(use, begun_at, ends_at)
    return PlanOfLife(
        seed=seed,
        begun_at=begun_at,
        offer=Offer(is_large=chance.random() < 0.4, is_yearly=is_yearly),
        trial_days=trial_days,
        downgrades_at_once=chance.random() < 0.3,
        carries_over=_carried_over(use),
        happenings=tuple(sorted(happenings, key=lambda each: each.at)),
        ends_at=ends_at,
    )


def _changes(chance: random.Random, begun_at: datetime, ends_at: datetime) -> list[Happening]:
    """Draw changes of plan, some soon after another: whoever has just changed may think better."""
    found: list[Happening] = []
    at = begun_at
    while True:
        days = chance.randint(0, 8) if chance.random() < 0.3 else chance.randint(5, 240)
        at += timedelta(days=days, seconds=chance.randint(1, 86_399))
        if at >= ends_at:
            return found
        found.append(Happening(at=at, deed=Deed.CHANGE, to=chance.choice(OFFERS)))


def _carried_over(draw: random.Random) -> CarriedOver | None:
    if draw.random() < 0.6:
        return None
    return CarriedOver(most=draw.choice((70, 800, 9999)), months=draw.choice((1, 1, 2, 7)))


def _spending(use: random.Random, begun_at: datetime, ends_at: datetime) -> list[Happening]:
    found: list[Happening] = []
    at = begun_at
    while True:
        at += timedelta(days=use.randint(1, 100), seconds=use.randint(1, 86_399))
        if at >= ends_at:
            return found
        amount = use.choice((10, 333, 1000, 4321))
        found.append(Happening(at=at, deed=Deed.SPEND, amount=amount))


def _happenings(draw: random.Random, begun_at: datetime, ends_at: datetime) -> list[Happening]:
    found: list[Happening] = []
    at = begun_at
    while True:
        at += timedelta(days=draw.randint(2, 260), seconds=draw.randint(1, 86_399))
        if at >= ends_at:
            return found
        lasts = timedelta(days=draw.choice((1, 3, 6, 20, 75)), seconds=draw.randint(1, 86_399))
        match draw.choice(
            (Deed.PAUSE, Deed.PAUSE, Deed.CARD_BREAKS, Deed.CARD_BREAKS, Deed.CANCEL)
        ):
            case Deed.PAUSE:
                found.append(Happening(at=at, deed=Deed.PAUSE, until=at + lasts))
            case Deed.CARD_BREAKS:
                # Mostly it is mended in time: whoever ends early shows little of the calendar.
                lasts = min(lasts, timedelta(days=draw.choice((5, 6, 6, 40))))
                found.append(Happening(at=at, deed=Deed.CARD_BREAKS))
                found.append(Happening(at=at + lasts, deed=Deed.CARD_WORKS))
            case _:
                found.append(Happening(at=at, deed=Deed.CANCEL))
                if draw.random() < 0.9:
                    back_at = at + timedelta(days=draw.randint(0, 20), seconds=1)
                    found.append(Happening(at=back_at, deed=Deed.TAKE_BACK))
        at += lasts
