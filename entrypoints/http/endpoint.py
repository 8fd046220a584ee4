"""One row of the API: how it is called, by whom, and what it answers.

Routes, checks before the handler, and the OpenAPI document are all made from these rows, so that
they cannot disagree. An api class is a frozen attrs class whose fields are use cases:

    @frozen(kw_only=True)
    class CreditsApi:
        read_balance: ReadingBalance

        def endpoints(self) -> Sequence[Endpoint]:
            return (
                Endpoint(
                    method="GET",
                    path="/credits/balance",
                    handler=self.get_balance,
                    policy=AccountHolder(Scope.CREDITS_READ),
                    tag="Credits",
                    summary="Read the balance",
                    response=BalanceView,
                ),
            )

        async def get_balance(self, request: web.Request) -> web.Response:
            balance = await self.read_balance(ReadBalance(account_id=account_of(request)))
            return reply(BalanceView.of(balance))
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from enum import Enum
from typing import Any, Protocol

from aiohttp import web
from attrs import field, frozen
from attrs.validators import in_, instance_of, matches_re

from domain.errors import BillingError
from entrypoints.http.policy import AccountHolder, Policy, Signature

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]

BODY_BYTES_MAX = 256 * 1024
WEBHOOK_BYTES_MAX = 1024 * 1024


class Idempotency(Enum):
    """Whether a request may, or must, carry an Idempotency-Key."""

    NONE = "none"
    OPTIONAL = "optional"
    REQUIRED = "required"


class Shape(Enum):
    """What the `data` of an answer is made of."""

    ONE = "one"
    """One view."""
    LIST = "list"
    """A list of views, with `meta` beside it."""
    PDF = "pdf"
    """A file to be read and printed, without an envelope."""
    CSV = "csv"
    """A file of rows, sent as they are read, without an envelope."""
    RAW = "raw"
    """Whatever the handler says: a page, a file. Not in the OpenAPI document."""


@frozen(kw_only=True)
class Endpoint:
    """One method on one path.

    `body` and `query` are frozen attrs classes, read with `read` and `read_query`; an endpoint
    without them refuses whatever is sent there. `response` is the view class (or `View | None`);
    with `shape=Shape.LIST` the answer is a list of them. `refusals` are those the handler itself
    can give; what the edge can give (401, 403, 413 …) follows from the other fields. `example` is
    a body as a caller would send it. `body_bytes_max` is for bodies that hold many things.
    """

    method: str = field(validator=in_(("GET", "POST", "PUT", "PATCH", "DELETE")))
    path: str = field(validator=matches_re("/.*"))
    handler: Handler = field(repr=False)
    policy: Policy = field(validator=instance_of(Policy))
    tag: str
    summary: str
    description: str = ""
    body: type | None = None
    query: type | None = None
    response: Any = None
    shape: Shape = Shape.ONE
    status: int = field(default=200, validator=in_((200, 201)))
    refusals: Sequence[type[BillingError]] = ()
    idempotency: Idempotency = Idempotency.NONE
    example: Mapping[str, object] | None = None
    body_bytes_max: int = BODY_BYTES_MAX

    @property
    def bytes_max(self) -> int:
        """How large a body may be: providers send more than callers do."""
        return WEBHOOK_BYTES_MAX if isinstance(self.policy, Signature) else self.body_bytes_max

    @property
    def is_strict(self) -> bool:
        """Whether parameters and bodies that are not declared are refused."""
        return self.shape is not Shape.RAW and not isinstance(self.policy, Signature)

    @property
    def takes_account_in_query(self) -> bool:
        """Whether `?account_id=` may name the account: where a backend can ask and has no body."""
        return (
            isinstance(self.policy, AccountHolder)
            and self.policy.scope is not None
            and self.method == "GET"
        )


class Api(Protocol):
    """A group of endpoints over the use cases they call."""

    def endpoints(self) -> Sequence[Endpoint]:
        """Return the rows of this part of the API."""
        ...


ENDPOINT: web.RequestKey[Endpoint] = web.RequestKey("endpoint", Endpoint)
"""The row that a request is being served by."""
