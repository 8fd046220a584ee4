"""The books of the fake: what was entered, opened, paid, and given back there."""

from collections.abc import Iterator
from datetime import datetime, timedelta

from attrs import define, field, frozen

from domain.period import add_months
from tests.support.clock import NOON, SettableClock
from tests.support.fake_creem.shapes import (
    Json,
    Sale,
    a_checkout,
    a_customer,
    a_discount,
    a_dispute,
    a_product,
    a_refund,
    a_subscription,
    a_transaction,
    an_order,
    iso,
    milliseconds,
    of_a_period,
)
from tests.support.fake_creem.telling import CreemEvent, an_event

BUYER = "buyer@example.com"
MONTHS = {"every-month": 1, "every-three-months": 3, "every-six-months": 6, "every-year": 12}


@frozen
class Refusal(Exception):
    """The fake says no, with a status."""

    status: int
    message: str


@define(kw_only=True)
class Books:
    """All that the fake remembers. What a test does here happens at Creem, and is told by events.

    `keeps_discount_in_amount` has amounts told before the discount: Creem's documents allow both.
    `refunds_pend` has refunds told as pending until they are settled, and `declines` makes every
    card fail that a change of plan is charged to.
    """

    clock: SettableClock = field(factory=lambda: SettableClock(NOON))
    keeps_discount_in_amount: bool = False
    refunds_pend: bool = False
    declines: bool = False
    discount_factor: int = 1
    products: dict[str, Json] = field(factory=dict)
    customers: dict[str, Json] = field(factory=dict)
    checkouts: dict[str, Json] = field(factory=dict)
    orders: dict[str, Json] = field(factory=dict)
    transactions: dict[str, Json] = field(factory=dict)
    subscriptions: dict[str, Json] = field(factory=dict)
    discounts: dict[str, Json] = field(factory=dict)
    events: list[CreemEvent] = field(factory=list)
    _asked: dict[str, Json] = field(factory=dict)
    _lasting: dict[str, Json] = field(factory=dict)
    _taxes: dict[str, int] = field(factory=dict)
    _count: int = 0

    def add_product(
        self,
        *,
        price: int = 1000,
        currency: str = "EUR",
        period: str = "once",
        tax_mode: str = "exclusive",
    ) -> str:
        """Enter a product, and return its id."""
        product = a_product(
            self._id("prod"),
            self.clock(),
            price=price,
            currency=currency,
            period=period,
            tax_mode=tax_mode,
        )
        self.products[product["id"]] = product
        return str(product["id"])

    def add_customer(self, email: str = BUYER) -> str:
        """Enter a customer, one an e-mail address, and return its id."""
        for customer in self.customers.values():
            if customer["email"] == email:
                return str(customer["id"])
        customer = a_customer(self._id("cust"), self.clock(), email)
        self.customers[customer["id"]] = customer
        return str(customer["id"])

    def open_checkout(self, asked: Json) -> Json:
        """Open a checkout page: always a new one, whatever `request_id` says."""
        product = self._found(self.products, asked["product_id"])
        if "custom_price" in asked:
            if product["billing_type"] != "onetime":
                raise Refusal(400, "custom_price is for one-time products")
            if not 100 <= asked["custom_price"] <= 99_999_999:
                raise Refusal(400, "custom_price is out of range")
        customer = asked.get("customer", {})
        if "id" in customer and "email" in customer:
            raise Refusal(400, "You may only specify one of these parameters: id, email")
        if "id" in customer:
            self._found(self.customers, customer["id"])
        if "discount_code" in asked:
            self._usable(asked["discount_code"], asked["product_id"])
        checkout = a_checkout(self._id("ch"), asked)
        self.checkouts[checkout["id"]] = checkout
        self._asked[checkout["id"]] = asked
        return checkout

    def pay(self, checkout_id: str, *, tax_percent: int = 0, email: str = BUYER) -> None:
        """Let the buyer pay a checkout: Creem tells of it, for a subscription three times."""
        checkout = self.checkouts[checkout_id]
        asked = self._asked[checkout_id]
        product = self.products[asked["product_id"]]
        wanted = asked.get("customer", {})
        customer_id = wanted.get("id") or self.add_customer(wanted.get("email", email))
        discount = None
        if "discount_code" in asked:
            discount = self._usable(asked["discount_code"], product["id"])
            discount["redeem_count"] += 1
        price = asked.get("custom_price", product["price"]) * asked.get("units", 1)
        sale = self._sale(
            product, price, 0 if discount is None else discount["amount"], tax_percent
        )
        transaction, order = self._collect(product, customer_id, sale)
        checkout |= {
            "status": "completed",
            "product": product,
            "order": order,
            "customer": self.customers[customer_id],
        }
        if product["billing_type"] == "onetime":
            self.tell("checkout.completed", checkout)
            return
        subscription = a_subscription(
            self._id("sub"),
            self.clock(),
            product,
            self.customers[customer_id],
            asked.get("metadata"),
        )
        self.subscriptions[subscription["id"]] = subscription
        self._taxes[subscription["id"]] = tax_percent
        if discount is not None:
            self._lasting[subscription["id"]] = discount
        self._paid(subscription, transaction, self.clock())
        checkout["subscription"] = subscription
        self.tell("checkout.completed", checkout)
        self.tell("subscription.active", subscription)
        self.tell("subscription.paid", subscription)

    def expire(self, checkout_id: str) -> None:
        """Let a checkout run out; Creem tells nobody."""
        self.checkouts[checkout_id]["status"] = "expired"

    def renew(self, subscription_id: str, *, tax_percent: int = 0) -> str:
        """Collect for the next period, and return the transaction's id."""
        subscription = self.subscriptions[subscription_id]
        product = subscription["product"]
        discount = self._lasting_discount(subscription_id, product)
        sale = self._sale(product, product["price"], discount, tax_percent)
        transaction, _ = self._collect(product, subscription["customer"]["id"], sale)
        start_at = datetime.fromisoformat(subscription["current_period_end_date"])
        subscription["status"] = "active"
        self._paid(subscription, transaction, start_at)
        self.tell("subscription.paid", subscription)
        return str(transaction["id"])

    def become(self, subscription_id: str, status: str, *, told_as: str | None = None) -> Json:
        """Put a subscription into a status, and tell of it."""
        subscription = self.subscriptions[subscription_id]
        subscription |= {"status": status, "updated_at": iso(self.clock())}
        subscription["canceled_at"] = iso(self.clock()) if status == "canceled" else None
        self.tell(f"subscription.{told_as or status}", subscription)
        return subscription

    def change_product(self, subscription_id: str, product_id: str, behaviour: str) -> Json:
        """Move a subscription to another product; its items follow a moment later.

        What is charged at once begins a period, and what is left of the paid one is set against
        its price; otherwise nothing is charged before the next period.
        """
        subscription = self.subscriptions[subscription_id]
        product = self._found(self.products, product_id)
        begins_period = behaviour == "proration-charge-immediately"
        due = product["price"] - self._unused(subscription) if begins_period else 0
        if self.declines and due > 0:
            raise Refusal(400, "The payment was declined")
        subscription |= {"product": product, "updated_at": iso(self.clock())}
        if begins_period:
            sale = self._sale(product, max(0, due), 0, self._taxes[subscription_id])
            transaction, _ = self._collect(product, subscription["customer"]["id"], sale)
            self._paid(subscription, transaction, self.clock())
        self.tell("subscription.update", subscription)
        if begins_period:
            self.tell("subscription.paid", subscription)
        subscription["items"][0]["product_id"] = product_id
        return subscription

    def refund(self, transaction_id: str, amount: int | None = None) -> str:
        """Give back an amount, or all that is left; return the refund's status."""
        transaction = self._found(self.transactions, transaction_id)
        refunded = transaction["refunded_amount"] or 0
        left = transaction["amount_paid"] - refunded
        back = left if amount is None else amount
        if transaction["status"] not in {"paid", "partialRefund"} or not 0 < back <= left:
            raise Refusal(400, "The transaction cannot be refunded")
        status = "pending" if self.refunds_pend else "succeeded"
        if not self.refunds_pend:
            self._settle(transaction, refunded + back)
        refund = a_refund(self._id("ref"), self.clock(), transaction, back, status)
        self.tell("refund.created", refund | self._sold_as(transaction))
        return status

    def settle_refund(self, transaction_id: str) -> None:
        """Let a pending refund over everything succeed; Creem tells nobody."""
        transaction = self.transactions[transaction_id]
        self._settle(transaction, transaction["amount_paid"])

    def dispute(self, transaction_id: str) -> None:
        """Let the buyer's bank take a payment back."""
        transaction = self.transactions[transaction_id]
        transaction |= {
            "status": "chargedBack",
            "refunded_amount": transaction["amount_paid"],
        }
        dispute = a_dispute(self._id("disp"), self.clock(), transaction)
        self.tell("dispute.created", dispute | self._sold_as(transaction))

    def add_discount(self, asked: Json) -> Json:
        """Enter a discount; a code can be entered once."""
        code = asked.get("code", self._id("CODE"))
        if any(each["code"] == code for each in self.discounts.values()):
            raise Refusal(400, "A discount with this code exists already")
        for product_id in asked["applies_to_products"]:
            self._found(self.products, product_id)
        discount = a_discount(self._id("dis"), asked | {"code": code})
        discount["amount"] = asked["amount"] * self.discount_factor
        self.discounts[discount["id"]] = discount
        return discount

    def tell(self, type: str, object: Json) -> CreemEvent:
        """Tell of an object as it is now. Nothing is delivered until a test does."""
        event = an_event(self._id("evt"), type, milliseconds(self.clock()), object)
        self.events.append(event)
        return event

    def told(self, type: str) -> list[CreemEvent]:
        """Return the events of a type, the oldest first."""
        return [each for each in self.events if each.type == type]

    def transactions_of(self, subscription_id: str) -> Iterator[Json]:
        """Return the payments of a subscription, the oldest first."""
        for each in self.transactions.values():
            if each["subscription"] == subscription_id:
                yield each

    def _unused(self, subscription: Json) -> int:
        """Return what is left of the price of the period that is paid."""
        start, end = (
            datetime.fromisoformat(subscription[f"current_period_{name}_date"])
            for name in ("start", "end")
        )
        left = min(max(end - self.clock(), timedelta()), end - start)
        return int(subscription["product"]["price"] * left / (end - start))

    def _lasting_discount(self, subscription_id: str, product: Json) -> int:
        """Return what the checkout's code takes off the period that begins."""
        discount = self._lasting.get(subscription_id)
        if discount is None or discount["duration"] == "once":
            return 0
        paid = sum(1 for _ in self.transactions_of(subscription_id))
        months = paid * MONTHS[product["billing_period"]]
        is_over = discount["duration"] == "repeating" and months >= discount["duration_in_months"]
        return 0 if is_over else int(discount["amount"])

    def _sale(self, product: Json, price: int, discount: int, tax_percent: int) -> Sale:
        net = price - min(discount, price)
        amount = price if self.keeps_discount_in_amount else net
        if product["tax_mode"] == "inclusive":
            tax = net - net * 100 // (100 + tax_percent)
            return Sale(amount=amount, discount=price - net, tax=tax, paid=net)
        tax = net * tax_percent // 100
        return Sale(amount=amount, discount=price - net, tax=tax, paid=net + tax)

    def _collect(self, product: Json, customer_id: str, sale: Sale) -> tuple[Json, Json]:
        ids = self._id("tran"), self._id("ord")
        transaction = a_transaction(ids[0], self.clock(), product, customer_id, ids[1], sale)
        order = an_order(ids[1], self.clock(), product, customer_id, ids[0], sale)
        self.transactions[ids[0]], self.orders[ids[1]] = transaction, order
        return transaction, order

    def _paid(self, subscription: Json, transaction: Json, start_at: datetime) -> None:
        end_at = add_months(start_at, MONTHS[subscription["product"]["billing_period"]])
        # In place: whoever holds the transaction, holds this one.
        transaction |= of_a_period(transaction, subscription["id"], start_at, end_at)
        subscription |= {
            "last_transaction_id": transaction["id"],
            "last_transaction": transaction,
            "last_transaction_date": iso(self.clock()),
            "next_transaction_date": iso(end_at),
            "current_period_start_date": iso(start_at),
            "current_period_end_date": iso(end_at),
        }

    def _sold_as(self, transaction: Json) -> Json:
        """Return what a refund or a dispute tells of the purchase beside its transaction."""
        order = self.orders[transaction["order"]]
        found: Json = {"order": order}
        for checkout in self.checkouts.values():
            if checkout.get("order") == order:
                found["checkout"] = checkout
        if transaction["subscription"] is not None:
            found["subscription"] = self.subscriptions[transaction["subscription"]]
        return found

    def _settle(self, transaction: Json, refunded: int) -> None:
        is_all = refunded == transaction["amount_paid"]
        transaction |= {
            "status": "refunded" if is_all else "partialRefund",
            "refunded_amount": refunded,
        }

    def _usable(self, code: str, product_id: str) -> Json:
        for discount in self.discounts.values():
            is_meant = discount["code"] == code and discount["status"] == "active"
            is_left = discount["redeem_count"] < discount.get("max_redemptions", 1 << 30)
            if is_meant and is_left and product_id in discount["applies_to_products"]:
                return discount
        raise Refusal(400, "The discount code is not valid")

    def _found(self, kind: dict[str, Json], id: str) -> Json:
        if id not in kind:
            raise Refusal(404, "Resource not found")
        return kind[id]

    def _id(self, prefix: str) -> str:
        self._count += 1
        self.clock.now += timedelta(milliseconds=1)
        return f"{prefix}_{self._count:06d}"
