"""The settings that only whoever runs the service thinks of: how long things are kept."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from attrs import frozen

from entrypoints.environment import Environment, Variable

OPERATING_VARIABLES: Sequence[Variable] = (
    Variable(
        "BILLING_SPEND_KEY_DAYS",
        "How many days the idempotency key of a spend is remembered, at least 30. Keys under which "
        "credits came in are kept for ever.",
        "30",
    ),
    Variable(
        "BILLING_EVENT_DAYS",
        "How many days outgoing events are kept with their deliveries, at least 7; so long they "
        "can be sent again.",
        "30",
    ),
    Variable(
        "BILLING_INBOX_BODY_DAYS",
        "How many days the bodies of providers' webhooks are kept, at least 7; so long they can be "
        "replayed. What they caused is kept.",
        "90",
    ),
)


@frozen(kw_only=True)
class Operating:
    """How long things are kept, in days."""

    spend_key_days: int = 30
    event_days: int = 30
    inbox_body_days: int = 90


def operating_of(environment: Environment) -> Operating:
    """Return what the environment says of it. Raises SettingsError naming the first fault."""
    return Operating(
        spend_key_days=environment.get("BILLING_SPEND_KEY_DAYS", _days(30), 30),
        event_days=environment.get("BILLING_EVENT_DAYS", _days(7), 30),
        inbox_body_days=environment.get("BILLING_INBOX_BODY_DAYS", _days(7), 90),
    )


def _days(least: int) -> Callable[[str], int]:
    def as_days(text: str) -> int:
        if not text.isascii() or not text.isdigit() or not least <= int(text) <= 3650:
            raise ValueError(f"must be a whole number of days from {least} to 3650")
        return int(text)

    return as_days
