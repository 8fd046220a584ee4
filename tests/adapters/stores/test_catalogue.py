"""Plans and packs, as every store keeps them."""

from collections.abc import Awaitable, Callable

import pytest
from attrs import evolve

from application.ports.credits import WriteRefused
from application.ports.paging import PageRequest
from application.ports.store import Store
from application.ports.unit_of_work import UnitOfWork
from domain.amount import AMOUNT_MAX
from domain.payments.ids import Channel
from domain.period import Interval
from domain.subscriptions.catalogue import Pack, Plan, ProviderItem
from domain.subscriptions.errors import PackNotFound, PlanNotFound
from domain.subscriptions.ids import PackId, PlanId
from domain.subscriptions.plan_rules import MonthRollover, PlanRules
from tests.adapters.stores.steps import commit, look
from tests.support.builders.subscriptions import a_pack, a_plan
from tests.support.clock import fresh_id

ITEMS = (
    ProviderItem(Channel("stripe"), Interval.YEARLY, "price_☕"),
    ProviderItem(Channel("stripe"), Interval.MONTHLY, "price_1"),
    ProviderItem(Channel("creem"), None, "prod_1"),
)


def _adding(item: Plan | Pack) -> Callable[[UnitOfWork], Awaitable[None]]:
    match item:
        case Plan():
            return lambda work: work.plans.add(item)
        case Pack():
            return lambda work: work.packs.add(item)


async def test_an_unknown_plan_or_pack_is_refused(store: Store) -> None:
    plan, pack = a_plan(), a_pack()

    with pytest.raises(PlanNotFound) as unknown_plan:
        await look(store, lambda work: work.plans.get(plan.id))
    with pytest.raises(PackNotFound) as unknown_pack:
        await look(store, lambda work: work.packs.get(pack.id))

    assert unknown_plan.value.plan_id == plan.id
    assert unknown_pack.value.pack_id == pack.id


async def test_an_unknown_plan_or_pack_cannot_be_replaced(store: Store) -> None:
    with pytest.raises(PlanNotFound):
        await commit(store, lambda work: work.plans.save(a_plan()))
    with pytest.raises(PackNotFound):
        await commit(store, lambda work: work.packs.save(a_pack()))


async def test_an_id_that_is_taken_is_refused(store: Store) -> None:
    plan, pack = a_plan(), a_pack()
    await commit(store, _adding(plan))
    await commit(store, _adding(pack))

    for other in (a_plan(id=plan.id, name="Other"), a_pack(id=pack.id, name="Other")):
        with pytest.raises(WriteRefused):
            await commit(store, _adding(other))

    assert await look(store, lambda work: work.plans.get(plan.id)) == plan
    assert await look(store, lambda work: work.packs.get(pack.id)) == pack


@pytest.mark.parametrize(
    "plan",
    [
        Plan(
            id=PlanId(fresh_id()),
            name="Pro ☕ 'quoted'",
            description="Grüße\n\\ and more",
            price_monthly_minor=AMOUNT_MAX,
            price_yearly_minor=AMOUNT_MAX,
            currency="JPY",
            credits_included=AMOUNT_MAX,
            features=("ä", "", "z, y"),
            group="team",
            is_on_sale=False,
            items=ITEMS,
            rules=PlanRules(rollover=MonthRollover(most=AMOUNT_MAX, months=3)),
        ),
        a_plan(price_monthly_minor=0, price_yearly_minor=None, credits_included=0),
    ],
)
async def test_a_plan_comes_back_whole(store: Store, plan: Plan) -> None:
    await commit(store, _adding(plan))

    assert await look(store, lambda work: work.plans.get(plan.id)) == plan
    page = await look(store, lambda work: work.plans.page(PageRequest()))
    assert page.items == (plan,)


@pytest.mark.parametrize(
    "pack",
    [
        Pack(
            id=PackId(fresh_id()),
            name="Small ☕ 'quoted'",
            credits=AMOUNT_MAX,
            price_minor=AMOUNT_MAX,
            currency="JPY",
            is_on_sale=False,
            items=ITEMS,
            requires_group="team",
            ends_with_plan=True,
        ),
        a_pack(credits=1, price_minor=1),
    ],
)
async def test_a_pack_comes_back_whole(store: Store, pack: Pack) -> None:
    await commit(store, _adding(pack))

    assert await look(store, lambda work: work.packs.get(pack.id)) == pack
    page = await look(store, lambda work: work.packs.page(PageRequest()))
    assert page.items == (pack,)


async def test_a_saved_plan_or_pack_replaces_the_one_before(store: Store) -> None:
    plan, pack = a_plan(items=ITEMS), a_pack(items=ITEMS)
    await commit(store, _adding(plan))
    await commit(store, _adding(pack))
    dearer = evolve(plan, price_monthly_minor=1290, features=("more",), items=())
    fuller = evolve(pack, credits=600, is_on_sale=False, items=ITEMS[:1])

    await commit(store, lambda work: work.plans.save(dearer))
    await commit(store, lambda work: work.packs.save(fuller))

    assert await look(store, lambda work: work.plans.get(plan.id)) == dearer
    assert await look(store, lambda work: work.packs.get(pack.id)) == fuller


@pytest.mark.parametrize(("only_on_sale", "found"), [(False, [0, 1, 2, 3, 4]), (True, [0, 2, 4])])
async def test_plans_and_packs_are_listed_in_the_order_they_were_entered_page_by_page(
    store: Store, *, only_on_sale: bool, found: list[int]
) -> None:
    plans = [a_plan(is_on_sale=n % 2 == 0) for n in range(5)]
    packs = [a_pack(is_on_sale=n % 2 == 0) for n in range(5)]
    for plan, pack in zip(plans[::-1], packs[::-1], strict=True):
        await commit(store, _adding(plan))
        await commit(store, _adding(pack))

    async def all_plans(work: UnitOfWork) -> tuple[Plan, ...]:
        seen = await work.plans.page(PageRequest(limit=2), only_on_sale=only_on_sale)
        items = seen.items
        while seen.next is not None:
            request = PageRequest(limit=2, after=seen.next)
            seen = await work.plans.page(request, only_on_sale=only_on_sale)
            items += seen.items
        return items

    async def all_packs(work: UnitOfWork) -> tuple[Pack, ...]:
        seen = await work.packs.page(PageRequest(limit=2), only_on_sale=only_on_sale)
        items = seen.items
        while seen.next is not None:
            request = PageRequest(limit=2, after=seen.next)
            seen = await work.packs.page(request, only_on_sale=only_on_sale)
            items += seen.items
        return items

    assert await look(store, all_plans) == tuple(plans[place] for place in found)
    assert await look(store, all_packs) == tuple(packs[place] for place in found)


async def test_a_plan_is_found_by_what_a_provider_knows_it_as_on_sale_or_not(store: Store) -> None:
    on_sale, archived = a_plan(items=ITEMS), a_plan(is_on_sale=False, items=_priced("price_old"))
    for plan in (a_plan(), on_sale, archived):
        await commit(store, _adding(plan))

    assert await _sold_as(store, "price_1") == (on_sale, Interval.MONTHLY)
    assert await _sold_as(store, "price_☕") == (on_sale, Interval.YEARLY)
    assert await _sold_as(store, "price_old") == (archived, Interval.MONTHLY)


@pytest.mark.parametrize("reference", ["price", "price_", "PRICE_1", "price%1", "", '"', "prod_1"])
async def test_what_is_not_the_whole_id_of_a_plan_s_price_finds_none(
    store: Store, reference: str
) -> None:
    await commit(store, _adding(a_plan(items=ITEMS)))
    await commit(store, _adding(a_pack(items=_priced(reference))))

    assert await _sold_as(store, reference) is None
    assert await look(store, lambda work: work.plans.sold_as(Channel("creem"), "price_1")) is None
    assert await look(store, lambda work: work.plans.sold_as(Channel("creem"), "prod_1")) is None


@pytest.mark.parametrize("reference", ["100%_/\\", 'say "it"', "[]", "ä☕\n\x00"])
async def test_a_plan_is_found_whatever_its_price_s_id_is_made_of(
    store: Store, reference: str
) -> None:
    plan = a_plan(items=_priced(reference))
    await commit(store, _adding(plan))

    assert await _sold_as(store, reference) == (plan, Interval.MONTHLY)


async def test_a_price_that_was_replaced_finds_its_plan_no_more_and_of_two_the_first_is_found(
    store: Store,
) -> None:
    first, second = (a_plan(items=_priced("price_1")) for _ in range(2))
    for plan in (second, first):
        await commit(store, _adding(plan))
    assert await _sold_as(store, "price_1") == (first, Interval.MONTHLY)

    await commit(store, lambda work: work.plans.save(evolve(first, items=_priced("price_2"))))

    assert await _sold_as(store, "price_1") == (second, Interval.MONTHLY)


def _priced(reference: str) -> tuple[ProviderItem, ...]:
    return (ProviderItem(Channel("stripe"), Interval.MONTHLY, reference),)


async def _sold_as(store: Store, reference: str) -> tuple[Plan, Interval] | None:
    return await look(store, lambda work: work.plans.sold_as(Channel("stripe"), reference))
