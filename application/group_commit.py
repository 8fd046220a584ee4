"""Many wallet commands, one commit: the rules stay in Python, the store is asked once a group.

While a group is being written the next one collects; there is no timer, so a lone command goes at
once. Groups decide on wallets from a bounded cache, and the store writes each wallet only if its
version still holds. `docs/decisions/0003-group-commit.md` says why.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import ClassVar

from attrs import Factory, define, field, frozen

from application.commit_tally import CommitTally
from application.ports.credits import (
    Batch,
    Committed,
    Ledger,
    OutcomeUnknown,
    WalletLocked,
    WriteRefused,
)
from application.ports.system import Clock, NewId
from application.wallet_cache import WalletCache
from application.wallet_command import Outcome, WalletCommand
from application.wallet_decisions import Decisions, Ticket, batch_of
from domain.credits.changed_wallet import changed_wallet
from domain.credits.ids import AccountId
from domain.credits.posting import Posting
from domain.credits.wallet import Wallet
from domain.errors import Busy

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


@define(eq=False, kw_only=True)
class GroupCommit:
    """The one queue through which a process sends wallet commands that stand alone.

    Raises, to whoever asked: the refusals of the command, KeyReused, TooManyWaiting, StoreSilent.
    """

    ledger: Ledger
    clock: Clock
    new_id: NewId
    cache: WalletCache = Factory(WalletCache)
    tally: CommitTally = Factory(CommitTally)
    pause: Callable[[float], Awaitable[None]] = field(default=asyncio.sleep)
    _queue: deque[Ticket] = field(factory=deque, init=False)
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
        self._queue.append(Ticket(command, outcome))
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
            self.tally.group(size)
            try:
                await self._commit(group)
            except BaseException:
                # The loop is going down: nobody may be left waiting for ever.
                _give_up((*group, *self._queue), StoreSilent())
                self._queue.clear()
                raise

    async def _commit(self, group: Sequence[Ticket]) -> None:
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
        self, group: Sequence[Ticket], write: Callable[[Sequence[Ticket]], Awaitable[None]]
    ) -> None:
        try:
            await write(group)
        except WalletLocked:
            self.tally.locked += 1
            await self._go_round_locks(group, write)
        except WriteRefused as verdict:
            await self._bisect(group, verdict, write)
        except OutcomeUnknown:
            self.tally.unknown += 1
            await self._again(group)
        except Exception as fault:  # noqa: BLE001 - handed on to those whom it concerns
            _give_up(group, fault)

    async def _optimistically(self, group: Sequence[Ticket]) -> None:
        accounts = list(dict.fromkeys(t.command.account_id for t in group))
        # Taken out of the cache: whatever happens to this write, nothing stale stays behind.
        wallets = self.cache.take(accounts)
        missing = [account for account in accounts if account not in wallets]
        if missing:
            wallets |= await self.ledger.load(missing)
        decisions = self._decide(group, wallets)
        committed = await self.ledger.write(batch_of(group, decisions))
        self._conclude(group, decisions, committed)

    async def _exclusively(self, group: Sequence[Ticket]) -> None:
        accounts = sorted({t.command.account_id for t in group})
        self.cache.take(accounts)
        decisions: dict[AccountId, Decisions] = {}

        def decide(wallets: Mapping[AccountId, Wallet]) -> Batch:
            decisions.update(self._decide(group, wallets))
            return batch_of(group, decisions)

        committed = await self.ledger.exclusively(accounts, decide)
        self._conclude(group, decisions, committed)

    def _decide(
        self, group: Sequence[Ticket], wallets: Mapping[AccountId, Wallet]
    ) -> dict[AccountId, Decisions]:
        now = self.clock()
        decisions: dict[AccountId, Decisions] = {}
        for ticket in group:
            account_id = ticket.command.account_id
            found = decisions.get(account_id)
            if found is None:
                wallet = wallets[account_id]
                found = decisions[account_id] = Decisions(wallet, Posting(wallet=wallet))
            found.decide(ticket, now, self.new_id)
        return decisions

    def _conclude(
        self,
        group: Sequence[Ticket],
        decisions: Mapping[AccountId, Decisions],
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
        stale: list[Ticket] = []
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
        if stale:
            self.tally.found_stale(len(stale))
        # To the front, in order: who came first is still served first.
        self._queue.extendleft(reversed(stale))

    async def _bisect(
        self,
        group: Sequence[Ticket],
        verdict: WriteRefused,
        write: Callable[[Sequence[Ticket]], Awaitable[None]],
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
        self, group: Sequence[Ticket], write: Callable[[Sequence[Ticket]], Awaitable[None]]
    ) -> None:
        """Find the account whose wallet is locked, so that it waits alone, its commands in order.

        Every part with the account in it costs a wait, hence many small parts instead of halves.
        """
        self._lock_waits += 1
        by_account: dict[AccountId, list[Ticket]] = {}
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

    def _put_last(self, tickets: Sequence[Ticket]) -> None:
        """Queue commands of locked wallets behind everybody else's, a bounded number of times."""
        again: list[Ticket] = []
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

    async def _again(self, group: Sequence[Ticket]) -> None:
        """Queue commands of unknown outcome anew: their keys tell what has happened already."""
        pending = [ticket for ticket in group if not ticket.is_settled]
        again: list[Ticket] = []
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


def _give_up(tickets: Sequence[Ticket], fault: Exception) -> None:
    """Answer commands that a fault of ours kept from their outcome."""
    for ticket in tickets:
        if not ticket.is_settled:
            ticket.refuse(fault)
