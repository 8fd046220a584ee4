"""One line of the ledger: double-entry, numbered, chained by hash, never changed, never deleted."""

from __future__ import annotations

import hashlib
import re
from datetime import UTC, datetime, timedelta
from enum import Enum
from typing import NewType

from attrs import field, frozen

from domain.amount import positive
from domain.credits.errors import ReservedType
from domain.credits.grant import GrantSource
from domain.credits.ids import AccountId, GrantId, TransactionId
from domain.errors import InvalidField

TransactionType = NewType("TransactionType", str)
"""What a transaction was for: one of the service's own types below, or the caller's own slug."""

SUBSCRIPTION = TransactionType("subscription")
PURCHASE = TransactionType("purchase")
CHECK_IN = TransactionType("check_in")
COUPON = TransactionType("coupon")
MANUAL = TransactionType("manual")
AI_USAGE = TransactionType("ai_usage")
EXPIRATION = TransactionType("expiration")
CLAWBACK = TransactionType("clawback")
USAGE_REFUND = TransactionType("usage_refund")
ROLLOVER = TransactionType("rollover")

RESERVED_TYPES = frozenset(
    {
        SUBSCRIPTION,
        PURCHASE,
        CHECK_IN,
        COUPON,
        MANUAL,
        EXPIRATION,
        CLAWBACK,
        USAGE_REFUND,
        ROLLOVER,
    }
)
LOSSES = frozenset({EXPIRATION, MANUAL})
"""The lines by which a lot loses what was left of it: its time was over, or it was voided.

Both name the lot's own cause, which tells the second from an adjustment by hand."""

_SLUG = re.compile(r"[a-z][a-z0-9_]{0,39}")

GENESIS = bytes(32)
"""What the first transaction of a wallet names as the hash before it."""

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


class LedgerAccount(Enum):
    """The two sides a transaction moves credits between; exactly one of them is the wallet."""

    WALLET = "wallet"
    SALES = "sales"
    PROMOTIONS = "promotions"
    ADJUSTMENTS = "adjustments"
    USAGE = "usage"
    EXPIRED = "expired"
    REFUNDS = "refunds"


TYPE_OF: dict[GrantSource, TransactionType] = {
    GrantSource.SUBSCRIPTION: SUBSCRIPTION,
    GrantSource.PURCHASE: PURCHASE,
    GrantSource.CHECK_IN: CHECK_IN,
    GrantSource.COUPON: COUPON,
    GrantSource.MANUAL: MANUAL,
    GrantSource.USAGE_REFUND: USAGE_REFUND,
}

PAID_BY: dict[GrantSource, LedgerAccount] = {
    GrantSource.SUBSCRIPTION: LedgerAccount.SALES,
    GrantSource.PURCHASE: LedgerAccount.SALES,
    GrantSource.CHECK_IN: LedgerAccount.PROMOTIONS,
    GrantSource.COUPON: LedgerAccount.PROMOTIONS,
    GrantSource.MANUAL: LedgerAccount.ADJUSTMENTS,
    GrantSource.USAGE_REFUND: LedgerAccount.USAGE,
}


def spend_type(name: str) -> TransactionType:
    """Return the caller's own type for a spend.

    Raises InvalidField unless it is a slug, and ReservedType for a type of the service's own.
    """
    if not _SLUG.fullmatch(name):
        problem = "must be 1 to 40 characters a-z, 0-9 and _, beginning with a letter"
        raise InvalidField(path="type", problem=problem)
    if name in RESERVED_TYPES:
        raise ReservedType(type=name)
    return TransactionType(name)


@frozen(kw_only=True)
class TransactionText:
    """The free text of a transaction, kept in a place of its own so that it can be erased.

    The chain covers only its digest. The salt is erased with the text; without it nobody can
    find a short text again by trying. `metadata` is the caller's JSON object, kept as it came.
    """

    salt: str
    description: str = ""
    metadata: str = ""

    def digest(self) -> bytes:
        """Return what the hash chain keeps of this text."""
        return hashlib.sha256(_framed(self.salt, self.description, self.metadata)).digest()


@frozen
class Allocation:
    """How much of a transaction one grant paid, or received.

    `seal` is the digest of what the lot was like when it received that; None where it paid.
    """

    grant_id: GrantId
    amount: int
    seal: str | None = None


@frozen(kw_only=True)
class Transaction:
    """Credits moved from one ledger account to another, once and for all.

    Double entry in one row: `amount` leaves `debit` and enters `credit`, so that the two sides
    agree by construction. `seq` numbers an account's transactions 1, 2, 3 … without a gap;
    `balance_after` is the wallet's posted balance when this line stood; `hash` covers this line
    and the hash of the line before it. `text` is None once it has been erased. `usage` says what
    was used and how it was rated, where the amount came of that.
    """

    id: TransactionId
    account_id: AccountId
    seq: int
    type: TransactionType
    debit: LedgerAccount
    credit: LedgerAccount
    amount: int = field(validator=positive)
    balance_after: int
    at: datetime
    cause: str | None
    allocations: tuple[Allocation, ...]
    text_digest: bytes
    hash: bytes
    text: TransactionText | None
    usage: str | None = None

    @property
    def signed(self) -> int:
        """The amount as the customer sees it: what came in is above zero, what went out below."""
        return self.amount if self.credit is LedgerAccount.WALLET else -self.amount


def hash_of(
    *,
    previous: bytes,
    id: TransactionId,
    account_id: AccountId,
    seq: int,
    type: TransactionType,
    debit: LedgerAccount,
    credit: LedgerAccount,
    amount: int,
    balance_after: int,
    at: datetime,
    cause: str | None,
    allocations: tuple[Allocation, ...],
    usage: str | None,
    text_digest: bytes,
) -> bytes:
    """Return the seal of a transaction: SHA-256 over the hash before it and every field.

    Fields are framed by their lengths, so that no two different lines share one form.
    """
    fields = [
        id,
        account_id,
        str(seq),
        type,
        debit.value,
        credit.value,
        str(amount),
        str(balance_after),
        str((at - _EPOCH) // _MICROSECOND),
        "-" if cause is None else "+" + cause,
    ]
    for part in allocations:
        # A number, and a colon: what a lot is like can be taken for nothing else.
        amounts = str(part.amount) if part.seal is None else f"{part.amount}:{part.seal}"
        fields += (part.grant_id, amounts)
    # Allocations come in pairs, so a single field at the end can be nothing else.
    if usage is not None:
        fields.append(usage)
    return hashlib.sha256(previous + text_digest + _framed(*fields)).digest()


def seal_of(transaction: Transaction, previous: bytes) -> bytes:
    """Compute anew the hash that a stored transaction must carry after the hash before it."""
    return hash_of(
        previous=previous,
        id=transaction.id,
        account_id=transaction.account_id,
        seq=transaction.seq,
        type=transaction.type,
        debit=transaction.debit,
        credit=transaction.credit,
        amount=transaction.amount,
        balance_after=transaction.balance_after,
        at=transaction.at,
        cause=transaction.cause,
        allocations=transaction.allocations,
        usage=transaction.usage,
        text_digest=transaction.text_digest,
    )


def _framed(*fields: str) -> bytes:
    framed = "".join([f"{len(part)}:{part}" for part in fields])
    if framed.isascii():
        # A character is a byte, as nearly always: lengths in the one are lengths in the other.
        return framed.encode()
    encoded = [field.encode() for field in fields]
    return b"".join([b"%d:%b" % (len(part), part) for part in encoded])
