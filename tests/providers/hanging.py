"""Spends while a provider hangs: how long they take, beside spends while it does not."""

import asyncio
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

from attrs import Factory, define

from domain.subscriptions.catalogue import Pack
from tests.providers.business import Business, a_business
from tests.providers.buyers import Buyer
from tests.providers.goods import HASTY, a_pack_at
from tests.providers.mishaps import Mishap, Mishaps
from tests.providers.stores import OpenEmpty
from tests.providers.till import Till
from tests.support.callers import Caller
from tests.support.clock import SettableClock

ACCOUNTS = 8
SPENDS_EACH = 20
HANGING = 40
FACTOR = 2.0
SLACK_SECONDS = 0.02
_LOOKS_MAX = 200
_STILL_LOOKS = 6


@define(kw_only=True)
class Waits:
    """How long spends took, in seconds: what one in a hundred is above, round by round.

    What else goes on on the machine only ever adds to that, and not to every round: so the best
    rounds are compared. What slows spending slows every round.
    """

    quiet: list[float] = Factory(list)
    hanging: list[float] = Factory(list)
    hung: int = 0

    @property
    def is_slowed(self) -> bool:
        """Say whether a hanging provider slows spending beyond what is allowed."""
        return min(self.hanging) > FACTOR * min(self.quiet) + SLACK_SECONDS

    def __str__(self) -> str:
        quiet, hanging = (
            " ".join(f"{each * 1000:.0f}" for each in rounds)
            for rounds in (self.quiet, self.hanging)
        )
        return f"p99 of spends in ms: {quiet}; while {self.hung} calls hung: {hanging}"


async def waits_of(provider: str, open_empty: OpenEmpty, rounds: int) -> Waits:
    """Spend in turn while the provider answers and while it hangs, in one run on one machine."""
    found = Waits()
    clock, mishaps = SettableClock(), Mishaps()
    till = HASTY[provider](clock)
    async with (
        open_empty() as store,
        a_business(
            till, clock=clock, store=store, middlewares=[mishaps.middleware], is_served=True
        ) as business,
    ):
        pack = a_pack_at(till)
        await business.offers(pack)
        spender = await _spender(business)
        orders = [await _an_open_order(business, till, pack, n) for n in range(HANGING // 2)]
        await _p99_of_spends(spender)
        for _ in range(rounds):
            found.quiet.append(await _p99_of_spends(spender))
            async with _hanging(business, till, pack, mishaps, orders):
                found.hanging.append(await _p99_of_spends(spender))
                found.hung += mishaps.seen
                mishaps.seen = 0
    return found


async def _spender(business: Business) -> Caller:
    """Return the product's backend, and accounts that can afford everything."""
    owner = business.as_owner()
    key = await owner.post("/admin/keys", {"name": "backend", "scopes": ["credits:spend"]})
    for n in range(ACCOUNTS):
        body = {"account_id": f"spender-{n}", "amount": 1_000_000, "reason": "to be spent"}
        assert (await owner.post("/admin/credits/manual", body, key=f"give-{n}")).status == 201
    return Caller(client=business.client, credential=key.data["secret"])


async def _p99_of_spends(spender: Caller) -> float:
    seconds: list[float] = []

    async def spend(account: int) -> None:
        for _ in range(SPENDS_EACH):
            began = time.perf_counter()
            body = {"account_id": f"spender-{account}", "amount": 1}
            answer = await spender.post("/credits/spend", body, key=f"spend-{began}-{account}")
            seconds.append(time.perf_counter() - began)
            assert answer.status in {200, 201}, answer.body

    await asyncio.gather(*(spend(account) for account in range(ACCOUNTS)))
    return sorted(seconds)[len(seconds) * 99 // 100 - 1]


async def _an_open_order(business: Business, till: Till, pack: Pack, number: int) -> str:
    buyer = Buyer(business=business, till=till, account_id=f"buyer-{number}")
    return str((await buyer.starts(pack)).data["order_id"])


async def _until_all_hang(mishaps: Mishaps, least: int) -> None:
    """Wait until so many calls hang and no more come: what they cost before that is not waiting."""
    seen = still = 0
    for _ in range(_LOOKS_MAX):
        still = still + 1 if seen == mishaps.seen >= least else 0
        if still == _STILL_LOOKS:
            return
        seen = mishaps.seen
        await asyncio.sleep(0.05)
    raise AssertionError(f"{mishaps.seen} calls hang, and not {least} or more for a while")


@asynccontextmanager
async def _hanging(
    business: Business, till: Till, pack: Pack, mishaps: Mishaps, orders: Sequence[str]
) -> AsyncIterator[None]:
    """Let checkouts and return pages hang at the provider meanwhile, and give up afterwards."""
    mishaps.mishap = Mishap.HANG
    mishaps.over.clear()
    hanging = []
    for number, order_id in enumerate(orders):
        buyer = Buyer(business=business, till=till, account_id=f"buyer-{number}")
        confirming = buyer.caller.post("/payment/confirm", {"order_id": order_id})
        hanging += [asyncio.create_task(confirming), asyncio.create_task(buyer.starts(pack))]
    await _until_all_hang(mishaps, len(orders) // 2)
    yield
    mishaps.mishap = None
    mishaps.over.set()
    answers = await asyncio.gather(*hanging)
    assert {each.status for each in answers} <= {200, 201, 503}
