"""Histories run one after the other, reconciled at the end, and held against the truth."""

import random
import time
from collections import Counter
from collections.abc import Callable, Iterable

from attrs import Factory, define

from application.ports.paging import PageRequest
from application.ports.provider import Provider
from application.ports.subscriptions import SubscriptionFilter
from domain.subscriptions.change import ChangeStatus
from tests.providers.business import Business, a_business
from tests.providers.histories import LOSS, History
from tests.providers.stores import OpenEmpty
from tests.providers.till import Till
from tests.providers.truth import differences, unsettled
from tests.support.clock import NOON, SettableClock

CHANGING = 4
"""In every so many histories, subscribers change their plans as well."""

MakeTill = Callable[[SettableClock], Till]
Plant = Callable[[Business], None]
"""Put a bug into a service."""


@define(kw_only=True)
class Converged:
    """What so many histories held, and of each that went wrong its seed and how."""

    histories: int = 0
    counts: Counter[str] = Factory(Counter)
    wrong: dict[int, list[str]] = Factory(dict)
    seconds: float = 0.0

    def __str__(self) -> str:
        held = ", ".join(f"{n} {what}" for what, n in sorted(self.counts.items()))
        return f"{self.histories} histories in {self.seconds:.0f} s: {held}; wrong: {self.wrong}"


async def converged(
    make_till: MakeTill,
    open_empty: OpenEmpty,
    seeds: Iterable[int],
    *,
    loss: float = LOSS,
    reconciles: bool = True,
    plant: Plant | None = None,
) -> Converged:
    """Run the history of each seed, and collect the differences that are left at its end."""
    found = Converged()
    began = time.monotonic()
    for seed in seeds:
        clock = SettableClock()
        till = make_till(clock)
        async with open_empty() as store, a_business(till, clock=clock, store=store) as business:
            if plant is not None:
                plant(business)
            history = History(
                business=business,
                till=till,
                chance=random.Random(seed),
                changes=random.Random(seed) if seed % CHANGING == CHANGING - 1 else None,
                loss=loss,
            )
            await history.live()
            wrong = await _ended(business, till, reconciles=reconciles)
        found.histories += 1
        if wrong:
            found.wrong[seed] = [*wrong, *history.steps]
        found.counts["payments"] += len(till.payments())
        found.counts["events told"] += len(till.news())
        found.counts["subscriptions"] += len(till.subscriptions())
        found.counts["refunds"] += till.refunds()
        found.counts["changes of plan"] += await _changed(business)
    found.seconds = time.monotonic() - began
    return found


async def _changed(business: Business) -> int:
    """Return how many changes of plan have come into force."""
    async with business.store.read() as work:
        page = await work.subscriptions.search(SubscriptionFilter(), PageRequest(limit=100))
        changes = [await work.plan_changes.of_subscription(each.id, 100) for each in page.items]
    return sum(each.status is ChangeStatus.APPLIED for some in changes for each in some)


async def _ended(business: Business, till: Till, *, reconciles: bool) -> list[str]:
    """Bring a history to its end, and return what is wrong there."""
    wrong: list[str] = []
    clock = business.clock
    if reconciles:
        first = await business.reconcile(since=NOON)
        # What failed often waits for an hour.
        clock.advance(hours=1.1)
        await business.work(rounds=1)
        again = await business.reconcile(since=NOON)
        wrong += [f"a problem is left: {each}" for each in first.drift if each.problem]
        wrong += [f"a second look finds: {each}" for each in again.drift]
    else:
        await business.work()
    wrong += await differences(business, till)
    if reconciles:
        wrong += await unsettled(business)
    return wrong


def with_provider(business: Business, change: Callable[[Provider], Provider]) -> None:
    """Put something in front of every provider of a service that has not been used yet."""
    found = business.container.payment_providers()
    changed = {channel: change(provider) for channel, provider in found.items()}
    business.container.payment_providers.override(changed)
