"""Use cases that run at once, in very many orders: after each of them every rule holds."""

from collections.abc import Sequence
from typing import Any

import pytest
from attrs import frozen

from domain.payments.ids import OrderId
from tests.prove.conftest import Say
from tests.prove.interleavings.credit_scenarios import (
    AdjustmentsDown,
    LastCredits,
    OneKey,
    SpendAndGrant,
    SpendAndSweep,
)
from tests.prove.interleavings.explorer import Explored, Explorer, Scenario
from tests.prove.interleavings.hold_scenarios import (
    CaptureAgainstExpiry,
    CaptureAndRelease,
    UsageRefunds,
)
from tests.prove.interleavings.payment_scenarios import (
    OneBuyerTwice,
    PaidAndGivenUp,
    PlanPublishedWhileBought,
    RefundsAndDispute,
    RefundToldAndAsked,
    WebhooksAndConfirmation,
    bought,
    the_order,
)
from tests.prove.interleavings.promotion_scenarios import (
    CheckInsOfADay,
    FirstPurchase,
    LastCouponSlot,
)
from tests.prove.interleavings.stage import Actor, Stage, Violations
from tests.races.seeds import seeds
from tests.support.builders.credits import SOMEBODY

SCHEDULES_LEAST = 100_000
SCENARIOS_LEAST = 12

DRAWN: dict[Scenario, int] = {
    LastCredits(): 9000,
    SpendAndGrant(): 9000,
    SpendAndSweep(): 9000,
    CaptureAndRelease(): 9000,
    CaptureAgainstExpiry(): 9000,
    OneKey(): 9000,
    AdjustmentsDown(): 9000,
    UsageRefunds(): 9000,
    CheckInsOfADay(): 6000,
    LastCouponSlot(): 4000,
    FirstPurchase(): 4000,
    OneBuyerTwice(): 4000,
    PlanPublishedWhileBought(): 4000,
    WebhooksAndConfirmation(): 3000,
    PaidAndGivenUp(): 3000,
    RefundsAndDispute(): 2000,
    RefundToldAndAsked(): 2000,
}
"""How many drawn schedules of each; those that take more steps have fewer."""

EXHAUSTED: dict[str, Scenario] = {
    "two spend four times": LastCredits(spenders=2, amounts=(4, 1, 4, 1)),
    "spend and sweep": SpendAndSweep(),
    "capture against expiry": CaptureAgainstExpiry(sweepers=1),
    "adjustments down": AdjustmentsDown(),
    "usage refunds": UsageRefunds(spends=()),
    "check-ins of a day": CheckInsOfADay(),
}
EXHAUSTED_MOST = 5000


def name_of(scenario: Scenario) -> str:
    return type(scenario).__name__


@pytest.mark.parametrize("scenario", DRAWN, ids=name_of)
def test_whatever_the_order_of_steps_the_rules_hold_for(scenario: Scenario, say: Say) -> None:
    explorer = Explorer(scenario=scenario)
    each = -(-DRAWN[scenario] // len(seeds()))
    played = [_right(explorer.draw(seed, range(each))) for seed in seeds()]

    say(f"{sum(e.schedules for e in played)} schedules, {sum(e.steps for e in played)} steps")


def test_the_drawn_schedules_are_as_many_as_are_promised() -> None:
    assert len(DRAWN) >= SCENARIOS_LEAST
    assert sum(DRAWN.values()) >= SCHEDULES_LEAST


@pytest.mark.parametrize("name", EXHAUSTED)
def test_in_every_order_there_is_the_rules_hold_for(name: str, say: Say) -> None:
    found = _right(Explorer(scenario=EXHAUSTED[name]).exhaust(EXHAUSTED_MOST))

    say(f"{found}, which are all there are")


# The explorer itself.


@frozen
class TwiceSix(Scenario):
    """Two who take six steps each, and touch nothing in common."""

    async def prepare(self, stage: Stage) -> None:
        """Nothing is needed."""

    def actors(self, stage: Stage) -> Sequence[Actor]:
        return [_steps(stage, 6), _steps(stage, 6)]

    async def judge(self, stage: Stage, outcomes: Sequence[Any]) -> Violations:
        return []


@frozen
class Crossing(Scenario):
    """Two units of work that take the same two locks, each in an order of its own."""

    async def prepare(self, stage: Stage) -> None:
        await bought(stage)

    def actors(self, stage: Stage) -> Sequence[Actor]:
        order_id = the_order(stage).id
        return [_wallet_first(stage, order_id), _order_first(stage, order_id)]

    async def judge(self, stage: Stage, outcomes: Sequence[Any]) -> Violations:
        return []


@frozen
class NeverHeard(Scenario):
    """Somebody who waits for what nobody does."""

    async def prepare(self, stage: Stage) -> None:
        """Nothing is needed."""

    def actors(self, stage: Stage) -> Sequence[Actor]:
        return [_steps(stage, 1), _waits_for_ever(stage)]

    async def judge(self, stage: Stage, outcomes: Sequence[Any]) -> Violations:
        return []


def test_two_who_take_six_steps_each_have_924_schedules() -> None:
    found = _right(Explorer(scenario=TwiceSix()).exhaust(EXHAUSTED_MOST))

    assert (found.schedules, found.steps) == (924, 924 * 12)


def test_locks_taken_in_a_circle_are_found() -> None:
    found = Explorer(scenario=Crossing()).exhaust(EXHAUSTED_MOST)

    assert any("Stuck" in each for each in found.violations), found


def test_somebody_who_is_never_let_on_is_found() -> None:
    found = Explorer(scenario=NeverHeard()).draw(1, range(1))

    assert any("Stuck" in each for each in found.violations), found


def test_a_schedule_is_the_same_whenever_it_is_played_again() -> None:
    found = Explorer(scenario=Crossing()).draw(1, range(1000))
    again = Explorer(scenario=Crossing()).draw(1, [found.schedules - 1])

    assert found.violations
    assert again.violations == found.violations


async def _steps(stage: Stage, many: int) -> None:
    for number in range(many):
        await stage.steps.step(f"step {number}")


async def _waits_for_ever(stage: Stage) -> None:
    await stage.steps.loop.create_future()


async def _wallet_first(stage: Stage, order_id: OrderId) -> None:
    async with stage.store.begin() as work:
        await work.wallets.take(SOMEBODY)
        await work.orders.take(order_id)


async def _order_first(stage: Stage, order_id: OrderId) -> None:
    async with stage.store.begin() as work:
        await work.orders.take(order_id)
        await work.wallets.take(SOMEBODY)


def _right(found: Explored) -> Explored:
    assert not found.violations, "\n".join(found.violations)
    return found
