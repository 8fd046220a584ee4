"""What others sell on the same provider's account is none of our business, and alarms nobody."""

from typing import Any

import pytest

from domain.period import Interval
from tests.providers.business import Business
from tests.providers.buyers import Buyer
from tests.providers.creem_till import CreemTill
from tests.providers.goods import MONTHLY_CREDITS, PACK_CREDITS, a_pack_at, a_plan_at
from tests.providers.stripe_till import StripeTill
from tests.providers.till import Bank, Till
from tests.support.fake_stripe.checkout_api import create_session


def opened_by_a_stranger(till: Till, interval: Interval | None, marks: dict[str, str]) -> str:
    """Open a checkout at the provider that our service has never heard of."""
    reference = till.enter(700, "EUR", interval, is_taxed_in=False)
    match till:
        case StripeTill():
            params: dict[str, Any] = {
                "mode": "payment" if interval is None else "subscription",
                "line_items": [{"price": reference, "quantity": 1}],
                "success_url": "https://elsewhere.example",
                "metadata": marks,
            }
            rest = "payment_intent_data" if interval is None else "subscription_data"
            params[rest] = {"metadata": marks}
            return str(create_session(till.world, (), params)["id"])
        case CreemTill():
            asked = {"product_id": reference, "metadata": marks}
            return str(till.books.open_checkout(asked)["id"])
    raise AssertionError("there are two kinds of till")


def let_a_stranger_trade(till: Till, marks: dict[str, str]) -> None:
    """Let a stranger sell a pack and a subscription, renew it, refund and be disputed."""
    ours = {each.id for each in till.payments()}
    for interval in (None, Interval.MONTHLY):
        till.pay(opened_by_a_stranger(till, interval, marks))
    theirs = till.subscriptions()[-1].id
    till.renew(theirs)
    till.fail_renewal(theirs)
    till.collect_overdue(theirs)
    till.end_with_period(theirs)
    till.end(theirs)
    first, second, *_ = (each for each in till.payments() if each.id not in ours)
    till.refund(first.id, 100)
    till.refund(first.id)
    till.dispute(second.id)
    till.decide(second.id, Bank.LOST)


@pytest.fixture
def buyer(business: Business, till: Till) -> Buyer:
    """Our own buyer, among strangers'."""
    return Buyer(business=business, till=till)


async def test_what_a_stranger_sells_is_ignored_and_alarms_nobody(buyer: Buyer) -> None:
    pack, plan = a_pack_at(buyer.till), a_plan_at(buyer.till)
    await buyer.business.offers(pack, plan)
    await buyer.buys(plan)
    let_a_stranger_trade(buyer.till, {})
    await buyer.buys(pack)

    await buyer.hears()
    await buyer.business.work(rounds=12)

    assert await buyer.balance() == PACK_CREDITS + MONTHLY_CREDITS
    assert len(await buyer.orders()) == 2
    assert await buyer.is_settled()


async def test_reconciliation_passes_over_what_a_stranger_sells(buyer: Buyer) -> None:
    plan = a_plan_at(buyer.till)
    await buyer.business.offers(plan)
    await buyer.buys(plan)
    let_a_stranger_trade(buyer.till, {})

    first = await buyer.business.reconcile()
    second = await buyer.business.reconcile()

    assert [each.problem for each in first.drift if each.problem] == []
    assert second.drift == []
    assert await buyer.balance() == MONTHLY_CREDITS
    assert await buyer.is_settled()
