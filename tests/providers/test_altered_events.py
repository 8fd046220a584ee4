"""Events that are signed and yet do not fit the order: none of them credits anything.

Those that tell of another amount are kept with the order, every other one is set aside.

A provider that is wrong, or an order of ours that somebody else pays for, looks like this.
"""

import json
from collections.abc import Mapping
from typing import Any

import pytest
from attrs import evolve

from domain.payments.errors import WebhookUnreadable
from domain.payments.inbox import InboxStatus
from domain.payments.order import Order, OrderStatus
from tests.providers.business import Business, a_business
from tests.providers.forged import Scheme
from tests.providers.goods import HASTY, a_pack_at
from tests.providers.test_forged_headers import scheme_of
from tests.providers.till import News, Till
from tests.support.builders.credits import SOMEBODY, SOMEBODY_ELSE
from tests.support.clock import SettableClock

ELSEWHERE = "00000009-0000-7000-8000-000000000009"
STRIPE: Mapping[str, Mapping[str, Any]] = {
    "another order": {
        "data.object.client_reference_id": ELSEWHERE,
        "data.object.metadata.order_id": ELSEWHERE,
    },
    "another account": {"data.object.metadata.account_id": SOMEBODY_ELSE},
    "another currency": {"data.object.currency": "usd"},
    "an amount in text": {"data.object.amount_total": "500"},
    "the other mode": {"livemode": True},
}
CREEMS_AMOUNTS = ("amount", "sub_total", "amount_due", "amount_paid")
CREEM: Mapping[str, Mapping[str, Any]] = {
    "another order": {
        "object.request_id": ELSEWHERE,
        "object.metadata.order_id": ELSEWHERE,
    },
    "another account": {"object.metadata.account_id": SOMEBODY_ELSE},
    "another currency": {"object.order.currency": "USD"},
    "an amount in text": {"object.order.amount": "500"},
    "the other mode": {"object.mode": "prod"},
    "the other mode within": {"object.order.mode": "prod"},
}
CASES = [
    *(("stripe", name, changes) for name, changes in STRIPE.items()),
    *(("creem", name, changes) for name, changes in CREEM.items()),
]

AMOUNTS = [
    *(
        ("stripe", {f"data.object.amount_{which}": amount for which in ("subtotal", "total")})
        for amount in (499, 501, 0)
    ),
    *(
        ("creem", {f"object.order.{which}": amount for which in CREEMS_AMOUNTS})
        for amount in (499, 501)
    ),
]


def altered(news: News, changes: Mapping[str, Any], scheme: Scheme) -> News:
    """Return the news with some fields changed, signed by the provider all the same."""
    content = json.loads(news.body)
    for path, value in changes.items():
        *parents, name = path.split(".")
        inner = content
        for parent in parents:
            inner = inner[parent]
        assert name in inner, path
        inner[name] = value
    body = json.dumps(content).encode()
    return evolve(news, body=body, headers=dict(evolve(scheme, body=body).genuine()))


async def bought(business: Business, till: Till) -> tuple[Order, News]:
    """Buy a pack and pay it; return the order, and the news of that."""
    await business.offers(pack := a_pack_at(till))
    order = await business.buy(SOMEBODY, till.channel, pack)
    assert order.session_id is not None
    till.pay(order.session_id)
    return order, next(each for each in till.news() if each.type.startswith("checkout"))


@pytest.mark.parametrize(("provider", "name", "changes"), CASES, ids=lambda each: str(each)[:24])
async def test_a_signed_event_that_does_not_fit_is_set_aside(
    provider: str, name: str, changes: Mapping[str, Any]
) -> None:
    clock = SettableClock()
    till = HASTY[provider](clock)
    async with a_business(till, clock=clock) as business:
        order, news = await bought(business, till)
        wrong = altered(news, changes, scheme_of(provider, b""))

        try:
            await business.receive(till.channel, wrong)
        except WebhookUnreadable:
            assert "mode" in name or "text" in name
        else:
            async with business.store.read() as work:
                event = await work.inbox.find(till.channel, news.id)
            assert event is not None
            assert event.status in {InboxStatus.FAILED, InboxStatus.DEAD}, event
            assert event.error

        assert (await business.order(order.id)).status is OrderStatus.PENDING
        assert await business.balance(SOMEBODY) == 0


@pytest.mark.parametrize(("provider", "changes"), AMOUNTS, ids=str)
async def test_a_signed_event_of_another_amount_is_kept_for_a_person(
    provider: str, changes: Mapping[str, Any]
) -> None:
    clock = SettableClock()
    till = HASTY[provider](clock)
    async with a_business(till, clock=clock) as business:
        order, news = await bought(business, till)

        await business.receive(till.channel, altered(news, changes, scheme_of(provider, b"")))

        kept = await business.order(order.id)
        assert (kept.status, kept.total_minor) == (OrderStatus.PAID, *set(changes.values()))
        assert kept.concern is not None
        assert await business.balance(SOMEBODY) == 0
