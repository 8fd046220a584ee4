"""Stripe's side of the counter, where balances pay of invoices and the portal is used."""

import random

from attrs import Factory, define

from tests.providers.stripe_till import StripeTill

# What customers have with Stripe, in minor units; the last of them owes something.
_BALANCES = (0, 100, 500, 5000, -30)
_DEARER = "price_dearer"


@define(kw_only=True)
class RestlessTill(StripeTill):
    """A fake Stripe whose subscribers try a dearer plan in every period, and go back to theirs.

    What that cost is on the invoice of the next period, of which a balance pays what it can.
    """

    chance: random.Random = Factory(lambda: random.Random(5))

    def renew(self, subscription_id: str) -> None:
        subscription = self.world.get(subscription_id, "subscription")
        [item] = subscription["items"]["data"]
        start, end = item["current_period_start"], item["current_period_end"]
        price = item["price"]
        self.world.sell(
            _DEARER,
            amount=price["unit_amount"] * 2,
            currency=price["currency"],
            interval=price["recurring"]["interval"],
        )
        self.switch(subscription_id, _DEARER, at=start + (end - start) // 3)
        self.switch(subscription_id, price["id"], at=start + (end - start) * 2 // 3)
        self.world.balances[subscription["customer"]] = -self.chance.choice(_BALANCES)
        super().renew(subscription_id)
