"""How a request says what something costs, and what it is for."""

from __future__ import annotations

from typing import Annotated

from aiohttp import web
from msgspec import Meta

from domain.credits.spend_limit import NO_LIMIT, SpendLimit
from entrypoints.http.principal import key_of
from entrypoints.http.usage import ModelName
from entrypoints.http.values import Amount

CostAmount = Annotated[Amount, Meta(description="Credits; or else give `usage`, and never both.")]
NamedModel = Annotated[
    ModelName,
    Meta(description="What an `amount` is for, to lots with a scope; usage names its own model."),
]
FeatureName = Annotated[
    str,
    Meta(
        pattern=r"^[A-Za-z0-9._/:@-]{1,120}$(?!\n)",
        description="What of the product the credits are for, to lots with a scope.",
        examples=["images"],
    ),
]


def limit_of(request: web.Request) -> SpendLimit:
    """Return how much the asking key may take, in one spend and from an account in a day."""
    key = key_of(request)
    if key is None:
        return NO_LIMIT
    return SpendLimit(each_max=key.spend_max, day_max=key.spend_max_per_day)
