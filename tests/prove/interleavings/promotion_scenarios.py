"""What buyers and visitors do at once where a promotion gives each thing once."""

from collections.abc import Sequence
from typing import Any

from attrs import frozen

from application.payments.start_checkout import CheckoutStarted
from application.promotions.check_in import CheckedIn, CheckingIn, CheckInToday
from domain.credits.ids import AccountId
from domain.promotions.errors import AlreadyCheckedIn, CouponRefused
from tests.prove.interleavings.explorer import Scenario, came_to, unless
from tests.prove.interleavings.stage import Actor, Stage, Violations
from tests.support.builders.credits import SOMEBODY, SOMEBODY_ELSE, a_key
from tests.support.builders.promotions import a_coupon, some_rules
from tests.support.builders.subscriptions import a_pack

_CODE = "LAST"
_FIRSTS = ("FIRST", "WELCOME")
_PACK = a_pack()


@frozen
class LastCouponSlot(Scenario):
    """Two buyers use a coupon at once that has one slot left; one asks twice."""

    async def prepare(self, stage: Stage) -> None:
        await stage.offers(_PACK, a_coupon(code=_CODE, redemptions_max=1))

    def actors(self, stage: Stage) -> Sequence[Actor]:
        return [_buys_with_code(stage, who) for who in (SOMEBODY, SOMEBODY_ELSE, SOMEBODY)]

    async def judge(self, stage: Stage, outcomes: Sequence[Any]) -> Violations:
        started = {each.order.id for each in outcomes if isinstance(each, CheckoutStarted)}
        refused = len(came_to(CouponRefused, outcomes))
        coupon = await stage.coupon(_CODE)
        uses = len(stage.store.tables.redemptions.main.keys)
        return [
            *unless(len(started) == 1, f"{len(started)} orders were made with one slot"),
            *unless(refused in {1, 2}, f"{refused} were refused"),
            *unless((coupon.taken, uses) == (1, 1), f"the coupon counts {coupon.taken}, {uses}"),
        ]


@frozen
class FirstPurchase(Scenario):
    """One buyer starts two purchases at once, each with a code for a first purchase."""

    async def prepare(self, stage: Stage) -> None:
        codes = (a_coupon(code=code, is_first_purchase_only=True) for code in _FIRSTS)
        await stage.offers(_PACK, *codes)

    def actors(self, stage: Stage) -> Sequence[Actor]:
        return [_buys_with_code(stage, SOMEBODY, code) for code in _FIRSTS]

    async def judge(self, stage: Stage, outcomes: Sequence[Any]) -> Violations:
        statuses = sorted(order.status.value for order in stage.orders())
        taken = [(await stage.coupon(code)).taken for code in _FIRSTS]
        return [
            *unless(statuses == ["expired", "pending"], f"the orders are {statuses}"),
            *unless(sum(taken) == 1, f"{sum(taken)} first purchases were promised"),
        ]


@frozen
class CheckInsOfADay(Scenario):
    """One visitor checks in three times at once, twice of it under one key."""

    async def prepare(self, stage: Stage) -> None:
        await stage.offers(some_rules())

    def actors(self, stage: Stage) -> Sequence[Actor]:
        return [self.checks_in(stage, key) for key in (None, "key", "key")]

    def checks_in(self, stage: Stage, key: str | None) -> Actor:
        """Check in, under a key if there is one."""
        check_in = CheckingIn(begin=stage.store.begin, clock=stage.clock, new_id=stage.new_id)
        wish = CheckInToday(account_id=SOMEBODY, key=a_key(key=key) if key else None)
        return check_in(wish)

    async def judge(self, stage: Stage, outcomes: Sequence[Any]) -> Violations:
        made = [each for each in outcomes if isinstance(each, CheckedIn)]
        new = [each for each in made if not each.is_replay]
        already = len(came_to(AlreadyCheckedIn, outcomes))
        kept = len(stage.store.tables.check_ins.main.keys)
        return [
            *unless(len(new) == 1, f"{len(new)} check-ins of one day"),
            *unless(len(made) + already == len(outcomes), f"they came to {outcomes}"),
            *unless(kept == 1, f"{kept} check-ins are kept"),
            *unless(await stage.balance() == 10, f"the balance is {await stage.balance()}"),
        ]


async def _buys_with_code(stage: Stage, who: AccountId, code: str = _CODE) -> CheckoutStarted:
    return await stage.start_checkout(stage.purchase(_PACK, account_id=who, coupon_code=code))
