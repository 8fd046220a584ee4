"""Who may try what how often, as each process counts it by itself."""

from __future__ import annotations

from typing import TYPE_CHECKING

from entrypoints.http.guesses import Guesses

if TYPE_CHECKING:
    from entrypoints.container import Container


def guesses_of(made: Container) -> Guesses:
    """Return the count of coupon codes that were tried in vain."""
    settings = made.settings()
    return Guesses(
        most=settings.coupon_guesses,
        trusted_proxies=settings.trusted_proxies,
        stopwatch=made.stopwatch(),
    )
