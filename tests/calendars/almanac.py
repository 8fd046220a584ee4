"""What is right, worked out by a plain almanac: nothing of the service is used here.

It walks from one instant to the next with the calendar of the standard library alone, and keeps
what was paid for and which credits were given. It knows neither states nor tables.
"""

from datetime import UTC, date, datetime, timedelta

from attrs import Factory, define, frozen

from tests.calendars.plan_of_life import (
    CREDITS,
    GRACE_DAYS,
    MONTHLY_PRICE,
    TRIAL_CREDITS,
    YEARLY_PRICE,
    Deed,
    Happening,
    PlanOfLife,
)

DAY = timedelta(days=1)
TRIES_AFTER = (0, 1, 3, 5, 7)


@frozen(order=True)
class Paid:
    """Money that came in: when, for which period, how much."""

    at: datetime
    start: datetime
    end: datetime
    amount: int


@frozen(order=True)
class Given:
    """Credits that came: when, how many, until when."""

    at: datetime
    amount: int
    until: datetime


@frozen
class Life:
    """What became of a subscription: all that was paid and given, and when it ended, if it did."""

    paid: tuple[Paid, ...]
    given: tuple[Given, ...]
    ended_at: datetime | None


def nth_month(first: datetime, number: int) -> datetime:
    """Return the same day so many months on, or the last day before it that there is."""
    year, month = first.year, first.month
    for _ in range(number):
        month += 1
        if month > 12:
            year, month = year + 1, 1
    day = first.day
    while True:
        try:
            found = date(year, month, day)
        except ValueError:
            day -= 1
        else:
            return datetime.combine(found, first.timetz()).astimezone(UTC)


@define
class Almanac:
    """One subscription on its way; `first` is the day its months are counted from."""

    plan: PlanOfLife
    first: datetime
    start: datetime
    end: datetime
    month: int = 0
    on_trial: bool = False
    paused_until: datetime | None = None
    overdue_since: datetime | None = None
    card_works: bool = True
    to_end: bool = False
    ended_at: datetime | None = None
    paid: list[Paid] = Factory(list)
    given: list[Given] = Factory(list)

    @property
    def months_a_period(self) -> int:
        return 12 if self.plan.is_yearly else 1

    def run(self) -> Life:
        for happening in self.plan.happenings:
            self.go_to(happening.at)
            self.take(happening)
        self.go_to(self.plan.ends_at)
        return Life(tuple(sorted(self.paid)), tuple(sorted(self.given)), self.ended_at)

    def go_to(self, until: datetime) -> None:
        """Let everything happen that is due by then, in order."""
        while self.ended_at is None:
            at = self.next_instant()
            if at is None or at > until:
                return
            self.happen(at)

    def next_instant(self) -> datetime | None:
        if self.overdue_since is not None:
            return self.overdue_since + GRACE_DAYS * DAY
        if self.paused_until is not None:
            return min(self.paused_until, self.end) if self.to_end else self.paused_until
        turn = None if self.on_trial else nth_month(self.first, self.month + 1)
        return self.end if turn is None else min(turn, self.end)

    def happen(self, at: datetime) -> None:
        if self.overdue_since is not None or (at == self.end and self.to_end):
            self.ended_at = at
        elif self.paused_until is not None:
            self.come_back(at)
        elif at == self.end:
            self.fall_due(at, self.end if self.on_trial else self.first)
        else:
            self.turn_month(at)

    def come_back(self, at: datetime) -> None:
        self.paused_until = None
        if at < self.end:
            if not self.on_trial:
                self.catch_up(at)
            return
        self.on_trial = False
        self.end = at
        self.fall_due(at, at)

    def catch_up(self, at: datetime) -> None:
        """Give the month that runs, if it began in the pause; those that are over are lost."""
        began = self.month
        while nth_month(self.first, self.month + 1) <= at:
            self.month += 1
        if self.month > began:
            self.give_month(at)

    def fall_due(self, at: datetime, first: datetime) -> None:
        if self.card_works:
            self.collect(at, at, first)
        elif self.on_trial:
            self.ended_at = at
        else:
            self.overdue_since, self.first = at, first

    def collect(self, at: datetime, start: datetime, first: datetime) -> None:
        """Take the money for the period that begins at `start`."""
        number = 0
        while nth_month(first, number) < start:
            number += 1
        self.first, self.month, self.start = first, number, start
        self.end = nth_month(first, number + self.months_a_period)
        self.on_trial, self.overdue_since = False, None
        price = YEARLY_PRICE if self.plan.is_yearly else MONTHLY_PRICE
        self.paid.append(Paid(at, start, self.end, price))
        self.give_month(at)

    def turn_month(self, at: datetime) -> None:
        self.month += 1
        self.give_month(at)

    def give_month(self, at: datetime) -> None:
        self.given.append(Given(at, CREDITS, nth_month(self.first, self.month + 1)))

    def take(self, happening: Happening) -> None:
        """Let somebody do something, if it can be done now."""
        match happening.deed:
            case Deed.CARD_BREAKS:
                self.card_works = False
            case Deed.CARD_WORKS:
                self.card_works = True
                if self.overdue_since is not None and self.ended_at is None:
                    self.collect(happening.at, self.overdue_since, self.first)
            case Deed.PAUSE:
                if self.ended_at is None and self.overdue_since is None:
                    self.paused_until = happening.until
            case Deed.CANCEL:
                if self.ended_at is None and self.overdue_since is None:
                    self.to_end = True
            case Deed.TAKE_BACK:
                self.to_end = False


def life_of(plan: PlanOfLife) -> Life:
    """Return what is right."""
    begun = plan.begun_at
    if plan.trial_days:
        end = begun + plan.trial_days * DAY
        almanac = Almanac(plan, first=begun, start=begun, end=end, on_trial=True)
        almanac.paid.append(Paid(begun, begun, end, 0))
        almanac.given.append(Given(begun, TRIAL_CREDITS, end))
        return almanac.run()
    almanac = Almanac(plan, first=begun, start=begun, end=begun)
    almanac.collect(begun, begun, begun)
    return almanac.run()
