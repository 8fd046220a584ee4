"""Everything is compared by and by: from a list where there is one, by whoever comes next."""

from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta

import pytest
from attrs import define, evolve

from application.ports.provider import Listed
from domain.payments.comparison_round import LEASE, OVERLAP, PUT_OFF, Part, Track
from domain.payments.errors import ProviderRefused
from domain.payments.order import OrderStatus
from domain.payments.provider_event import ProviderStatus
from domain.subscriptions.subscription import Subscription, SubscriptionStatus
from tests.application.comparing import PACE, QUESTIONS, a_round, runs, stretch, subscribers
from tests.application.lost_news import SILENT, bought, happens, report
from tests.application.shop import Shop, paid
from tests.support.builders.payments import SANDBOX
from tests.support.fake_provider import MarionetteProvider


def ages(shop: Shop) -> None:
    """Let what the provider reports be as of now."""
    for reference, told in shop.provider.reports.items():
        assert not isinstance(told, Exception)
        shop.provider.reports[reference] = evolve(told, as_of=shop.clock())


def sold(shop: Shop, number: int) -> Subscription:
    (found,) = [
        each for each in shop.subscriptions() if each.provider_subscription_id == f"sub_{number:05}"
    ]
    return found


async def test_thousands_of_subscriptions_take_a_call_a_hundred_and_no_write(shop: Shop) -> None:
    shop.provider.lists_subscriptions = True
    await subscribers(shop, 5000, reported_at=shop.clock())
    shop.clock.advance(hours=2)
    ages(shop)
    before = shop.subscriptions()

    present = await a_round(shop)

    assert (present.compared, present.drift_total) == (5000, 0)
    assert len(shop.provider.questions) == 50
    assert shop.subscriptions() == before


async def test_the_day_on_which_all_are_heard_of_anew_takes_no_call_more(shop: Shop) -> None:
    shop.provider.lists_subscriptions = True
    await subscribers(shop, 1000, reported_at=shop.clock())
    now = shop.clock.advance(hours=25)
    ages(shop)

    await a_round(shop)

    assert len(shop.provider.questions) == 10
    assert {each.reported_at for each in shop.subscriptions()} == {now}


async def test_one_that_the_list_leaves_out_is_asked_about_after_a_day(shop: Shop) -> None:
    shop.provider.lists_subscriptions = True
    await subscribers(shop, 150, reported_at=shop.clock())
    shop.provider.reports["sub_00077"] = report(shop, ProviderStatus.CANCELED, "sub_00077")
    shop.clock.advance(hours=25)
    ages(shop)

    present = await a_round(shop)

    assert shop.provider.questions == ["behind ", "behind sub_00100", "sub_00077"]
    assert sold(shop, 77).status is SubscriptionStatus.CANCELED
    assert (present.mended, present.needs_person) == (1, 0)


async def test_one_that_stands_differently_in_the_list_is_brought_in_line(shop: Shop) -> None:
    shop.provider.lists_subscriptions = True
    await subscribers(shop, 3, reported_at=shop.clock())
    shop.clock.advance(minutes=5)
    shop.provider.reports["sub_00001"] = report(shop, ProviderStatus.PAST_DUE, "sub_00001")

    present = await a_round(shop)

    assert sold(shop, 1).status is SubscriptionStatus.PAST_DUE
    assert (present.compared, present.mended) == (3, 1)
    (line,) = [each for each in shop.audited() if each.action == "reconcile.apply"]
    assert (line.actor.id, line.reason) == ("system", "scheduled")


async def test_without_a_list_each_is_asked_about_once_a_day_in_bounded_stretches(
    shop: Shop,
) -> None:
    await subscribers(shop, 55, reported_at=shop.clock())
    shop.clock.advance(hours=23)
    await a_round(shop)
    within_the_day = len(shop.provider.questions)
    shop.clock.advance(hours=2)
    ages(shop)

    asked: list[int] = []
    while (await stretch(shop)).present is not None:
        asked.append(len(shop.provider.questions))
        if len(shop.provider.questions) == 55:
            break

    assert within_the_day == 0
    assert max(b - a for a, b in zip([0, *asked], asked, strict=False)) == QUESTIONS


async def test_another_process_goes_on_where_one_has_stopped(shop: Shop) -> None:
    await subscribers(shop, 45)

    while len(shop.provider.questions) < 2 * QUESTIONS:
        await stretch(shop)
    # Whoever starts now knows nothing but what is in the store.
    await a_round(shop)

    assert sorted(shop.provider.questions) == [f"sub_{number:05}" for number in range(45)]


async def test_a_round_that_somebody_is_at_is_left_alone_until_the_lease_is_over(
    shop: Shop,
) -> None:
    await stretch(shop)
    async with shop.store.begin() as work:
        present = await work.comparison_rounds.take(SANDBOX, Track.STANDING)
        await work.comparison_rounds.save(present.claimed("somebody", shop.clock()))
        await work.commit()

    meanwhile = await stretch(shop)
    shop.clock.now += LEASE
    afterwards = await stretch(shop)

    assert meanwhile.present is not None
    assert afterwards.present is not None
    assert meanwhile.present.claim == "somebody"
    assert afterwards.present.claim is None


@define(kw_only=True)
class _Overtaken(MarionetteProvider):
    """A provider that is asked while another process takes the round over."""

    overtakes: Callable[[], Awaitable[object]] | None = None

    async def list_known(self, since: datetime, after: str | None) -> Listed:
        if self.overtakes is not None:
            await self.overtakes()
        return await super().list_known(since, after)


async def test_whoever_has_lost_a_round_notes_nothing() -> None:
    provider = _Overtaken(lists_subscriptions=True)
    shop = Shop(provider=provider)

    async def taken_over() -> None:
        async with shop.store.begin() as work:
            present = await work.comparison_rounds.take(SANDBOX, Track.STANDING)
            await work.comparison_rounds.save(present.claimed("somebody", shop.clock()))
            await work.commit()

    await stretch(shop)
    provider.overtakes = taken_over
    lost = await stretch(shop)

    async with shop.store.read() as work:
        present = await work.comparison_rounds.find(SANDBOX, Track.STANDING)
    assert lost.present is None
    assert present is not None
    assert (present.part, present.claim) == (Part.LISTED, "somebody")


async def test_the_next_round_begins_at_its_pace_and_looks_a_little_back(shop: Shop) -> None:
    first = await a_round(shop)
    shop.clock.now += PACE - timedelta(seconds=1)
    too_early = (await stretch(shop)).present
    shop.clock.advance(seconds=1)
    second = (await stretch(shop)).present

    assert too_early == first
    assert second is not None
    assert (second.begun_at, second.since_at) == (shop.clock(), first.begun_at - OVERLAP)


async def test_events_do_not_wait_for_a_round_that_is_under_way(shop: Shop) -> None:
    await subscribers(shop, 45)
    await stretch(shop)
    order = await bought(shop)
    happens(shop, paid(order))

    await a_round(shop, Track.NEWS)

    assert (await shop.order(order.id)).status is OrderStatus.PAID


async def test_a_silent_provider_is_left_alone_a_while_and_then_gone_on_with(shop: Shop) -> None:
    await subscribers(shop, 30)
    for number in range(20, 30):
        shop.provider.reports[f"sub_{number:05}"] = SILENT
    while (present := (await stretch(shop)).present) is None or not present.is_unread:
        pass
    asked = len(shop.provider.questions)
    await stretch(shop)
    meanwhile = len(shop.provider.questions)
    for number in range(20, 30):
        shop.provider.reports[f"sub_{number:05}"] = report(
            shop, ProviderStatus.ACTIVE, f"sub_{number:05}"
        )
    shop.clock.now += PUT_OFF
    over = await a_round(shop)

    kept = await runs(shop.store)
    assert (asked, meanwhile) == (23, 23)
    assert shop.provider.questions[asked:] == [f"sub_{number:05}" for number in range(20, 30)]
    assert [run.unread for run in kept] == [(), (SANDBOX,)]
    assert (over.is_unread, kept[0].needs_person, kept[1].needs_person) == (False, 0, 4)


async def test_a_list_that_is_refused_holds_up_nothing_else(shop: Shop) -> None:
    shop.provider.lists_subscriptions = True
    shop.provider.list_fault = ProviderRefused(channel=SANDBOX, reason="the key may not")
    await subscribers(shop, 3)

    present = await a_round(shop)

    assert [drift.about for drift in present.drift] == ["its list of subscriptions"]
    assert shop.provider.questions == ["behind ", "sub_00000", "sub_00001", "sub_00002"]


async def test_a_round_is_one_run_in_the_list_however_many_stretches_it_took(shop: Shop) -> None:
    await subscribers(shop, 55)
    shop.provider.reports["sub_00050"] = report(shop, ProviderStatus.PAST_DUE, "sub_00050")

    over = await a_round(shop)

    (run,) = await runs(shop.store)
    assert (run.compared, run.mended, run.channels, run.unread) == (55, 1, (SANDBOX,), ())
    assert (run.started_by, run.reason) == ("system", "scheduled: all that is open")
    assert (over.compared_at, over.compared_drift) == (run.ended_at, 1)


@pytest.mark.parametrize("is_to_be_applied", [True, False])
async def test_whoever_compares_by_hand_asks_about_none_that_the_list_has_told_of(
    shop: Shop, *, is_to_be_applied: bool
) -> None:
    shop.provider.lists_subscriptions = True
    await subscribers(shop, 300)

    found = await shop.reconciles(is_to_be_applied=is_to_be_applied)

    assert (found.compared, found.drift_total) == (300, 0)
    assert len(shop.provider.questions) == 3


async def test_of_very_many_differences_all_are_counted_and_the_first_kept(shop: Shop) -> None:
    await subscribers(shop, 1100)
    for reference in list(shop.provider.reports):
        shop.provider.reports[reference] = report(shop, ProviderStatus.CANCELED, reference)

    found = await shop.reconciles()

    assert (found.drift_total, len(found.drift)) == (1100, 1000)
    assert (found.mended, found.open, found.needs_person) == (1100, 0, 0)
