"""What the provider says of what happened there, and when it says it."""

from datetime import datetime, timedelta

from attrs import define, field

from application.ports.system import Clock
from domain.payments.order import Order
from domain.payments.payment import Payment
from domain.payments.provider_event import (
    CheckoutLinked,
    CheckoutPaid,
    PeriodPaid,
    ProviderEvent,
)
from domain.period import Period, period_after
from tests.prove.simulation.provider_records import CHANNEL, Collected, Page, Standing, Told

_MICROSECOND = timedelta(microseconds=1)


@define(eq=False, kw_only=True)
class Telling:
    """Everything that was told, by the event's id; `mail` are the events on their way to us.

    No two things are told as of one instant.
    """

    clock: Clock
    told: dict[str, Told] = field(factory=dict)
    mail: list[str] = field(factory=list)
    _last: datetime | None = None

    def tell(self, *facts: ProviderEvent) -> None:
        """Send an event."""
        event = Told(id=f"evt_{len(self.told) + 1}", at=self.tick(), facts=facts)
        self.told[event.id] = event
        self.mail.append(event.id)

    def tick(self, at: datetime | None = None) -> datetime:
        """Return an instant later than all that was told so far, no earlier than this one."""
        now = at or self.clock()
        if self._last is not None and now <= self._last:
            now = self._last + _MICROSECOND
        self._last = now
        return now


def checkout_paid(page: Page, collected: Collected) -> CheckoutPaid:
    """Say that a page was paid, and what began with it."""
    interval = page.order.line.interval
    return CheckoutPaid(
        order_id=page.order.id,
        payment=collected.payment,
        account_id=page.order.account_id,
        customer_id=_customer_of(page.order),
        provider_subscription_id=page.subscription_id,
        period=None if interval is None else first_period(page, collected.payment.paid_at),
    )


def first_period(page: Page, paid_at: datetime) -> Period:
    """Return what begins as a plan's page is completed: its trial, or the period that was paid."""
    order = page.order
    assert order.line.interval is not None, "a plan is bought"
    if order.trial_days:
        return Period(paid_at, paid_at + timedelta(days=order.trial_days))
    return period_after(paid_at, paid_at, order.line.interval)


def checkout_linked(page: Page, subscription_id: str) -> CheckoutLinked:
    """Say which subscription a page has begun, where its payment is told apart."""
    return CheckoutLinked(
        order_id=page.order.id,
        channel=CHANNEL,
        customer_id=_customer_of(page.order),
        provider_subscription_id=subscription_id,
    )


def period_paid(found: Standing, payment: Payment, page: Page | None) -> PeriodPaid:
    """Say that the present period was paid; the first one names the order of its page."""
    return PeriodPaid(
        provider_subscription_id=found.id,
        payment=payment,
        period=found.period,
        reference=found.reference,
        order_id=None if page is None else page.order.id,
        account_id=None if page is None else page.order.account_id,
        customer_id=_customer_of(found.order),
    )


def _customer_of(order: Order) -> str:
    return f"cus_{order.account_id}"
