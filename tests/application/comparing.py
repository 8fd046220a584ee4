"""A shop whose worker compares with the providers, a stretch at a time."""

from datetime import datetime, timedelta

from attrs import evolve

from application.payments.compare_stretch import CompareStretch, ComparingStretch, StretchCompared
from application.ports.paging import PageRequest
from application.ports.reconciliations import ReconciliationFilter
from application.ports.store import Store
from domain.credits.ids import AccountId
from domain.payments.comparison_round import ComparisonRound, Part, Track
from domain.payments.provider_event import ProviderStatus
from domain.payments.reconciliation import Reconciliation
from tests.application.lost_news import report
from tests.application.shop import Shop
from tests.support.builders.payments import SANDBOX
from tests.support.builders.subscriptions import a_subscription

PACE = timedelta(hours=1)
QUESTIONS = 20


def comparing(shop: Shop, store: Store | None = None) -> ComparingStretch:
    """Return what one process does its stretches with."""
    kept_in = store or shop.store
    return ComparingStretch(
        begin=kept_in.begin,
        read=kept_in.read,
        providers=shop.providers,
        pace=PACE,
        clock=shop.clock,
        wall_clock=shop.clock,
        new_id=shop.new_id,
        alarm=shop.alarm,
        shortfall=shop.shortfall,
    )


async def stretch(
    shop: Shop, track: Track = Track.STANDING, *, store: Store | None = None
) -> StretchCompared:
    """Do one stretch."""
    return await comparing(shop, store)(
        CompareStretch(channel=SANDBOX, track=track, questions_max=QUESTIONS)
    )


async def subscribers(shop: Shop, count: int, reported_at: datetime | None = None) -> None:
    """Let so many subscribe, of whom the provider told what we know at an instant."""
    async with shop.store.begin() as work:
        for number in range(count):
            reference = f"sub_{number:05}"
            sold = a_subscription(
                account_id=AccountId(f"user-{number}"), provider_subscription_id=reference
            )
            await work.subscriptions.add(evolve(sold, reported_at=reported_at))
            shop.provider.reports[reference] = evolve(
                report(shop, ProviderStatus.ACTIVE, reference), period=sold.period
            )
        await work.commit()


async def a_round(
    shop: Shop, track: Track = Track.STANDING, *, store: Store | None = None
) -> ComparisonRound:
    """Do stretches until the round is over, and return it."""
    for _ in range(10_000):
        present = (await stretch(shop, track, store=store)).present
        if present is not None and present.ended_at is not None:
            return present
    raise AssertionError("the round does not end")


async def stood(shop: Shop) -> ComparisonRound:
    """Return the round of all that is open, as it is kept."""
    async with shop.store.read() as work:
        found = await work.comparison_rounds.find(SANDBOX, Track.STANDING)
    assert found is not None
    return found


async def come_to(shop: Shop, part: Part) -> None:
    """Do stretches until the round of all that is open stands at a part."""
    for _ in range(100):
        present = (await stretch(shop)).present
        if present is not None and present.part is part:
            return
    raise AssertionError(f"the round does not come to {part}")


async def runs(store: Store) -> list[Reconciliation]:
    """Return the runs that are kept, newest first."""
    async with store.read() as work:
        page = await work.reconciliations.page(ReconciliationFilter(), PageRequest(limit=100))
    return list(page.items)
