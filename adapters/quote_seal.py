"""Quotes as signed texts: nobody but the service can make one, or change what one says."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
from datetime import datetime
from fractions import Fraction

import msgspec
from attrs import field, frozen

from application.ports.plan_changes import QuoteSeal
from domain.credits.ids import AccountId
from domain.errors import BillingError
from domain.payments.ids import OrderId
from domain.subscriptions.change import Timing
from domain.subscriptions.change_errors import QuoteRefused, QuotesNotConfigured
from domain.subscriptions.ids import ChangeId, SubscriptionId
from domain.subscriptions.quote import Direction, Quote
from domain.subscriptions.reckoning import Reckoning
from domain.subscriptions.terms import Terms

# What the key is for is part of it: a text signed by the same secret for another purpose is no
# quote, and neither is a quote of an older shape.
_PURPOSE = b"billing:quote:2"
_TAG_BYTES = hashlib.sha256().digest_size
_TEXT_LENGTH_MAX = 8192


@frozen(kw_only=True)
class _Sealed:
    """A quote as it is written, its fraction as a pair of whole numbers."""

    id: ChangeId
    order_id: OrderId
    account_id: AccountId
    subscription_id: SubscriptionId
    state: str
    before: Terms
    after: Terms
    direction: Direction
    when: Timing
    at: datetime
    effective_at: datetime
    month_ends_at: datetime
    due_minor: int
    from_balance_minor: int
    credits: int
    taken_back: int
    left: tuple[int, int]
    begins_period: bool
    is_exact: bool
    expires_at: datetime
    reckoning: Reckoning | None


@frozen
class SignedQuotes(QuoteSeal):
    """Signs quotes with a key made from the service's secret; without one there are no quotes."""

    secret: str | None = field(repr=False)

    def seal(self, quote: Quote) -> str:
        fraction = (quote.left.numerator, quote.left.denominator)
        shown = {name: getattr(quote, name) for name in _NAMES if name != "left"}
        body = msgspec.json.encode(_Sealed(**shown, left=fraction))
        return base64.urlsafe_b64encode(self._tag(body) + body).rstrip(b"=").decode()

    def open(self, text: str) -> Quote:
        signed = _decoded(text)
        tag, body = signed[:_TAG_BYTES], signed[_TAG_BYTES:]
        if not hmac.compare_digest(tag, self._tag(body)):
            raise QuoteRefused
        try:
            found = msgspec.json.decode(body, type=_Sealed)
            shown = {name: getattr(found, name) for name in _NAMES if name != "left"}
            return Quote(**shown, left=Fraction(*found.left))
        except (msgspec.MsgspecError, BillingError, ZeroDivisionError) as fault:
            raise QuoteRefused from fault

    def _tag(self, body: bytes) -> bytes:
        if self.secret is None:
            raise QuotesNotConfigured
        key = hmac.digest(self.secret.encode(), _PURPOSE, "sha256")
        return hmac.digest(key, body, "sha256")


_NAMES = tuple(_Sealed.__annotations__)


def _decoded(text: str) -> bytes:
    if len(text) > _TEXT_LENGTH_MAX or not text.isascii():
        raise QuoteRefused
    try:
        return base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError) as fault:
        raise QuoteRefused from fault
