"""Whose wishes have reached a payment provider lately, so that nobody uses up its limit for all.

A provider takes so many questions a second from all of our customers together.
"""

from __future__ import annotations

from collections import OrderedDict
from math import ceil

from attrs import Factory, define, field

from application.ports.system import Stopwatch
from domain.credits.ids import AccountId
from domain.payments.errors import AskedTooOften
from domain.payments.ids import OrderId

PAUSE_SECONDS = 3.0
"""A provider is asked about one order, or once more for one account, no sooner than after this."""

AT_ONCE = 5
"""So many questions of an account may come at once, after a quiet while."""

REMEMBERED_MAX = 50_000
"""How many accounts and orders are remembered; beyond that the longest unheard of go first."""


@define(kw_only=True)
class ProviderTurns:
    """What is left to every account, in this process; several processes allow as many times more.

    An account may ask five times at once, and gains a turn back every three seconds. About one
    order the provider is asked once in three seconds, whoever wants to know.
    """

    stopwatch: Stopwatch
    _used: OrderedDict[str, tuple[float, float]] = field(init=False, default=Factory(OrderedDict))

    def take(self, account_id: AccountId) -> None:
        """Use up one turn of an account. Raises AskedTooOften where none is left."""
        wait = self._wait(f"account:{account_id}", AT_ONCE)
        if wait > 0:
            raise AskedTooOften(retry_after_s=ceil(wait))
        self._count(f"account:{account_id}")

    def take_for_order(self, account_id: AccountId, order_id: OrderId) -> bool:
        """Use up a turn of an account to ask about an order; False where it is not asked now."""
        order, account = f"order:{order_id}", f"account:{account_id}"
        if self._wait(order, 1) > 0 or self._wait(account, AT_ONCE) > 0:
            return False
        self._count(order)
        self._count(account)
        return True

    def give_back(self, order_id: OrderId) -> None:
        """Let the provider be asked about an order again at once, as far as its account may ask."""
        self._used.pop(f"order:{order_id}", None)

    def _wait(self, name: str, at_once: int) -> float:
        """Return in how many seconds there is a turn, if none is left."""
        return (self._used_now(name) + 1 - at_once) * PAUSE_SECONDS

    def _used_now(self, name: str) -> float:
        used, at = self._used.get(name, (0.0, 0.0))
        return max(0.0, used - (self.stopwatch() - at) / PAUSE_SECONDS)

    def _count(self, name: str) -> None:
        self._used[name] = (self._used_now(name) + 1, self.stopwatch())
        self._used.move_to_end(name)
        while len(self._used) > REMEMBERED_MAX:
            self._used.popitem(last=False)
