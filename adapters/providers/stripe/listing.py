"""Stripe's list of the subscriptions that live, a hundred a call, in place of a call for each."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import msgspec
from attrs import frozen
from stripe.params import SubscriptionListParams

from adapters.providers.stripe.calls import StripeCalls
from adapters.providers.stripe.facts import subscription_reported
from adapters.providers.stripe.objects import SubscriptionList, SubscriptionObject
from application.ports.provider import Listed
from application.ports.system import Clock
from domain.errors import InvalidField
from domain.payments.provider_event import SubscriptionReported

PAGE = 100


@frozen(kw_only=True)
class StripeListing:
    """Goes through the list. A position is the id of the last subscription of a page.

    Stripe leaves out of it those that were cancelled, unless they are asked for. `wall_clock` is
    the real time: what is listed holds as of the instant before it was asked for.
    """

    calls: StripeCalls
    wall_clock: Clock

    async def page(self, after: str | None) -> Listed:
        """Return the page behind a position. Raises ProviderUnavailable, StripeRefused."""
        params: SubscriptionListParams = {"limit": PAGE}
        if after is not None:
            params["starting_after"] = after
        asked_at = self.wall_clock()
        found = await self.calls.ask(
            lambda stripe: stripe.v1.subscriptions.list_async(params), SubscriptionList
        )
        is_last = not found.has_more or not found.data
        return Listed(
            reports=tuple(_reports(found.data, asked_at)),
            next=None if is_last else msgspec.json.decode(found.data[-1], type=_Listed).id,
        )


@frozen
class _Listed:
    id: str


def _reports(data: Sequence[msgspec.Raw], asked_at: datetime) -> Sequence[SubscriptionReported]:
    """Return what can be read; whatever cannot is asked about by itself, and told of then."""
    reports: list[SubscriptionReported] = []
    for raw in data:
        try:
            found = msgspec.json.decode(raw, type=SubscriptionObject)
            reports.append(subscription_reported(found, asked_at))
        except (msgspec.MsgspecError, InvalidField):
            continue
    return reports
