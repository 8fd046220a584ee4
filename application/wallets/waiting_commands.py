"""Wallet commands that wait for a group, in the order they came."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator, Sequence

from attrs import define, field

from application.wallets.wallet_decisions import Ticket
from domain.credits.ids import AccountId

GROUP_MAX = 256
# So many commands are worth a group that is decided while another one is being written.
AHEAD_MIN = 16


@define(eq=False)
class WaitingCommands:
    """The queue of commands, and the accounts of those that have left it and are under way.

    Groups are decided while another one is being written, on wallets that one may be changing: so
    the commands of an account are never in two groups at once, and who came first is served first.
    """

    decides_ahead: bool
    _queue: deque[Ticket] = field(factory=deque, init=False)
    _under_way: set[AccountId] = field(factory=set, init=False)

    def __len__(self) -> int:
        return len(self._queue)

    def __iter__(self) -> Iterator[Ticket]:
        return iter(self._queue)

    def add(self, ticket: Ticket) -> None:
        """Let a command wait behind all others."""
        self._queue.append(ticket)

    def next_group(self) -> Sequence[Ticket]:
        """Take the first commands there are, but none of an account that is under way.

        While nothing is under way half of many is left, if it is to be decided while these are
        being written. Accounts go whole, so that a popular one loses nothing.
        """
        size = min(GROUP_MAX, len(self._queue))
        is_halved = self.decides_ahead and size >= 2 * AHEAD_MIN and not self._under_way
        most = size // 2 if is_halved else size
        accounts: set[AccountId] = set()
        group: list[Ticket] = []
        left: list[Ticket] = []
        for _ in range(size):
            ticket = self._queue.popleft()
            account_id = ticket.command.account_id
            is_free = len(group) < most or account_id in accounts
            if is_free and account_id not in self._under_way:
                group.append(ticket)
                accounts.add(account_id)
            else:
                left.append(ticket)
        self._queue.extendleft(reversed(left))
        self._under_way |= accounts
        return group

    def end(self, group: Iterable[Ticket]) -> None:
        """Let other commands of a group's accounts go, and those of it that wait again."""
        self._under_way.difference_update(ticket.command.account_id for ticket in group)

    def put_first(self, tickets: Sequence[Ticket]) -> None:
        """Let commands wait in front of all others, in their order."""
        self._queue.extendleft(reversed(tickets))

    def put_last(self, tickets: Sequence[Ticket], accounts: frozenset[AccountId]) -> None:
        """Let commands of these accounts wait behind everybody else's.

        What else the accounts have waiting stays behind it: who came first is served first.
        """
        queued = list(self._queue)
        self._queue.clear()
        self._queue.extend(t for t in queued if t.command.account_id not in accounts)
        self._queue.extend(tickets)
        self._queue.extend(t for t in queued if t.command.account_id in accounts)

    def clear(self) -> None:
        """Forget all that wait."""
        self._queue.clear()
