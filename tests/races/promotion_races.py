"""Races for what is given away: check-ins and coupons. Each returns what went wrong."""

from tests.races.credit_races import RACERS
from tests.races.told import paid, webhook
from tests.races.world import (
    AWARD,
    PACK_CREDITS,
    Violations,
    World,
    an_account,
    purchase_of,
    unexpected,
)

LIMIT = 5


async def race_of_check_ins(world: World) -> Violations:
    """Check one account in many times at once."""
    account_id = an_account()

    replies = await world.all([world.checking_in(account_id)] * RACERS)

    return [
        *unexpected(replies, {"200": 1, "409 already_checked_in": RACERS - 1}),
        *await world.wrong_balance(account_id, AWARD),
        *await world.broken_rules(),
    ]


async def race_for_a_coupon(world: World) -> Violations:
    """Let many accounts use a code that counts for a few; those who got it then pay."""
    code = await world.issue_coupon(max_redemptions=LIMIT)
    accounts = [an_account() for _ in range(RACERS)]

    replies = await world.all(world.buying(account, coupon=code) for account in accounts)

    violations = unexpected(replies, {"201": LIMIT, "422 coupon_refused": RACERS - LIMIT})
    winners = [
        purchase_of(reply, account)
        for reply, account in zip(replies, accounts, strict=True)
        if reply.is_done
    ]
    await world.all(webhook(paid(purchase)) for purchase in winners)
    for purchase in winners:
        violations += await world.wrong_balance(purchase.account_id, PACK_CREDITS + 1)
    return [
        *violations,
        *await _wrong_count(world, code, LIMIT),
        *await world.broken_rules(),
    ]


async def race_for_a_coupon_of_ones_own(world: World) -> Violations:
    """Let one account use a code many times at once that counts twice for each."""
    code = await world.issue_coupon(max_redemptions_per_account=2)
    account_id = an_account()

    replies = await world.all(world.buying(account_id, coupon=code) for _ in range(RACERS))

    orders = await world.orders(account_id)
    return [
        *unexpected(replies, {"201": 2, "422 coupon_refused": RACERS - 2}),
        *([] if len(orders) == 2 else [f"{len(orders)} orders have the code"]),
        *await _wrong_count(world, code, 2),
    ]


async def _wrong_count(world: World, code: str, expected: int) -> Violations:
    counted = (await world.coupon(code))["redeemed"]
    return [] if counted == expected else [f"the coupon counts {counted} uses, not {expected}"]
