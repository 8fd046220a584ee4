"""What is right, worked out by a plain almanac: nothing of the service is used here.

It walks from one instant to the next with the calendar of the standard library alone, and keeps
what was paid for and which credits were given. It knows neither states nor tables.
"""

from datetime import datetime, timedelta

from attrs import Factory, define, field

from tests.calendars.plan_of_life import (
    GRACE_DAYS,
    TRIAL_CREDITS,
    Deed,
    Happening,
    Offer,
    PlanOfLife,
)
from tests.calendars.purse import Lot, Purse
from tests.calendars.reckoning import (
    DAY,
    Given,
    Life,
    Paid,
    Taken,
    at_least,
    at_most,
    nth_month,
    still_to_come,
)

AN_HOUR = timedelta(hours=1)
"""So long before a period ends, whoever bills it is told of what follows: then it stands."""


@define
class Almanac:
    """One subscription on its way; `first` is the day its months are counted from.

    The running period is worth what it was sold at. `credit` is money that is owed to the buyer.
    `waiting` is what the next period is to be sold as; once that `is_told` it stands. It is not
    told while something is in the way: `missed` is the end of the period for which it came too
    late.
    """

    plan: PlanOfLife
    offer: Offer
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
    waiting: Offer | None = None
    asked_at: datetime | None = None
    is_told: bool = False
    missed: datetime | None = None
    credit: int = 0
    payments: int = 0
    purse: Purse = field(init=False)
    paid: list[Paid] = Factory(list)
    given: list[Given] = Factory(list)
    taken: list[Taken] = Factory(list)

    def __attrs_post_init__(self) -> None:
        carried = self.plan.carries_over
        self.purse = Purse(0 if carried is None else carried.most)

    def run(self) -> Life:
        balances = []
        for happening in self.plan.happenings:
            self.go_to(happening.at)
            self.take(happening)
            balances.append(self.purse.balance(happening.at))
        self.go_to(self.plan.ends_at)
        return Life(
            tuple(sorted(self.paid)),
            tuple(sorted(self.given)),
            tuple(sorted(self.taken)),
            tuple(balances),
            self.ended_at,
        )

    # What time does.

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
            coming = [self.paused_until, self.end] if self.to_end else [self.paused_until]
        elif self.on_trial:
            coming = [self.end]
        else:
            coming = [nth_month(self.first, self.month + 1), self.end]
        tell_at = self.tell_at()
        return min(coming if tell_at is None else [tell_at, *coming])

    def tell_at(self) -> datetime | None:
        """Return when what is waiting is told, or would be."""
        if self.asked_at is None or self.is_told or self.missed == self.end:
            return None
        return max(self.asked_at, self.end - AN_HOUR)

    def happen(self, at: datetime) -> None:
        if self.overdue_since is not None:
            self.ended_at = at
        elif at == self.tell_at():
            self.tell()
        elif at == self.end and self.to_end:
            self.ended_at = at
        elif self.paused_until is not None:
            self.come_back(at)
        elif at == self.end:
            self.fall_due(at, self.end if self.on_trial else self.first)
        else:
            self.turn_month(at)

    def tell(self) -> None:
        if self.paused_until is None and not self.to_end:
            self.is_told = True
        else:
            self.missed = self.end

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
        """Take the money for the period that begins at `start`, less what is owed to the buyer."""
        if self.waiting is not None and self.is_told:
            self.offer = self.waiting
            self.wait_for(None, at)
        number = 0
        while nth_month(first, number) < start:
            number += 1
        self.first, self.month, self.start = first, number, start
        self.end = nth_month(first, number + self.offer.months)
        self.on_trial, self.overdue_since = False, None
        credit = min(self.credit, self.offer.price)
        self.credit -= credit
        self.pay_period(at, self.offer.price - credit)

    def pay_period(self, at: datetime, amount: int) -> None:
        self.payments += 1
        self.paid.append(Paid(at, self.start, self.end, amount))
        self.give_month(at)

    def turn_month(self, at: datetime) -> None:
        self.month += 1
        self.give_month(at)

    def give_month(self, at: datetime) -> None:
        until = nth_month(self.first, self.month + 1)
        self.give(at, self.offer.credits, until, self.payments)

    def give(self, at: datetime, amount: int, until: datetime, payment: int | None) -> None:
        """Give credits of the running month, which may be carried over together."""
        carried, on_until = self.plan.carries_over, None
        if carried is not None and not self.on_trial:
            on_until = nth_month(self.first, self.month + 1 + carried.months)
        self.given.append(Given(at, amount, until))
        self.purse.put(Lot(at, amount, until, payment, on_until))

    # What somebody does.

    def take(self, happening: Happening) -> None:
        """Let somebody do something, if it can be done now."""
        at, is_going_on = happening.at, self.ended_at is None and self.overdue_since is None
        match happening.deed:
            case Deed.CARD_BREAKS:
                self.card_works = False
            case Deed.CARD_WORKS:
                self.card_works = True
                if self.overdue_since is not None and self.ended_at is None:
                    self.collect(at, self.overdue_since, self.first)
            case Deed.PAUSE:
                if is_going_on:
                    self.paused_until = happening.until
            case Deed.CANCEL:
                if is_going_on:
                    self.to_end = True
            case Deed.TAKE_BACK:
                self.to_end = False
            case Deed.CHANGE:
                assert happening.to is not None
                is_free_to = self.paused_until is None and not (self.to_end or self.on_trial)
                if is_going_on and is_free_to and not self.is_told:
                    self.change(at, happening.to)
            case Deed.SPEND:
                self.purse.spend(at, happening.amount)

    def change(self, at: datetime, after: Offer) -> None:
        """Change at once, or wait for the period's end; what waited before is dropped."""
        self.wait_for(None, at)
        if after == self.offer:
            return
        is_shorter = after.months < self.offer.months
        if after.months != self.offer.months:
            is_up = not is_shorter and after.credits >= self.offer.credits
        else:
            is_up = after.price > self.offer.price
        may_be_now = is_up or (self.plan.downgrades_at_once and not is_shorter)
        if not (may_be_now and self.change_now(at, after)):
            self.wait_for(after, at)

    def wait_for(self, after: Offer | None, at: datetime) -> None:
        self.waiting, self.is_told, self.missed = after, False, None
        self.asked_at = None if after is None else at

    def change_now(self, at: datetime, after: Offer) -> bool:
        """Set what is left of the old against the new, unless the credits it takes are gone."""
        before = self.offer
        of_money = still_to_come(self.start, self.end, at)
        month_ends = nth_month(self.first, self.month + 1)
        of_credits = still_to_come(nth_month(self.first, self.month), month_ends, at)
        if after.months != before.months:
            due = at_least(after.price - before.price * of_money)
            back = at_least(before.credits * of_credits)
            if self.unspent(at) < back - after.credits:
                return False
            self.take_back(at, back)
            self.offer, self.first, self.start, self.month = after, at, at, 0
            self.end = nth_month(at, after.months)
            self.pay_period(at, due)
            return True
        due = at_least((after.price - before.price) * of_money)
        more = at_most((after.credits - before.credits) * of_credits)
        if self.unspent(at) < -more:
            return False
        if more < 0:
            self.take_back(at, -more)
        elif more > 0:
            self.give(at, more, month_ends, None)
        if due > 0:
            self.paid.append(Paid(at, at, at, due))
        self.credit += max(0, -due)
        self.offer = after
        return True

    def unspent(self, at: datetime) -> int:
        return sum(lot.left for lot in self.purse.of_month(at, self.payments))

    def take_back(self, at: datetime, amount: int) -> None:
        """Let credits of the running month go; what is not there is owed."""
        if amount > 0:
            self.taken.append(Taken(at, amount))
        self.purse.take_of_month(at, self.payments, amount)


def life_of(plan: PlanOfLife) -> Life:
    """Return what is right."""
    begun = plan.begun_at
    if plan.trial_days:
        end = begun + plan.trial_days * DAY
        almanac = Almanac(plan, plan.offer, first=begun, start=begun, end=end, on_trial=True)
        almanac.paid.append(Paid(begun, begun, end, 0))
        almanac.give(begun, TRIAL_CREDITS, end, almanac.payments)
        return almanac.run()
    almanac = Almanac(plan, plan.offer, first=begun, start=begun, end=begun)
    almanac.collect(begun, begun, begun)
    return almanac.run()
