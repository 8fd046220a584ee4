"""Many wallet commands, one commit: the rules stay in Python, the store is asked once a group.

While a group is being written the next one collects; there is no timer, so a lone command goes at
once. Groups decide on wallets from a bounded cache, and the store writes each wallet only if its
version still holds. `docs/decisions/0003-group-commit.md` says why.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import datetime
from typing import ClassVar

from attrs import Factory, define, field, frozen

from application.ports.credits import (
    Batch,
    Committed,
    KeyedReceipt,
    KnownReceipt,
    Ledger,
    OutcomeUnknown,
    WalletLocked,
    WalletWrite,
    WriteRefused,
)
from application.ports.idempotency import RequestKey
from application.ports.system import Clock, NewId
from application.wallet_cache import WalletCache
from application.wallet_command import Outcome, WalletCommand
from domain.credits.changed_wallet import changed_wallet
from domain.credits.errors import KeyReused
from domain.credits.ids import AccountId
from domain.credits.posting import Posting
from domain.credits.wallet import Wallet
from domain.errors import BillingError, Busy

GROUP_MAX = 256
QUEUE_MAX = 10_000
STALE_ROUNDS_MAX = 3
UNKNOWN_TRIES_MAX = 5
# Into so many parts a group is split in which a wallet is locked: 256 accounts, three short waits.
LOCKED_PARTS = 16
# So many waits for locks hold up one group; whoever is still in the way then goes to the end.
LOCK_WAITS_MAX = 9
_FIRST_PAUSE_SECONDS = 0.02


@frozen(kw_only=True)
class TooManyWaiting(Busy):
    """More wallet commands wait than can be served soon; nothing was done."""

    code: ClassVar[str] = "busy"

    def __str__(self) -> str:
        return "Too many requests are waiting; repeat shortly with the same key."


@frozen(kw_only=True)
class StoreSilent(Busy):
    """The store did not answer, so it is not known whether the command took effect."""

    code: ClassVar[str] = "store_unavailable"

    def __str__(self) -> str:
        return "The store does not answer; repeat with the same Idempotency-Key, which is safe."


@define(eq=False)
class _Ticket:
    """A command that waits for its outcome.

    Whoever asked may have gone, and the future with them; the command is carried out all the same,
    so what counts is `is_settled`.
    """

    command: WalletCommand
    outcome: asyncio.Future[Outcome]
    is_settled: bool = False
    stale_rounds: int = 0
    unknown_tries: int = 0
    locked_tries: int = 0

    def answer(self, outcome: Outcome) -> None:
        self.is_settled = True
        if not self.outcome.done():
            self.outcome.set_result(outcome)

    def refuse(self, refusal: Exception) -> None:
        self.is_settled = True
        if not self.outcome.done():
            self.outcome.set_exception(refusal)

    def answer_known(self, known: KnownReceipt) -> None:
        assert self.command.key is not None
        if known.fingerprint == self.command.key.fingerprint:
            self.answer(Outcome(receipt=known.receipt, is_replay=True))
        else:
            self.refuse(KeyReused(key=self.command.key.key))


@define(eq=False)
class _Decisions:
    """What was decided for one wallet, command by command."""

    loaded: Wallet
    posting: Posting
    receipts: list[KeyedReceipt] = Factory(list)
    decided: list[tuple[_Ticket, Outcome]] = Factory(list)
    refused: list[tuple[_Ticket, Exception]] = Factory(list)

    @property
    def changes(self) -> bool:
        posting = self.posting
        if posting.transactions or posting.grants or posting.holds:
            return True
        return posting.wallet is not self.loaded and posting.wallet != self.loaded

    def decide(self, ticket: _Ticket, now: datetime, new_id: NewId) -> None:
        key = ticket.command.key
        if key is not None:
            earlier = next((r for r in self.receipts if r.key.name == key.name), None)
            if earlier is not None:
                self._share(ticket, key, earlier)
                return
        try:
            decided = ticket.command.decide(self.posting.wallet, now, new_id)
        except BillingError as refusal:
            self.refused.append((ticket, refusal))
            return
        except Exception as fault:  # noqa: BLE001 - a fault in one command must not fail its group
            # A future cannot carry StopIteration, the one exception that `await` would swallow.
            shown = RuntimeError(repr(fault)) if isinstance(fault, StopIteration) else fault
            self.refused.append((ticket, shown))
            return
        self.posting = self.posting.then(decided.posting)
        self.decided.append((ticket, Outcome(receipt=decided.receipt)))
        if key is not None:
            self.receipts.append(
                KeyedReceipt(
                    key=key,
                    receipt=decided.receipt,
                    is_kept_for_ever=ticket.command.is_kept_for_ever,
                )
            )

    def _share(self, ticket: _Ticket, key: RequestKey, earlier: KeyedReceipt) -> None:
        if earlier.key.fingerprint == key.fingerprint:
            self.decided.append((ticket, Outcome(receipt=earlier.receipt, is_replay=True)))
        else:
            self.refused.append((ticket, KeyReused(key=key.key)))

    def settle(self) -> None:
        for ticket, outcome in self.decided:
            ticket.answer(outcome)
        for ticket, refusal in self.refused:
            ticket.refuse(refusal)


@define(eq=False, kw_only=True)
class GroupCommit:
    """The one queue through which a process sends wallet commands that stand alone.

    Raises, to whoever asked: the refusals of the command, KeyReused, TooManyWaiting, StoreSilent.
    """

    ledger: Ledger
    clock: Clock
    new_id: NewId
    cache: WalletCache = Factory(WalletCache)
    pause: Callable[[float], Awaitable[None]] = field(default=asyncio.sleep)
    _queue: deque[_Ticket] = field(factory=deque, init=False)
    _flusher: asyncio.Task[None] | None = field(default=None, init=False)
    _lock_waits: int = field(default=0, init=False)

    async def __call__(self, command: WalletCommand) -> Outcome:
        """Carry out a command, together with whatever else is waiting, and return its outcome."""
        return await self.submit(command)

    def submit(self, command: WalletCommand) -> asyncio.Future[Outcome]:
        """Queue a command. Its future may be abandoned; the command is carried out all the same."""
        if len(self._queue) >= QUEUE_MAX:
            raise TooManyWaiting
        outcome: asyncio.Future[Outcome] = asyncio.get_running_loop().create_future()
        self._queue.append(_Ticket(command, outcome))
        if self._flusher is None or self._flusher.done():
            self._flusher = asyncio.create_task(self._flush(), name="group-commit")
        return outcome

    @property
    def waiting(self) -> int:
        """How many commands wait for the next group."""
        return len(self._queue)

    async def drain(self) -> None:
        """Wait until everything queued has its outcome."""
        while self._flusher is not None and not self._flusher.done():
            await asyncio.shield(self._flusher)

    async def _flush(self) -> None:
        while self._queue:
            size = min(GROUP_MAX, len(self._queue))
            group = [self._queue.popleft() for _ in range(size)]
            try:
                await self._commit(group)
            except BaseException:
                # The loop is going down: nobody may be left waiting for ever.
                _give_up((*group, *self._queue), StoreSilent())
                self._queue.clear()
                raise

    async def _commit(self, group: Sequence[_Ticket]) -> None:
        self._lock_waits = 0
        locked = {t.command.account_id for t in group if t.locked_tries}
        # Wallets that were locked a moment ago come last and by themselves, not to hold up others.
        for is_locked in (False, True):
            some = [t for t in group if (t.command.account_id in locked) is is_locked]
            starved = [t for t in some if t.stale_rounds >= STALE_ROUNDS_MAX]
            quick = [t for t in some if t.stale_rounds < STALE_ROUNDS_MAX]
            if starved:
                await self._attempt(starved, self._exclusively)
            if quick:
                await self._attempt(quick, self._optimistically)

    async def _attempt(
        self, group: Sequence[_Ticket], write: Callable[[Sequence[_Ticket]], Awaitable[None]]
    ) -> None:
        try:
            await write(group)
        except WalletLocked:
            await self._go_round_locks(group, write)
        except WriteRefused as verdict:
            await self._bisect(group, verdict, write)
        except OutcomeUnknown:
            await self._again(group)
        except Exception as fault:  # noqa: BLE001 - handed on to those whom it concerns
            _give_up(group, fault)

    async def _optimistically(self, group: Sequence[_Ticket]) -> None:
        accounts = list(dict.fromkeys(t.command.account_id for t in group))
        # Taken out of the cache: whatever happens to this write, nothing stale stays behind.
        wallets = self.cache.take(accounts)
        missing = [account for account in accounts if account not in wallets]
        if missing:
            wallets |= await self.ledger.load(missing)
        decisions = self._decide(group, wallets)
        committed = await self.ledger.write(_batch(group, decisions))
        self._conclude(group, decisions, committed)

    async def _exclusively(self, group: Sequence[_Ticket]) -> None:
        accounts = sorted({t.command.account_id for t in group})
        self.cache.take(accounts)
        decisions: dict[AccountId, _Decisions] = {}

        def decide(wallets: Mapping[AccountId, Wallet]) -> Batch:
            decisions.update(self._decide(group, wallets))
            return _batch(group, decisions)

        committed = await self.ledger.exclusively(accounts, decide)
        self._conclude(group, decisions, committed)

    def _decide(
        self, group: Sequence[_Ticket], wallets: Mapping[AccountId, Wallet]
    ) -> dict[AccountId, _Decisions]:
        now = self.clock()
        decisions: dict[AccountId, _Decisions] = {}
        for ticket in group:
            account_id = ticket.command.account_id
            found = decisions.get(account_id)
            if found is None:
                wallet = wallets[account_id]
                found = decisions[account_id] = _Decisions(wallet, Posting(wallet=wallet))
            found.decide(ticket, now, self.new_id)
        return decisions

    def _conclude(
        self,
        group: Sequence[_Ticket],
        decisions: Mapping[AccountId, _Decisions],
        committed: Committed,
    ) -> None:
        for account_id, found in decisions.items():
            if account_id in committed.written:
                after = found.posting.wallet
                self.cache.put(changed_wallet(after, version=after.version + 1))
                found.settle()
            elif account_id in committed.unchanged:
                self.cache.put(found.loaded)
                found.settle()
        stale: list[_Ticket] = []
        for ticket in group:
            if ticket.is_settled:
                continue
            key = ticket.command.key
            known = committed.known.get(key.name) if key is not None else None
            if known is not None:
                ticket.answer_known(known)
            else:
                ticket.stale_rounds += 1
                stale.append(ticket)
        # To the front, in order: who came first is still served first.
        self._queue.extendleft(reversed(stale))

    async def _bisect(
        self,
        group: Sequence[_Ticket],
        verdict: WriteRefused,
        write: Callable[[Sequence[_Ticket]], Awaitable[None]],
    ) -> None:
        """Find the command the store will not take, so that it fails alone."""
        pending = [ticket for ticket in group if not ticket.is_settled]
        if len(pending) <= 1:
            for ticket in pending:
                ticket.refuse(verdict)
            return
        middle = len(pending) // 2
        await self._attempt(pending[:middle], write)
        await self._attempt(pending[middle:], write)

    async def _go_round_locks(
        self, group: Sequence[_Ticket], write: Callable[[Sequence[_Ticket]], Awaitable[None]]
    ) -> None:
        """Find the account whose wallet is locked, so that it waits alone, its commands in order.

        Every part with the account in it costs a wait, hence many small parts instead of halves.
        """
        self._lock_waits += 1
        by_account: dict[AccountId, list[_Ticket]] = {}
        for ticket in group:
            if not ticket.is_settled:
                by_account.setdefault(ticket.command.account_id, []).append(ticket)
        accounts = list(by_account.values())
        if len(accounts) <= 1 or self._lock_waits >= LOCK_WAITS_MAX:
            self._put_last([ticket for tickets in accounts for ticket in tickets])
            return
        size = -(-len(accounts) // LOCKED_PARTS)
        for start in range(0, len(accounts), size):
            part = [ticket for tickets in accounts[start : start + size] for ticket in tickets]
            if self._lock_waits < LOCK_WAITS_MAX:
                await self._attempt(part, write)
            else:
                self._put_last(part)

    def _put_last(self, tickets: Sequence[_Ticket]) -> None:
        """Queue commands of locked wallets behind everybody else's, a bounded number of times."""
        again: list[_Ticket] = []
        for ticket in tickets:
            ticket.locked_tries += 1
            if ticket.locked_tries < UNKNOWN_TRIES_MAX:
                again.append(ticket)
            else:
                ticket.refuse(StoreSilent())
        # What else these accounts have waiting stays behind it: who came first is served first.
        accounts = {ticket.command.account_id for ticket in tickets}
        queued = list(self._queue)
        self._queue.clear()
        self._queue.extend(t for t in queued if t.command.account_id not in accounts)
        self._queue.extend(again)
        self._queue.extend(t for t in queued if t.command.account_id in accounts)

    async def _again(self, group: Sequence[_Ticket]) -> None:
        """Queue commands of unknown outcome anew: their keys tell what has happened already."""
        pending = [ticket for ticket in group if not ticket.is_settled]
        again: list[_Ticket] = []
        for ticket in pending:
            ticket.unknown_tries += 1
            if ticket.unknown_tries < UNKNOWN_TRIES_MAX:
                again.append(ticket)
            else:
                ticket.refuse(StoreSilent())
        self._queue.extendleft(reversed(again))
        if again:
            tries = max(ticket.unknown_tries for ticket in again)
            await self.pause(_FIRST_PAUSE_SECONDS * 2**tries)


def _give_up(tickets: Sequence[_Ticket], fault: Exception) -> None:
    """Answer commands that a fault of ours kept from their outcome."""
    for ticket in tickets:
        if not ticket.is_settled:
            ticket.refuse(fault)


def _batch(group: Sequence[_Ticket], decisions: Mapping[AccountId, _Decisions]) -> Batch:
    keys = {t.command.key.name: t.command.key for t in group if t.command.key is not None}
    return Batch(
        writes=tuple(
            WalletWrite(posting=found.posting, receipts=tuple(found.receipts))
            for found in decisions.values()
            if found.changes or found.receipts
        ),
        unchanged={
            account_id: found.loaded.version
            for account_id, found in decisions.items()
            if not (found.changes or found.receipts)
        },
        keys=tuple(keys.values()),
    )
