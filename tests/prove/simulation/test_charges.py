"""An answer that is lost is asked for again, and no order is ever charged twice for that."""

import asyncio

import pytest

from tests.prove.conftest import Say
from tests.prove.planted.wrong_lives import PLANTS
from tests.prove.simulation.charges import Charges, charge
from tests.races.seeds import seed_of_commit

ORDERS = 20_000
SHARES = 4
ORDERS_A_SHOP = 500


@pytest.mark.parametrize("share", range(SHARES))
def test_no_order_is_charged_twice(share: int, say: Say) -> None:
    found = Charges()
    first = seed_of_commit() % 1_000_000
    for shop in range(share, ORDERS // ORDERS_A_SHOP, SHARES):
        asyncio.run(charge(first + shop, ORDERS_A_SHOP, found))

    say(found)
    assert found.violations == []
    assert found.orders == ORDERS // SHARES


def test_a_fresh_key_for_every_try_charges_some_twice() -> None:
    found = Charges()

    asyncio.run(charge(1, 50, found, PLANTS["a fresh key for every try"]))

    assert any("was charged 2 times" in each for each in found.violations), found.violations
