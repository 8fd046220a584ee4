"""A change that waits for the end of a period which is not renewed, because of a pause."""

from datetime import datetime, timedelta
from itertools import pairwise

from attrs import evolve

from domain.payments.provider_event import ProviderStatus, SubscriptionReported
from domain.period import Period, add_months
from domain.subscriptions.change import LEAD, ChangeStatus
from tests.application.subscriptions.changing import PRO, STARTER, SUB, ChangingShop
from tests.support.clock import NOON

AN_HOUR, A_DAY = timedelta(hours=1), timedelta(days=1)


async def waits_in_a_pause() -> ChangingShop:
    """Somebody is to have the small plan from the next period on, and pauses before."""
    shop = ChangingShop()
    await shop.opens(PRO)
    shop.clock.now = NOON + 10 * A_DAY
    await shop.changes(STARTER)
    await shop.tells(PRO, status=ProviderStatus.PAUSED)
    return shop


async def looks_until(shop: ChangingShop, until: datetime) -> list[datetime]:
    """Let the worker do what is due as time goes on; return when it looked at the change."""
    looks: list[datetime] = []
    while True:
        async with shop.store.read() as work:
            at = await work.agenda.next_after(shop.clock())
        if at is None or at > until:
            return looks
        shop.clock.now = at
        if await shop.carries_out():
            looks.append(at)


async def test_it_is_looked_at_less_and_less_often_but_every_day() -> None:
    shop = await waits_in_a_pause()
    ends_at = add_months(NOON, 1)

    first, second, *later = await looks_until(shop, NOON + 400 * A_DAY)

    assert (first, second) == (ends_at - LEAD, ends_at)
    gaps = [after - before for before, after in pairwise([second, *later])]
    assert gaps == sorted(gaps)
    assert (gaps[0], gaps[-1]) == (AN_HOUR, A_DAY)
    assert len(gaps) < 400


async def test_after_the_pause_it_comes_with_the_period_that_follows_the_next() -> None:
    shop = await waits_in_a_pause()
    await looks_until(shop, NOON + 90 * A_DAY)
    shop.clock.now = back = NOON + 90 * A_DAY
    period = Period(back, add_months(back, 1))
    await shop.renews(2990, period)
    report = shop.provider.reports[SUB]
    assert isinstance(report, SubscriptionReported)
    shop.provider.reports[SUB] = evolve(report, period=period, as_of=back + A_DAY)

    await looks_until(shop, period.end_at - 2 * LEAD)
    (waiting,) = shop.made()
    await looks_until(shop, period.end_at - LEAD)
    (told,) = shop.made()

    assert (waiting.status, told.status) == (ChangeStatus.SCHEDULED, ChangeStatus.PLACED)
    assert told.effective_at == period.end_at
