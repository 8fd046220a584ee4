"""The portal: which provider's page a customer is sent to, and when there is none."""

import pytest

from application.ports.provider import Capability
from application.subscriptions.open_portal import OpeningPortal, OpenPortal
from domain.payments.errors import (
    CapabilityMissing,
    ChannelUnknown,
    NoProviderCustomer,
    ReturnUrlRefused,
)
from domain.payments.ids import Channel
from tests.application.shop import ORIGINS, SUCCESS_URL, Shop, paid
from tests.support.builders.credits import SOMEBODY
from tests.support.builders.payments import SANDBOX
from tests.support.builders.subscriptions import a_plan, a_subscription
from tests.support.fake_provider import MarionetteProvider
from tests.support.turns import unhurried

STRIPE = Channel("stripe")


async def opens(shop: Shop, return_url: str = SUCCESS_URL) -> str:
    portal = OpeningPortal(
        read=shop.store.read,
        providers=shop.providers,
        return_origins=ORIGINS,
        turns=unhurried(),
    )
    return (await portal(OpenPortal(account_id=SOMEBODY, return_url=return_url))).url


async def is_customer(shop: Shop, channel: Channel, customer_id: str) -> None:
    async with shop.store.begin() as work:
        await work.customers.link(SOMEBODY, channel, customer_id)
        await work.commit()


async def test_a_return_to_anywhere_is_refused(shop: Shop) -> None:
    await is_customer(shop, SANDBOX, "cus_1")

    with pytest.raises(ReturnUrlRefused):
        await opens(shop, "https://evil.example/")

    assert shop.provider.portals == []


async def test_who_has_bought_nothing_has_no_page(shop: Shop) -> None:
    with pytest.raises(NoProviderCustomer):
        await opens(shop)


async def test_who_has_only_a_free_plan_has_no_page(shop: Shop) -> None:
    await shop.offers(plan := a_plan(price_monthly_minor=0, price_yearly_minor=None))
    await shop.buys(plan)

    with pytest.raises(NoProviderCustomer):
        await opens(shop)


async def test_a_provider_without_such_a_page_is_named() -> None:
    shop = Shop(provider=MarionetteProvider(capabilities=frozenset()))
    await is_customer(shop, SANDBOX, "cus_1")

    with pytest.raises(CapabilityMissing) as refusal:
        await opens(shop)

    assert refusal.value.capability == Capability.PORTAL.value


async def test_a_customer_is_sent_to_their_own_page(shop: Shop) -> None:
    await shop.offers(plan := a_plan())
    await shop.hears(paid(await shop.buys(plan), subscription="sub_1", customer="cus_1"))

    assert await opens(shop) == "https://pay.example/portal/cus_1"
    assert shop.provider.portals == [("cus_1", SUCCESS_URL)]


@pytest.mark.parametrize(
    ("subscribed_at", "expected"),
    [(None, "cus_stripe"), (SANDBOX, "cus_sandbox"), (STRIPE, "cus_stripe")],
)
async def test_the_channel_of_the_live_subscription_comes_first(
    shop: Shop, subscribed_at: Channel | None, expected: str
) -> None:
    shop.providers = {STRIPE: MarionetteProvider(channel=STRIPE), SANDBOX: shop.provider}
    await is_customer(shop, STRIPE, "cus_stripe")
    await is_customer(shop, SANDBOX, "cus_sandbox")
    if subscribed_at is not None:
        async with shop.store.begin() as work:
            await work.subscriptions.add(
                a_subscription(channel=subscribed_at, provider_subscription_id="sub_1")
            )
            await work.commit()

    assert await opens(shop) == f"https://pay.example/portal/{expected}"


async def test_a_channel_that_is_no_longer_configured_is_named(shop: Shop) -> None:
    await is_customer(shop, STRIPE, "cus_stripe")
    async with shop.store.begin() as work:
        await work.subscriptions.add(
            a_subscription(channel=STRIPE, provider_subscription_id="sub_1")
        )
        await work.commit()

    with pytest.raises(ChannelUnknown):
        await opens(shop)
