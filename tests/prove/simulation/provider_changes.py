"""What a change of plan costs at the provider, reckoned by the fraction that is promised."""

from application.ports.provider_calls import ChangeBilling, ChangePreview, PlanChange
from domain.payments.errors import ProviderRefused
from domain.payments.provider_event import ProviderStatus
from domain.subscriptions.proration import Left, Rates, difference, fraction_left, fresh_start
from tests.prove.simulation.provider_records import CHANNEL, Standing


def bill_of(found: Standing, change: PlanChange) -> ChangePreview:
    """Return what a change costs, below zero what is credited. Raises ProviderRefused."""
    if found.status is not ProviderStatus.ACTIVE or change.sold is None:
        raise ProviderRefused(channel=CHANNEL, reason="the subscription is not running")
    begins = change.billing is ChangeBilling.NOW and change.sold.interval is not found.interval
    left = fraction_left(found.period, change.proration_at)
    reckon = fresh_start if begins else difference
    made = reckon(
        Rates(price_minor=found.worth_minor, credits=0),
        Rates(price_minor=change.sold.price_minor, credits=0),
        Left(of_money=left, of_credits=left),
    )
    return ChangePreview(
        due_now_minor=made.due_minor if change.billing is ChangeBilling.NOW else 0,
        currency=found.order.line.currency,
        is_exact=True,
        begins_period=begins,
    )


def take_up(found: Standing, change: PlanChange, bill: ChangePreview) -> None:
    """Bill the new price from now on, and owe the customer what the old one has left."""
    assert change.sold is not None
    found.interval = change.sold.interval
    found.price_minor = change.sold.price_minor
    found.reference = change.reference
    if change.billing is ChangeBilling.NOW:
        found.worth_minor = change.sold.price_minor
    found.credit_minor += max(0, -bill.due_now_minor)
