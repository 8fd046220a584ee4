"""The catalogue through the use cases: published, replaced as a whole, on record, listed."""

import pytest
from attrs import evolve

from application.ports.idempotency import RequestKey
from application.ports.paging import PageRequest
from application.subscriptions.publish_pack import (
    ListingPacks,
    ListPacks,
    PackPublished,
    PublishingPack,
    PublishPack,
)
from application.subscriptions.publish_plan import (
    ListingPlans,
    ListPlans,
    PlanPublished,
    PublishingPlan,
    PublishPlan,
)
from application.subscriptions.read_subscription import ReadingSubscription, ReadSubscription
from domain.credits.errors import KeyReused
from domain.subscriptions.catalogue import Pack, Plan
from domain.subscriptions.errors import PackNotFound, PlanNotFound
from domain.subscriptions.ids import PackId, PlanId
from tests.application.shop import ADMIN, Shop, paid
from tests.support.builders.credits import SOMEBODY, SOMEBODY_ELSE, a_key
from tests.support.builders.subscriptions import a_pack, a_plan


async def plan_published(
    shop: Shop, plan: Plan, *, is_new: bool = True, key: RequestKey | None = None
) -> PlanPublished:
    publish = PublishingPlan(begin=shop.store.begin, clock=shop.clock, new_id=shop.new_id)
    return await publish(PublishPlan(plan=plan, is_new=is_new, actor=ADMIN, key=key))


async def pack_published(
    shop: Shop, pack: Pack, *, is_new: bool = True, key: RequestKey | None = None
) -> PackPublished:
    publish = PublishingPack(begin=shop.store.begin, clock=shop.clock, new_id=shop.new_id)
    return await publish(PublishPack(pack=pack, is_new=is_new, actor=ADMIN, key=key))


async def actions(shop: Shop, target: str) -> list[str]:
    async with shop.store.read() as work:
        return [entry.action for entry in await work.audit_log.of_target(target, 10)]


async def test_replacing_what_does_not_exist_is_refused_and_leaves_no_entry(shop: Shop) -> None:
    with pytest.raises(PlanNotFound):
        await plan_published(shop, a_plan(id="nothing"), is_new=False, key=a_key())
    with pytest.raises(PackNotFound):
        await pack_published(shop, a_pack(id="nothing"), is_new=False, key=a_key())

    assert len(shop.store.tables.audit_log.main.keys) == 0
    assert len(shop.store.tables.answers.main.keys) == 0


async def test_a_new_plan_or_pack_gets_an_id_of_ours_and_an_entry(shop: Shop) -> None:
    plan = (await plan_published(shop, a_plan(id="theirs"))).plan
    pack = (await pack_published(shop, a_pack(id="theirs"))).pack

    assert "theirs" not in {plan.id, pack.id}
    assert await actions(shop, f"plan:{plan.id}") == ["plan.create"]
    assert await actions(shop, f"pack:{pack.id}") == ["pack.create"]


async def test_a_replacement_is_whole_and_keeps_what_was_in_the_entry(shop: Shop) -> None:
    plan = (await plan_published(shop, a_plan(name="Pro"))).plan
    pack = (await pack_published(shop, a_pack(name="Small"))).pack

    await plan_published(shop, evolve(plan, name="Max", price_yearly_minor=None), is_new=False)
    await pack_published(shop, evolve(pack, name="Large"), is_new=False)

    async with shop.store.read() as work:
        assert (await work.plans.get(plan.id)).price_yearly_minor is None
        newest, _ = await work.audit_log.of_target(f"plan:{plan.id}", 10)
    assert "name='Pro'" in newest.before
    assert "name='Max'" in newest.after
    assert await actions(shop, f"pack:{pack.id}") == ["pack.replace", "pack.create"]


async def test_a_repeat_publishes_nothing_twice(shop: Shop) -> None:
    plan_key, pack_key = a_key(), a_key()
    plan = await plan_published(shop, a_plan(), key=plan_key)
    pack = await pack_published(shop, a_pack(), key=pack_key)

    assert await plan_published(shop, a_plan(), key=plan_key) == evolve(plan, is_replay=True)
    assert await pack_published(shop, a_pack(), key=pack_key) == evolve(pack, is_replay=True)
    with pytest.raises(KeyReused):
        await plan_published(shop, a_plan(), key=evolve(plan_key, fingerprint="another"))

    tables = shop.store.tables
    assert len(tables.plans.main.keys) == len(tables.packs.main.keys) == 1


async def test_customers_see_what_is_on_sale_and_admins_everything(shop: Shop) -> None:
    plans = [a_plan(), a_plan(is_on_sale=False), a_plan()]
    packs = [a_pack(is_on_sale=False), a_pack()]
    await shop.offers(*plans, *packs)

    async def listed(*, only_on_sale: bool) -> tuple[list[PlanId], list[PackId]]:
        page = PageRequest()
        of_plans = ListPlans(page=page, only_on_sale=only_on_sale)
        of_packs = ListPacks(page=page, only_on_sale=only_on_sale)
        found_plans = await ListingPlans(read=shop.store.read)(of_plans)
        found_packs = await ListingPacks(read=shop.store.read)(of_packs)
        return [plan.id for plan in found_plans.items], [pack.id for pack in found_packs.items]

    assert await listed(only_on_sale=True) == ([plans[0].id, plans[2].id], [packs[1].id])
    assert await listed(only_on_sale=False) == (
        [plan.id for plan in plans],
        [pack.id for pack in packs],
    )


async def test_an_account_sees_its_own_live_subscription_or_none(shop: Shop) -> None:
    await shop.offers(plan := a_plan())
    await shop.hears(paid(await shop.buys(plan), subscription="sub_1"))
    read = ReadingSubscription(read=shop.store.read)

    mine = await read(ReadSubscription(account_id=SOMEBODY))

    assert mine is not None
    assert (mine.subscription.plan_id, mine.change) == (plan.id, None)
    assert await read(ReadSubscription(account_id=SOMEBODY_ELSE)) is None
