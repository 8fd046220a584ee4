"""What Stripe knows, and what happens there without us: buyers pay, banks take money back."""

from collections import Counter
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from attrs import define, field

from domain.period import add_months
from tests.support.fake_stripe.data import fixture
from tests.support.fake_stripe.objects import (
    Thing,
    a_charge,
    a_dispute,
    a_line,
    a_price,
    a_refund,
    a_subscription,
    an_intent,
    an_invoice,
    an_invoice_payment,
)
from tests.support.fake_stripe.records import StripeRecords


@define(kw_only=True)
class StripeWorld(StripeRecords):
    """What happens at Stripe without us.

    `refunds_become` is the status of a new refund, `declines` makes every card fail, and
    `tax_percent` is what automatic tax finds: on top of a price, or in it. `pending` are lines that
    wait for a subscription's next invoice, which nobody sends yet; `previews` are never kept long.
    `balances` are what customers owe; below zero, what they have.
    """

    refunds_become: str = "succeeded"
    declines: bool = False
    tax_percent: int = 0
    is_tax_in_price: bool = False
    _asked: dict[str, Mapping[str, Any]] = field(factory=dict)
    previews: dict[str, Thing] = field(factory=dict)
    pending: dict[str, list[Thing]] = field(factory=dict)
    balances: dict[str, int] = field(factory=dict)
    _coupons: dict[str, Thing] = field(factory=dict)
    _renewals: Counter[str] = field(factory=Counter)

    def sell(self, id: str, **terms: Any) -> str:
        """Enter a price, and return its id."""
        return str(self.add(a_price(id, **terms))["id"])

    def remember(self, session_id: str, params: Mapping[str, Any]) -> None:
        """Keep what a session was asked for: Stripe does not show all of it again."""
        self._asked[session_id] = params

    def pay(self, session_id: str, *, is_delayed: bool = False) -> Thing:
        """Let the buyer pay on the checkout page; a delayed payment settles some days later."""
        session = self.get(session_id, "checkout.session")
        assert session["status"] == "open"
        self._close_amounts(session)
        session |= {"status": "complete", "url": None}
        if session["customer"] is None and session["customer_creation"] != "if_required":
            session["customer"] = self._customer(session["customer_email"])
        if session["mode"] == "subscription":
            self._begin(session)
        elif is_delayed:
            session["payment_intent"] = self.new_id("pi")
        else:
            self._collect_pack(session)
        self.emit("checkout.session.completed", session)
        return session

    def settle(self, session_id: str, *, is_paid: bool) -> Thing:
        """Let a delayed payment arrive, or fail."""
        session = self.get(session_id, "checkout.session")
        if is_paid:
            self._collect_pack(session, session["payment_intent"])
            self.emit("checkout.session.async_payment_succeeded", session)
        else:
            self.emit("checkout.session.async_payment_failed", session)
        return session

    def expire(self, session_id: str) -> Thing:
        """Let a checkout page run out."""
        session = self.get(session_id, "checkout.session")
        session |= {"status": "expired", "url": None}
        self.emit("checkout.session.expired", session)
        return session

    def renew(self, subscription_id: str) -> Thing:
        """Let the next period begin and be paid; return its invoice."""
        subscription = self.get(subscription_id, "subscription")
        start, end = self._advanced(subscription)
        discount = self._lasting_discount(subscription)
        lines = self.with_pending(subscription, [self._regular(subscription, start, end, discount)])
        tax = self.tax_on(subscription, sum(line["amount"] for line in lines) - discount)
        self.pending.pop(subscription_id, None)
        return self.bill(subscription, lines, "subscription_cycle", tax)

    def fail_renewal(self, subscription_id: str) -> Thing:
        """Let the next period begin and its payment fail; return its invoice."""
        subscription = self.get(subscription_id, "subscription")
        start, end = self._advanced(subscription)
        line = self._regular(subscription, start, end)
        invoice = self._invoice(subscription, [line], "subscription_cycle")
        subscription["status"] = "past_due"
        self.emit("invoice.payment_failed", invoice)
        self.emit("customer.subscription.updated", subscription, {"status": "active"})
        return invoice

    def collect_overdue(self, subscription_id: str) -> Thing:
        """Let the payment that failed last arrive after all; return its invoice."""
        subscription = self.get(subscription_id, "subscription")
        invoice = next(
            each
            for each in self.all_of("invoice")
            if each["status"] == "open"
            and each["parent"]["subscription_details"]["subscription"] == subscription_id
        )
        subscription["status"] = "active"
        self.emit("customer.subscription.updated", subscription, {"status": "past_due"})
        return self._collect_invoice(invoice)

    def end(self, subscription_id: str) -> Thing:
        """Let a subscription come to its end."""
        subscription = self.get(subscription_id, "subscription")
        subscription |= {"status": "canceled", "ended_at": self.now, "canceled_at": self.now}
        self.emit("customer.subscription.deleted", subscription)
        return subscription

    def bill(self, subscription: Thing, lines: list[Thing], reason: str, tax: int = 0) -> Thing:
        """Write an invoice and collect it at once."""
        return self._collect_invoice(self._invoice(subscription, lines, reason, tax))

    def with_pending(self, subscription: Thing, lines: list[Thing]) -> list[Thing]:
        """Return the lines of the next invoice: those that wait for it come with it."""
        return [*self.pending.get(subscription["id"], ()), *lines]

    def mark_paid(self, invoice: Thing) -> None:
        """Let an invoice be paid."""
        invoice |= {"status": "paid", "amount_paid": invoice["amount_due"], "amount_remaining": 0}
        invoice["status_transitions"] = {**invoice["status_transitions"], "paid_at": self.now}
        self.emit("invoice.paid", invoice)
        self.emit("invoice.payment_succeeded", invoice)

    def refund(self, charge: Thing, amount: int, params: Mapping[str, Any]) -> Thing:
        """Give money of a charge back."""
        refund = self.add(
            a_refund(
                self.new_id("re"),
                charge=charge,
                amount=amount,
                status=self.refunds_become,
                params=params,
                created=self.now,
            )
        )
        before = {"amount_refunded": charge["amount_refunded"]}
        charge["amount_refunded"] += amount
        charge["refunded"] = charge["amount_refunded"] == charge["amount"]
        self.emit("refund.created", refund)
        self.emit("charge.refunded", charge, before)
        return refund

    def refund_becomes(self, refund_id: str, status: str) -> Thing:
        """Let a refund arrive, or fail days later."""
        refund = self.get(refund_id, "refund")
        refund["status"] = status
        if status == "failed":
            self.charge_of(refund["payment_intent"])["amount_refunded"] -= refund["amount"]
        self.emit("refund.failed" if status == "failed" else "refund.updated", refund)
        return refund

    def dispute(
        self, intent_id: str, amount: int | None = None, status: str = "needs_response"
    ) -> Thing:
        """Let a buyer's bank take a payment back, or ask about it: then nothing is taken yet."""
        charge = self.charge_of(intent_id)
        dispute = self.add(
            a_dispute(
                self.new_id("dp"),
                charge=charge,
                amount=charge["amount"] if amount is None else amount,
                status=status,
                created=self.now,
            )
        )
        self.emit("charge.dispute.created", dispute)
        if not status.startswith("warning_"):
            self._withdraw(dispute)
        return dispute

    def escalate(self, dispute_id: str) -> Thing:
        """Let an inquiry become a dispute."""
        dispute = self.get(dispute_id, "dispute")
        dispute["status"] = "needs_response"
        self.emit("charge.dispute.updated", dispute)
        self._withdraw(dispute)
        return dispute

    def _withdraw(self, dispute: Thing) -> None:
        self.get(dispute["charge"], "charge")["disputed"] = True
        self.emit("charge.dispute.funds_withdrawn", dispute)

    def decide(self, dispute_id: str, status: str) -> Thing:
        """Let the bank decide a dispute."""
        dispute = self.get(dispute_id, "dispute")
        dispute["status"] = status
        if status == "won":
            self.emit("charge.dispute.funds_reinstated", dispute)
        self.emit("charge.dispute.closed", dispute)
        return dispute

    def charge_of(self, intent_id: str) -> Thing:
        """Return the charge of a payment intent. Raises StripeFault."""
        intent = self.get(intent_id, "payment_intent", "payment_intent")
        return self.get(intent["latest_charge"], "charge")

    def intent_of(self, invoice_id: str) -> str | None:
        """Return the payment intent that paid an invoice."""
        ties = (each for each in self.all_of("invoice_payment") if each["invoice"] == invoice_id)
        found = next(ties, None)
        return None if found is None else str(found["payment"]["payment_intent"])

    def line_of(self, subscription: Thing, amount: int, **rest: Any) -> Thing:
        """Return a line for an invoice of a subscription."""
        price = subscription["items"]["data"][0]["price"]
        return a_line(
            self.new_id("il"), amount=amount, subscription=subscription, price=price, **rest
        )

    def _collect_invoice(self, invoice: Thing) -> Thing:
        if invoice["amount_due"] > 0:
            intent, charge = self._collect(invoice["amount_due"], invoice["currency"], {})
            self.add(
                an_invoice_payment(
                    self.new_id("inpay"), invoice=invoice, intent=intent["id"], created=self.now
                )
            )
            self.emit("charge.succeeded", charge)
            self.emit("payment_intent.succeeded", intent)
        self.mark_paid(invoice)
        return invoice

    def _close_amounts(self, session: Thing) -> None:
        discount = session["total_details"]["amount_discount"]
        asked = session["amount_subtotal"] - discount
        tax = self.tax_on(session, asked)
        session["total_details"] = {**session["total_details"], "amount_tax": tax}
        session["amount_total"] = asked if self.is_tax_in_price else asked + tax

    def tax_on(self, sold: Thing, asked: int) -> int:
        """Return what automatic tax finds for what a session or a subscription is to collect."""
        if not sold["automatic_tax"]["enabled"] or asked <= 0:
            return 0
        if self.is_tax_in_price:
            return asked - asked * 100 // (100 + self.tax_percent)
        return asked * self.tax_percent // 100

    def _customer(self, email: str | None) -> str:
        customer = self.add({**fixture("customer"), "id": self.new_id("cus"), "email": email})
        return str(customer["id"])

    def _collect_pack(self, session: Thing, intent_id: str | None = None) -> None:
        if session["amount_total"] == 0:
            session["payment_status"] = "no_payment_required"
            return
        asked = self._asked[session["id"]].get("payment_intent_data", {})
        intent, charge = self._collect(
            session["amount_total"], session["currency"], asked.get("metadata", {}), intent_id
        )
        session |= {"payment_intent": intent["id"], "payment_status": "paid"}
        self.emit("charge.succeeded", charge)
        self.emit("payment_intent.created", intent)
        self.emit("payment_intent.succeeded", intent)

    def _collect(
        self,
        amount: int,
        currency: str,
        metadata: Mapping[str, str],
        intent_id: str | None = None,
    ) -> tuple[Thing, Thing]:
        intent = an_intent(
            intent_id or self.new_id("pi"),
            amount=amount,
            currency=currency,
            metadata=metadata,
            created=self.now,
        )
        charge = self.add(a_charge(self.new_id("ch"), intent=intent, created=self.now))
        intent["latest_charge"] = charge["id"]
        return self.add(intent), charge

    def _begin(self, session: Thing) -> None:
        asked = self._asked[session["id"]]
        price = self.get(asked["line_items"][0]["price"], "price")
        data = asked.get("subscription_data", {})
        start, trial = self.now, data.get("trial_period_days", 0)
        end = start + trial * 86_400 if trial else after(start, price)
        subscription = self.add(
            a_subscription(
                self.new_id("sub"),
                price=price,
                customer=session["customer"],
                metadata=data.get("metadata", {}),
                start=start,
                end=end,
                item_id=self.new_id("si"),
            )
        )
        subscription["automatic_tax"] = {
            **subscription["automatic_tax"],
            "enabled": session["automatic_tax"]["enabled"],
        }
        discount = session["total_details"]["amount_discount"]
        if discount > 0:
            coupon_id = asked["discounts"][0]["coupon"]
            self._coupons[subscription["id"]] = self.get(coupon_id, "coupon")
        whole = price["unit_amount"] if trial else discount
        line = self._regular(subscription, start, end, whole)
        tax = session["total_details"]["amount_tax"]
        invoice = self._invoice(subscription, [line], "subscription_create", tax)
        intent, charge = self._collect(invoice["amount_due"], invoice["currency"], {})
        self.add(
            an_invoice_payment(
                self.new_id("inpay"), invoice=invoice, intent=intent["id"], created=self.now
            )
        )
        subscription["latest_invoice"] = invoice["id"]
        self.emit("charge.succeeded", charge)
        self.emit("payment_method.attached", fixture("payment_method"))
        self.emit("invoice.created", invoice)
        self.emit("customer.subscription.created", subscription)
        self.emit("invoice.updated", invoice)
        self.emit("invoice.updated", invoice)
        self.emit("invoice.finalized", invoice)
        subscription["status"] = "trialing" if trial else "active"
        self.emit("customer.subscription.updated", subscription, {"status": "incomplete"})
        self.mark_paid(invoice)
        self.emit("invoice.updated", invoice)
        self.emit("payment_intent.created", intent)
        self.emit("payment_intent.succeeded", intent)
        session |= {
            "payment_status": "paid",
            "subscription": subscription["id"],
            "invoice": invoice["id"],
        }

    def _invoice(self, subscription: Thing, lines: list[Thing], reason: str, tax: int = 0) -> Thing:
        customer = subscription["customer"]
        invoice = an_invoice(
            self.new_id("in"),
            subscription=subscription,
            lines=lines,
            reason=reason,
            tax=tax,
            is_tax_in_price=self.is_tax_in_price,
            created=self.now,
            balance=self.balances.get(customer, 0),
        )
        self.balances[customer] = invoice["ending_balance"]
        return self.add(invoice)

    def _lasting_discount(self, subscription: Thing) -> int:
        """Return what the checkout's coupon takes off the period that begins."""
        coupon = self._coupons.get(subscription["id"])
        if coupon is None or coupon["duration"] == "once":
            return 0
        self._renewals[subscription["id"]] += 1
        interval = subscription["items"]["data"][0]["price"]["recurring"]["interval"]
        months = self._renewals[subscription["id"]] * (12 if interval == "year" else 1)
        is_over = coupon["duration"] == "repeating" and months >= coupon["duration_in_months"]
        return 0 if is_over else int(coupon["amount_off"])

    def _regular(self, subscription: Thing, start: int, end: int, discount: int = 0) -> Thing:
        amount = subscription["items"]["data"][0]["price"]["unit_amount"]
        return self.line_of(subscription, amount, start=start, end=end, discount=discount)

    def _advanced(self, subscription: Thing) -> tuple[int, int]:
        item = subscription["items"]["data"][0]
        start = item["current_period_end"]
        end = after(start, item["price"])
        item |= {"current_period_start": start, "current_period_end": end}
        return start, end


def after(start: int, price: Thing) -> int:
    """Return when a period that starts then is over."""
    recurring = price["recurring"]
    months = recurring["interval_count"] * (12 if recurring["interval"] == "year" else 1)
    return int(add_months(datetime.fromtimestamp(start, UTC), months).timestamp())
