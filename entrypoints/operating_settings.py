"""The settings that only whoever runs the service thinks of: what is kept, and what is told."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from urllib.parse import urlsplit

from attrs import field, frozen

from domain.credits.proof_round import NIGHTLY, ProofPlan
from entrypoints.environment import Environment, Variable, as_port, as_secret

_SHARE = re.compile(r"[01](?:\.[0-9]{1,6})?")

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
    Variable(
        "BILLING_RECONCILIATION_DAYS",
        "How many days a comparison with the providers is kept in the list of runs with what it "
        "found, at least 7. What it mended stands in the audit log for ever.",
        "90",
    ),
    Variable(
        "BILLING_PROOF_HOUR",
        "The hour of the day, in UTC, at which the worker begins to prove the whole ledger, from 0 "
        "to 23.",
        "3",
    ),
    Variable(
        "BILLING_PROOF_EVERY_HOURS",
        "Every how many hours it does so, from 1 to 168.",
        "24",
    ),
    Variable(
        "BILLING_PROOF_PERCENT",
        "How much of its time the worker works at that, in percent, from 1 to 100; the rest is for "
        "whoever spends meanwhile.",
        "10",
    ),
    Variable(
        "BILLING_METRICS_PORT",
        "A port of its own, at BILLING_HOST, on which /metrics is served; keep it from outside.",
    ),
    Variable(
        "BILLING_METRICS_TOKEN",
        "The token, of at least 32 bytes, that /metrics asks for as a bearer; without a port of "
        "its own it is served on the service's port for who bears it.",
    ),
    Variable(
        "BILLING_OTEL_ENDPOINT",
        "Where traces are sent, by OTLP over HTTP: http://collector:4318. Needs the extra otel.",
    ),
    Variable(
        "BILLING_OTEL_RATIO",
        "What share of the traces that begin here is kept, from 0 to 1; a caller's own is followed "
        "as the caller decided.",
        "1",
    ),
)


@frozen(kw_only=True)
class Operating:
    """How long things are kept, in days, when the ledger is proved, and where counts are told."""

    spend_key_days: int = 30
    event_days: int = 30
    inbox_body_days: int = 90
    reconciliation_days: int = 90
    proofs: ProofPlan = NIGHTLY
    proof_percent: int = 10
    metrics_port: int | None = None
    metrics_token: str | None = field(default=None, repr=False)
    otel_endpoint: str | None = None
    otel_ratio: float = 1.0


def operating_of(environment: Environment) -> Operating:
    """Return what the environment says of it. Raises SettingsError naming the first fault."""
    return Operating(
        spend_key_days=environment.get("BILLING_SPEND_KEY_DAYS", _days(30), 30),
        event_days=environment.get("BILLING_EVENT_DAYS", _days(7), 30),
        inbox_body_days=environment.get("BILLING_INBOX_BODY_DAYS", _days(7), 90),
        reconciliation_days=environment.get("BILLING_RECONCILIATION_DAYS", _days(7), 90),
        proofs=ProofPlan(
            hour=environment.get("BILLING_PROOF_HOUR", _hours(0, 23), NIGHTLY.hour),
            every_hours=environment.get(
                "BILLING_PROOF_EVERY_HOURS", _hours(1, 168), NIGHTLY.every_hours
            ),
        ),
        proof_percent=environment.get("BILLING_PROOF_PERCENT", _as_percent, 10),
        metrics_port=environment.get("BILLING_METRICS_PORT", as_port, None),
        metrics_token=environment.get("BILLING_METRICS_TOKEN", as_secret, None),
        otel_endpoint=environment.get("BILLING_OTEL_ENDPOINT", as_http_address, None),
        otel_ratio=environment.get("BILLING_OTEL_RATIO", _as_share, 1.0),
    )


def as_http_address(text: str) -> str:
    """Take the address of a machine beside this one: http or https, with a host."""
    parts = urlsplit(text)
    if parts.scheme not in {"http", "https"} or not parts.hostname or not text.isprintable():
        raise ValueError("must be an address such as http://collector:4318")
    return text


def _as_share(text: str) -> float:
    if not _SHARE.fullmatch(text) or float(text) > 1:
        raise ValueError("must be a number from 0 to 1")
    return float(text)


def _as_percent(text: str) -> int:
    if not text.isascii() or not text.isdigit() or not 1 <= int(text) <= 100:
        raise ValueError("must be a whole number from 1 to 100")
    return int(text)


def _hours(least: int, most: int) -> Callable[[str], int]:
    def as_hours(text: str) -> int:
        if not text.isascii() or not text.isdigit() or not least <= int(text) <= most:
            raise ValueError(f"must be a whole number of hours from {least} to {most}")
        return int(text)

    return as_hours


def _days(least: int) -> Callable[[str], int]:
    def as_days(text: str) -> int:
        if not text.isascii() or not text.isdigit() or not least <= int(text) <= 3650:
            raise ValueError(f"must be a whole number of days from {least} to 3650")
        return int(text)

    return as_days
