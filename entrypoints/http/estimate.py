"""What usage would cost, before it happens."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

from aiohttp import web
from attrs import frozen
from msgspec import Meta

from application.credits.estimate_usage import (
    Affordable,
    EstimateUsage,
    EstimatingUsage,
    UsageEstimated,
)
from domain.access.role import Scope
from domain.credits.errors import KindUnrated, ModelUnrated
from domain.errors import InvalidField
from entrypoints.http.endpoint import Endpoint
from entrypoints.http.policy import AccountHolder
from entrypoints.http.principal import account_of, user_of
from entrypoints.http.usage import RatedView, UsageBody
from entrypoints.http.values import AccountIdText, Amount, Credits
from entrypoints.http.wire import read, reply

IsAffordable = Annotated[
    bool, Meta(description="Whether the account could pay so much at this instant.")
]


@frozen(kw_only=True)
class EstimateBody:
    """Usage, or an amount of credits as it is; a backend may leave the account out."""

    account_id: AccountIdText | None = None
    usage: UsageBody | None = None
    amount: Amount | None = None

    def __attrs_post_init__(self) -> None:
        if (self.usage is None) == (self.amount is None):
            raise InvalidField(path="usage", problem="or amount must be given, and not both")


@frozen(kw_only=True, slots=False)
class AffordableView:
    """How the account stands to the cost; `missing` is what it is short of.

    A frozen account can afford nothing, whatever it has.
    """

    available: Credits
    missing: Credits
    affordable: IsAffordable

    @classmethod
    def of(cls, account: Affordable) -> AffordableView:
        """Return the account's side as it is shown."""
        return cls(
            available=account.available,
            missing=account.missing,
            affordable=account.is_affordable,
        )


@frozen(kw_only=True, slots=False)
class EstimateView:
    """What it costs. `rated` is null for an amount, `account` where none was named."""

    credits: Credits
    rated: RatedView | None
    account: AffordableView | None

    @classmethod
    def of(cls, estimated: UsageEstimated) -> EstimateView:
        """Return the estimate as it is shown."""
        rated, account = estimated.rated, estimated.account
        return cls(
            credits=estimated.credits,
            rated=None if rated is None else RatedView.of(rated),
            account=None if account is None else AffordableView.of(account),
        )


@frozen(kw_only=True)
class EstimateApi:
    """The price of usage, for the account itself and for the product's backend."""

    estimate_usage: EstimatingUsage

    def endpoints(self) -> Sequence[Endpoint]:
        """Return the one route."""
        return (
            Endpoint(
                method="POST",
                path="/credits/estimate",
                handler=self.post_estimate,
                policy=AccountHolder(Scope.CREDITS_SPEND),
                tag="Credits",
                summary="Say what usage would cost",
                description=(
                    "By the rates in force at this instant. Nothing is set aside: what is "
                    "affordable now may not be when it is spent."
                ),
                body=EstimateBody,
                response=EstimateView,
                refusals=(ModelUnrated, KindUnrated),
                example={"usage": {"model": "gpt-4o", "input_tokens": 812, "output_tokens": 230}},
            ),
        )

    async def post_estimate(self, request: web.Request) -> web.Response:
        """Answer the cost, and whether the account could pay it."""
        body = await read(request, EstimateBody)
        is_named = body.account_id is not None or user_of(request) is not None
        cost = body.amount if body.usage is None else body.usage.usage()
        assert cost is not None, "the body has one of the two"
        estimated = await self.estimate_usage(
            EstimateUsage(
                account_id=account_of(request, body.account_id) if is_named else None, cost=cost
            )
        )
        return reply(EstimateView.of(estimated))
