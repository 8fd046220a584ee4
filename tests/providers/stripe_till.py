"""Stripe's side of the counter."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime

from aiohttp import web
from aiohttp.typedefs import Middleware
from attrs import define, field

from adapters.providers.stripe.signature import CHANNEL
from domain.payments.ids import Channel
from domain.period import Interval
from tests.providers.till import Bank, News, PaymentThere, SubscriptionThere, Till
from tests.support.clock import SettableClock
from tests.support.fake_stripe.billing_api import update_subscription
from tests.support.fake_stripe.objects import Thing
from tests.support.fake_stripe.server import SECRET_KEY, WEBHOOK_SECRET, FakeStripe
from tests.support.fake_stripe.world import StripeWorld

_BANKS = {"won": Bank.WON, "warning_closed": Bank.WON, "lost": Bank.LOST}


@define(kw_only=True)
class StripeTill(Till):
    """A fake Stripe; with `is_older` its endpoint was made with a version of years ago."""

    clock: SettableClock
    is_older: bool = False
    checks_answers: bool = True
    fake: FakeStripe = field(init=False)
    _entered: int = 0

    def __attrs_post_init__(self) -> None:
        world = StripeWorld(clock=self.clock)
        self.fake = FakeStripe(world=world, checks_answers=self.checks_answers)

    @property
    def world(self) -> StripeWorld:
        """What happens at Stripe."""
        return self.fake.world

    @property
    def channel(self) -> Channel:
        return CHANNEL

    @property
    def settings(self) -> Mapping[str, str]:
        return {
            "BILLING_STRIPE_SECRET_KEY": SECRET_KEY,
            "BILLING_STRIPE_WEBHOOK_SECRET": WEBHOOK_SECRET,
            "BILLING_STRIPE_AUTOMATIC_TAX": "true",
        }

    @property
    def problems(self) -> Sequence[str]:
        return self.fake.problems

    def app(self, middlewares: Sequence[Middleware] = ()) -> web.Application:
        return self.fake.app(middlewares)

    def enter(
        self, price_minor: int, currency: str, interval: Interval | None, *, is_taxed_in: bool
    ) -> str:
        self._entered += 1
        self.world.is_tax_in_price = is_taxed_in
        terms = {None: None, Interval.MONTHLY: "month", Interval.YEARLY: "year"}
        return self.world.sell(
            f"price_{self._entered}",
            amount=price_minor,
            currency=currency.lower(),
            interval=terms[interval],
        )

    def pay(self, session_id: str, *, tax_percent: int = 0) -> None:
        self.world.tax_percent = tax_percent
        self.world.pay(session_id)

    def abandon(self, session_id: str) -> None:
        self.world.expire(session_id)

    def renew(self, subscription_id: str) -> None:
        self.world.renew(subscription_id)

    def fail_renewal(self, subscription_id: str) -> None:
        self.world.fail_renewal(subscription_id)

    def collect_overdue(self, subscription_id: str) -> None:
        self.world.collect_overdue(subscription_id)

    def end_with_period(self, subscription_id: str) -> None:
        subscription = self.world.get(subscription_id, "subscription")
        end = subscription["items"]["data"][0]["current_period_end"]
        # The portal sets a date where a subscription is billed flexibly.
        subscription |= {"cancel_at": end, "canceled_at": self.world.now}
        self.world.emit("customer.subscription.updated", subscription, {"cancel_at": None})

    def keep_on(self, subscription_id: str) -> None:
        subscription = self.world.get(subscription_id, "subscription")
        subscription |= {"cancel_at": None, "canceled_at": None}
        self.world.emit("customer.subscription.updated", subscription, {})

    def decline_changes(self, *, is_declining: bool) -> None:
        self.world.declines = is_declining

    def switch(self, subscription_id: str, reference: str, *, at: int | None = None) -> None:
        """Let the subscriber take another price at the portal; the next invoice settles it.

        It counts from this second on, or from now.
        """
        [item] = self.world.get(subscription_id, "subscription")["items"]["data"]
        wish = {
            "items": [{"id": item["id"], "price": reference}],
            "proration_behavior": "create_prorations",
            "proration_date": self.world.now if at is None else at,
        }
        update_subscription(self.world, (subscription_id,), wish)

    def end(self, subscription_id: str) -> None:
        self.world.end(subscription_id)

    def refund(self, payment_id: str, amount_minor: int | None = None) -> None:
        charge = self._charge(payment_id)
        left = charge["amount"] - charge["amount_refunded"]
        self.world.refund(charge, left if amount_minor is None else amount_minor, {})

    def dispute(self, payment_id: str) -> None:
        self.world.dispute(self._charge(payment_id)["payment_intent"])

    def decide(self, payment_id: str, bank: Bank) -> None:
        charge_id = self._charge(payment_id)["id"]
        found = next(e for e in self.world.all_of("dispute") if e["charge"] == charge_id)
        self.world.decide(found["id"], bank.value)

    def payments(self) -> Sequence[PaymentThere]:
        found = [
            self._payment(session["payment_intent"], session["metadata"].get("order_id"), None)
            for session in reversed(self.world.all_of("checkout.session"))
            if session["mode"] == "payment" and session["payment_status"] == "paid"
        ]
        for invoice in reversed(self.world.all_of("invoice")):
            details = invoice["parent"]["subscription_details"]
            if invoice["status"] == "paid" and invoice["amount_paid"] > 0:
                is_first = invoice["billing_reason"] == "subscription_create"
                order_id = details["metadata"].get("order_id") if is_first else None
                found.append(self._payment(invoice["id"], order_id, details["subscription"]))
        return found

    def subscriptions(self) -> Sequence[SubscriptionThere]:
        return [
            SubscriptionThere(
                id=each["id"],
                status=each["status"],
                is_ending=each["cancel_at_period_end"] or each["cancel_at"] is not None,
                reference=each["items"]["data"][0]["price"]["id"],
            )
            for each in reversed(self.world.all_of("subscription"))
        ]

    def customers(self) -> Sequence[str]:
        return [each["id"] for each in reversed(self.world.all_of("customer"))]

    def checkouts(self) -> Sequence[str]:
        return [each["id"] for each in reversed(self.world.all_of("checkout.session"))]

    def open_checkouts(self) -> Sequence[str]:
        found = reversed(self.world.all_of("checkout.session"))
        return [each["id"] for each in found if each["status"] == "open"]

    def period_end(self, subscription_id: str) -> datetime:
        subscription = self.world.get(subscription_id, "subscription")
        end: int = subscription["items"]["data"][0]["current_period_end"]
        return datetime.fromtimestamp(end, UTC)

    def refunds(self) -> int:
        return len(self.world.all_of("refund"))

    def news(self) -> Sequence[News]:
        return [self._news(event) for event in self.world.events]

    def _news(self, event: Thing) -> News:
        body, headers = self.fake.webhook(event, is_older=self.is_older)
        return News(id=event["id"], type=event["type"], body=body, headers=headers)

    def _charge(self, payment_id: str) -> Thing:
        intent_id = payment_id
        if payment_id.startswith("in_"):
            found = self.world.intent_of(payment_id)
            assert found is not None
            intent_id = found
        return self.world.charge_of(intent_id)

    def _payment(
        self, payment_id: str, order_id: str | None, subscription_id: str | None
    ) -> PaymentThere:
        charge = self._charge(payment_id)
        disputes = [e for e in self.world.all_of("dispute") if e["charge"] == charge["id"]]
        bank = Bank.CONTENT
        if disputes:
            bank = _BANKS.get(disputes[0]["status"], Bank.DISPUTING)
        return PaymentThere(
            id=payment_id,
            order_id=order_id,
            subscription_id=subscription_id,
            total_minor=charge["amount"],
            refunded_minor=charge["amount_refunded"],
            bank=bank,
        )
