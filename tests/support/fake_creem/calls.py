"""The fake's answers, one for each call that Creem knows and we make."""

from collections.abc import Callable, Mapping, Sequence

from attrs import frozen

from tests.support.fake_creem.books import Books, Refusal
from tests.support.fake_creem.shapes import Json, iso

_PAGE_SIZE = 10


@frozen(kw_only=True)
class Asked:
    """A call: the id in its path, its query, its body."""

    id: str
    query: Mapping[str, str]
    body: Json


Answering = Callable[[Books, Asked], Json]


def _checkout(books: Books, asked: Asked) -> Json:
    return _one(books.checkouts, asked.query["checkout_id"])


def _portal(books: Books, asked: Asked) -> Json:
    customer = _one(books.customers, asked.body["customer_id"])
    return {"customer_portal_link": f"https://creem.io/test/my-orders/{customer['id']}"}


def _subscription(books: Books, asked: Asked) -> Json:
    return _one(books.subscriptions, asked.query["subscription_id"])


def _cancel(books: Books, asked: Asked) -> Json:
    subscription = _one(books.subscriptions, asked.id)
    if subscription["status"] == "canceled":
        raise Refusal(400, "Subscription is already canceled")
    if asked.body["mode"] == "immediate":
        return books.become(asked.id, "canceled")
    return books.become(asked.id, "scheduled_cancel")


def _pause(books: Books, asked: Asked) -> Json:
    subscription = _one(books.subscriptions, asked.id)
    if subscription["status"] != "active":
        raise Refusal(400, "Only an active subscription can be paused")
    return books.become(asked.id, "paused")


def _resume(books: Books, asked: Asked) -> Json:
    """End a pause, or take a cancellation back: whichever it is."""
    subscription = _one(books.subscriptions, asked.id)
    if subscription["status"] not in {"paused", "scheduled_cancel"}:
        raise Refusal(400, "The subscription cannot be resumed")
    return books.become(asked.id, "active", told_as="update")


def _upgrade(books: Books, asked: Asked) -> Json:
    subscription = _one(books.subscriptions, asked.id)
    if subscription["status"] not in {"active", "trialing"}:
        raise Refusal(400, "The subscription cannot be upgraded")
    behaviour = asked.body.get("update_behavior", "proration-charge-immediately")
    return books.change_product(asked.id, asked.body["product_id"], behaviour)


def _discount(books: Books, asked: Asked) -> Json:
    for discount in books.discounts.values():
        if asked.query.get("discount_code") == discount["code"]:
            return discount
    return _one(books.discounts, asked.query.get("discount_id", ""))


def _delete_discount(books: Books, asked: Asked) -> Json:
    discount = _one(books.discounts, asked.id)
    discount["status"] = "deleted"
    return discount


def _transaction(books: Books, asked: Asked) -> Json:
    return _one(books.transactions, asked.query["transaction_id"])


def _transactions(books: Books, asked: Asked) -> Json:
    order_id = asked.query.get("order_id")
    newest_first = [
        each
        for each in reversed(books.transactions.values())
        if order_id is None or each["order"] == order_id
    ]
    return _page(newest_first, asked.query)


def _refund(books: Books, asked: Asked) -> Json:
    return {"status": books.refund(asked.body["transaction_id"])}


ANSWERS: Mapping[str, Answering] = {
    "POST /v1/checkouts": lambda books, asked: books.open_checkout(asked.body),
    "GET /v1/checkouts": _checkout,
    "POST /v1/customers/billing": _portal,
    "GET /v1/products/{id}": lambda books, asked: _one(books.products, asked.id),
    "GET /v1/subscriptions": _subscription,
    "GET /v1/subscriptions/search": lambda books, asked: _page(
        [*books.subscriptions.values()], asked.query
    ),
    "POST /v1/subscriptions/{id}/cancel": _cancel,
    "POST /v1/subscriptions/{id}/pause": _pause,
    "POST /v1/subscriptions/{id}/resume": _resume,
    "POST /v1/subscriptions/{id}/upgrade": _upgrade,
    "POST /v1/discounts": lambda books, asked: books.add_discount(asked.body),
    "GET /v1/discounts": _discount,
    "DELETE /v1/discounts/{id}/delete": _delete_discount,
    "GET /v1/transactions": _transaction,
    "GET /v1/transactions/search": _transactions,
    "POST /v1/refunds": _refund,
}


def error_body(books: Books, refusal: Refusal) -> Json:
    """Return Creem's way of saying no; it says "Bad Request" to what it does not find, too."""
    return {
        "trace_id": "4f1b6c7e-0000-7000-8000-000000000001",
        "status": refusal.status,
        "error": "Bad Request",
        "message": [refusal.message],
        "timestamp": iso(books.clock()),
    }


def _one(kind: Mapping[str, Json], id: str) -> Json:
    if id not in kind:
        raise Refusal(404, "Resource not found")
    return kind[id]


def _page(found: Sequence[Json], query: Mapping[str, str]) -> Json:
    number = int(query.get("page_number", "1"))
    size = int(query.get("page_size", str(_PAGE_SIZE)))
    pages = max(1, -(-len(found) // size))
    return {
        "items": found[(number - 1) * size : number * size],
        "pagination": {
            "total_records": len(found),
            "total_pages": pages,
            "current_page": number,
            "next_page": number + 1 if number < pages else None,
            "prev_page": number - 1 if number > 1 else None,
        },
    }
