"""Send a customer to the provider's page on which they manage what they have bought."""

from __future__ import annotations

from attrs import frozen

from application.payments.steps.provider_turns import ProviderTurns
from application.ports.provider import Capability, Provider, Providers
from application.ports.unit_of_work import BeginRead
from domain.credits.ids import AccountId
from domain.payments.errors import CapabilityMissing, ChannelUnknown, NoProviderCustomer
from domain.payments.ids import Channel
from domain.payments.return_url import check_return_url


@frozen(kw_only=True)
class OpenPortal:
    """Ask for the portal, and say where it leads back to."""

    account_id: AccountId
    return_url: str


@frozen(kw_only=True)
class PortalOpened:
    """The address of a short-lived page about this one customer; never stored, never logged."""

    url: str


@frozen(kw_only=True)
class OpeningPortal:
    """Choose the live subscription's channel, else the first at which the account is a customer.

    Refusals: ReturnUrlRefused, NoProviderCustomer, ChannelUnknown, CapabilityMissing,
    AskedTooOften, ProviderUnavailable, ProviderRefused.
    """

    read: BeginRead
    providers: Providers
    return_origins: tuple[str, ...]
    turns: ProviderTurns

    async def __call__(self, command: OpenPortal) -> PortalOpened:
        check_return_url("return_url", command.return_url, self.return_origins)
        provider, customer_id = await self._customer(command.account_id)
        if Capability.PORTAL not in provider.capabilities:
            raise CapabilityMissing(channel=provider.channel, capability=Capability.PORTAL.value)
        self.turns.take(command.account_id)
        return PortalOpened(url=await provider.open_portal(customer_id, command.return_url))

    async def _customer(self, account_id: AccountId) -> tuple[Provider, str]:
        async with self.read() as work:
            subscription = await work.subscriptions.current(account_id)
            channels: list[Channel] = list(self.providers)
            if subscription is not None and not subscription.renews_itself:
                channels = [subscription.channel]
            for channel in channels:
                customer_id = await work.customers.customer_of(account_id, channel)
                if customer_id is not None:
                    return self._provider(channel), customer_id
        raise NoProviderCustomer

    def _provider(self, channel: Channel) -> Provider:
        provider = self.providers.get(channel)
        if provider is None:
            raise ChannelUnknown(channel=channel, configured=tuple(sorted(self.providers)))
        return provider
