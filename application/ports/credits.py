"""Where wallets and the ledger are kept.

The ledger takes lists: a group of commands of many accounts is one write. A single command is the
case of a list of one. Off this path a unit of work takes one wallet at a time, locked (`Wallets`).
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import datetime
from typing import NamedTuple, Protocol

from attrs import frozen

from application.ports.idempotency import RequestKey
from application.ports.paging import Page, PageRequest
from domain.credits.grant import Grant
from domain.credits.ids import AccountId, GrantId, HoldId, TransactionId
from domain.credits.posting import Posting
from domain.credits.stretch import Stretch
from domain.credits.transaction import Transaction, TransactionType
from domain.credits.wallet import Wallet
from domain.events.outgoing_event import OutgoingEvent


@frozen(kw_only=True)
class HoldReceipt:
    """What a receipt says about the hold that a command was about.

    `amount` is what it has set aside, or had; `held` is what all holds of the account set aside
    right after. `expires_at` stands while the hold is open, `captured` and `shortfall` once it has
    ended. `reported` is what its work is known to have cost so far.
    """

    hold_id: HoldId
    amount: int
    held: int
    expires_at: datetime | None = None
    reported: int | None = None
    captured: int | None = None
    shortfall: int | None = None


@frozen(kw_only=True)
class Receipt:
    """The answer to a wallet command, kept under its key and given again to every repeat.

    `amount` is signed as the customer sees it. `transaction_id` is None where nothing was written:
    for a lot that takes effect later, for usage that costs nothing, and while credits are held.
    `grant_id` is None for a spend. `balance` and `available` are those right after.
    """

    account_id: AccountId
    amount: int
    balance: int
    available: int
    at: datetime
    transaction_id: TransactionId | None = None
    seq: int | None = None
    grant_id: GrantId | None = None
    hold: HoldReceipt | None = None


@frozen(kw_only=True)
class KeyedReceipt:
    """A receipt with its key. `is_kept_for_ever` marks effects that must never happen twice."""

    key: RequestKey
    receipt: Receipt
    is_kept_for_ever: bool


@frozen(kw_only=True)
class KnownReceipt:
    """What is stored under a key: the receipt, and the fingerprint of the request it answered."""

    receipt: Receipt
    fingerprint: str


@frozen(kw_only=True)
class WalletWrite:
    """A wallet's change: valid only while the stored version is `posting.wallet.version`.

    Writing it stores the wallet at that version plus one, upserts the touched grants, appends the
    transactions, stores the receipts and adds the events to the outbox: all of it or nothing.
    """

    posting: Posting
    receipts: tuple[KeyedReceipt, ...] = ()
    events: tuple[OutgoingEvent, ...] = ()


@frozen(kw_only=True)
class Batch:
    """One group of decisions.

    `unchanged` names wallets, with the version they were judged by, for which everything was
    refused. `keys` are all keys in the batch, those of refused commands included. An account
    stands in `writes` or in `unchanged`, never in both.
    """

    writes: tuple[WalletWrite, ...] = ()
    unchanged: Mapping[AccountId, int]
    keys: tuple[RequestKey, ...] = ()


@frozen(kw_only=True)
class Committed:
    """What became of a batch, account by account.

    An account in neither set was judged by a stale version.
    `known` holds, by `RequestKey.name`, every key of the batch that was stored before it.
    """

    written: frozenset[AccountId]
    unchanged: frozenset[AccountId]
    known: Mapping[tuple[str, str, str], KnownReceipt]


class WriteRefused(Exception):
    """The store judged the statement itself and said no; nothing of the batch was written."""


class WalletLocked(WriteRefused):
    """Somebody holds a wallet of the batch for longer than a group waits; nothing was written.

    It says nothing about the commands: they may be sent again when the wallet is free.
    """


class OutcomeUnknown(Exception):
    """The store did not answer; the batch may or may not have been written."""


class Ledger(Protocol):
    """The wallets of all accounts, for the group commit."""

    async def load(self, account_ids: Sequence[AccountId]) -> Mapping[AccountId, Wallet]:
        """Return the wallets with their open grants in burn order, all as of one snapshot.

        An account never written has an empty wallet of version 0. Takes no lock.
        Raises OutcomeUnknown.
        """
        ...

    async def write(self, batch: Batch) -> Committed:
        """Write, in one durable commit, every wallet whose version still holds.

        A wallet is left alone if its version moved or any key of its account in `batch.keys` is
        stored already. The answer says which were written, which unchanged ones still have their
        version (and no known key), and what is stored under keys known before.
        Raises WriteRefused (nothing was written) or OutcomeUnknown. One wallet that somebody else
        keeps locked does not hold up the others for long: then WalletLocked is raised, which does
        not say which wallet it was.
        """
        ...

    async def exclusively(
        self,
        account_ids: Sequence[AccountId],
        decide: Callable[[Mapping[AccountId, Wallet]], Batch],
    ) -> Committed:
        """Lock the wallets in id order, then load them, decide, and write in the same commit.

        Slower than `write`, but cannot be starved by quicker processes. `decide` is called once
        and must not await. What `decide` raises leaves nothing written. Raises as `write`, and
        WalletLocked likewise after a short wait: a lock is asked for, not waited for at length.
        """
        ...


class Wallets(Protocol):
    """Wallets inside a unit of work that also writes something else."""

    async def take(self, account_id: AccountId) -> Wallet:
        """Return the wallet, locked until the unit ends; an empty one for a new account.

        A unit takes its wallets before any other lock, and several of them in id order.
        """
        ...

    async def receipt(self, key: RequestKey) -> Receipt | None:
        """Return what was answered under the key. Raises KeyReused for another fingerprint.

        Exact only after the key's wallet has been taken.
        """
        ...

    async def lots_caused_by(self, account_id: AccountId, cause: str) -> Sequence[Grant]:
        """Return every lot of an account that names this cause, used up or not, oldest first.

        Exact only after the account's wallet has been taken.
        """
        ...

    async def lots(
        self, account_id: AccountId, grant_ids: Sequence[GrantId]
    ) -> Mapping[GrantId, Grant]:
        """Return those of an account's lots, used up or not; unknown ones are left out.

        Exact only after the account's wallet has been taken.
        """
        ...

    async def line(self, account_id: AccountId, transaction_id: TransactionId) -> Transaction:
        """Return one line of an account. Raises TransactionNotFound."""
        ...

    async def refunded_of(self, account_id: AccountId, transaction_id: TransactionId) -> int:
        """Return how many credits of a transaction for usage have been paid back so far.

        Exact only after the account's wallet has been taken.
        """
        ...

    async def expired_of(self, account_id: AccountId, cause: str) -> Mapping[GrantId, int]:
        """Return how much of each of these lots has expired, of those of which anything has."""
        ...

    async def save(self, posting: Posting, receipts: Sequence[KeyedReceipt] = ()) -> None:
        """Write the change of a wallet taken in this unit of work.

        Use cases call `save_wallet`, which also tells what is to be told of the change.
        """
        ...


@frozen(kw_only=True)
class TransactionFilter:
    """Which transactions an admin's list holds; None means all. `to_at` is left out."""

    account_id: AccountId | None = None
    type: TransactionType | None = None
    from_at: datetime | None = None
    to_at: datetime | None = None


class StatementLine(NamedTuple):
    """A line of the ledger as its account reads it, without its lots and its seal.

    `signed` is above zero for what came in. `description` and `metadata` are empty once erased.
    `usage` says what was used and how it was rated, where the amount came of that.
    Pages of them are read often: so there is nothing in it that is not shown, and it is a tuple,
    which is made in a third of the time that another frozen class takes.
    """

    id: TransactionId
    seq: int
    type: TransactionType
    signed: int
    balance_after: int
    at: datetime
    usage: str | None
    description: str
    metadata: str

    @classmethod
    def of(cls, transaction: Transaction) -> StatementLine:
        """Return what of a transaction its account reads."""
        text = transaction.text
        return cls(
            id=transaction.id,
            seq=transaction.seq,
            type=transaction.type,
            signed=transaction.signed,
            balance_after=transaction.balance_after,
            at=transaction.at,
            usage=transaction.usage,
            description="" if text is None else text.description,
            metadata="" if text is None else text.metadata,
        )


class Statements(Protocol):
    """The ledger as it is read, newest line first, each with its text unless that was erased."""

    async def page(
        self, account_id: AccountId, request: PageRequest, type: TransactionType | None = None
    ) -> Page[StatementLine]:
        """Return a page of an account's lines, by `seq`: any offset costs the same.

        With `type` the list is filtered, takes no offset and has no total.
        """
        ...

    async def search(self, where: TransactionFilter, request: PageRequest) -> Page[Transaction]:
        """Return a page over all accounts, without offset or total."""
        ...


class LedgerRecords(Protocol):
    """The whole ledger, read piece by piece in a stable order, for sweeping and proving it."""

    async def accounts(self, after: AccountId | None, limit: int) -> Sequence[AccountId]:
        """Return the next accounts that have a wallet, in id order."""
        ...

    async def lines(
        self, account_id: AccountId, after_seq: int, limit: int
    ) -> Sequence[Transaction]:
        """Return the next lines of an account, oldest first."""
        ...

    async def line(self, account_id: AccountId, transaction_id: TransactionId) -> Transaction:
        """Return one line of an account. Raises TransactionNotFound."""
        ...

    async def hashes(self, account_id: AccountId, seqs: Collection[int]) -> Mapping[int, bytes]:
        """Return the hash of each of these lines that is there, by its `seq`."""
        ...

    async def stretches(self, account_id: AccountId, number: int, limit: int) -> Sequence[Stretch]:
        """Return the sums kept of an account's stretches, from a number on, in their order."""
        ...

    async def wallet_and_grants(self, account_id: AccountId) -> tuple[Wallet, Sequence[Grant]]:
        """Return the wallet row and every grant it ever had, as of one snapshot."""
        ...

    async def due(self, now: datetime, limit: int) -> Sequence[AccountId]:
        """Return accounts in which time has decided something that is not posted yet."""
        ...

    async def forget_keys(self, before: datetime, limit: int) -> int:
        """Delete receipts older than the instant, but those kept for ever; say how many."""
        ...
