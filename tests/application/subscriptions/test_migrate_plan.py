"""Versions of a plan: subscribers keep theirs until they are moved, each with the next period."""

from datetime import timedelta

import pytest
from attrs import evolve

from application.ports.paging import PageRequest
from application.subscriptions.list_plan_versions import ListingPlanVersions, ListPlanVersions
from application.subscriptions.migrate_plan import MigratePlan, MigratingPlan, PlanMigrated
from application.subscriptions.publish_plan import PublishingPlan, PublishPlan
from domain.period import Interval, add_months
from domain.subscriptions.catalogue import Plan, ProviderItem
from domain.subscriptions.change import ChangeStatus
from domain.subscriptions.change_errors import AlreadyOnPlan
from domain.subscriptions.migration import Standing
from tests.application.shop import ADMIN
from tests.application.subscriptions.changing import PRO, STARTER, ChangingShop
from tests.support.builders.payments import SANDBOX
from tests.support.builders.subscriptions import a_subscription
from tests.support.clock import NOON

DEARER = evolve(
    STARTER,
    price_monthly_minor=1290,
    credits_included=1500,
    features=("Faster",),
    items=(ProviderItem(SANDBOX, Interval.MONTHLY, "price_starter_2"),),
)


@pytest.fixture
async def shop() -> ChangingShop:
    """Somebody has the small plan, which has become dearer since."""
    shop = ChangingShop()
    await shop.opens()
    await publishes(shop, DEARER)
    return shop


async def publishes(shop: ChangingShop, plan: Plan) -> None:
    publish = PublishingPlan(begin=shop.store.begin, clock=shop.clock, new_id=shop.new_id)
    await publish(PublishPlan(plan=plan, is_new=False, actor=ADMIN))


async def migrates(
    shop: ChangingShop, *, is_dry_run: bool = False, limit: int = 100, after: str | None = None
) -> PlanMigrated:
    migrate = MigratingPlan(
        begin=shop.store.begin,
        read=shop.store.read,
        providers=shop.providers,
        clock=shop.clock,
        new_id=shop.new_id,
    )
    return await migrate(
        MigratePlan(
            plan_id=STARTER.id,
            is_dry_run=is_dry_run,
            page=PageRequest(limit=limit, after=after),
            reason="The prices of spring",
            actor=ADMIN,
        )
    )


def standings(migrated: PlanMigrated) -> list[Standing]:
    return [move.standing for move in migrated.moves]


async def test_every_edit_is_a_version_and_the_same_plan_again_is_none(
    shop: ChangingShop,
) -> None:
    await publishes(shop, DEARER)

    list_versions = ListingPlanVersions(read=shop.store.read)
    asked = ListPlanVersions(plan_id=STARTER.id, page=PageRequest())
    found = (await list_versions(asked)).items
    assert [(each.number, each.plan) for each in found] == [(2, DEARER), (1, STARTER)]


async def test_subscribers_keep_what_they_bought_at_every_renewal(shop: ChangingShop) -> None:
    shop.clock.now = add_months(NOON, 1)

    await shop.renews(990)

    sold = shop.sold
    assert (sold.price_minor, sold.credits_per_month, sold.group) == (990, 1000, STARTER.group)
    assert await shop.balance() == 1000
    assert shop.alarms == []


async def test_a_dry_run_says_whom_it_would_move_and_changes_nothing(
    shop: ChangingShop,
) -> None:
    before = shop.kept()

    migrated = await migrates(shop, is_dry_run=True)

    (move,) = migrated.moves
    assert (migrated.version, move.from_version, move.standing) == (2, 1, Standing.MOVES)
    assert move.after is not None
    assert (move.after.price_minor, move.after.reference) == (1290, "price_starter_2")
    assert shop.kept() == before


async def test_a_subscriber_is_moved_with_the_next_period(shop: ChangingShop) -> None:
    await migrates(shop)
    assert (shop.sold.price_minor, await shop.balance()) == (990, 1000)

    shop.clock.now = add_months(NOON, 1) - timedelta(minutes=30)
    await shop.carries_out()
    shop.clock.now = add_months(NOON, 1)
    await shop.renews(1290)

    assert [asked.reference for asked in shop.provider.changes] == ["price_starter_2"]
    assert (shop.sold.price_minor, shop.sold.credits_per_month) == (1290, 1500)
    assert await shop.balance() == 1500
    assert standings(await migrates(shop)) == [Standing.UP_TO_DATE]


async def test_asked_for_again_it_moves_nobody_twice(shop: ChangingShop) -> None:
    first, second = await migrates(shop), await migrates(shop)

    assert (standings(first), standings(second)) == ([Standing.MOVES], [Standing.WAITS])
    (change,) = shop.made()
    assert (change.status, change.by_seller) == (ChangeStatus.SCHEDULED, True)
    said = [kept.action for kept in shop.audited() if "migrate" in kept.action]
    assert said == ["plan.migrate", "subscription.migrate_plan", "plan.migrate"]


async def test_a_subscriber_cannot_take_it_back_but_may_change_plans(
    shop: ChangingShop,
) -> None:
    await migrates(shop)

    with pytest.raises(AlreadyOnPlan):
        await shop.previews(STARTER)
    changed = await shop.changes(PRO)

    assert changed.subscription.plan_name == "Pro"
    assert [each.status for each in shop.made()] == [ChangeStatus.WITHDRAWN, ChangeStatus.APPLIED]


async def test_where_only_the_credits_change_the_provider_need_not_know() -> None:
    shop = ChangingShop()
    await shop.opens()
    await publishes(shop, evolve(STARTER, credits_included=1200))

    await migrates(shop)
    shop.clock.now = add_months(NOON, 1)
    await shop.carries_out()
    await shop.renews(990)

    assert shop.provider.changes == []
    assert await shop.balance() == 1200


async def test_what_costs_nothing_is_moved_here() -> None:
    shop = ChangingShop()
    free = evolve(STARTER, price_monthly_minor=0, price_yearly_minor=None, items=())
    await shop.offers(free)
    async with shop.store.begin() as work:
        sold = evolve(a_subscription(), plan_id=free.id, plan_name=free.name)
        await work.subscriptions.add(sold)
        await work.commit()
    await shop.gives_order_of(sold)
    await publishes(shop, evolve(free, credits_included=300))

    await migrates(shop)
    shop.clock.now = add_months(NOON, 1)
    await shop.issues()

    assert shop.sold.credits_per_month == 300
    assert await shop.balance() == 300


@pytest.mark.parametrize(
    ("today", "problem"),
    [
        (evolve(DEARER, items=STARTER.items), "old price"),
        (evolve(DEARER, currency="EUR"), "currency"),
        (evolve(DEARER, price_monthly_minor=0, price_yearly_minor=None), "costs nothing"),
    ],
)
async def test_who_cannot_be_moved_is_named_with_the_reason(today: Plan, problem: str) -> None:
    shop = ChangingShop()
    await shop.opens()
    await publishes(shop, today)

    (move,) = (await migrates(shop)).moves

    assert (move.standing, shop.made()) == (Standing.SKIPPED, [])
    assert problem in move.problem


async def test_pages_lead_on_until_everybody_was_looked_at(shop: ChangingShop) -> None:
    async with shop.store.begin() as work:
        for number in range(4):
            sold = a_subscription(group=f"group-{number}", provider_subscription_id=f"s{number}")
            await work.subscriptions.add(evolve(sold, plan_id=STARTER.id))
        await work.commit()

    pages, after = 0, None
    while pages == 0 or after is not None:
        migrated = await migrates(shop, is_dry_run=True, limit=2, after=after)
        after, pages = migrated.next, pages + 1

    assert pages == 3
