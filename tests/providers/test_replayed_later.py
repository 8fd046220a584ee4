"""A webhook that somebody has captured, and posts again when a year has gone by."""

from typing import Any

import pytest

from domain.credits.ids import AccountId
from tests.providers.business import Business
from tests.providers.buyers import Buyer
from tests.providers.goods import a_pack_at, a_plan_at
from tests.providers.till import News, Till

DAYS = 400


@pytest.fixture
def buyer(business: Business, till: Till) -> Buyer:
    """Somebody who bought something a long time ago."""
    return Buyer(business=business, till=till)


async def everything(buyer: Buyer) -> Any:
    """Return all that an account has, to the last line of its ledger."""
    lines = await buyer.business.store.records.lines(AccountId(buyer.account_id), 0, 1000)
    return lines, await buyer.orders(), await buyer.subscription(), await buyer.balance()


async def replayed(buyer: Buyer, captured: tuple[News, ...]) -> set[int]:
    """Post the very bytes again, with the very headers; return how that was answered."""
    answers = [await buyer.business.post(buyer.till.channel, each) for each in captured]
    return {each.status for each in answers}


async def test_a_captured_webhook_has_no_effect_after_four_hundred_days(buyer: Buyer) -> None:
    pack, plan = a_pack_at(buyer.till), a_plan_at(buyer.till)
    await buyer.business.offers(pack, plan)
    await buyer.buys(pack)
    await buyer.buys(plan)
    captured = tuple(buyer.till.news())
    await buyer.hears(*captured)
    buyer.business.clock.advance(days=DAYS)
    await buyer.business.work()
    # Keys that protect spends are forgotten by then; what protects payments is not.
    await buyer.business.container.due_work().forget_keys()
    before = await everything(buyer)

    statuses = await replayed(buyer, captured)
    await buyer.business.work()

    # Where a signature ages it is refused, elsewhere the event is known.
    assert statuses in ({200}, {400})
    assert await everything(buyer) == before
    assert await buyer.is_settled()
