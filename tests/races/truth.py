"""What really happened at a provider: true histories of purchases, and everything told of them."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from random import Random

from attrs import Factory, define, frozen

from domain.credits.ids import AccountId
from domain.payments.order import Order, OrderStatus
from domain.payments.payment import Payment
from domain.payments.provider_event import (
    CheckoutExpired,
    CheckoutFailed,
    CheckoutPaid,
    PeriodPaid,
    ProviderEvent,
    ProviderStatus,
    SubscriptionReported,
)
from domain.period import Period, add_months
from tests.support.builders.payments import SANDBOX

END = datetime.fromisoformat("2026-06-15T12:00:00+00:00")
"""When all of it is told: each history's last period is running then."""

START = END - timedelta(days=150)
"""When every order was placed, before anything was paid."""

_HOUR = timedelta(hours=1)


@frozen(kw_only=True)
class Told:
    """One event: its id, when it happened, and what it says."""

    id: str
    at: datetime
    fact: ProviderEvent


@frozen(kw_only=True)
class Standing:
    """How a subscription truly stands in the end."""

    status: str
    period: Period
    cancel_at_period_end: bool


@define(kw_only=True)
class History:
    """One purchase as it truly went, and what has to be here in the end."""

    account_id: AccountId
    order: Order
    told: list[Told] = Factory(list)
    payment_ids: list[str] = Factory(list)
    order_status: OrderStatus = OrderStatus.PENDING
    standing: Standing | None = None
    subscription_id: str | None = None
    report: SubscriptionReported | None = None

    @property
    def balance(self) -> int:
        """What the account holds in the end: one pack, or the month that runs."""
        return self.order.line.credits if self.payment_ids else 0

    @property
    def checkout_facts(self) -> tuple[ProviderEvent, ...]:
        """What the provider says of the checkout when it is asked."""
        final = [
            told.fact for told in self.told if isinstance(told.fact, CheckoutPaid | CheckoutExpired)
        ]
        return tuple(final[:1])

    def tells(self, at: datetime, fact: ProviderEvent) -> None:
        """Add an event."""
        number = len(self.told) + 1
        self.told.append(Told(id=f"{self.order.id}:{number}", at=at, fact=fact))


def history_of(order: Order, random: Random) -> History:
    """Draw what becomes of an order of a pack, or of a monthly plan."""
    history = History(account_id=order.account_id, order=order)
    if order.line.interval is None:
        random.choices(list(_PACKS), list(_PACKS.values()))[0](history, random)
    else:
        _subscribed(history, random)
    return history


def _paid(history: History, random: Random) -> None:
    at = START + _HOUR
    if random.random() < 0.4:
        history.tells(START, CheckoutFailed(order_id=history.order.id))
    history.order_status = OrderStatus.PAID
    paid = CheckoutPaid(order_id=history.order.id, payment=_payment(history, at))
    # Some providers tell of one payment under several types of event.
    for _ in range(random.randint(1, 3)):
        history.tells(at, paid)


def _expired(history: History, random: Random) -> None:
    if random.random() < 0.4:
        history.tells(START, CheckoutFailed(order_id=history.order.id))
    history.order_status = OrderStatus.EXPIRED
    history.tells(START + 24 * _HOUR, CheckoutExpired(order_id=history.order.id))


def _left_open(history: History, random: Random) -> None:
    history.order_status = OrderStatus.PENDING


_PACKS: Mapping[Callable[[History, Random], None], int] = {_paid: 6, _expired: 2, _left_open: 1}


def _subscribed(history: History, random: Random) -> None:
    """Begin a subscription, renew it some times, and let it end up somehow."""
    months = random.randint(1, 4)
    first_at = add_months(END, 1 - months) - timedelta(days=random.randint(1, 20))
    history.subscription_id = f"sub-{history.order.id}"
    history.order_status = OrderStatus.PAID
    periods = [
        Period(add_months(first_at, month), add_months(first_at, month + 1))
        for month in range(months)
    ]
    begun = CheckoutPaid(
        order_id=history.order.id,
        payment=_payment(history, first_at),
        provider_subscription_id=history.subscription_id,
        period=periods[0],
    )
    for _ in range(random.randint(1, 2)):
        history.tells(first_at, begun)
    for period in periods[1:]:
        _renewed(history, period, random)
    _ends_up(history, periods[-1], random)


def _renewed(history: History, period: Period, random: Random) -> None:
    paid_at = period.start_at + _HOUR
    if random.random() < 0.3:
        _reports(history, period, period.start_at, ProviderStatus.PAST_DUE)
        paid_at += 12 * _HOUR
    assert history.subscription_id is not None
    paid = PeriodPaid(
        provider_subscription_id=history.subscription_id,
        payment=_payment(history, paid_at),
        period=period,
    )
    for _ in range(random.randint(1, 2)):
        history.tells(paid_at, paid)
    if random.random() < 0.5:
        _reports(history, period, paid_at + _HOUR, ProviderStatus.ACTIVE)


_ENDS: Sequence[tuple[ProviderStatus, bool]] = (
    (ProviderStatus.ACTIVE, False),
    (ProviderStatus.ACTIVE, True),
    (ProviderStatus.PAST_DUE, False),
    (ProviderStatus.CANCELED, False),
)


def _ends_up(history: History, period: Period, random: Random) -> None:
    status, is_ending = random.choice(_ENDS)
    if is_ending and random.random() < 0.5:
        # Cancelled, resumed, and cancelled for good.
        _reports(history, period, END - 5 * _HOUR, status, is_ending=True)
        _reports(history, period, END - 4 * _HOUR, status)
    _reports(history, period, END - 2 * _HOUR, status, is_ending=is_ending)
    history.standing = Standing(status=status.value, period=period, cancel_at_period_end=is_ending)


def _reports(
    history: History,
    period: Period,
    at: datetime,
    status: ProviderStatus,
    *,
    is_ending: bool = False,
) -> None:
    assert history.subscription_id is not None
    history.report = SubscriptionReported(
        channel=SANDBOX,
        provider_subscription_id=history.subscription_id,
        status=status,
        period=period,
        cancel_at_period_end=is_ending,
        as_of=at,
    )
    history.tells(at, history.report)


def _payment(history: History, at: datetime) -> Payment:
    payment_id = f"pay-{history.order.id}-{len(history.payment_ids) + 1}"
    history.payment_ids.append(payment_id)
    return Payment(
        channel=SANDBOX,
        provider_payment_id=payment_id,
        net_minor=history.order.due_minor,
        currency=history.order.line.currency,
        paid_at=at,
    )
