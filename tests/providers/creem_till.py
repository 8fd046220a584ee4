"""Creem's side of the counter."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from aiohttp import web
from aiohttp.typedefs import Middleware
from attrs import define, field

from adapters.providers.creem.signature import CHANNEL
from domain.payments.ids import Channel
from domain.period import Interval
from tests.providers.till import Bank, News, PaymentThere, SubscriptionThere, Till
from tests.support.clock import SettableClock
from tests.support.fake_creem.books import Books
from tests.support.fake_creem.server import API_KEY, FakeCreem
from tests.support.fake_creem.shapes import Json
from tests.support.fake_creem.telling import SECRET

_PERIODS = {None: "once", Interval.MONTHLY: "every-month", Interval.YEARLY: "every-year"}


@define(kw_only=True)
class CreemTill(Till):
    """A fake Creem; with `is_sparse` its webhooks leave out what the published samples do."""

    clock: SettableClock
    is_sparse: bool = False
    checks_answers: bool = True
    fake: FakeCreem = field(init=False)
    _emails: int = 0
    _tax_percent: int = 0

    def __attrs_post_init__(self) -> None:
        self.fake = FakeCreem(books=Books(clock=self.clock), judges=self.checks_answers)

    @property
    def books(self) -> Books:
        """What Creem remembers."""
        return self.fake.books

    @property
    def channel(self) -> Channel:
        return CHANNEL

    @property
    def settings(self) -> Mapping[str, str]:
        return {"BILLING_CREEM_API_KEY": API_KEY, "BILLING_CREEM_WEBHOOK_SECRET": SECRET}

    @property
    def problems(self) -> Sequence[str]:
        return self.fake.violations

    def app(self, middlewares: Sequence[Middleware] = ()) -> web.Application:
        app = self.fake.application()
        app.middlewares.extend(middlewares)
        return app

    def enter(
        self, price_minor: int, currency: str, interval: Interval | None, *, is_taxed_in: bool
    ) -> str:
        return self.books.add_product(
            price=price_minor,
            currency=currency,
            period=_PERIODS[interval],
            tax_mode="inclusive" if is_taxed_in else "exclusive",
        )

    def pay(self, session_id: str, *, tax_percent: int = 0) -> None:
        self._emails += 1
        self._tax_percent = tax_percent
        # Every buyer has an address of their own; to Creem that is who a customer is.
        email = f"buyer-{self._emails}@example.com"
        self.books.pay(session_id, tax_percent=tax_percent, email=email)

    def abandon(self, session_id: str) -> None:
        self.books.expire(session_id)

    def renew(self, subscription_id: str) -> None:
        self.books.renew(subscription_id, tax_percent=self._tax_percent)

    def fail_renewal(self, subscription_id: str) -> None:
        self.books.become(subscription_id, "past_due")

    def collect_overdue(self, subscription_id: str) -> None:
        self.books.renew(subscription_id, tax_percent=self._tax_percent)

    def end_with_period(self, subscription_id: str) -> None:
        self.books.become(subscription_id, "scheduled_cancel")

    def keep_on(self, subscription_id: str) -> None:
        self.books.become(subscription_id, "active", told_as="update")

    def decline_changes(self, *, is_declining: bool) -> None:
        self.books.declines = is_declining

    def end(self, subscription_id: str) -> None:
        self.books.become(subscription_id, "canceled")

    def refund(self, payment_id: str, amount_minor: int | None = None) -> None:
        self.books.refund(self._transaction(payment_id)["id"], amount_minor)

    def dispute(self, payment_id: str) -> None:
        self.books.dispute(self._transaction(payment_id)["id"])

    def decide(self, payment_id: str, bank: Bank) -> None:
        """Creem tells nobody how a dispute ends."""

    def payments(self) -> Sequence[PaymentThere]:
        return [self._payment(each) for each in self.books.transactions.values()]

    def subscriptions(self) -> Sequence[SubscriptionThere]:
        return [
            SubscriptionThere(
                id=each["id"],
                status="active" if each["status"] == "scheduled_cancel" else each["status"],
                is_ending=each["status"] == "scheduled_cancel",
                reference=each["product"]["id"],
            )
            for each in self.books.subscriptions.values()
        ]

    def customers(self) -> Sequence[str]:
        return list(self.books.customers)

    def checkouts(self) -> Sequence[str]:
        return list(self.books.checkouts)

    def open_checkouts(self) -> Sequence[str]:
        found = self.books.checkouts.values()
        return [each["id"] for each in found if each["status"] == "pending"]

    def period_end(self, subscription_id: str) -> datetime:
        end: str = self.books.subscriptions[subscription_id]["current_period_end_date"]
        return datetime.fromisoformat(end)

    def refunds(self) -> int:
        return len(self.books.told("refund.created"))

    def news(self) -> Sequence[News]:
        shaped = [e.as_published() if self.is_sparse else e for e in self.books.events]
        return [News(id=e.id, type=e.type, body=e.body, headers=e.signed()) for e in shaped]

    def _transaction(self, payment_id: str) -> Json:
        if payment_id.startswith("tran_"):
            return self.books.transactions[payment_id]
        return self.books.transactions[self.books.orders[payment_id]["transaction"]]

    def _payment(self, transaction: Json) -> PaymentThere:
        subscription_id = transaction["subscription"]
        is_disputed = transaction["status"] == "chargedBack"
        return PaymentThere(
            id=transaction["order"] if subscription_id is None else transaction["id"],
            # Each payment of a subscription names the order that began it, and may be its first.
            order_id=None if subscription_id else self._order_id(transaction),
            subscription_id=subscription_id,
            total_minor=transaction["amount_paid"],
            # What a bank took is not what we gave back, though Creem counts it as refunded.
            refunded_minor=self._given_back(transaction["id"]),
            bank=Bank.DISPUTING if is_disputed else Bank.CONTENT,
        )

    def _given_back(self, transaction_id: str) -> int:
        refunds = [each.content["object"] for each in self.books.told("refund.created")]
        of_this = [each for each in refunds if each["transaction"]["id"] == transaction_id]
        return sum(each["refund_amount"] for each in of_this)

    def _order_id(self, transaction: Json) -> str | None:
        for checkout in self.books.checkouts.values():
            order = checkout.get("order")
            if order is not None and order["transaction"] == transaction["id"]:
                named = checkout["metadata"].get("order_id")
                return None if named is None else str(named)
        return None
