"""What a wallet must hold, worked out by plain arithmetic: no lines, no versions, no postings.

Time passes event by event: a lot begins, a hold falls silent, a lot ends. Nothing is posted late,
because nothing is posted at all.
"""

from datetime import datetime

from attrs import Factory, define

from domain.credits.hold import HoldState, Silence


@define(kw_only=True)
class Lot:
    """A lot: what is left of it, what of that holds have set aside, and its terms."""

    name: str
    left: int
    order: tuple[object, ...]
    starts_at: datetime
    ends_at: datetime | None
    scope: str | None = None
    roll_most: int = 0
    roll_until: datetime | None = None
    held: int = 0
    has_begun: bool = False
    is_void: bool = False

    @property
    def free(self) -> int:
        return self.left - self.held

    def is_over(self, now: datetime) -> bool:
        return self.is_void or (self.ends_at is not None and self.ends_at <= now)

    def pays(self, now: datetime, purpose: str | None) -> bool:
        fits = self.scope is None or self.scope == purpose
        return self.has_begun and not self.is_over(now) and fits and self.free > 0


@define(kw_only=True)
class Held:
    """A hold: where its credits lie, and what becomes of it."""

    amount: int
    lots: list[tuple[Lot, int]]
    reserved: int
    ends_at: datetime
    silence: Silence
    purpose: str | None
    reported: int = 0
    state: HoldState = HoldState.OPEN
    captured: int = 0


@define
class Model:
    """One account."""

    now: datetime
    overdraft: int = 0
    owed: int = 0
    lots: list[Lot] = Factory(list)
    holds: dict[str, Held] = Factory(dict)

    @property
    def open(self) -> list[Held]:
        return [hold for hold in self.holds.values() if hold.state is HoldState.OPEN]

    @property
    def balance(self) -> int:
        counted = sum(
            lot.held if lot.is_over(self.now) else lot.left for lot in self.lots if lot.has_begun
        )
        return counted - self.owed

    def net(self, purpose: str | None) -> int:
        free = sum(lot.free for lot in self.lots if lot.pays(self.now, purpose))
        return free - self.owed - sum(hold.reserved for hold in self.open)

    def room(self, purpose: str | None) -> int:
        return max(0, self.net(purpose) + self.overdraft)

    def give(self, lot: Lot) -> None:
        self.lots.append(lot)
        if lot.starts_at <= self.now:
            self._begin(lot)

    def take(self, amount: int, purpose: str | None) -> None:
        for lot, part in self._paying(amount, purpose):
            lot.left -= part
            amount -= part
        self.owed += amount

    def set_aside(self, hold: Held, amount: int) -> None:
        for lot, part in self._paying(amount, hold.purpose):
            lot.held += part
            hold.lots.append((lot, part))
            amount -= part
        hold.reserved += amount

    def end(self, hold: Held, state: HoldState, amount: int) -> None:
        hold.state = state
        missing = amount
        for lot, part in hold.lots:
            lot.held -= part
        for lot, part in sorted(hold.lots, key=lambda pin: pin[0].order):
            paid = min(part, missing)
            lot.left -= paid
            missing -= paid
        more = min(missing, max(self.room(hold.purpose), min(missing, hold.reserved)))
        self.take(more, hold.purpose)
        hold.captured = amount - missing + more
        for lot, _ in hold.lots:
            if lot.is_over(self.now):
                self._lose(lot)

    def void(self, lot: Lot) -> None:
        lot.is_void = True
        if lot.has_begun:
            self._lose(lot)

    def pass_until(self, instant: datetime) -> None:
        """Let time pass, and everything happen that it decides."""
        while (event := self._next(instant)) is not None:
            at, turn, what = event
            self.now = at
            if isinstance(what, Held):
                self.end(what, HoldState.EXPIRED, _due(what))
            elif turn == 0:
                self._begin(what)
            else:
                self._lose(what)
        self.now = max(self.now, instant)

    def _next(self, until: datetime) -> tuple[datetime, int, Lot | Held] | None:
        events: list[tuple[datetime, int, Lot | Held]] = []
        for lot in self.lots:
            if not lot.has_begun and not lot.is_void:
                events.append((lot.starts_at, 0, lot))
            if lot.ends_at is not None and lot.free and lot.has_begun and not lot.is_void:
                events.append((lot.ends_at, 2, lot))
        events += [(hold.ends_at, 1, hold) for hold in self.open]
        due = [event for event in events if event[0] <= until]
        return min(due, key=lambda event: event[:2], default=None)

    def _paying(self, amount: int, purpose: str | None) -> list[tuple[Lot, int]]:
        parts = []
        for lot in sorted(self.lots, key=lambda lot: lot.order):
            if amount and lot.pays(self.now, purpose):
                part = min(amount, lot.free)
                parts.append((lot, part))
                amount -= part
        return parts

    def _begin(self, lot: Lot) -> None:
        lot.has_begun = True
        filled = min(lot.left, self.owed)
        self.owed -= filled
        lot.left -= filled

    def _lose(self, lot: Lot) -> None:
        lost = lot.free
        lot.left -= lost
        if lot.roll_until is None or lot.is_void or lot.roll_until <= self.now:
            return
        rolled = min(lost, lot.roll_most)
        lot.roll_most -= rolled
        if rolled:
            priority, _, is_paid, *_ = lot.order
            name = f"{lot.name}+"
            order = (priority, lot.roll_until, is_paid, self.now, name)
            self.give(
                Lot(
                    name=name,
                    left=rolled,
                    order=order,
                    starts_at=self.now,
                    ends_at=lot.roll_until,
                    scope=lot.scope,
                )
            )


def _due(hold: Held) -> int:
    if hold.silence is Silence.RELEASE:
        return 0
    if hold.silence is Silence.CAPTURE_REPORTED:
        return hold.reported
    return max(hold.amount, hold.reported)
