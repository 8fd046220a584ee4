"""Webhooks that never came: however long the outage, one reconciliation brings everything back."""

import pytest

from tests.providers.business import Business
from tests.providers.buyers import Buyer
from tests.providers.goods import MONTHLY_CREDITS, PACK_CREDITS, a_pack_at, a_plan_at
from tests.providers.till import Till

# An order is given up after a day, and a provider has given up on its webhooks long before.
OUTAGES = [2 / 24, 1.5, 4, 20]


@pytest.fixture
def buyer(business: Business, till: Till) -> Buyer:
    """Somebody who buys while nothing is delivered."""
    return Buyer(business=business, till=till)


@pytest.mark.parametrize("days", OUTAGES)
async def test_what_was_paid_during_an_outage_is_found_afterwards(
    buyer: Buyer, days: float
) -> None:
    pack, plan = a_pack_at(buyer.till), a_plan_at(buyer.till)
    await buyer.business.offers(pack, plan)
    await buyer.buys(pack)
    await buyer.hears()
    heard = len(buyer.till.news())
    for thing in (pack, plan, pack):
        await buyer.buys(thing)
    buyer.till.refund(buyer.till.payments()[-1 if buyer.till.channel == "creem" else 2].id)

    buyer.business.clock.advance(days=days)
    # The worker may give orders up before anybody has asked the provider about them.
    await buyer.business.work(rounds=1)
    found = await buyer.business.reconcile()
    again = await buyer.business.reconcile()

    assert found.drift
    assert [each.problem for each in found.drift if each.problem] == []
    assert again.drift == []
    orders = await buyer.orders()
    assert sorted(each["status"] for each in orders) == ["paid"] * 3 + ["refunded"]
    assert await buyer.balance() == 2 * PACK_CREDITS + MONTHLY_CREDITS
    assert (await buyer.subscription())["status"] == "active"

    await buyer.hears(*buyer.till.news()[heard:])
    assert await buyer.balance() == 2 * PACK_CREDITS + MONTHLY_CREDITS
    assert await buyer.is_settled()
