"""The use cases of what is kept about people, and how long, over what the container has made."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from attrs import frozen

from application.credits.forget_keys import ForgettingKeys
from application.payments.forget_bodies import ForgettingBodies

if TYPE_CHECKING:
    from entrypoints.container import Container


@frozen(kw_only=True)
class Privacy:
    """What is forgotten in time."""

    forget_keys: ForgettingKeys
    forget_bodies: ForgettingBodies


def privacy_of(made: Container) -> Privacy:
    """Return the use cases."""
    begin, clock = made.begin(), made.clock()
    kept = made.settings().operating
    return Privacy(
        forget_keys=ForgettingKeys(
            records=made.store().records,
            begin=begin,
            clock=clock,
            kept_for=timedelta(days=kept.spend_key_days),
        ),
        forget_bodies=ForgettingBodies(
            begin=begin, clock=clock, kept_for=timedelta(days=kept.inbox_body_days)
        ),
    )
