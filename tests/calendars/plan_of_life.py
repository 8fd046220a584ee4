"""What happens to a subscription in 36 months: drawn at random, the same for a seed."""

import random
from datetime import UTC, datetime, timedelta
from enum import Enum

from attrs import frozen

MONTHS = 36
GRACE_DAYS = 7
CREDITS = 1000
TRIAL_CREDITS = 70
MONTHLY_PRICE, YEARLY_PRICE = 990, 9900


class Deed(Enum):
    """What somebody does on the way."""

    PAUSE = "pause until a date"
    CARD_BREAKS = "the card is declined from now on"
    CARD_WORKS = "the card works again"
    CANCEL = "cancel at the period's end"
    TAKE_BACK = "take the cancellation back"


@frozen(kw_only=True)
class Happening:
    """A deed, when it is done, and until when a pause is to last."""

    at: datetime
    deed: Deed
    until: datetime | None = None


@frozen(kw_only=True)
class PlanOfLife:
    """A subscription as it is begun, and what happens on the way until `ends_at`."""

    seed: int
    begun_at: datetime
    is_yearly: bool
    trial_days: int
    happenings: tuple[Happening, ...]
    ends_at: datetime


_LIKELY = (Deed.PAUSE, Deed.PAUSE, Deed.CARD_BREAKS, Deed.CARD_BREAKS, Deed.CANCEL)


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
    return PlanOfLife(
        seed=seed,
        begun_at=begun_at,
        is_yearly=draw.random() < 0.4,
        trial_days=draw.choice((0, 0, 0, 7, 14, 30, 31, 45)),
        happenings=tuple(_happenings(draw, begun_at, ends_at)),
        ends_at=ends_at,
    )


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
