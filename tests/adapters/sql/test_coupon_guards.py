"""The database itself lets no coupon, and no code, count more uses than it may have."""

import pytest
from attrs import evolve

from application.ports.credits import WriteRefused
from application.ports.store import Store
from tests.adapters.stores.steps import commit
from tests.support.builders.promotions import a_code, a_coupon


async def test_a_coupon_that_counts_more_uses_than_it_may_is_refused(sql_store: Store) -> None:
    coupon = a_coupon(redemptions_max=1)
    await commit(sql_store, lambda work: work.coupons.add(coupon, a_code(coupon)))

    with pytest.raises(WriteRefused):
        await commit(sql_store, lambda work: work.coupons.save(evolve(coupon, taken=2)))


async def test_a_code_that_counts_more_uses_than_it_may_is_refused(sql_store: Store) -> None:
    coupon = a_coupon()
    code = a_code(coupon, redemptions_max=1)
    await commit(sql_store, lambda work: work.coupons.add(coupon, code))

    with pytest.raises(WriteRefused):
        await commit(sql_store, lambda work: work.coupon_codes.save(evolve(code, taken=2)))
