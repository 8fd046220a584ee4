"""The customer page, as the settings and the payment providers have it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from application.ports.provider import Capability
from entrypoints.customer_page.app import CustomerPage

if TYPE_CHECKING:
    from entrypoints.container import Container


def customer_page_of(made: Container) -> CustomerPage:
    """Return the page."""
    settings = made.settings()
    providers = made.payment_providers()
    return CustomerPage(
        frame_origins=settings.customers.frame_origins,
        channels=tuple(providers),
        pausing=tuple(
            channel
            for channel, provider in providers.items()
            if Capability.PAUSE in provider.capabilities
        ),
        is_live=settings.is_live,
        theme=settings.customers.theme,
    )
