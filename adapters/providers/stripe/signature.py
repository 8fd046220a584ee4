"""The signature under Stripe's webhooks: who sent the bytes, and when.

Stripe-Signature is a `timed_signature`; its endpoints' secrets may be replaced one by another.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from adapters.providers.timed_signature import TimedSignature, refused
from domain.payments.ids import Channel

CHANNEL = Channel("stripe")
HEADER = "stripe-signature"


def secrets_given(_instance: object, attribute: Any, value: Sequence[str]) -> None:
    """Validate an attrs field as signing secrets: without one, anybody could sign."""
    if not value or not all(each.strip() for each in value):
        raise ValueError(f"{attribute.name}: at least one secret is needed, and none may be empty")


def check(body: bytes, headers: Mapping[str, str], secrets: Sequence[str], now: datetime) -> None:
    """Accept a body that one of the secrets signed, neither long ago nor ahead of now.

    Stripe's own library takes any instant in the future; we do not. Raises SignatureRefused.
    """
    value = headers.get(HEADER)
    if not value:
        raise refused(CHANNEL, "the header Stripe-Signature is missing")
    TimedSignature.of(CHANNEL, value).check(body, secrets, now)
