"""Money that a provider says it collected."""

from __future__ import annotations

from datetime import datetime

from attrs import field, frozen

from domain.amount import not_negative
from domain.money import currency_code
from domain.payments.ids import Channel


@frozen(kw_only=True)
class Payment:
    """One payment at a provider, by the provider's own id for it, which counts once for ever.

    `net_minor` is before tax and after discount, `tax_minor` is the tax on it; both in minor units.
    `document_url` is where the provider shows its own invoice for it, if it tells us.
    """

    channel: Channel
    provider_payment_id: str
    net_minor: int = field(validator=not_negative)
    tax_minor: int = field(default=0, validator=not_negative)
    currency: str = field(validator=currency_code)
    paid_at: datetime
    document_url: str | None = None

    @property
    def total_minor(self) -> int:
        """What the buyer paid, tax included."""
        return self.net_minor + self.tax_minor
