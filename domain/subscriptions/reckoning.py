"""How the sum of a change of plan comes about, so that whoever pays it can reckon it again."""

from __future__ import annotations

from attrs import field, frozen

from domain.amount import not_negative
from domain.period import Period
from domain.subscriptions.proration import Left, Prorated, Rates, halves


@frozen(kw_only=True)
class Reckoning:
    """The two sides of a change at once: what is left of the old plan, and what the new one takes.

    Money is in minor units. `unused_minor` was paid for the rest of `period` and not used, and is
    set against `new_minor`, which the new plan costs for that rest, or for a period of its own. In
    the same way `unused_credits` of `month` make way for `new_credits`. The month is None where no
    lot of credits runs. What each side is rounded by is on the side of the new plan for money, and
    of the old one for credits, so that both differences are what the change costs and brings.
    """

    period: Period
    month: Period | None
    unused_minor: int = field(validator=not_negative)
    new_minor: int = field(validator=not_negative)
    unused_credits: int = field(validator=not_negative)
    new_credits: int = field(validator=not_negative)

    def other_minor(self, due_minor: int) -> int:
        """Return what a sum has beside the two sides: tax, and whatever a provider reckons."""
        return due_minor - (self.new_minor - self.unused_minor)


def reckoning_of(
    made: Prorated,
    before: Rates,
    after: Rates,
    left: Left,
    *,
    period: Period,
    month: Period | None,
    begins_period: bool,
) -> Reckoning:
    """Return how what a change costs and brings now comes about."""
    unused_minor = halves(before.price_minor, left.of_money).left
    rest_of_credits = halves(after.credits, left.of_credits).left
    new_credits = after.credits if begins_period else rest_of_credits
    return Reckoning(
        period=period,
        month=month,
        unused_minor=unused_minor,
        new_minor=unused_minor + made.due_minor,
        unused_credits=new_credits - made.credits,
        new_credits=new_credits,
    )
