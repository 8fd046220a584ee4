"""What is sold, and who subscribed to it."""

from datetime import datetime

from domain.credits.ids import AccountId
from domain.payments.ids import Channel, OrderId
from domain.period import Interval, Period, add_months
from domain.subscriptions.catalogue import GROUP_DEFAULT, Pack, Plan, ProviderItem
from domain.subscriptions.ids import PackId, PlanId, SubscriptionId
from domain.subscriptions.plan_rules import PLAIN_RULES, PlanRules
from domain.subscriptions.subscription import Subscription, SubscriptionStatus
from tests.support.builders.credits import SOMEBODY
from tests.support.builders.payments import SANDBOX
from tests.support.clock import NOON, fresh_id


def a_plan(
    *,
    id: str | None = None,
    name: str = "Pro",
    price_monthly_minor: int = 990,
    price_yearly_minor: int | None = 9900,
    currency: str = "USD",
    credits_included: int = 1000,
    group: str = GROUP_DEFAULT,
    is_on_sale: bool = True,
    items: tuple[ProviderItem, ...] = (),
    rules: PlanRules = PLAIN_RULES,
) -> Plan:
    """Return a plan at 9.90 a month or 99.00 a year, with 1,000 credits a month."""
    return Plan(
        id=PlanId(id or fresh_id()),
        name=name,
        price_monthly_minor=price_monthly_minor,
        price_yearly_minor=price_yearly_minor,
        currency=currency,
        credits_included=credits_included,
        group=group,
        is_on_sale=is_on_sale,
        items=items,
        rules=rules,
    )


def a_pack(
    *,
    id: str | None = None,
    name: str = "Small",
    credits: int = 500,
    price_minor: int = 500,
    currency: str = "USD",
    is_on_sale: bool = True,
    items: tuple[ProviderItem, ...] = (),
    requires_group: str | None = None,
    ends_with_plan: bool = False,
) -> Pack:
    """Return a pack of 500 credits at 5.00."""
    return Pack(
        id=PackId(id or fresh_id()),
        name=name,
        credits=credits,
        price_minor=price_minor,
        currency=currency,
        is_on_sale=is_on_sale,
        items=items,
        requires_group=requires_group,
        ends_with_plan=ends_with_plan,
    )


def a_subscription(
    *,
    id: str | None = None,
    account_id: AccountId = SOMEBODY,
    group: str = GROUP_DEFAULT,
    interval: Interval = Interval.MONTHLY,
    status: SubscriptionStatus = SubscriptionStatus.ACTIVE,
    start_at: datetime = NOON,
    credits_from_at: datetime | None = None,
    channel: Channel = SANDBOX,
    provider_subscription_id: str | None = None,
) -> Subscription:
    """Return a subscription in its first period, whose first month has had its credits.

    Without a provider's id it is a free one, which renews itself.
    """
    return Subscription(
        id=SubscriptionId(id or fresh_id()),
        account_id=account_id,
        plan_id=PlanId(fresh_id()),
        plan_name="Pro",
        group=group,
        interval=interval,
        price_minor=990 if provider_subscription_id else 0,
        currency="USD",
        credits_per_month=1000,
        status=status,
        period=Period(start_at, add_months(start_at, interval.months)),
        anchor_at=start_at,
        credits_from_at=credits_from_at or add_months(start_at, 1),
        channel=channel,
        provider_subscription_id=provider_subscription_id,
        order_id=OrderId(fresh_id()),
        started_at=start_at,
        paying_from_at=start_at if provider_subscription_id else None,
    )
