"""Where a subscription stood, where it stands and why: kept, once for each move."""

from attrs import evolve

from domain.subscriptions.subscription import SubscriptionStatus
from tests.application.payments.test_following import begun, report, sold_as
from tests.application.shop import Shop
from tests.support.builders.subscriptions import a_subscription
from tests.support.clock import NOON

PAST_DUE = SubscriptionStatus.PAST_DUE.value


async def test_a_move_that_the_provider_reports_is_kept_once_with_its_reason(shop: Shop) -> None:
    await begun(shop, sold_as("basic"))
    overdue = report("basic_m")
    overdue = evolve(overdue, status=type(overdue.status)(PAST_DUE))

    for _ in range(2):
        await shop.hears(overdue)

    (kept,) = shop.audited()
    assert (kept.action, kept.actor.id) == ("subscription.move", "sandbox")
    assert (kept.before, kept.after) == ("active", "past_due")
    assert kept.reason == "a renewal could not be collected"
    assert kept.target == f"subscription:{shop.subscriptions()[0].id}"


async def test_an_end_that_is_scheduled_and_taken_back_is_kept_as_well(shop: Shop) -> None:
    await begun(shop, sold_as("basic"))

    await shop.hears(evolve(report("basic_m"), cancel_at_period_end=True))
    await shop.hears(report("basic_m"))

    there, back = shop.audited()
    assert (there.after, there.reason) == ("active, ends with its period", "it is to end")
    assert (back.before, back.after) == (there.after, "active")


async def test_what_ends_by_time_was_ended_by_the_service(shop: Shop) -> None:
    free = evolve(a_subscription(), cancel_at_period_end=True, credits_per_month=0)
    async with shop.store.begin() as work:
        await work.subscriptions.add(free)
        await work.commit()
    shop.clock.now = free.period.end_at

    await shop.issues()

    (kept,) = shop.audited()
    assert (kept.actor.id, kept.after) == ("billing", "expired")
    assert (kept.at, kept.reason) == (free.period.end_at, "its last period ended")
    assert kept.at > NOON
