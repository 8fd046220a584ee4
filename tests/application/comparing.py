"""A shop whose worker compares with the providers, a stretch at a time."""

from datetime import timedelta

from application.payments.compare_stretch import CompareStretch, ComparingStretch, StretchCompared
from application.ports.paging import PageRequest
from application.ports.reconciliations import ReconciliationFilter
from application.ports.store import Store
from domain.payments.comparison_round import ComparisonRound, Track
from domain.payments.reconciliation import Reconciliation
from tests.application.shop import Shop
from tests.support.builders.payments import SANDBOX

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


async def a_round(
    shop: Shop, track: Track = Track.STANDING, *, store: Store | None = None
) -> ComparisonRound:
    """Do stretches until the round is over, and return it."""
    for _ in range(10_000):
        present = (await stretch(shop, track, store=store)).present
        if present is not None and present.ended_at is not None:
            return present
    raise AssertionError("the round does not end")


async def runs(store: Store) -> list[Reconciliation]:
    """Return the runs that are kept, newest first."""
    async with store.read() as work:
        page = await work.reconciliations.page(ReconciliationFilter(), PageRequest(limit=100))
    return list(page.items)
