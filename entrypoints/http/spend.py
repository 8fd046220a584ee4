"""Spending credits: one piece of usage, or many at once."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

import structlog
from aiohttp import web
from attrs import frozen
from msgspec import Meta

from application.credits.spend_credits import (
    CreditsSpent,
    SpendCredits,
    SpendingBatch,
    SpendingCredits,
)
from application.ports.credits import OutcomeUnknown, Receipt
from application.ports.idempotency import RequestKey
from application.wallets.group_commit import StoreSilent, TooManyWaiting
from domain.access.role import Scope
from domain.credits.errors import (
    AccountFrozen,
    InsufficientCredits,
    KeyReused,
    KindUnrated,
    ModelUnrated,
    ReservedType,
    SpendLimitExceeded,
)
from domain.credits.ids import AccountId
from domain.credits.spend_limit import SpendLimit
from domain.credits.transaction import AI_USAGE, spend_type
from domain.errors import BillingError
from entrypoints.http.costs import CostAmount, FeatureName, NamedModel, limit_of
from entrypoints.http.credits import METADATA_BYTES_MAX, Description, Seq, kept_text
from entrypoints.http.endpoint import WEBHOOK_BYTES_MAX, Endpoint, Idempotency
from entrypoints.http.errors import INTERNAL_ERROR, details_of, status_of
from entrypoints.http.idempotency import item_key, required_key
from entrypoints.http.policy import Backend
from entrypoints.http.principal import account_of
from entrypoints.http.usage import UsageBody
from entrypoints.http.values import (
    AccountIdText,
    Balance,
    Credits,
    Id,
    Instant,
    JsonObject,
    SignedAmount,
)
from entrypoints.http.wire import read, reply

ITEMS_MAX = 1000

SPEND_REFUSALS = (
    InsufficientCredits,
    AccountFrozen,
    SpendLimitExceeded,
    ReservedType,
    ModelUnrated,
    KindUnrated,
    KeyReused,
    TooManyWaiting,
    StoreSilent,
)

_log = structlog.get_logger(__name__)

ItemKey = Annotated[
    str,
    Meta(
        min_length=1,
        max_length=255,
        pattern=r"^[\x21-\x7e]*$(?!\n)",
        description="The item's own idempotency key.",
        examples=["chat-8412"],
    ),
]


@frozen(kw_only=True)
class SpendBody:
    """Credits to take from an account: an amount, or what its usage costs."""

    account_id: AccountIdText
    amount: CostAmount | None = None
    usage: UsageBody | None = None
    type: str = AI_USAGE
    model: NamedModel | None = None
    feature: FeatureName | None = None
    description: Description = ""
    metadata: JsonObject | None = None

    def command(self, account_id: AccountId, limit: SpendLimit, key: RequestKey) -> SpendCredits:
        """Return the spend that is asked for. Raises InvalidField, ReservedType."""
        return SpendCredits(
            account_id=account_id,
            amount=self.amount,
            usage=None if self.usage is None else self.usage.usage(),
            type=spend_type(self.type),
            model=self.model,
            feature=self.feature,
            description=self.description,
            metadata=kept_text(self.metadata),
            limit=limit,
            key=key,
        )


@frozen(kw_only=True)
class SpendItemBody(SpendBody):
    """One spend of a batch, with a key of its own."""

    key: ItemKey


Items = Annotated[tuple[SpendItemBody, ...], Meta(min_length=1, max_length=ITEMS_MAX)]


@frozen(kw_only=True)
class SpendBatchBody:
    """Spends of any accounts."""

    items: Items


@frozen(kw_only=True, slots=False)
class SpendView:
    """A spend as it was carried out: `amount` is below zero, the balances are those right after.

    Usage that costs nothing has no transaction.
    """

    transaction_id: Id | None
    seq: Seq | None
    amount: SignedAmount
    balance: Balance
    available: Credits
    created_at: Instant

    @classmethod
    def of(cls, receipt: Receipt) -> SpendView:
        """Return the receipt as the backend sees it."""
        return cls(
            transaction_id=receipt.transaction_id,
            seq=receipt.seq,
            amount=receipt.amount,
            balance=receipt.balance,
            available=receipt.available,
            created_at=receipt.at,
        )


@frozen(kw_only=True, slots=False)
class ItemErrorView:
    """Why an item was refused: as the error of a single spend."""

    code: str
    message: str
    details: JsonObject | None


@frozen(kw_only=True, slots=False)
class SpendItemView:
    """What became of an item: the status and the answer that a single spend would have had."""

    key: ItemKey
    status: int
    replayed: bool
    data: SpendView | None
    error: ItemErrorView | None


@frozen(kw_only=True, slots=False)
class SpendBatchView:
    """The outcomes, in the order of the items; `refused` is how many have an error."""

    results: tuple[SpendItemView, ...]
    refused: int


@frozen(kw_only=True)
class SpendApi:
    """Spending, for the product's backend."""

    spend_credits: SpendingCredits
    spend_batch: SpendingBatch

    def endpoints(self) -> Sequence[Endpoint]:
        """Return the routes that spend."""
        return (
            Endpoint(
                method="POST",
                path="/credits/spend",
                handler=self.post_spend,
                policy=Backend(Scope.CREDITS_SPEND),
                tag="Credits",
                summary="Spend credits",
                description=(
                    "Takes the credits once, or not at all: never below zero, or the account's "
                    "overdraft, and a repeat with the same key gets the first answer. `metadata` "
                    f"may have {METADATA_BYTES_MAX} bytes as JSON. The key may bound one spend and "
                    "what an account spends a day."
                ),
                body=SpendBody,
                response=SpendView,
                status=201,
                refusals=SPEND_REFUSALS,
                idempotency=Idempotency.REQUIRED,
                example={
                    "account_id": "user-1042",
                    "amount": 50,
                    "type": "ai_usage",
                    "feature": "chat",
                    "description": "AI chat completion (gpt-4)",
                    "metadata": {"model": "gpt-4", "tokens": 812},
                },
            ),
            Endpoint(
                method="POST",
                path="/credits/spend/batch",
                handler=self.post_batch,
                policy=Backend(Scope.CREDITS_SPEND),
                tag="Credits",
                summary="Spend many times at once",
                description=(
                    f"Up to {ITEMS_MAX} spends, each with a `key` of its own in place of the "
                    "header, and each with an outcome of its own: one that is refused does not "
                    "touch the others, and after a lost answer the whole may be sent again. The "
                    "answer is 200 whatever becomes of the items."
                ),
                body=SpendBatchBody,
                response=SpendBatchView,
                body_bytes_max=WEBHOOK_BYTES_MAX,
                example={"items": [{"key": "chat-8412", "account_id": "user-1042", "amount": 50}]},
            ),
        )

    async def post_spend(self, request: web.Request) -> web.Response:
        """Spend, once for the request's key."""
        body = await read(request, SpendBody)
        account_id = account_of(request, body.account_id)
        key = required_key(request, account_id)
        spent = await self.spend_credits(body.command(account_id, limit_of(request), key))
        return reply(SpendView.of(spent.receipt), status=201, replayed=spent.is_replay)

    async def post_batch(self, request: web.Request) -> web.Response:
        """Spend for every item, once for its key."""
        items = (await read(request, SpendBatchBody)).items
        asked = [_asked(request, place, item) for place, item in enumerate(items)]
        sent = [each for each in asked if isinstance(each, SpendCredits)]
        outcomes = iter(await self.spend_batch(sent))
        became = [next(outcomes) if isinstance(each, SpendCredits) else each for each in asked]
        results = tuple(_result(item, each) for item, each in zip(items, became, strict=True))
        refused = sum(result.error is not None for result in results)
        return reply(SpendBatchView(results=results, refused=refused))


def _asked(request: web.Request, place: int, item: SpendItemBody) -> SpendCredits | BillingError:
    """Return what an item asks for, or why it makes no sense."""
    try:
        account_id = account_of(request, item.account_id)
        return item.command(account_id, limit_of(request), item_key(request, account_id, place))
    except BillingError as refusal:
        return refusal


def _result(item: SpendItemBody, became: CreditsSpent | BaseException) -> SpendItemView:
    match became:
        case CreditsSpent():
            data, replayed = SpendView.of(became.receipt), became.is_replay
            return SpendItemView(key=item.key, status=201, replayed=replayed, data=data, error=None)
        case BillingError():
            refusal = became
        case OutcomeUnknown():
            refusal = StoreSilent()
        case _:
            _log.error("item_failed", key=item.key, exc_info=became)
            error = ItemErrorView(code=INTERNAL_ERROR, message="It has been logged.", details=None)
            return SpendItemView(key=item.key, status=500, replayed=False, data=None, error=error)
    details = details_of(refusal)
    error = ItemErrorView(
        code=refusal.code,
        message=str(refusal),
        details=None if details is None else dict(details),
    )
    status = status_of(type(refusal))
    return SpendItemView(key=item.key, status=status, replayed=False, data=None, error=error)
