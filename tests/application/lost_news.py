"""Things that happen at the provider of a shop and whose webhooks never come."""

from collections.abc import Sequence
from datetime import timedelta

from application.payments.reconcile import Reconciled
from domain.credits.ids import AccountId
from domain.payments.errors import (
    ProviderUnavailable,
)
from domain.payments.ids import Channel
from domain.payments.order import Order
from domain.payments.provider_event import (
    CheckoutPaid,
    PeriodPaid,
    ProviderEvent,
    ProviderStatus,
    SubscriptionReported,
)
from domain.period import Period, add_months
from tests.application.shop import Shop, paid
from tests.support.builders.credits import SOMEBODY
from tests.support.builders.payments import SANDBOX, a_payment
from tests.support.builders.subscriptions import a_pack, a_plan
from tests.support.clock import NOON
from tests.support.fake_provider import Several

FIRST = Period(NOON, add_months(NOON, 1))
SECOND = Period(FIRST.end_at, add_months(NOON, 2))
DAY = timedelta(days=1)
HOUR = timedelta(hours=1)
ELSEWHERE = Channel("elsewhere")
SILENT = ProviderUnavailable(channel=SANDBOX)


def happens(
    shop: Shop, meaning: ProviderEvent | Several | Exception, event_id: str | None = None
) -> str:
    """Let something happen at the provider, whose webhook never comes; return its event's id."""
    event_id = event_id or f"lost-{len(shop.provider.happened) + 1}"
    shop.provider.meanings[event_id] = meaning
    shop.provider.happened[event_id] = shop.clock.advance(seconds=1)
    return event_id


async def bought(shop: Shop, account_id: AccountId = SOMEBODY) -> Order:
    """Buy a pack of 500 credits."""
    await shop.offers(pack := a_pack())
    return await shop.buys(pack, account_id=account_id)


async def subscribed(shop: Shop) -> CheckoutPaid:
    """Buy a plan of 1,000 credits a month; return the news that its first month was paid."""
    await shop.offers(plan := a_plan())
    return paid(await shop.buys(plan), subscription="sub_1", period=FIRST)


def renewal(payment_id: str = "p2", subscription: str = "sub_1") -> PeriodPaid:
    payment = a_payment(
        net_minor=990, provider_payment_id=payment_id, paid_at=SECOND.start_at + HOUR
    )
    return PeriodPaid(provider_subscription_id=subscription, payment=payment, period=SECOND)


def report(shop: Shop, status: ProviderStatus, subscription: str = "sub_1") -> SubscriptionReported:
    return SubscriptionReported(
        channel=SANDBOX,
        provider_subscription_id=subscription,
        status=status,
        period=FIRST,
        cancel_at_period_end=False,
        as_of=shop.clock(),
    )


def proposals(found: Reconciled) -> Sequence[str]:
    return [line for drift in found.drift for line in drift.proposal]


def problems(found: Reconciled) -> Sequence[str]:
    return [drift.problem for drift in found.drift if drift.problem is not None]
