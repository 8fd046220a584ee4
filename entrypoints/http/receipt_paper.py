"""What a receipt says, in words: amounts, dates and sentences, ready to be drawn."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from urllib.parse import urlsplit

from babel.dates import format_date

from application.payments.read_receipt import ReceiptRead
from application.ports.papers import Amount, Paper
from domain.payments.order import Order
from domain.payments.receipt import receipt_name
from domain.payments.refund import RefundState
from domain.subscriptions.change import Change
from entrypoints.http.change_lines import BILLED, LOCALE, change_lines, counted, less
from entrypoints.http.sandbox_pages import money
from entrypoints.settings_for_customers import Seller

# Who sells where we do not, and who numbers documents of its own.
_CHANNELS: Mapping[str, str] = {"stripe": "Stripe", "creem": "Creem", "sandbox": "Sandbox"}
_OWN_DOCUMENTS: Mapping[str, str] = {
    "stripe": "Stripe numbers its own invoices; where it made one, that is the invoice.",
    "creem": (
        "Creem is the seller of record: the invoice with the tax is Creem's, which sends it by "
        "e-mail and shows it in its portal."
    ),
}
_IS_NO_INVOICE = (
    "This is a receipt: it says that the payment has come in. It is not an invoice, and its number "
    "is not the number of one."
)
_NO_MONEY = "Test mode: no money has moved, and this receipt proves no payment."


def paper_of(found: ReceiptRead, seller: Seller, *, public_url: str, is_live: bool) -> Paper:
    """Return the receipt of an order as it stands."""
    order = found.order
    document = order.document_url
    return Paper(
        title="Receipt",
        number=receipt_name(found.number),
        stamp=None if is_live else _NO_MONEY,
        parties=(
            ("From", tuple(_seller_lines(seller, public_url))),
            ("To", tuple(_buyer_lines(found))),
        ),
        facts=tuple(_facts(order)),
        lines=tuple(_lines(found)),
        sums=tuple(_sums(found)),
        notes=tuple(_notes(order)),
        link=None if document is None else (f"{_channel(order)}’s own invoice", document),
    )


def _seller_lines(seller: Seller, public_url: str) -> Iterator[str]:
    yield seller.name or urlsplit(public_url).hostname or public_url
    yield from seller.address
    if seller.tax_id is not None:
        yield seller.tax_id
    if seller.email is not None:
        yield seller.email


def _buyer_lines(found: ReceiptRead) -> Iterator[str]:
    if found.email is not None:
        yield found.email
    yield f"Account {found.order.account_id}"


def _facts(order: Order) -> Iterator[tuple[str, str]]:
    assert order.paid_at is not None, "a receipt is for money that has come in"
    yield "Paid on", f"{_day(order.paid_at)}, {order.paid_at.astimezone(UTC):%H:%M} UTC"
    yield "Paid through", _channel(order)
    yield "Order", order.id
    if order.provider_payment_id is not None:
        yield "Payment", order.provider_payment_id
    if order.period is not None:
        yield "Period", f"{_day(order.period.start_at)} to {_day(order.period.end_at)}"


def _line(order: Order) -> Amount:
    line = order.line
    details = [] if line.interval is None else [BILLED[line.interval]]
    if line.credits > 0:
        every = "" if line.interval is None else " every month"
        details.append(f"{counted(line.credits)}{every}")
    if order.bonus_credits > 0:
        details.append(f"{counted(order.bonus_credits)} on top")
    price = money(line.price_minor, line.currency)
    return Amount(label=line.name, detail=", ".join(details).capitalize(), amount=price)


def _lines(found: ReceiptRead) -> Iterator[Amount]:
    change = _reckoned(found)
    if change is None:
        yield _line(found.order)
        return
    other = "As the payment provider reckons it otherwise"
    yield from change_lines(change, found.order.due_minor, other)


def _reckoned(found: ReceiptRead) -> Change | None:
    change = found.change
    return None if change is None or change.reckoning is None else change


def _sums(found: ReceiptRead) -> Iterator[Amount]:
    order, currency = found.order, found.order.line.currency
    is_change = _reckoned(found) is not None
    # What was not used of the old plan stands among the lines already.
    subtotal = order.due_minor if is_change else order.line.price_minor
    yield Amount(label="Subtotal", amount=money(subtotal, currency))
    if order.discount_minor > 0 and not is_change:
        label = "Discount" if order.coupon_code is None else f"Discount, code {order.coupon_code}"
        yield Amount(label=label, amount=less(order.discount_minor, currency))
    if order.beyond_minor > 0:
        label = "Paid beyond the price"
        yield Amount(label=label, amount=money(order.beyond_minor, currency))
    if order.beyond_minor < 0:
        yield Amount(label="Not paid", amount=less(-order.beyond_minor, currency))
    if order.tax_minor > 0:
        yield Amount(label="Tax", amount=money(order.tax_minor, currency))
    yield from _settled(order)
    yield Amount(label="Paid", amount=money(order.collected_minor, currency), is_sum=True)
    yield from _gone(found)


def _settled(order: Order) -> Iterator[Amount]:
    """Say how the total came to be paid, where the balance with the provider had a part in it."""
    balance, currency = order.from_balance_minor, order.line.currency
    if balance == 0:
        return
    yield Amount(label="Total", amount=money(order.total_minor, currency))
    if balance > 0:
        label = f"From your balance with {_channel(order)}"
        yield Amount(label=label, amount=less(balance, currency))
    else:
        label = f"Owed from before to {_channel(order)}"
        yield Amount(label=label, amount=money(-balance, currency))


def _gone(found: ReceiptRead) -> Iterator[Amount]:
    order, currency = found.order, found.order.line.currency
    for refund in found.refunds:
        done = "Refunded" if refund.state is RefundState.SUCCEEDED else "Refund under way,"
        amount = less(refund.amount_minor, currency)
        yield Amount(label=f"{done} {_day(refund.changed_at)}", amount=amount)
    for dispute in found.lost:
        label = f"Taken back by the bank {_day(dispute.changed_at)}"
        yield Amount(label=label, amount=less(dispute.amount_minor, currency))
    if order.refunded_minor > 0:
        left = money(order.collected_minor - order.refunded_minor, currency)
        yield Amount(label="Left of it", amount=left, is_sum=True)


def _notes(order: Order) -> Iterator[str]:
    yield _IS_NO_INVOICE
    if order.channel in _OWN_DOCUMENTS:
        yield _OWN_DOCUMENTS[order.channel]


def _channel(order: Order) -> str:
    return _CHANNELS.get(order.channel, order.channel)


def _day(at: datetime) -> str:
    return format_date(at.astimezone(UTC), "d MMMM y", locale=LOCALE)
