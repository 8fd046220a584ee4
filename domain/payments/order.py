"""An order: one purchase of a subscription period or a credit pack, at the price it was sold at."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from enum import Enum

from attrs import evolve, field, frozen

from domain.amount import not_negative
from domain.credits.claw_back import Claim
from domain.credits.ids import AccountId
from domain.errors import InvalidField
from domain.money import Money, currency_code
from domain.payments.errors import PaymentMismatch
from domain.payments.ids import Channel, OrderId
from domain.payments.payment import Payment
from domain.period import Interval, Period
from domain.promotions.effect import Purchase

ORDER_LIFE = timedelta(hours=24)
"""How long an order waits to be paid before it is given up. Money that comes later still counts."""

OPENING_TIME = timedelta(minutes=1)
"""How long a provider may take to open an order's page; until then nobody asks for another."""


class OrderType(Enum):
    """What kind of thing was ordered."""

    SUBSCRIPTION = "subscription"
    CREDITS = "credits"


class OrderStatus(Enum):
    """How far a purchase has come."""

    PENDING = "pending"
    PAID = "paid"
    PARTIALLY_REFUNDED = "partially_refunded"
    REFUNDED = "refunded"
    FAILED = "failed"
    EXPIRED = "expired"
    DISPUTED = "disputed"


UNPAID = frozenset({OrderStatus.PENDING, OrderStatus.FAILED})
"""Orders whose page may still be paid: after a declined payment a buyer tries another card."""

_MOVES: Mapping[OrderStatus, frozenset[OrderStatus]] = {
    OrderStatus.PENDING: frozenset({OrderStatus.PAID, OrderStatus.FAILED, OrderStatus.EXPIRED}),
    # Money that arrives after a purchase was given up is honoured: the buyer gets what was sold.
    OrderStatus.FAILED: frozenset({OrderStatus.PAID, OrderStatus.EXPIRED}),
    OrderStatus.EXPIRED: frozenset({OrderStatus.PAID}),
    # Once paid, an order goes wherever the money goes: a refund may fail, a dispute may be won.
    OrderStatus.PAID: frozenset(
        {OrderStatus.PARTIALLY_REFUNDED, OrderStatus.REFUNDED, OrderStatus.DISPUTED}
    ),
    OrderStatus.PARTIALLY_REFUNDED: frozenset(
        {OrderStatus.PAID, OrderStatus.REFUNDED, OrderStatus.DISPUTED}
    ),
    OrderStatus.REFUNDED: frozenset(
        {OrderStatus.PAID, OrderStatus.PARTIALLY_REFUNDED, OrderStatus.DISPUTED}
    ),
    OrderStatus.DISPUTED: frozenset(
        {OrderStatus.PAID, OrderStatus.PARTIALLY_REFUNDED, OrderStatus.REFUNDED}
    ),
}


@frozen(kw_only=True)
class OrderLine:
    """What an order is for: an item of the catalogue, by id and name, its price and its credits."""

    type: OrderType
    item_id: str
    name: str
    interval: Interval | None
    price_minor: int = field(validator=not_negative)
    currency: str = field(validator=currency_code)
    credits: int = field(validator=not_negative)

    @property
    def purchase(self) -> Purchase:
        """What a coupon is judged by; a plan's credits are those of a month, a purchase's all."""
        months = 1 if self.interval is None else self.interval.months
        return Purchase(
            item_id=self.item_id,
            price=Money(self.price_minor, self.currency),
            credits=self.credits * months,
            is_pack=self.type is OrderType.CREDITS,
        )


@frozen(kw_only=True)
class Order:
    """One purchase. It keeps the price it was sold at, whatever becomes of the catalogue.

    `discount_minor` is taken from the line's price; `tax_minor` and `total_minor` are what the
    provider says once it is paid. `collected_minor` is the money that came in for it: the total,
    but for what the buyer's balance with the provider made up. `discount_periods` says for how many
    periods the discount counts, this one included; None means for ever. `bonus_credits` came with
    coupons: with `coupon_code`, which may take money off instead, and with `credit_codes` beside
    it. `session_id` and `url` are the provider's checkout. `subscription_id` names what a paid
    order began or renewed, `period` which of its periods it paid for; `second_subscription_id` is
    the provider's id of one that it paid for too and that did not begin here with it: another was
    live, or it was paid otherwise than agreed. `receipt_number` is its receipt's, once money has
    come in for it, and `document_url` where the provider shows a document of its own. `concern`
    says why a person has to look at it, if one has to: until then its money is kept and nothing
    more follows from it. An order with `trial_days` begins a trial: its discount is the whole
    price, and the first payment comes with an order of its own. What an order with an
    `ends_with_group` brings ends with the account's plan of that group.
    """

    id: OrderId
    account_id: AccountId
    line: OrderLine
    status: OrderStatus = OrderStatus.PENDING
    channel: Channel
    discount_minor: int = field(default=0, validator=not_negative)
    discount_periods: int | None = 1
    tax_minor: int = field(default=0, validator=not_negative)
    total_minor: int = field(validator=not_negative)
    collected_minor: int = field(default=0, validator=not_negative)
    bonus_credits: int = field(default=0, validator=not_negative)
    coupon_code: str | None = None
    credit_codes: tuple[str, ...] = ()
    created_at: datetime
    expires_at: datetime | None = None
    paid_at: datetime | None = None
    session_id: str | None = None
    url: str | None = None
    success_url: str | None = None
    cancel_url: str | None = None
    provider_payment_id: str | None = None
    subscription_id: str | None = None
    period: Period | None = None
    second_subscription_id: str | None = None
    receipt_number: int | None = None
    document_url: str | None = None
    concern: str | None = None
    refunded_minor: int = field(default=0, validator=not_negative)
    claims: tuple[Claim, ...] = ()
    trial_days: int = field(default=0, validator=not_negative)
    ends_with_group: str | None = None

    def __attrs_post_init__(self) -> None:
        if self.discount_minor > self.line.price_minor:
            raise InvalidField(path="discount", problem="must not be more than the price")
        if self.refunded_minor > self.collected_minor:
            raise InvalidField(path="refunded", problem="must not be more than was collected")

    @property
    def cause(self) -> str:
        """What the lots that this order brought name as what brought them."""
        return f"order:{self.id}"

    @property
    def due_minor(self) -> int:
        """What is asked for before tax: the price less the discount, in minor units."""
        return self.line.price_minor - self.discount_minor

    @property
    def beyond_minor(self) -> int:
        """How much more than was asked for was paid, before tax; below zero, how much less."""
        return self.total_minor - self.tax_minor - self.due_minor if self.was_paid else 0

    def discounts(self, renewal: Order) -> Order:
        """Return the order of the period after this one's, as its coupon goes on with it.

        That is so where the discount was promised for longer, and the provider took it off.
        """
        periods = self.discount_periods
        if periods == 1 or not self.discount_minor == renewal.discount_minor > 0:
            return renewal
        left = None if periods is None else periods - 1
        return evolve(renewal, coupon_code=self.coupon_code, discount_periods=left)

    @property
    def needs_provider(self) -> bool:
        """Say whether a provider has to be asked: for money now, or for money after a trial."""
        return self.due_minor > 0 or self.trial_days > 0

    @property
    def is_pending(self) -> bool:
        """Say whether it waits for its first payment."""
        return self.status is OrderStatus.PENDING

    @property
    def is_unpaid(self) -> bool:
        """Say whether its page may still be paid, so that it keeps its coupon's slot."""
        return self.status in UNPAID

    def sells(self, item_id: str, channel: Channel) -> bool:
        """Say whether it is for this item, through this channel."""
        return (self.line.item_id, self.channel) == (item_id, channel)

    def can_stand_for(self, wish: Order, now: datetime) -> bool:
        """Say whether a buyer who wishes for an order may be sent to the page of this one instead.

        That is so while the page is open, or about to open, and both are the same purchase on the
        same terms. After a declined payment the buyer gets a fresh page.
        """
        return self._awaits_payment(now) and self._terms == wish._terms

    @property
    def _terms(self) -> tuple[object, ...]:
        return (
            self.account_id,
            self.line,
            self.channel,
            self.coupon_code,
            self.credit_codes,
            self.discount_minor,
            self.discount_periods,
            self.bonus_credits,
            self.trial_days,
            self.success_url,
            self.cancel_url,
        )

    def _awaits_payment(self, now: datetime) -> bool:
        over_at = self.expires_at if self.url is not None else self.created_at + OPENING_TIME
        return self.is_pending and over_at is not None and now < over_at

    @property
    def was_paid(self) -> bool:
        """Say whether it has been paid for, even if some of that has gone back since."""
        return self.paid_at is not None

    @property
    def from_balance_minor(self) -> int:
        """What of the total the buyer's balance with the provider paid; below zero, it was owing.

        Nothing of an order that is not paid, or that cost nothing.
        """
        return self.total_minor - self.collected_minor if self.was_paid else 0

    @property
    def lacks_receipt(self) -> bool:
        """Say whether money has come in for it and no receipt says so yet."""
        return self.was_paid and self.collected_minor > 0 and self.receipt_number is None

    @property
    def gone(self) -> tuple[int, int]:
        """How much of what was collected has gone back, of how much.

        A purchase that brought no money in is given back as a whole, or not at all.
        """
        if self.collected_minor == 0:
            return (1 if self.status is OrderStatus.REFUNDED else 0), 1
        return self.refunded_minor, self.collected_minor

    @property
    def is_gone(self) -> bool:
        """Say whether all that was collected has gone back, so that it brings no more credits."""
        part, whole = self.gone
        return part == whole

    @property
    def is_disputed(self) -> bool:
        """Say whether a dispute about it is open."""
        return self.status is OrderStatus.DISPUTED

    def opened(self, session_id: str, url: str, expires_at: datetime | None) -> Order:
        """Note the provider's checkout page for this order."""
        return evolve(self, session_id=session_id, url=url, expires_at=expires_at)

    def can_become(self, status: OrderStatus) -> bool:
        """Say whether the order may move to the status."""
        return status in _MOVES[self.status]

    def become(self, status: OrderStatus) -> Order:
        """Move to a status that the table allows; anything else is a programmer's mistake."""
        assert self.can_become(status), f"{self.status} to {status}"
        return evolve(self, status=status)

    def paid_by(self, payment: Payment, now: datetime) -> Order:
        """Take the payment as this order's own.

        Raises PaymentMismatch if channel, currency or the price less discount before tax differ.
        """
        paid = self._taking(payment, now)
        if self.due_minor != payment.net_minor:
            raise self._mismatch("amount", str(self.due_minor), str(payment.net_minor))
        return paid

    def paid_otherwise(self, payment: Payment, now: datetime, concern: str) -> Order:
        """Take a payment of another amount than was asked for, and say to a person what is wrong.

        It buys nothing until that person has looked at it. Raises PaymentMismatch if channel or
        currency differ.
        """
        return evolve(self._taking(payment, now), concern=concern)

    def _taking(self, payment: Payment, now: datetime) -> Order:
        assert not self.was_paid, "an order is paid once"
        for differs, ordered, reported in (
            ("channel", self.channel, payment.channel),
            ("currency", self.line.currency, payment.currency),
        ):
            if ordered != reported:
                raise self._mismatch(differs, ordered, reported)
        return evolve(
            self.become(OrderStatus.PAID),
            tax_minor=payment.tax_minor,
            total_minor=payment.total_minor,
            collected_minor=payment.collected_minor,
            paid_at=now,
            provider_payment_id=payment.provider_payment_id,
            document_url=payment.document_url,
        )

    def _mismatch(self, differs: str, ordered: str, reported: str) -> PaymentMismatch:
        return PaymentMismatch(
            order_id=self.id, differs=differs, ordered=ordered, reported=reported
        )

    def receipted(self, number: int) -> Order:
        """Give it the number of its receipt, which it keeps whatever becomes of the money."""
        assert self.lacks_receipt, "a receipt is issued once, for money that has come in"
        return evolve(self, receipt_number=number)

    def with_money_back(self, gone_minor: int, *, is_given_back: bool, is_disputed: bool) -> Order:
        """Take up how the money of a paid order stands; the status follows from that.

        `gone_minor` adds up refunds and lost disputes; where both were made for one payment it is
        more than was collected, and no more than that counts. `is_given_back` says that there was
        any.
        """
        refunded = min(gone_minor, self.collected_minor)
        if is_disputed:
            status = OrderStatus.DISPUTED
        elif not is_given_back:
            status = OrderStatus.PAID
        elif refunded == self.collected_minor:
            status = OrderStatus.REFUNDED
        else:
            status = OrderStatus.PARTIALLY_REFUNDED
        moved = self if status is self.status else self.become(status)
        return evolve(moved, refunded_minor=refunded)

    def given_free(self, now: datetime) -> Order:
        """Mark a purchase whose total is nothing as paid, without any provider."""
        assert self.due_minor == 0
        return evolve(self.become(OrderStatus.PAID), total_minor=0, paid_at=now)
