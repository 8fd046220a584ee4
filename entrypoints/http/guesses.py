"""Who has tried how many coupon codes in vain: guessing is slowed down until it is hopeless."""

from __future__ import annotations

import math
from collections import OrderedDict
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from ipaddress import ip_network

from aiohttp import web
from attrs import Factory, define, field

from application.ports.system import Stopwatch
from domain.credits.ids import AccountId
from domain.promotions.errors import CouponReason, CouponRefused
from entrypoints.http.peer import Network, address_of
from entrypoints.http.principal import user_of
from entrypoints.http.refusals import TooManyGuesses

WINDOW_S = 3600
"""Within how many seconds so many wrong codes are allowed; they come back evenly over that time."""

ADDRESS_FACTOR = 10
"""How many times as many an address may try as an account: many people share one."""

ASKERS_MAX = 50_000
"""How many accounts and addresses are remembered; beyond that the longest unheard of go first."""

_ABOUT_ONES_OWN = frozenset({CouponReason.ALREADY_USED, CouponReason.HELD_BY_PURCHASE})


@define(kw_only=True)
class Guesses:
    """What is left to everybody, in this process.

    An account may try `most` wrong codes in an hour, an address ten times as many. A code that does
    nothing counts, whatever the reason: otherwise the limit itself would tell which codes there
    are. A backend asks for many accounts from one address, so that its own does not count. Several
    processes each keep a count of their own, and together allow as many times more.
    """

    most: int
    trusted_proxies: Sequence[Network]
    stopwatch: Stopwatch
    _used: OrderedDict[str, tuple[float, float]] = field(init=False, default=Factory(OrderedDict))

    @contextmanager
    def by(self, request: web.Request, account_id: AccountId) -> Iterator[None]:
        """Let somebody try codes: a refusal counts, and says nothing about why.

        What was accepted from the account before is no guess: it says so, and does not count.
        Tries that run at once are all let in, and all count: who tries many in one go waits for as
        long as if they had been tried one by one. Raises TooManyGuesses, CouponRefused.
        """
        askers = self._askers(request, account_id)
        for name, most in askers.items():
            wait_s = (self._used_now(name, most) + 1 - most) * WINDOW_S / most
            if wait_s > 0:
                raise TooManyGuesses(retry_after_s=math.ceil(wait_s))
        try:
            yield
        except CouponRefused as refused:
            if refused.reason in _ABOUT_ONES_OWN:
                raise
            self._count(askers)
            raise CouponRefused(reason=CouponReason.NOT_ACCEPTED) from None

    def _askers(self, request: web.Request, account_id: AccountId) -> dict[str, int]:
        askers = {f"account:{account_id}": self.most}
        if user_of(request) is not None:
            address = _household(address_of(request, self.trusted_proxies))
            askers[f"address:{address}"] = self.most * ADDRESS_FACTOR
        return askers

    def _used_now(self, name: str, most: int) -> float:
        used, at = self._used.get(name, (0.0, 0.0))
        return max(0.0, used - (self.stopwatch() - at) * most / WINDOW_S)

    def _count(self, askers: dict[str, int]) -> None:
        for name, most in askers.items():
            self._used[name] = (self._used_now(name, most) + 1, self.stopwatch())
            self._used.move_to_end(name)
        while len(self._used) > ASKERS_MAX:
            self._used.popitem(last=False)


def _household(address: str) -> str:
    """Return what stands for everybody behind an address: an IPv6 line has 2^64 of them."""
    if ":" not in address:
        return address
    return str(ip_network(f"{address}/64", strict=False))
