"""Holds on the wire: how they are asked for, and how they are shown."""

from __future__ import annotations

from typing import Annotated

from attrs import frozen
from msgspec import Meta

from application.credits.capture_hold import HoldCaptured
from application.credits.extend_hold import HoldExtended
from application.ports.credits import HoldReceipt, Receipt
from domain.credits.hold import TTL_MAX, Hold, HoldState, Silence
from domain.credits.transaction import AI_USAGE
from entrypoints.http.costs import CostAmount, FeatureName, NamedModel
from entrypoints.http.credits import Description, TypeSlug, as_kept
from entrypoints.http.paging import CursorQuery
from entrypoints.http.usage import KeptUsageView, UsageBody
from entrypoints.http.values import (
    AccountIdText,
    Amount,
    Balance,
    Credits,
    Id,
    Instant,
    JsonObject,
)

TTL_S_DEFAULT = 300

TtlSeconds = Annotated[
    int,
    Meta(
        ge=1,
        le=int(TTL_MAX.total_seconds()),
        description="How long the hold lives from now on without a sign of life, in s.",
    ),
]
OnSilence = Annotated[
    Silence,
    Meta(description="What it comes to if its time is up and nobody has ended it."),
]
IsCovered = Annotated[
    bool, Meta(description="Whether what was reported still lies within what is set aside.")
]
Held = Annotated[Credits, Meta(description="What all holds of the account set aside right after.")]
Reported = Annotated[
    Credits, Meta(description="What the work has cost since it began: the whole, not what is new.")
]


@frozen(kw_only=True)
class HoldBody:
    """Credits to set aside: an amount, or what the estimated usage would cost."""

    account_id: AccountIdText
    amount: CostAmount | None = None
    usage: UsageBody | None = None
    ttl_s: TtlSeconds = TTL_S_DEFAULT
    on_silence: OnSilence = Silence.RELEASE
    type: str = AI_USAGE
    model: NamedModel | None = None
    feature: FeatureName | None = None
    description: Description = ""
    metadata: JsonObject | None = None


@frozen(kw_only=True)
class ExtendBody:
    """A sign of life: how much longer, and what the work has cost so far.

    That is said in credits or as usage, and always as the whole. `amount` raises what is set aside.
    """

    account_id: AccountIdText
    ttl_s: TtlSeconds = TTL_S_DEFAULT
    reported: Reported | None = None
    usage: UsageBody | None = None
    amount: Amount | None = None


@frozen(kw_only=True)
class CaptureBody:
    """What the work has cost; what was reported, if neither amount nor usage is given."""

    account_id: AccountIdText
    amount: Credits | None = None
    usage: UsageBody | None = None
    description: Description = ""
    metadata: JsonObject | None = None


@frozen(kw_only=True)
class ReleaseBody:
    """Whose hold is to be given back."""

    account_id: AccountIdText


@frozen(kw_only=True)
class HoldsQuery(CursorQuery):
    """Which of an account's holds."""

    state: HoldState | None = None


@frozen(kw_only=True, slots=False)
class HoldPlacedView:
    """A hold as it was placed; the balances are those right after."""

    id: Id
    amount: Amount
    expires_at: Instant
    held: Held
    balance: Balance
    available: Credits
    created_at: Instant

    @classmethod
    def of(cls, receipt: Receipt) -> HoldPlacedView:
        """Return the receipt as the backend sees it."""
        hold = _hold_of(receipt)
        assert hold.expires_at is not None
        return cls(
            id=hold.hold_id,
            amount=hold.amount,
            expires_at=hold.expires_at,
            held=hold.held,
            balance=receipt.balance,
            available=receipt.available,
            created_at=receipt.at,
        )


@frozen(kw_only=True, slots=False)
class HoldExtendedView:
    """A hold after a sign of life; the balances are those right after."""

    id: Id
    amount: Amount
    reported: Reported
    is_covered: IsCovered
    expires_at: Instant
    held: Held
    balance: Balance
    available: Credits

    @classmethod
    def of(cls, extended: HoldExtended) -> HoldExtendedView:
        """Return the extension as the backend sees it."""
        receipt = extended.receipt
        hold = _hold_of(receipt)
        assert hold.expires_at is not None
        return cls(
            id=hold.hold_id,
            amount=hold.amount,
            reported=hold.reported or 0,
            is_covered=extended.is_covered,
            expires_at=hold.expires_at,
            held=hold.held,
            balance=receipt.balance,
            available=receipt.available,
        )


@frozen(kw_only=True, slots=False)
class HoldEndedView:
    """How a hold ended: what it charged, what came back, and what could not be charged.

    `shortfall` is what the work cost beyond the hold and beyond all that could be taken. There is
    no transaction where nothing was charged.
    """

    id: Id
    captured: Credits
    released: Credits
    shortfall: Credits
    transaction_id: Id | None
    held: Held
    balance: Balance
    available: Credits
    ended_at: Instant

    @classmethod
    def captured_(cls, captured: HoldCaptured) -> HoldEndedView:
        """Return a capture as the backend sees it."""
        return cls._of(captured.receipt, captured.released)

    @classmethod
    def released_(cls, receipt: Receipt) -> HoldEndedView:
        """Return a release as the backend sees it."""
        return cls._of(receipt, _hold_of(receipt).amount)

    @classmethod
    def _of(cls, receipt: Receipt, released: int) -> HoldEndedView:
        hold = _hold_of(receipt)
        return cls(
            id=hold.hold_id,
            captured=hold.captured or 0,
            released=released,
            shortfall=hold.shortfall or 0,
            transaction_id=receipt.transaction_id,
            held=hold.held,
            balance=receipt.balance,
            available=receipt.available,
            ended_at=receipt.at,
        )


def _hold_of(receipt: Receipt) -> HoldReceipt:
    assert receipt.hold is not None
    return receipt.hold


@frozen(kw_only=True, slots=False)
class HoldView:
    """A hold as it stands, or as it ended.

    `captured`, `shortfall` and `transaction_id` say what it came to; until then they are zero and
    null. `purposes` are what lots with a scope were matched against.
    """

    id: Id
    state: HoldState
    amount: Amount
    reported: Reported
    usage: KeptUsageView | None
    on_silence: OnSilence
    type: TypeSlug
    purposes: tuple[str, ...]
    description: str
    metadata: JsonObject | None
    created_at: Instant
    expires_at: Instant
    ended_at: Instant | None
    captured: Credits
    shortfall: Credits
    transaction_id: Id | None

    @classmethod
    def of(cls, hold: Hold) -> HoldView:
        """Return the hold as its account sees it."""
        return cls(
            id=hold.id,
            state=hold.state,
            amount=hold.amount,
            reported=hold.reported,
            usage=KeptUsageView.of(hold.usage),
            on_silence=hold.silence,
            type=hold.type,
            purposes=tuple(sorted(hold.purposes)),
            description=hold.text.description,
            metadata=as_kept(hold.text.metadata),
            created_at=hold.created_at,
            expires_at=hold.expires_at,
            ended_at=hold.ended_at,
            captured=hold.captured,
            shortfall=hold.shortfall,
            transaction_id=hold.transaction_id,
        )
