"""A ledger that does as a test says: it waits, fails, loses answers, is overtaken by others."""

import asyncio
from collections import Counter, deque
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from datetime import datetime
from enum import Enum

from attrs import Factory, define, field, frozen

from application.ports.credits import (
    Batch,
    Committed,
    Ledger,
    OutcomeUnknown,
    Receipt,
    WalletLocked,
    WalletWrite,
    WriteRefused,
)
from application.ports.idempotency import RequestKey
from application.ports.system import NewId
from application.wallets.receipts import receipt_of
from application.wallets.wallet_command import Decided
from domain.credits.grant import GrantTerms
from domain.credits.ids import AccountId, GrantId
from domain.credits.posting import Posting
from domain.credits.transaction import AI_USAGE
from domain.credits.wallet import Wallet
from tests.support.builders.credits import SOMEBODY, a_key, a_text, grant_terms

Behind = Callable[[], Awaitable[None]]


class Trouble(Enum):
    """What befalls the next write."""

    NONE = "none"
    LOST = "the outcome is unknown and nothing was written"
    UNHEARD = "the outcome is unknown and everything was written"
    OVERTAKEN = "every wallet of the batch was written by somebody else meanwhile"
    BROKEN = "a fault in the store itself"


@define(eq=False)
class ScriptedLedger(Ledger):
    """A real ledger behind a script.

    `troubles` befall writes in their order; `load_troubles` loads. While `gate` is closed, writes
    wait. A batch with a poisoned key, or a refused account, is refused as a whole. An account in
    `locked` fails that many writes of its wallet with WalletLocked. `behind` happens once, before
    the next write: something other people do.
    """

    inner: Ledger
    troubles: deque[Trouble] = Factory(deque)
    load_troubles: deque[Trouble] = Factory(deque)
    poisoned: set[str] = Factory(set)
    refused_accounts: set[AccountId] = Factory(set)
    locked: Counter[AccountId] = Factory(Counter)
    behind: Behind | None = None
    batches: list[Batch] = Factory(list)
    loads: list[Sequence[AccountId]] = Factory(list)
    exclusive: list[Sequence[AccountId]] = Factory(list)
    gate: asyncio.Event = field(factory=asyncio.Event)

    def __attrs_post_init__(self) -> None:
        self.gate.set()

    async def load(self, account_ids: Sequence[AccountId]) -> Mapping[AccountId, Wallet]:
        self.loads.append(account_ids)
        trouble = self.load_troubles.popleft() if self.load_troubles else Trouble.NONE
        if trouble is not Trouble.NONE:
            raise OutcomeUnknown
        return await self.inner.load(account_ids)

    async def write(self, batch: Batch) -> Committed:
        self.batches.append(batch)
        await self.gate.wait()
        self._wait_for_locks({write.posting.wallet.account_id for write in batch.writes})
        trouble = await self._trouble(_accounts(batch))
        if trouble is not Trouble.OVERTAKEN:
            self._check(batch)
        committed = await self.inner.write(batch)
        if trouble is Trouble.UNHEARD:
            raise OutcomeUnknown
        return committed

    async def exclusively(
        self,
        account_ids: Sequence[AccountId],
        decide: Callable[[Mapping[AccountId, Wallet]], Batch],
    ) -> Committed:
        self.exclusive.append(account_ids)
        await self.gate.wait()
        self._wait_for_locks(account_ids)
        trouble = await self._trouble(account_ids)

        def checked(wallets: Mapping[AccountId, Wallet]) -> Batch:
            batch = decide(wallets)
            self._check(batch)
            return batch

        committed = await self.inner.exclusively(account_ids, checked)
        if trouble is Trouble.UNHEARD:
            raise OutcomeUnknown
        return committed

    async def _trouble(self, account_ids: Iterable[AccountId]) -> Trouble:
        behind, self.behind = self.behind, None
        if behind is not None:
            await behind()
        trouble = self.troubles.popleft() if self.troubles else Trouble.NONE
        if trouble is Trouble.LOST:
            raise OutcomeUnknown
        if trouble is Trouble.BROKEN:
            raise ZeroDivisionError
        if trouble is Trouble.OVERTAKEN:
            await overtake(self.inner, account_ids)
        return trouble

    def _wait_for_locks(self, account_ids: Iterable[AccountId]) -> None:
        locked = [account_id for account_id in account_ids if self.locked[account_id]]
        if locked:
            self.locked.subtract(locked)
            raise WalletLocked("a wallet is locked")

    def _check(self, batch: Batch) -> None:
        written = {kept.key.key for write in batch.writes for kept in write.receipts}
        accounts = {write.posting.wallet.account_id for write in batch.writes}
        if written & self.poisoned or accounts & self.refused_accounts:
            raise WriteRefused("transactions: a check failed")


def _accounts(batch: Batch) -> set[AccountId]:
    return {write.posting.wallet.account_id for write in batch.writes} | set(batch.unchanged)


async def overtake(ledger: Ledger, account_ids: Iterable[AccountId]) -> None:
    """Write wallets without changing them: all that shows is a new version."""
    wallets = await ledger.load(sorted(account_ids))
    writes = tuple(WalletWrite(posting=Posting(wallet=wallet)) for wallet in wallets.values())
    await ledger.write(Batch(writes=writes, unchanged={}))


@frozen(kw_only=True)
class Take:
    """A command that spends."""

    amount: int = 1
    account_id: AccountId = SOMEBODY
    key: RequestKey | None = None
    is_kept_for_ever: bool = False

    def decide(self, wallet: Wallet, now: datetime, new_id: NewId) -> Decided:
        posting = wallet.spend(self.amount, type=AI_USAGE, text=a_text(), now=now, new_id=new_id)
        return Decided(posting=posting, receipt=receipt_of(posting))


@frozen(kw_only=True)
class Give:
    """A command that grants."""

    terms: GrantTerms
    account_id: AccountId = SOMEBODY
    key: RequestKey | None = None
    is_kept_for_ever: bool = True

    def decide(self, wallet: Wallet, now: datetime, new_id: NewId) -> Decided:
        grant_id = GrantId(new_id())
        posting = wallet.grant(self.terms, grant_id=grant_id, text=a_text(), now=now, new_id=new_id)
        return Decided(posting=posting, receipt=receipt_of(posting, grant_id=grant_id))


@frozen(kw_only=True)
class Stumble:
    """A command with a fault in it."""

    fault: Exception
    account_id: AccountId = SOMEBODY
    key: RequestKey | None = None
    is_kept_for_ever: bool = False

    def decide(self, wallet: Wallet, now: datetime, new_id: NewId) -> Decided:
        raise self.fault


@frozen(kw_only=True)
class Look:
    """A command that changes nothing and needs no key."""

    account_id: AccountId = SOMEBODY
    is_kept_for_ever: bool = False

    @property
    def key(self) -> None:
        return None

    def decide(self, wallet: Wallet, now: datetime, new_id: NewId) -> Decided:
        receipt = Receipt(
            account_id=self.account_id,
            amount=0,
            balance=wallet.balance(now),
            available=wallet.available(now),
            at=now,
        )
        return Decided(posting=Posting(wallet=wallet), receipt=receipt)


def take(
    amount: int = 1,
    *,
    account_id: AccountId = SOMEBODY,
    key: str | None = None,
    request: str | None = None,
) -> Take:
    """Return a spend under a key; the same amount is the same request unless said otherwise."""
    fingerprint = request or f"take {amount}"
    return Take(
        amount=amount,
        account_id=account_id,
        key=a_key(owner=account_id, key=key, fingerprint=fingerprint),
    )


def give(amount: int, *, account_id: AccountId = SOMEBODY, key: str | None = None) -> Give:
    """Return a grant under a key."""
    return Give(
        terms=grant_terms(amount=amount),
        account_id=account_id,
        key=a_key(owner=account_id, key=key, fingerprint=f"give {amount}"),
    )
