"""Comparing while webhooks come in and buyers come back: whoever is first, credits come once."""

import asyncio
from collections.abc import Awaitable, Callable

from attrs import define

from domain.payments.inbox import InboxEvent
from domain.payments.provider_event import ProviderEvent
from tests.application.lost_news import bought, happens
from tests.application.shop import Shop, paid
from tests.support.fake_provider import MarionetteProvider


async def test_runs_webhooks_and_the_buyer_at_once_credit_once(shop: Shop) -> None:
    order = await bought(shop)
    assert order.session_id is not None
    shop.provider.sessions[order.session_id] = (paid(order),)
    event_id = happens(shop, paid(order))

    async with asyncio.timeout(20):
        await asyncio.gather(
            *(shop.reconciles() for _ in range(16)),
            *(shop.hears(None, event_id) for _ in range(16)),
            *(shop.comes_back(order) for _ in range(16)),
        )

    assert (await shop.balance(), shop.payments(), shop.alarms) == (500, 1, [])
    assert (await shop.event(event_id)).is_settled
    assert await shop.is_proved()


@define(kw_only=True)
class _Overtaken(MarionetteProvider):
    """A provider whose webhook comes in while it is asked what the event means."""

    overtakes: Callable[[], Awaitable[object]] | None = None

    async def translate(self, event: InboxEvent) -> tuple[ProviderEvent, ...]:
        if self.overtakes is not None:
            overtakes, self.overtakes = self.overtakes, None
            await overtakes()
        return await super().translate(event)


async def test_a_webhook_that_comes_while_we_ask_leaves_nothing_to_do() -> None:
    provider = _Overtaken()
    shop = Shop(provider=provider)
    order = await bought(shop)
    event_id = happens(shop, paid(order))
    provider.overtakes = lambda: shop.hears(None, event_id)

    found = await shop.reconciles()

    event = await shop.event(event_id)
    assert (found.drift, event.tries, await shop.balance()) == ([], 1, 500)
    assert shop.audited() == []
