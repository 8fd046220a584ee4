"""The use of a coupon moves as its table says, and in no other way."""

import pytest

from domain.promotions.redemption import RedemptionStatus
from tests.support.builders.promotions import a_redemption
from tests.support.clock import NOON

MOVES = {
    (RedemptionStatus.RESERVED, RedemptionStatus.CONFIRMED),
    (RedemptionStatus.RESERVED, RedemptionStatus.RELEASED),
    (RedemptionStatus.RELEASED, RedemptionStatus.CONFIRMED),
}


@pytest.mark.parametrize("before", RedemptionStatus)
@pytest.mark.parametrize("after", RedemptionStatus)
def test_a_use_moves_only_as_the_table_says(
    before: RedemptionStatus, after: RedemptionStatus
) -> None:
    use = a_redemption(status=before)

    assert use.can_become(after) is ((before, after) in MOVES)
    if use.can_become(after):
        moved = use.become(after, NOON)
        assert (moved.status, moved.settled_at) == (after, NOON)
    else:
        with pytest.raises(AssertionError):
            use.become(after, NOON)


@pytest.mark.parametrize("status", RedemptionStatus)
def test_every_use_but_a_released_one_takes_a_slot(status: RedemptionStatus) -> None:
    takes = a_redemption(status=status).takes_slot

    assert takes is (status is not RedemptionStatus.RELEASED)
