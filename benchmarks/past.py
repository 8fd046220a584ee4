"""A past for a database: accounts with their lots, and what they have spent, by the real rules.

Every line comes out of `Wallet` as it would from a request: numbered, sealed and under a key, so
that `billing verify` finds nothing wrong with it. Only the writing is done in bulk.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

from attrs import define, evolve, field, frozen

from adapters.system import new_id
from application.ports.credits import KeyedReceipt
from application.ports.idempotency import Caller, RequestKey
from application.wallets.receipts import receipt_of
from benchmarks.accounts import (
    HOT,
    LOTS,
    NOBODY,
    PAGE_LINES,
    Range,
    account_named,
    account_of_spend,
    key_of_spend,
    spend_body,
)
from domain.credits.grant import Category, Grant, GrantSource, GrantTerms
from domain.credits.ids import AccountId, GrantId
from domain.credits.posting import Posting
from domain.credits.transaction import AI_USAGE, Transaction, TransactionText
from domain.credits.wallet import Wallet
from entrypoints.http.credits import kept_text
from entrypoints.http.idempotency import fingerprint_of

CREDITS = 1_000_000_000
_STEP = timedelta(microseconds=200)
_SPEND_PATH = "/credits/spend"


@frozen(kw_only=True)
class Written:
    """A line of the past, with the key it was asked for under, if somebody asked for it."""

    line: Transaction
    keyed: KeyedReceipt | None = None


@define(kw_only=True)
class Past:
    """What happened before anybody measures.

    Each account got a lot; those of `with_lots` got five, and those of `with_pages` spent until
    their list is longer than a page. After that `spends` were made, each by whom its number says.
    """

    accounts: int
    with_lots: Range = NOBODY
    with_pages: Range = NOBODY
    spends: int = 0
    now: datetime
    wallets: dict[str, Wallet] = field(factory=dict)
    grants: dict[GrantId, Grant] = field(factory=dict)

    def lines(self) -> Iterator[Written]:
        """Yield all lines in the order they came about; the wallets are complete afterwards."""
        for number in range(self.accounts):
            yield from self._funded(account_named(number), self._lots_of(number))
        yield from self._funded(HOT, 1)
        for number in _numbers(self.with_pages):
            for _ in range(PAGE_LINES - 1):
                yield Written(line=self._spent(account_named(number)).transactions[-1])
        for number in range(self.spends):
            yield self._asked(number)

    def _lots_of(self, number: int) -> int:
        return LOTS if number in _numbers(self.with_lots) else 1

    def _funded(self, account_id: str, lots: int) -> Iterator[Written]:
        for lot in range(lots):
            posting = self._wallet(account_id).grant(
                GrantTerms(
                    amount=CREDITS,
                    source=GrantSource.PURCHASE,
                    category=Category.PAID,
                    expires_at=datetime(2100 + lot, 1, 1, tzinfo=UTC),
                ),
                grant_id=GrantId(new_id()),
                text=TransactionText(salt=new_id()),
                now=self._next(),
                new_id=new_id,
            )
            yield Written(line=self._kept(posting).transactions[-1])

    def _asked(self, number: int) -> Written:
        account_id = account_of_spend(number, self.accounts)
        posting = self._spent(account_id)
        key = RequestKey(
            owner=account_id,
            caller=Caller.BACKEND,
            key=key_of_spend(number),
            fingerprint=fingerprint_of("POST", _SPEND_PATH, {}, spend_body(account_id)),
        )
        keyed = KeyedReceipt(key=key, receipt=receipt_of(posting), is_kept_for_ever=False)
        return Written(line=posting.transactions[-1], keyed=keyed)

    def _spent(self, account_id: str) -> Posting:
        body = spend_body(account_id)
        text = TransactionText(
            salt=new_id(),
            description=body["description"],
            metadata=kept_text(body["metadata"]),
        )
        posting = self._wallet(account_id).spend(
            body["amount"], type=AI_USAGE, text=text, now=self._next(), new_id=new_id
        )
        return self._kept(posting)

    def _wallet(self, account_id: str) -> Wallet:
        found = self.wallets.get(account_id)
        return Wallet(account_id=AccountId(account_id)) if found is None else found

    def _kept(self, posting: Posting) -> Posting:
        wallet = posting.wallet
        self.wallets[wallet.account_id] = evolve(wallet, version=wallet.version + 1)
        for grant in posting.grants:
            self.grants[grant.id] = grant
        return posting

    def _next(self) -> datetime:
        self.now += _STEP
        return self.now


def _numbers(among: Range) -> range:
    return range(among.first, among.first + among.count)
