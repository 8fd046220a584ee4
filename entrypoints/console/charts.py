"""Charts as the server draws them: numbers turned into the geometry of an SVG, and nothing else.

Shapes are stretched to the width there is, so they hold no text; labels stand beside them in HTML.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from itertools import pairwise

from attrs import frozen

from domain.credits.grant import Category, Grant
from domain.credits.lot_ends import lot_ends
from domain.credits.wallet import Wallet
from entrypoints.console.look import day as day_in_words
from entrypoints.console.look import instant, number, words

WIDTH, HEIGHT = 1000, 200
_GAP = 0.24
_LOT_WIDTH_MIN = 10
_STAIRS_DAYS_MIN, _STAIRS_DAYS_MAX = 30, 400

# So many days are one bar, by how many days are shown.
_BUCKET_DAYS: Mapping[int, int] = {30: 1, 90: 3, 365: 7}
_BUCKETS: Mapping[int, str] = {1: "a day", 3: "in three days", 7: "a week"}


@frozen(kw_only=True)
class Bar:
    """One bar, and what it says when it is pointed at."""

    x: float
    y: float
    width: float
    height: float
    kind: str
    label: str


@frozen(kw_only=True)
class Series:
    """One kind of bars of a chart: what it is called, and its number on each day."""

    name: str
    kind: str
    amounts: Sequence[int]
    unit: str = ""


@frozen(kw_only=True)
class BarChart:
    """Bars side by side over days. `rows` are the same numbers as a table.

    `top` is the highest bar; the axis ends at `ceiling`, a round number that has a round half.
    `scale` says what is counted, and how many days one bar stands for.
    """

    title: str
    scale: str
    bars: Sequence[Bar]
    series: Sequence[Series]
    top: int
    ceiling: int
    first: str
    last: str
    rows: Sequence[tuple[str, Sequence[int]]]

    @property
    def ticks(self) -> Sequence[int]:
        """What the axis says, from above: its end, its middle where that is whole, and nothing."""
        half, rest = divmod(self.ceiling, 2)
        return (self.ceiling, 0) if rest else (self.ceiling, half, 0)

    @property
    def is_empty(self) -> bool:
        """Say whether there is nothing to be seen."""
        return not any(any(series.amounts) for series in self.series)


def bar_chart(title: str, first_on: date, series: Sequence[Series]) -> BarChart:
    """Draw numbers of days in a row; where there are many, several days are one bar."""
    days = len(series[0].amounts)
    size = _BUCKET_DAYS.get(days, 1)
    # The last bar is full: the first one may stand for fewer days.
    starts = [max(0, at - size) for at in range(days, 0, -size)][::-1]
    ends = [*starts[1:], days]
    sums = [
        [sum(each.amounts[start:end]) for start, end in zip(starts, ends, strict=True)]
        for each in series
    ]
    labels = [_span(first_on, start, end) for start, end in zip(starts, ends, strict=True)]
    top = max((max(each, default=0) for each in sums), default=0)
    ceiling = _rounded_up(top)
    return BarChart(
        title=title,
        scale=f"{series[0].unit or series[0].name.lower()} {_BUCKETS.get(size, f'in {size} days')}",
        bars=[
            _bar(
                place, turn, len(labels), len(series), amount, ceiling, labels[place], series[turn]
            )
            for turn, amounts in enumerate(sums)
            for place, amount in enumerate(amounts)
            if amount > 0
        ],
        series=series,
        top=top,
        ceiling=ceiling,
        first=day_in_words(first_on),
        last=day_in_words(first_on + timedelta(days=days - 1)),
        rows=[(label, [each[place] for each in sums]) for place, label in enumerate(labels)],
    )


def _rounded_up(top: int) -> int:
    """Return the next round number, which is where an axis may end: 72,000 fits under 80,000."""
    digits = max(0, len(str(top)) - 1)
    unit = int("1" + "0" * digits)
    return next((times * unit for times in (1, 2, 4, 6, 8) if times * unit >= top), 10 * unit)


def _span(first_on: date, start: int, end: int) -> str:
    begins, ends = first_on + timedelta(days=start), first_on + timedelta(days=end - 1)
    if begins == ends:
        return day_in_words(begins)
    return f"{day_in_words(begins)} – {day_in_words(ends)}"


def _bar(
    place: int,
    turn: int,
    places: int,
    turns: int,
    amount: int,
    ceiling: int,
    label: str,
    series: Series,
) -> Bar:
    step = WIDTH / places
    width = step * (1 - _GAP) / turns
    height = max(1.5, HEIGHT * amount / ceiling)
    return Bar(
        x=round(place * step + step * _GAP / 2 + turn * width, 2),
        y=round(HEIGHT - height, 2),
        width=round(width, 2),
        height=round(height, 2),
        kind=series.kind,
        label=f"{label}: {number(amount)} {series.unit or series.name.lower()}".strip(),
    )


@frozen(kw_only=True)
class LotShown:
    """One lot in the order in which lots burn, and its place in the picture of the balance."""

    grant: Grant
    place: int
    state: str
    x: float
    width: float

    @property
    def kind(self) -> str:
        """What colours the lot: whether it was paid for, included, given or earned."""
        return self.grant.category.value

    @property
    def label(self) -> str:
        """What the lot says when it is pointed at."""
        ends = self.grant.expires_at
        until = "never expires" if ends is None else f"expires {instant(ends)}"
        return f"{number(self.grant.remaining)} credits, {words(self.grant.source)}, {until}"


def lots_shown(wallet: Wallet, now: datetime) -> Sequence[LotShown]:
    """Return the open lots in the order in which they burn; later and ended ones come last.

    What burns next pays for any usage: lots with a scope are passed over by all other usage.
    """
    live = [grant for grant in wallet.grants if grant.is_live(now)]
    later = [grant for grant in wallet.grants if grant.effective_at > now]
    widths = [max(_LOT_WIDTH_MIN, grant.remaining) for grant in live]
    scale = WIDTH / (sum(widths) or 1)
    if any(width * scale < _LOT_WIDTH_MIN for width in widths):
        total = sum(grant.remaining for grant in live)
        room = WIDTH - _LOT_WIDTH_MIN * len(live)
        scaled = [_LOT_WIDTH_MIN + max(0, room) * grant.remaining / total for grant in live]
    else:
        scaled = [width * scale for width in widths]
    shown: list[LotShown] = []
    following = next((g for g in live if g.free and g.is_spendable(now)), None)
    x, place = 0.0, 0
    for grant, width in zip(live, scaled, strict=True):
        if not grant.is_frozen:
            place += 1
        state = "frozen" if grant.is_frozen else "next" if grant is following else "waiting"
        shown.append(
            LotShown(grant=grant, place=place, state=state, x=round(x, 2), width=round(width, 2))
        )
        x += width
    shown += [
        LotShown(grant=grant, place=0, state="scheduled", x=0, width=0)
        for grant in sorted(later, key=lambda grant: grant.effective_at)
    ]
    return shown


@frozen(kw_only=True)
class Step:
    """An instant at which lots end: how much expires, what lives on beside it, and what is left."""

    at: str
    expires: int
    lives_on: int
    left: int


@frozen(kw_only=True)
class Stairs:
    """What is left of a balance if nothing is spent: level, until a lot expires, and down."""

    area: str
    line: str
    steps: Sequence[Step]
    first: str
    last: str
    top: int

    @property
    def has_rollover(self) -> bool:
        """Say whether anything lives on after its lot has ended."""
        return any(step.lives_on for step in self.steps)


def stairs(wallet: Wallet, now: datetime) -> Stairs | None:
    """Draw how a balance would end by time alone, or return None where no credits ever expire.

    What rolls over ends when that ends; a lot that is frozen stands still.
    """
    falls, rolls = _ends(wallet, now)
    if not falls:
        return None
    days = (max(falls) - now).days + 5
    until = now + timedelta(days=min(_STAIRS_DAYS_MAX, max(_STAIRS_DAYS_MIN, days)))
    left = top = sum(grant.remaining for grant in wallet.grants if grant.is_live(now))
    points: list[tuple[float, float]] = [(0.0, _level(left, top))]
    steps: list[Step] = []
    for at in sorted(falls):
        left -= falls[at]
        lives_on = rolls.get(at, 0)
        steps.append(Step(at=instant(at), expires=falls[at], lives_on=lives_on, left=left))
        if at <= until:
            x = WIDTH * ((at - now) / (until - now))
            points += [(x, points[-1][1]), (x, _level(left, top))]
    points.append((float(WIDTH), points[-1][1]))
    written = [f"{x:.1f},{y:.1f}" for x, y in points]
    return Stairs(
        line=" ".join(written),
        area=" ".join([f"0,{HEIGHT}", *written, f"{WIDTH},{HEIGHT}"]),
        steps=steps,
        first=day_in_words(now.date()),
        last=day_in_words(until.date()),
        top=top,
    )


def _ends(wallet: Wallet, now: datetime) -> tuple[Mapping[datetime, int], Mapping[datetime, int]]:
    """Return how much is lost at each instant, and how much lives on then."""
    falls: dict[datetime, int] = defaultdict(int)
    rolls: dict[datetime, int] = defaultdict(int)
    for end in lot_ends(wallet.grants, now):
        falls[end.at] += end.grant.remaining - end.rolled
        if end.rolled:
            assert end.grant.rollover is not None
            rolls[end.at] += end.rolled
            falls[end.grant.rollover.until] += end.rolled
    return falls, rolls


def _level(left: int, top: int) -> float:
    return HEIGHT * (1 - left / top) if top else float(HEIGHT)


def split_bar(parts: Sequence[tuple[str, int]]) -> Sequence[Bar]:
    """Draw parts of a whole as one bar; parts of nothing are left out."""
    whole = sum(amount for _, amount in parts if amount > 0)
    if whole <= 0:
        return ()
    edges = [0.0]
    for _, amount in parts:
        edges.append(edges[-1] + WIDTH * max(0, amount) / whole)
    return [
        Bar(x=round(x, 2), y=0, width=round(end - x, 2), height=16, kind=kind, label=kind)
        for (kind, _), (x, end) in zip(parts, pairwise(edges), strict=True)
        if end > x
    ]


CATEGORIES: Sequence[tuple[str, str]] = (
    (Category.PAID.value, "Bought"),
    (Category.INCLUDED.value, "Included in a plan"),
    (Category.PROMOTIONAL.value, "Given"),
    (Category.EARNED.value, "Earned"),
)
"""The colours of lots, and what they mean."""
