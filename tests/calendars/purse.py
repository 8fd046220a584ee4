"""The credits that are there, as the almanac keeps them: lots, in the order in which they go."""

from datetime import datetime

from attrs import Factory, define


@define
class Lot:
    """Credits that came at an instant and are there until another.

    `payment` is the period's that brought them. What a change brought was paid for apart (None),
    and belongs to whatever month runs. Of what is left in the end, some may live `on_until` a
    later date: what was carried over is of no month.
    """

    since: datetime
    left: int
    until: datetime
    payment: int | None
    on_until: datetime | None = None
    is_carried: bool = False


@define
class Purse:
    """Lots, and what is `owed`. Of a month, `carried_most` may live on when it is over."""

    carried_most: int
    owed: int = 0
    lots: list[Lot] = Factory(list)

    def put(self, lot: Lot) -> None:
        """Add a lot; it fills the hole first where credits are owed."""
        filled = min(self.owed, lot.left)
        self.owed -= filled
        lot.left -= filled
        self.lots.append(lot)

    def balance(self, at: datetime) -> int:
        return sum(lot.left for lot in self.live(at)) - self.owed

    def spend(self, at: datetime, amount: int) -> None:
        """Spend so much, if it is there."""
        if self.balance(at) >= amount:
            _drain(self.live(at), amount)

    def take_of_month(self, at: datetime, payment: int, amount: int) -> None:
        """Take so much of the running month, and owe what is not there."""
        self.owed += _drain(self.of_month(at, payment), amount)

    def of_month(self, at: datetime, payment: int) -> list[Lot]:
        """Return the lots of the month that a payment brought, and of changes in it."""
        ours = (None, payment)
        return [lot for lot in self.live(at) if lot.payment in ours and not lot.is_carried]

    def live(self, at: datetime) -> list[Lot]:
        """Return the lots that are there; what is left of months gone by has been carried over."""
        over = [each for each in self.lots if each.until <= at and each.on_until is not None]
        for until, on_until in sorted({(lot.until, lot.on_until or lot.until) for lot in over}):
            month = [lot for lot in over if lot.until == until]
            left = min(sum(lot.left for lot in month), self.carried_most)
            self.lots.append(Lot(until, left, on_until, None, is_carried=True))
        for lot in over:
            lot.on_until = None
        return [lot for lot in self.lots if lot.until > at]


def _drain(lots: list[Lot], amount: int) -> int:
    """Take so much out of lots; return how much was not there.

    What ends soonest goes first, then what is older; of one age, what was carried over goes last.
    """
    for lot in sorted(lots, key=lambda lot: (lot.until, lot.since, lot.is_carried)):
        part = min(amount, lot.left)
        lot.left -= part
        amount -= part
    return amount
