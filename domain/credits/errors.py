"""Refusals of the credits area."""

from __future__ import annotations

from datetime import datetime
from typing import ClassVar

from attrs import frozen

from domain.credits.ids import AccountId, GrantId, HoldId, TransactionId
from domain.errors import Busy, Conflict, Forbidden, Invalid, NotFound, Rejected, Unaffordable


@frozen(kw_only=True)
class InsufficientCredits(Unaffordable):
    """The account has fewer credits available than this takes. Nothing was taken."""

    code: ClassVar[str] = "insufficient_credits"
    requested: int
    available: int

    def __str__(self) -> str:
        asked = "1 credit was" if self.requested == 1 else f"{self.requested:,} credits were"
        left = "1 is" if self.available == 1 else f"{self.available:,} are"
        return f"{asked} asked for and {left} available."


@frozen(kw_only=True)
class SpendLimitExceeded(Forbidden):
    """The caller's own limit, per spend or per account and day, does not allow this."""

    code: ClassVar[str] = "spend_limit_exceeded"
    limit: str
    allowed: int
    asked: int

    def __str__(self) -> str:
        which = {"each": "one spend", "day": "one account and day"}[self.limit]
        allowed = "1 credit" if self.allowed == 1 else f"{self.allowed:,} credits"
        return f"This key may take {allowed} in {which}; {self.asked:,} were asked for."


@frozen(kw_only=True)
class AccountFrozen(Forbidden):
    """The account may spend nothing: by hand, or since a payment went back; an admin lifts it."""

    code: ClassVar[str] = "account_frozen"

    def __str__(self) -> str:
        return "This account is frozen: it may spend nothing until an admin lifts that."


@frozen(kw_only=True)
class AccountAlreadyFrozen(Conflict):
    """An account was to be frozen that may spend nothing already."""

    code: ClassVar[str] = "account_already_frozen"
    account_id: AccountId

    def __str__(self) -> str:
        return "This account is frozen already."


@frozen(kw_only=True)
class AccountNotFrozen(Conflict):
    """An account was to be freed that may spend already."""

    code: ClassVar[str] = "account_not_frozen"
    account_id: AccountId

    def __str__(self) -> str:
        return "This account is not frozen."


@frozen(kw_only=True)
class BalanceTooLarge(Rejected):
    """The grant would lift the balance above what can be counted exactly everywhere."""

    code: ClassVar[str] = "balance_too_large"
    account_id: AccountId

    def __str__(self) -> str:
        return "This grant would make the balance too large to be counted exactly."


@frozen(kw_only=True)
class GrantAlreadyOver(Invalid):
    """A grant was asked for that would expire before, or just as, it takes effect."""

    code: ClassVar[str] = "grant_already_over"
    effective_at: datetime
    expires_at: datetime

    def __str__(self) -> str:
        return "The grant would expire before it takes effect; choose a later expiry."


@frozen(kw_only=True)
class ReservedType(Invalid):
    """A spend named a transaction type that only the service itself may write."""

    code: ClassVar[str] = "reserved_type"
    type: str

    def __str__(self) -> str:
        return f"The type '{self.type}' is written by the service alone; choose another slug."


@frozen(kw_only=True)
class TransactionNotFound(NotFound):
    """The account has no such transaction."""

    code: ClassVar[str] = "transaction_not_found"
    transaction_id: TransactionId

    def __str__(self) -> str:
        return "There is no such transaction."


@frozen(kw_only=True)
class KeyReused(Rejected):
    """An idempotency key came back with another request. Nothing was done."""

    code: ClassVar[str] = "idempotency_key_reused"
    key: str

    def __str__(self) -> str:
        return "This Idempotency-Key was used for another request; use a new key for a new request."


@frozen(kw_only=True)
class HoldNotOpen(Conflict):
    """The account has no such hold that is still open: it has ended, or it never was.

    How it ended is told where that has been looked up; a hold that charged nothing has no
    transaction.
    """

    code: ClassVar[str] = "hold_not_open"
    hold_id: HoldId
    state: str | None = None
    ended_at: datetime | None = None
    captured: int | None = None
    shortfall: int | None = None
    transaction_id: TransactionId | None = None

    def __str__(self) -> str:
        return "This hold has ended already."


@frozen(kw_only=True)
class HoldNotFound(NotFound):
    """The account never had such a hold."""

    code: ClassVar[str] = "hold_not_found"
    hold_id: HoldId

    def __str__(self) -> str:
        return "There is no such hold."


@frozen(kw_only=True)
class TooManyHolds(Rejected):
    """The account has as many open holds as one may have."""

    code: ClassVar[str] = "too_many_holds"
    most: int

    def __str__(self) -> str:
        return f"An account may have {self.most} open holds; capture or release some first."


@frozen(kw_only=True)
class GrantNotFound(NotFound):
    """The account never had such a lot."""

    code: ClassVar[str] = "grant_not_found"
    grant_id: GrantId

    def __str__(self) -> str:
        return "There is no such grant."


@frozen(kw_only=True)
class GrantEnded(Conflict):
    """The lot has nothing left that could be voided: it is used up, expired or voided."""

    code: ClassVar[str] = "grant_ended"
    grant_id: GrantId

    def __str__(self) -> str:
        return "Nothing is left of this grant."


@frozen(kw_only=True)
class NotUsage(Conflict):
    """A line was to be refunded as usage that is no usage."""

    code: ClassVar[str] = "not_usage"
    transaction_id: TransactionId

    def __str__(self) -> str:
        return "Only a transaction that charged for usage can be refunded here."


@frozen(kw_only=True)
class UsageRefundTooLarge(Conflict):
    """More was to be refunded than is left of what the transaction charged."""

    code: ClassVar[str] = "usage_refund_too_large"
    asked: int
    left: int

    def __str__(self) -> str:
        left = "1 credit" if self.left == 1 else f"{self.left:,} credits"
        are = "is" if self.left == 1 else "are"
        return f"{left} of this transaction {are} left to refund, not {self.asked:,}."


@frozen(kw_only=True)
class ModelUnrated(Rejected):
    """No rate in force is for this model, so that nobody can say what its usage costs.

    `version` is that of the card in force; 0 if none was ever published.
    """

    code: ClassVar[str] = "model_unrated"
    model: str
    version: int

    def __str__(self) -> str:
        return (
            f"No rate is in force for the model '{self.model}'; publish one for it, or for a "
            "pattern that means it, with POST /admin/rates."
        )


@frozen(kw_only=True)
class KindUnrated(Rejected):
    """The model has rates, but none for this kind of usage, and none that may stand in for it."""

    code: ClassVar[str] = "usage_kind_unrated"
    model: str
    kind: str
    version: int

    def __str__(self) -> str:
        return (
            f"The model '{self.model}' has no rate for {self.kind}; publish one with POST "
            "/admin/rates, or leave the count out."
        )


@frozen(kw_only=True)
class RatesNotFound(NotFound):
    """There is no rate card with this version."""

    code: ClassVar[str] = "rates_not_found"
    version: str

    def __str__(self) -> str:
        return "There is no such version of the rates."


@frozen(kw_only=True)
class RatesChangedMeanwhile(Conflict):
    """Somebody else published rates since they were read."""

    code: ClassVar[str] = "rates_changed"
    version: int

    def __str__(self) -> str:
        return f"The rates are at version {self.version} now; read them again and repeat."


@frozen(kw_only=True)
class LedgerBeingRead(Busy):
    """An explanation would take too long at once; `read_lines` of `lines` have been added up.

    They stay so: the next try goes on from there.
    """

    code: ClassVar[str] = "ledger_being_read"
    read_lines: int
    lines: int

    def __str__(self) -> str:
        return (
            f"This ledger is long: {self.read_lines} of its {self.lines} lines have been read so "
            "far. Ask again at once; it goes on from there."
        )
