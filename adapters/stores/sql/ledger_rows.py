"""The rows of the ledger as plain tuples, for the statements that are written by hand.

The order of a tuple is the order of its columns here. What the drivers take and give differs only
in instants and days, so each engine says once how it keeps those.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta
from operator import attrgetter
from typing import Any

import msgspec
from attrs import fields_dict

from adapters.stores.sql.hold_rows import holds_from
from adapters.stores.sql.kept import Kept
from application.ports.credits import HoldReceipt, KeyedReceipt, KnownReceipt, Receipt
from domain.credits.grant import Category, Cost, Grant, GrantSource, Rollover
from domain.credits.hold import Hold
from domain.credits.ids import AccountId, GrantId, TransactionId
from domain.credits.low_balance import LowBalanceWatch
from domain.credits.scope import NO_SCOPE, Scope
from domain.credits.transaction import (
    Allocation,
    LedgerAccount,
    Transaction,
    TransactionText,
    TransactionType,
)
from domain.credits.wallet import Wallet

WALLET = (
    "account_id",
    "version",
    "seq",
    "posted",
    "held",
    "last_hash",
    "last_at",
    "spent_on",
    "spent",
    "overdrawn",
    "overdraft_max",
    "is_frozen",
    "watch",
)
GRANT = (
    "account_id",
    "id",
    "amount",
    "remaining",
    "source",
    "category",
    "priority",
    "effective_at",
    "expires_at",
    "created_at",
    "cause",
    "cost_minor",
    "cost_currency",
    "is_posted",
    "is_open",
    "pinned",
    "frozen_at",
    "voided_at",
    "scope",
    "rollover_max",
    "rollover_until",
    "rollover_pool",
    "rolled",
    "parent",
    "stood_still_us",
)
LINE = (
    "account_id",
    "seq",
    "id",
    "type",
    "debit",
    "credit",
    "amount",
    "balance_after",
    "at",
    "cause",
    "allocations",
    "usage",
    "text_digest",
    "hash",
)
TEXT = ("account_id", "seq", "salt", "description", "metadata")
KEY = ("owner", "caller", "key", "fingerprint", "receipt", "stored_at", "is_kept_for_ever")

# What of a grant, and of a wallet, ever changes.
GRANT_CHANGES = (
    "remaining",
    "expires_at",
    "is_posted",
    "is_open",
    "pinned",
    "frozen_at",
    "voided_at",
    "rollover_max",
    "rollover_until",
    "rollover_pool",
    "rolled",
    "stood_still_us",
)
WALLET_CHANGES = WALLET[1:]

_MICROSECOND, _NO_TIME = timedelta(microseconds=1), timedelta(0)

_ENCODER = msgspec.json.Encoder()
_RECEIPT = msgspec.json.Decoder(Receipt)
_ALLOCATIONS = msgspec.json.Decoder(list[tuple[Any, ...]])
_ENTRIES = msgspec.json.Decoder(tuple[str, ...])
_WATCH = msgspec.json.Decoder(LowBalanceWatch)
_RECEIPT_NAMES = tuple(fields_dict(Receipt))
_HOLD_NAMES = tuple(fields_dict(HoldReceipt))
_BURNS = attrgetter("burns")
_AGE = attrgetter("created_at", "id")

# Rows are read by the thousand: a look-up here takes a third of what calling the enum does.
_SOURCES = {each.value: each for each in GrantSource}
_CATEGORIES = {each.value: each for each in Category}
_LEDGER_ACCOUNTS = {each.value: each for each in LedgerAccount}


def wallet_row(wallet: Wallet, version: int, kept: Kept) -> tuple[Any, ...]:
    """Return a wallet as it is to be stored, at this version."""
    return (
        wallet.account_id,
        version,
        wallet.seq,
        wallet.posted,
        wallet.held,
        kept.digest(wallet.last_hash),
        None if wallet.last_at is None else kept.instant(wallet.last_at),
        None if wallet.spent_on is None else kept.day(wallet.spent_on),
        wallet.spent,
        wallet.overdrawn,
        wallet.overdraft_max,
        wallet.is_frozen,
        None if wallet.watch is None else _ENCODER.encode(wallet.watch).decode(),
    )


def wallet_from(row: Any, grants: Iterable[Grant], holds: Iterable[Hold], kept: Kept) -> Wallet:
    """Return the wallet of a row, with its open grants in burn order and its open holds."""
    return Wallet(
        account_id=AccountId(row[0]),
        version=row[1],
        seq=row[2],
        posted=row[3],
        held=row[4],
        last_hash=row[5],
        last_at=None if row[6] is None else kept.instant_from(row[6]),
        spent_on=None if row[7] is None else kept.day_from(row[7]),
        spent=row[8],
        overdrawn=row[9],
        overdraft_max=row[10],
        is_frozen=bool(row[11]),
        watch=None if row[12] is None else _WATCH.decode(row[12]),
        grants=tuple(sorted(grants, key=_BURNS)),
        holds=tuple(sorted(holds, key=_AGE)),
    )


def wallets_from(found: Iterable[Any], kept: Kept) -> dict[AccountId, Wallet]:
    """Return the wallets of rows that hold a wallet, its open holds, and one of its grants or none.

    The holds are JSON, null for most, so that they are loaded by the same statement.
    """
    grants: dict[AccountId, list[Grant]] = {}
    rows: dict[AccountId, Any] = {}
    width = len(WALLET)
    for row in found:
        account_id = AccountId(row[0])
        if account_id not in rows:
            rows[account_id] = row
            grants[account_id] = []
        if row[width + 1] is not None:
            grants[account_id].append(grant_from(row[width + 1 :], kept))
    return {
        account_id: wallet_from(row, grants[account_id], holds_from(row[width]), kept)
        for account_id, row in rows.items()
    }


def grant_row(grant: Grant, kept: Kept) -> tuple[Any, ...]:
    """Return a grant as it is to be stored."""
    return (
        grant.account_id,
        grant.id,
        grant.amount,
        grant.remaining,
        grant.source.value,
        grant.category.value,
        grant.priority,
        kept.instant(grant.effective_at),
        None if grant.expires_at is None else kept.instant(grant.expires_at),
        kept.instant(grant.created_at),
        grant.cause,
        None if grant.cost is None else grant.cost.amount_minor,
        None if grant.cost is None else grant.cost.currency,
        grant.is_posted,
        grant.is_open,
        grant.pinned,
        None if grant.frozen_at is None else kept.instant(grant.frozen_at),
        None if grant.voided_at is None else kept.instant(grant.voided_at),
        _ENCODER.encode(grant.scope.entries).decode() if grant.scope else None,
        None if grant.rollover is None else grant.rollover.most,
        None if grant.rollover is None else kept.instant(grant.rollover.until),
        None if grant.rollover is None else grant.rollover.pool,
        grant.rolled,
        grant.parent,
        grant.stood_still // _MICROSECOND if grant.stood_still else 0,
    )


def grant_from(row: Any, kept: Kept) -> Grant:
    """Return the grant of a row."""
    return Grant(
        account_id=AccountId(row[0]),
        id=GrantId(row[1]),
        amount=row[2],
        remaining=row[3],
        source=_SOURCES[row[4]],
        category=_CATEGORIES[row[5]],
        priority=row[6],
        effective_at=kept.instant_from(row[7]),
        expires_at=None if row[8] is None else kept.instant_from(row[8]),
        created_at=kept.instant_from(row[9]),
        cause=row[10],
        cost=None if row[11] is None else Cost(amount_minor=row[11], currency=row[12]),
        is_posted=bool(row[13]),
        pinned=row[15],
        frozen_at=None if row[16] is None else kept.instant_from(row[16]),
        voided_at=None if row[17] is None else kept.instant_from(row[17]),
        scope=NO_SCOPE if row[18] is None else Scope(_ENTRIES.decode(row[18])),
        rollover=(
            None
            if row[19] is None
            else Rollover(most=row[19], until=kept.instant_from(row[20]), pool=row[21])
        ),
        rolled=row[22],
        parent=None if row[23] is None else GrantId(row[23]),
        stood_still=_MICROSECOND * row[24] if row[24] else _NO_TIME,
    )


def line_row(line: Transaction, kept: Kept) -> tuple[Any, ...]:
    """Return a transaction as it is to be stored, its text apart."""
    allocations = [
        (part.grant_id, part.amount)
        if part.seal is None
        else (part.grant_id, part.amount, part.seal)
        for part in line.allocations
    ]
    return (
        line.account_id,
        line.seq,
        line.id,
        line.type,
        line.debit.value,
        line.credit.value,
        line.amount,
        line.balance_after,
        kept.instant(line.at),
        line.cause,
        _ENCODER.encode(allocations).decode(),
        line.usage,
        kept.digest(line.text_digest),
        kept.digest(line.hash),
    )


def text_row(line: Transaction) -> tuple[Any, ...]:
    """Return the text of a new transaction as it is to be stored."""
    assert line.text is not None, "a new transaction has its text"
    text = line.text
    return (line.account_id, line.seq, text.salt, text.description, text.metadata)


def line_from(row: Any, kept: Kept) -> Transaction:
    """Return the transaction of a row that goes on with salt, description and metadata."""
    text = None
    if row[14] is not None:
        text = TransactionText(salt=row[14], description=row[15], metadata=row[16])
    return Transaction(
        account_id=AccountId(row[0]),
        seq=row[1],
        id=TransactionId(row[2]),
        type=TransactionType(row[3]),
        debit=_LEDGER_ACCOUNTS[row[4]],
        credit=_LEDGER_ACCOUNTS[row[5]],
        amount=row[6],
        balance_after=row[7],
        at=kept.instant_from(row[8]),
        cause=row[9],
        allocations=allocations_from(row[10]),
        usage=row[11],
        text_digest=row[12],
        hash=row[13],
        text=text,
    )


def allocations_from(text: str) -> tuple[Allocation, ...]:
    """Return which lots paid, or received, how much of a transaction."""
    return tuple([Allocation(*part) for part in _ALLOCATIONS.decode(text)])


def key_row(keyed: KeyedReceipt, kept: Kept) -> tuple[Any, ...]:
    """Return a receipt under its key as it is to be stored."""
    return (
        *keyed.key.name,
        keyed.key.fingerprint,
        receipt_text(keyed.receipt),
        kept.instant(keyed.receipt.at),
        keyed.is_kept_for_ever,
    )


def receipt_text(receipt: Receipt) -> str:
    """Return a receipt as it is stored: what it does not say is left out."""
    said = _said(receipt)
    if receipt.hold is not None:
        said["hold"] = _said(receipt.hold)
    return _ENCODER.encode(said).decode()


def _said(told: Receipt | HoldReceipt) -> dict[str, Any]:
    names = _RECEIPT_NAMES if isinstance(told, Receipt) else _HOLD_NAMES
    return {name: value for name in names if (value := getattr(told, name)) is not None}


def known_from(fingerprint: str, receipt: str) -> KnownReceipt:
    """Return what is stored under a key."""
    return KnownReceipt(receipt=_RECEIPT.decode(receipt), fingerprint=fingerprint)
