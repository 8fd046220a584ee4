"""Whoever looks first and acts later is caught by the explorer, and by nothing less."""

import pytest
from attrs import field, frozen

from tests.prove.conftest import Say
from tests.prove.interleavings.explorer import Explorer, Scenario
from tests.prove.interleavings.payment_scenarios import OneBuyerTwice
from tests.prove.interleavings.promotion_scenarios import FirstPurchase, LastCouponSlot
from tests.prove.interleavings.test_interleavings import DRAWN
from tests.prove.planted.hurried import (
    HurriedCapture,
    HurriedCheckIns,
    HurriedConfirmation,
    HurriedDebits,
)

_ONE_AFTER_ANOTHER = 100


@frozen(kw_only=True)
class Planted:
    """A fault, what the explorer must say of it, and the calls that forget their lock."""

    scenario: Scenario
    complaint: str
    unlocked: tuple[str, ...] = field(default=())

    @property
    def explorer(self) -> Explorer:
        return Explorer(scenario=self.scenario, unlocked=self.unlocked)


PLANTED = {
    "debit": Planted(scenario=HurriedDebits(), complaint="of 10 were spent"),
    "coupon": Planted(
        scenario=LastCouponSlot(),
        unlocked=("coupons.take",),
        complaint="orders were made with one slot",
    ),
    "first purchase": Planted(
        scenario=FirstPurchase(),
        unlocked=("wallets.take",),
        complaint="2 first purchases were promised",
    ),
    "check-in": Planted(scenario=HurriedCheckIns(), complaint="check-ins of one day"),
    "order": Planted(scenario=OneBuyerTwice(), unlocked=("wallets.take",), complaint="2 orders"),
    "credited order": Planted(
        scenario=HurriedConfirmation(), complaint="credits for one payment of 500"
    ),
    "capture against expiry": Planted(scenario=HurriedCapture(), complaint="charged, captured"),
}


@pytest.mark.parametrize("name", PLANTED)
def test_looking_first_and_acting_later_is_caught_in_a(name: str, say: Say) -> None:
    planted = PLANTED[name]

    found = planted.explorer.draw(1, range(min(DRAWN.values())))

    caught = [each for each in found.violations if planted.complaint in each]
    assert caught, found
    say(f"caught by schedule {found.schedules}: {caught[0]}")


@pytest.mark.parametrize("name", PLANTED)
def test_one_after_another_nobody_notices_a_hurried(name: str) -> None:
    found = PLANTED[name].explorer.draw(1, range(_ONE_AFTER_ANOTHER), switches_max=0)

    assert not found.violations, "\n".join(found.violations)
