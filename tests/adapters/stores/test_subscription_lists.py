"""Lists of subscriptions, as every store answers them."""

import pytest
from attrs import evolve

from application.ports.paging import Page, PageRequest
from application.ports.store import Store
from application.ports.subscriptions import SubscriptionFilter
from application.ports.unit_of_work import UnitOfWork
from domain.credits.ids import AccountId
from domain.errors import InvalidField
from domain.subscriptions.comp import COMP
from domain.subscriptions.ids import PlanId
from domain.subscriptions.subscription import Subscription, SubscriptionStatus
from tests.adapters.stores.steps import commit, look
from tests.support.builders.credits import SOMEBODY, SOMEBODY_ELSE
from tests.support.builders.subscriptions import a_subscription
from tests.support.clock import fresh_id

S, F = SubscriptionStatus, SubscriptionFilter


async def _kept(store: Store, *sold: Subscription) -> None:
    async def add(work: UnitOfWork) -> None:
        for subscription in sold:
            await work.subscriptions.add(subscription)

    await commit(store, add)


async def _found(store: Store, where: SubscriptionFilter | None = None) -> list[Subscription]:
    request, sought = PageRequest(limit=100), where or SubscriptionFilter()
    page = await look(store, lambda work: work.subscriptions.search(sought, request))
    assert page.next is None
    return list(page.items)


async def _page(store: Store, where: SubscriptionFilter, after: str | None) -> Page[Subscription]:
    request = PageRequest(limit=2, after=after)
    return await look(store, lambda work: work.subscriptions.search(where, request))


async def test_live_ones_of_an_account_come_newest_first_one_for_each_group(store: Store) -> None:
    mine, team = a_subscription(), a_subscription(group="team")
    over = a_subscription(group="old", status=S.EXPIRED)
    await _kept(store, mine, team, over, a_subscription(account_id=SOMEBODY_ELSE))

    found = await look(store, lambda work: work.subscriptions.live_of(SOMEBODY, 10))
    newest = await look(store, lambda work: work.subscriptions.live_of(SOMEBODY, 1))

    assert (list(found), list(newest)) == ([team, mine], [team])


async def test_a_filter_lets_through_what_fits_all_of_it_newest_first(store: Store) -> None:
    plan_id = PlanId(fresh_id())
    ended = evolve(a_subscription(status=S.CANCELED), plan_id=plan_id)
    mine = evolve(a_subscription(), plan_id=plan_id)
    theirs = evolve(a_subscription(account_id=SOMEBODY_ELSE), plan_id=plan_id)
    other = a_subscription(group="team", status=S.PAUSED)
    await _kept(store, ended, mine, theirs, other)

    assert await _found(store) == [other, theirs, mine, ended]
    assert await _found(store, F(plan_id=plan_id)) == [theirs, mine, ended]
    assert await _found(store, F(status=S.ACTIVE)) == [theirs, mine]
    assert await _found(store, F(account_id=SOMEBODY)) == [other, mine, ended]
    assert await _found(store, F(account_id=SOMEBODY, plan_id=plan_id, status=S.CANCELED)) == [
        ended
    ]
    assert await _found(store, F(account_id=SOMEBODY_ELSE, status=S.PAUSED)) == []


@pytest.mark.parametrize("account_id", [None, SOMEBODY])
async def test_a_list_is_read_page_by_page(store: Store, account_id: AccountId | None) -> None:
    sold = [a_subscription(group=f"group-{n}") for n in range(5)]
    await _kept(store, *sold)
    where = SubscriptionFilter(account_id=account_id)
    found: list[Subscription] = []
    after: str | None = None

    for size in (2, 2, 1):
        page = await _page(store, where, after)
        assert (len(page.items), page.total) == (size, None)
        found, after = [*found, *page.items], page.next

    assert (found, after) == (sold[::-1], None)


async def test_a_cursor_that_was_never_given_out_is_refused(store: Store) -> None:
    with pytest.raises(InvalidField):
        await _page(store, SubscriptionFilter(), "1' or '1'='1")


def _holder(plan_id: PlanId, price_minor: int = 990) -> Subscription:
    account_id = AccountId(fresh_id())
    sold = a_subscription(account_id=account_id, provider_subscription_id=fresh_id())
    return evolve(sold, plan_id=plan_id, price_minor=price_minor)


async def test_the_holders_of_a_plan_are_counted_by_what_they_were_sold(store: Store) -> None:
    plan_id = PlanId(fresh_id())
    dearer = [_holder(plan_id, 1290) for _ in range(3)]
    cheaper = [evolve(_holder(plan_id), reference="price_2"), _holder(plan_id)]
    given = evolve(_holder(plan_id, 0), channel=COMP)
    free = _holder(plan_id, 0)
    over = evolve(_holder(plan_id), status=S.CANCELED)
    elsewhere = _holder(PlanId(fresh_id()))
    await _kept(store, *dearer, *cheaper, given, free, over, elsewhere)

    holders = await look(store, lambda work: work.subscriptions.holders(plan_id, 9))
    fewer = await look(store, lambda work: work.subscriptions.holders(plan_id, 1))

    assert [each.subscriptions for each in holders] == [3, 2, 1, 1]
    assert [each.one_of_them for each in holders] == [dearer[-1], cheaper[-1], given, free]
    assert list(fewer) == [holders[0]]
    unknown = PlanId(fresh_id())
    assert list(await look(store, lambda work: work.subscriptions.holders(unknown, 9))) == []
