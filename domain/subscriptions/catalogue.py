"""What is sold: recurring plans with their prices, and one-off credit packs."""

from __future__ import annotations

from collections.abc import Iterable

from attrs import field, frozen

from domain.amount import AMOUNT_MAX, not_negative, positive, within
from domain.errors import InvalidField
from domain.money import currency_code
from domain.payments.ids import Channel
from domain.payments.order import OrderLine, OrderType
from domain.period import Interval
from domain.subscriptions.errors import IntervalNotOffered, NotOnSale
from domain.subscriptions.ids import PackId, PlanId
from domain.subscriptions.plan_rules import PLAIN_RULES, PlanRules

GROUP_DEFAULT = "default"


@frozen
class ProviderItem:
    """The id under which a provider knows what we sell: of a plan at an interval, or of a pack."""

    channel: Channel
    interval: Interval | None
    reference: str


@frozen(kw_only=True)
class Plan:
    """A recurring offer. Prices are in minor units; `credits_included` come every month.

    An account has at most one live subscription in a `group`. A plan off sale keeps its
    subscribers and takes no new ones.
    """

    id: PlanId
    name: str
    description: str = ""
    price_monthly_minor: int = field(validator=not_negative)
    price_yearly_minor: int | None = None
    currency: str = field(validator=currency_code)
    credits_included: int = field(validator=not_negative)
    features: tuple[str, ...] = ()
    group: str = GROUP_DEFAULT
    is_on_sale: bool = True
    items: tuple[ProviderItem, ...] = ()
    rules: PlanRules = PLAIN_RULES

    def __attrs_post_init__(self) -> None:
        if self.price_yearly_minor is not None:
            within("price_yearly", self.price_yearly_minor, least=0, most=AMOUNT_MAX)
            if (self.price_yearly_minor == 0) != (self.price_monthly_minor == 0):
                problem = "must be free, or not, just as price_monthly is"
                raise InvalidField(path="price_yearly", problem=problem)
        if not self.name.strip():
            raise InvalidField(path="name", problem="must not be empty")
        if self.rules.trial is not None and self.is_free:
            raise InvalidField(path="trial_days", problem="makes no sense where nothing is paid")

    @property
    def is_free(self) -> bool:
        """Say whether the plan costs nothing, so that no provider need know of it."""
        return self.price_monthly_minor == 0

    def price_minor(self, interval: Interval) -> int:
        """Return what one period costs. Raises IntervalNotOffered."""
        match interval:
            case Interval.MONTHLY:
                return self.price_monthly_minor
            case Interval.YEARLY:
                if self.price_yearly_minor is None:
                    raise IntervalNotOffered(plan_id=self.id, interval=interval)
                return self.price_yearly_minor

    def line(self, interval: Interval) -> OrderLine:
        """Return the plan as a line of an order. Raises NotOnSale, IntervalNotOffered."""
        if not self.is_on_sale:
            raise NotOnSale(item_id=self.id)
        return OrderLine(
            type=OrderType.SUBSCRIPTION,
            item_id=self.id,
            name=self.name,
            interval=interval,
            price_minor=self.price_minor(interval),
            currency=self.currency,
            credits=self.credits_included,
        )

    def reference(self, channel: Channel, interval: Interval | None) -> str | None:
        """Return the provider's id for the plan at an interval, if one was entered."""
        return _reference(self.items, channel, interval)

    def interval_of(self, channel: Channel, reference: str) -> Interval | None:
        """Return the interval at which a provider knows the plan under this id, if it does."""
        known = (i.interval for i in self.items if (i.channel, i.reference) == (channel, reference))
        return next((interval for interval in known if interval is not None), None)


@frozen(kw_only=True)
class Pack:
    """A one-off amount of credits at a price in minor units.

    Never for nothing: it could be taken without end. Credits are given away by coupon or by hand.
    One with a `requires_group` is an add-on: only who has a plan of that group may buy it. What is
    left of one that `ends_with_plan` ends when that subscription does.
    """

    id: PackId
    name: str
    credits: int = field(validator=positive)
    price_minor: int
    currency: str = field(validator=currency_code)
    is_on_sale: bool = True
    items: tuple[ProviderItem, ...] = ()
    requires_group: str | None = None
    ends_with_plan: bool = False

    def __attrs_post_init__(self) -> None:
        if self.ends_with_plan and self.requires_group is None:
            problem = "goes only with requires_plan_group"
            raise InvalidField(path="ends_with_plan", problem=problem)
        within("price", self.price_minor, least=1, most=AMOUNT_MAX)
        if not self.name.strip():
            raise InvalidField(path="name", problem="must not be empty")

    def line(self) -> OrderLine:
        """Return the pack as a line of an order. Raises NotOnSale."""
        if not self.is_on_sale:
            raise NotOnSale(item_id=self.id)
        return OrderLine(
            type=OrderType.CREDITS,
            item_id=self.id,
            name=self.name,
            interval=None,
            price_minor=self.price_minor,
            currency=self.currency,
            credits=self.credits,
        )

    def reference(self, channel: Channel, interval: Interval | None = None) -> str | None:
        """Return the provider's id for the pack, if one was entered."""
        return _reference(self.items, channel, interval)


def first_sold_as(
    plans: Iterable[Plan], channel: Channel, reference: str
) -> tuple[Plan, Interval] | None:
    """Return the first plan that a provider knows under this id, and at which interval."""
    known = ((plan, plan.interval_of(channel, reference)) for plan in plans)
    return next(((plan, interval) for plan, interval in known if interval is not None), None)


def _reference(
    items: tuple[ProviderItem, ...], channel: Channel, interval: Interval | None
) -> str | None:
    found = (i.reference for i in items if i.channel == channel and i.interval is interval)
    return next(found, None)
