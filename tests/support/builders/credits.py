"""Wallets, lots, and what commands do to them."""

from datetime import datetime, timedelta
from typing import Any

from attrs import evolve

from application.ports.credits import KeyedReceipt, Receipt, WalletWrite
from application.ports.idempotency import Caller, RequestKey
from domain.credits.grant import CATEGORY_OF, Category, Grant, GrantSource, GrantTerms
from domain.credits.hold import HoldTerms, Silence
from domain.credits.ids import AccountId, GrantId, HoldId
from domain.credits.posting import Posting
from domain.credits.scope import Purposes
from domain.credits.stretch import Stretch
from domain.credits.transaction import AI_USAGE, EXPIRATION, TransactionText, TransactionType
from domain.credits.wallet import Wallet
from tests.support.clock import NOON, fresh_id

SOMEBODY = AccountId("user-1")
SOMEBODY_ELSE = AccountId("user-2")


def an_account_id() -> AccountId:
    """Return an account that nothing is known about yet."""
    return AccountId(f"user-{fresh_id()}")


def grant_terms(
    *,
    amount: int = 100,
    source: GrantSource = GrantSource.PURCHASE,
    category: Category | None = None,
    priority: int = 10,
    effective_at: datetime | None = None,
    expires_at: datetime | None = None,
    cause: str | None = None,
) -> GrantTerms:
    """Return a lot as it is asked for; its category is the source's usual one."""
    return GrantTerms(
        amount=amount,
        source=source,
        category=category or CATEGORY_OF[source],
        priority=priority,
        effective_at=effective_at,
        expires_at=expires_at,
        cause=cause,
    )


def a_grant(
    *,
    id: str | None = None,
    account_id: AccountId = SOMEBODY,
    amount: int = 100,
    remaining: int | None = None,
    source: GrantSource = GrantSource.PURCHASE,
    category: Category | None = None,
    priority: int = 10,
    effective_at: datetime = NOON,
    expires_at: datetime | None = None,
    created_at: datetime = NOON,
    is_posted: bool = True,
) -> Grant:
    """Return a lot in a wallet, untouched unless `remaining` says otherwise."""
    return Grant(
        id=GrantId(id or fresh_id()),
        account_id=account_id,
        amount=amount,
        remaining=amount if remaining is None else remaining,
        source=source,
        category=category or CATEGORY_OF[source],
        priority=priority,
        effective_at=effective_at,
        expires_at=expires_at,
        created_at=created_at,
        is_posted=is_posted,
    )


def a_text(description: str = "", metadata: str = "") -> TransactionText:
    """Return the free text of a transaction."""
    return TransactionText(salt=fresh_id(), description=description, metadata=metadata)


def granted(wallet: Wallet, terms: GrantTerms | None = None, *, now: datetime = NOON) -> Posting:
    """Return what a grant does to a wallet."""
    return wallet.grant(
        terms or grant_terms(),
        grant_id=GrantId(fresh_id()),
        text=a_text(),
        now=now,
        new_id=fresh_id,
    )


def spent(
    wallet: Wallet, amount: int = 1, *, type: TransactionType = AI_USAGE, now: datetime = NOON
) -> Posting:
    """Return what a spend does to a wallet."""
    return wallet.spend(amount, type=type, text=a_text(), now=now, new_id=fresh_id)


def a_wallet(
    *,
    account_id: AccountId = SOMEBODY,
    balance: int = 0,
    version: int = 0,
    now: datetime = NOON,
) -> Wallet:
    """Return a wallet whose balance came with one grant that never expires."""
    empty = Wallet(account_id=account_id, version=version)
    return granted(empty, grant_terms(amount=balance), now=now).wallet if balance else empty


def a_stretch(**fields: Any) -> Stretch:
    """Return the sum of a stretch that there may be, with every kind of value in it."""
    return evolve(
        Stretch(
            account_id=SOMEBODY,
            number=0,
            lines=5000,
            ends_at=NOON,
            last_hash=bytes(range(224, 256)),
            received={GrantId("lot-1"): 2**40, GrantId("lot-2"): 1},
            given={GrantId("lot-1"): {AI_USAGE: 7, EXPIRATION: 2**40 - 7}},
        ),
        **fields,
    )


def a_key(
    *,
    owner: str = SOMEBODY,
    caller: Caller = Caller.BACKEND,
    key: str | None = None,
    fingerprint: str = "the request",
) -> RequestKey:
    """Return an idempotency key nobody else has used."""
    return RequestKey(owner=owner, caller=caller, key=key or fresh_id(), fingerprint=fingerprint)


def a_receipt(posting: Posting, *, now: datetime = NOON) -> Receipt:
    """Return the answer to the last command of a posting."""
    line = posting.transactions[-1] if posting.transactions else None
    return Receipt(
        account_id=posting.wallet.account_id,
        amount=line.signed if line else 0,
        balance=posting.wallet.balance(now),
        available=posting.wallet.available(now),
        at=now,
        transaction_id=line.id if line else None,
        seq=line.seq if line else None,
    )


def a_keyed_receipt(
    posting: Posting,
    key: RequestKey | None = None,
    *,
    is_kept_for_ever: bool = False,
    now: datetime = NOON,
) -> KeyedReceipt:
    """Return the answer to a posting, under a key."""
    return KeyedReceipt(
        key=key or a_key(owner=posting.wallet.account_id),
        receipt=a_receipt(posting, now=now),
        is_kept_for_ever=is_kept_for_ever,
    )


def a_write(posting: Posting, *keys: RequestKey) -> WalletWrite:
    """Return a wallet's change, with the same receipt under each key."""
    return WalletWrite(
        posting=posting, receipts=tuple(a_keyed_receipt(posting, key) for key in keys)
    )


def held(
    wallet: Wallet,
    amount: int,
    *,
    id: str | None = None,
    ttl: timedelta = timedelta(minutes=5),
    silence: Silence = Silence.RELEASE,
    purposes: Purposes = frozenset(),
    now: datetime = NOON,
) -> Posting:
    """Return what a hold does to a wallet."""
    terms = HoldTerms(amount=amount, ttl=ttl, silence=silence, purposes=purposes, text=a_text())
    return wallet.hold(terms, hold_id=HoldId(id or fresh_id()), now=now, new_id=fresh_id)
