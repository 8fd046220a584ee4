"""Two plans of one group paid in two tabs: the second goes on being charged until it is ended."""

from collections.abc import Callable, Sequence

import pytest

from tests.providers.business import Business
from tests.providers.buyers import Buyer
from tests.providers.goods import MONTHLY_CREDITS, MONTHLY_PRICE, a_plan_at
from tests.providers.till import News, Till
from tests.support.clock import NOON

Telling = Callable[[Sequence[News]], Sequence[News]]
TELLINGS: dict[str, Telling] = {
    "in order": lambda news: news,
    "backwards": lambda news: news[::-1],
    "all, and all again backwards": lambda news: [*news, *news[::-1]],
    "not at all": lambda news: news[:0],
}


@pytest.mark.parametrize("telling", TELLINGS.values(), ids=TELLINGS)
async def test_every_charge_of_a_second_subscription_is_kept_once_and_settled_as_one(
    business: Business, till: Till, telling: Telling
) -> None:
    buyer, owner = Buyer(business=business, till=till), business.as_owner()
    plans = [a_plan_at(till, name=name) for name in ("Pro", "Also")]
    await business.offers(*plans)
    pages = [await buyer.starts(plan) for plan in plans]
    for page in pages:
        till.pay(page.data["session_id"])
        await buyer.hears()
    known = len(till.news())
    [first, second] = till.subscriptions()
    business.clock.advance(days=31)
    for each in (first, second):
        till.renew(each.id)
    till.end(second.id)

    for news in telling(till.news()[known:]):
        await buyer.hears(news)
    await business.reconcile(since=NOON)
    await business.work()

    orders = (await owner.get("/admin/orders")).data
    beside = [each for each in orders if each["second_subscription_id"] == second.id]
    assert len(orders) == 4
    assert [each["total"] for each in beside] == [MONTHLY_PRICE] * 2
    assert all(second.id in each["concern"] for each in beside)
    # The month that runs, and what the second one was paid for, which does not lapse.
    assert await buyer.balance() == 3 * MONTHLY_CREDITS
    await owner.post(f"/admin/orders/{beside[0]['id']}/settle", {"reason": "Both are kept"})
    found = await business.reconcile(since=NOON)
    assert list(found.drift) == []
    inbox = (await owner.get("/admin/webhooks", limit=100)).data
    assert {each["status"] for each in inbox} <= {"applied", "ignored"}
    assert (await owner.post("/admin/verify")).data["is_clean"] is True
