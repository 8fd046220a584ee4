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
    `collected_minor` is the money that came in for it: all of it, unless the buyer's balance with
    the provider paid a part, or all; more, if that balance was owing. `document_url` is where the
    provider shows its own invoice for it, if it tells us. Where the provider collected for several
    things at once, each is a payment of its own, `part_of` that one collection, by the provider's
    id: what is known of the collection is known of all its parts.
    """

    channel: Channel
    provider_payment_id: str
    net_minor: int = field(validator=not_negative)
    tax_minor: int = field(default=0, validator=not_negative)
    collected_minor: int = field(validator=not_negative)
    currency: str = field(validator=currency_code)
    paid_at: datetime
    document_url: str | None = None
    part_of: str | None = None

    @collected_minor.default
    def _all_of_it(self) -> int:
        return self.total_minor

    @property
    def total_minor(self) -> int:
        """What it cost the buyer, tax included."""
        return self.net_minor + self.tax_minor
