"""Comparisons with the providers are kept for so many days; what they mended stays for ever."""

from datetime import timedelta

from application.payments.forget_reconciliations import (
    ForgetReconciliations,
    ForgettingReconciliations,
)
from tests.application.lost_news import bought, happens
from tests.application.shop import Shop, paid


async def test_a_run_goes_when_it_is_older_than_the_days_it_is_kept_for(shop: Shop) -> None:
    happens(shop, paid(await bought(shop)))
    found = await shop.reconciles()
    forget = ForgettingReconciliations(
        begin=shop.store.begin, wall_clock=shop.clock, kept_for=timedelta(days=90)
    )
    audited = shop.audited()

    shop.clock.advance(days=90)
    too_early = (await forget(ForgetReconciliations(runs_max=9))).runs
    shop.clock.advance(seconds=1)
    in_time = (await forget(ForgetReconciliations(runs_max=9))).runs

    assert (found.run_id is not None, too_early, in_time) == (True, 0, 1)
    assert (len(audited), shop.audited()) == (1, audited)


async def test_a_run_counts_its_differences_by_what_became_of_them(shop: Shop) -> None:
    happens(shop, paid(await bought(shop)))

    await shop.reconciles(is_to_be_applied=False)
    await shop.reconciles()

    shown, mended = (kept.run for kept in shop.store.tables.reconciliations.main.values.values())
    assert (shown.open, shown.mended, shown.is_clean) == (1, 0, False)
    assert (mended.open, mended.mended, mended.needs_person) == (0, 1, 0)
    assert (mended.started_by, mended.reason) == ("admin-1", "the webhooks did not come")
