"""Races for what is given away: check-ins and coupons. Each returns what went wrong."""

from collections import Counter

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
from tests.support.load import Reply

LIMIT = 5


async def race_of_check_ins(world: World) -> Violations:
    """Check one account in many times at once."""
    account_id = an_account()

    replies = await world.all([world.checking_in(account_id)] * world.racers)

    return [
        *unexpected(replies, {"200": 1, "409 already_checked_in": world.racers - 1}),
        *await world.wrong_balance(account_id, AWARD),
        *await world.broken_rules(),
    ]


async def race_for_a_coupon(world: World) -> Violations:
    """Let many accounts use a code that counts for a few; those who got it then pay."""
    code = await world.issue_coupon(max_redemptions=LIMIT)
    accounts = [an_account() for _ in range(world.racers)]

    replies = await world.all(world.buying(account, coupon=code) for account in accounts)

    violations = unexpected(replies, {"201": LIMIT, "422 coupon_refused": world.racers - LIMIT})
    winners = [
        purchase_of(reply, account)
        for reply, account in zip(replies, accounts, strict=True)
        if reply.is_done
    ]
    await world.all(webhook(paid(purchase)) for purchase in winners)
    for purchase in winners:
        violations += await world.wrong_in_the_end(purchase.account_id, PACK_CREDITS + 1)
    return [
        *violations,
        *await _wrong_count(world, code, LIMIT),
        *await world.broken_rules(),
    ]


async def race_for_a_coupon_of_ones_own(world: World) -> Violations:
    """Let one account start many purchases at once with a code that counts twice for it.

    The latest two keep a slot; those before gave way, some of them while their page still opened.
    """
    code = await world.issue_coupon(max_redemptions_per_account=2)
    account_id = an_account()

    replies = await world.all(world.buying(account_id, coupon=code) for _ in range(world.racers))

    strange = [f"answered {r.status} {r.code}" for r in replies if not _is_started_or_over(r)]
    statuses = Counter(order["status"] for order in await world.orders(account_id))
    expected = Counter(pending=2, expired=world.racers - 2)
    return [
        *strange,
        *([] if statuses == expected else [f"orders are {statuses}, not {expected}"]),
        *await _wrong_count(world, code, 2),
    ]


async def race_of_first_purchases(world: World) -> Violations:
    """Let one account start many first purchases at once, each with one of several codes for it.

    One is promised what a first purchase brings; once it is paid, no other is.
    """
    codes = [await world.issue_coupon(first_purchase_only=True) for _ in range(4)]
    account_id = an_account()
    wishes = [world.buying(account_id, coupon=codes[turn % 4]) for turn in range(world.racers)]

    replies = await world.all(wishes)

    strange = [f"answered {r.status} {r.code}" for r in replies if not _is_started_or_over(r)]
    orders = await world.orders(account_id)
    statuses = Counter(order["status"] for order in orders)
    expected = Counter(pending=1, expired=world.racers - 1)
    pending = {order["id"] for order in orders if order["status"] == "pending"}
    open_one = next(r for r in replies if r.is_done and r.data["order_id"] in pending)
    await world.send(webhook(paid(purchase_of(open_one, account_id))))
    late = await world.all(world.buying(account_id, coupon=code) for code in codes)
    taken = sum([(await world.coupon(code))["redeemed"] for code in codes])
    return [
        *strange,
        *([] if statuses == expected else [f"orders are {statuses}, not {expected}"]),
        *unexpected(late, {"422 coupon_refused": len(codes)}),
        *([] if taken == 1 else [f"{taken} first purchases were promised"]),
        *await world.wrong_in_the_end(account_id, PACK_CREDITS + 1),
        *await world.broken_rules(),
    ]


async def race_for_a_code_of_one_use(world: World) -> Violations:
    """Let many accounts use one code at once: half of them buy with it, half redeem it alone."""
    coupon = await world.issue_coupon(max_redemptions_per_account=None)
    code = await world.make_code(coupon)
    accounts = [an_account() for _ in range(world.racers)]

    replies = await world.all(
        world.redeeming(account, code) if place % 2 else world.buying(account, coupon=code)
        for place, account in enumerate(accounts)
    )

    return [
        *unexpected(replies, {"201": 1, "422 coupon_refused": world.racers - 1}),
        *await _wrong_count(world, coupon, 1),
        *await world.broken_rules(),
    ]


async def race_for_gifts(world: World) -> Violations:
    """Let many accounts redeem a code that gives credits to a few; each of those gets them once."""
    code = await world.issue_coupon(max_redemptions=LIMIT)
    accounts = [an_account() for _ in range(world.racers)]

    replies = await world.all(world.redeeming(account, code) for account in accounts)

    violations = unexpected(replies, {"201": LIMIT, "422 coupon_refused": world.racers - LIMIT})
    for reply, account in zip(replies, accounts, strict=True):
        violations += await world.wrong_balance(account, int(reply.is_done))
    return [*violations, *await _wrong_count(world, code, LIMIT), *await world.broken_rules()]


async def race_of_one_payment_with_a_coupon(world: World) -> Violations:
    """Let the payment of a purchase with a coupon be told many times: its slot is kept once."""
    code = await world.issue_coupon(max_redemptions=LIMIT)
    account_id = an_account()
    purchase = purchase_of(await world.send(world.buying(account_id, coupon=code)), account_id)

    await world.all([webhook(paid(purchase))] * world.racers)

    return [
        *await world.wrong_in_the_end(account_id, PACK_CREDITS + 1),
        *await _wrong_count(world, code, 1),
        *await world.broken_rules(),
    ]


async def race_for_a_gift_of_ones_own(world: World) -> Violations:
    """Let one account redeem a code many times at once: it gets the credits once."""
    code = await world.issue_coupon()
    account_id = an_account()

    replies = await world.all([world.redeeming(account_id, code)] * world.racers)

    done = sum(reply.is_done for reply in replies)
    # After so many wrong tries the account has to wait.
    refusals = {reply.code for reply in replies} - {None, "coupon_refused", "too_many_guesses"}
    return [
        *([] if done == 1 else [f"the code was redeemed {done} times"]),
        *[f"answered {refusal}" for refusal in refusals],
        *await world.wrong_balance(account_id, 1),
        *await _wrong_count(world, code, 1),
        *await world.broken_rules(),
    ]


def _is_started_or_over(reply: Reply) -> bool:
    return reply.is_done or reply.code == "checkout_over"


async def _wrong_count(world: World, code: str, expected: int) -> Violations:
    """Compare what a coupon counts, what its codes count, and what is written down of its uses."""
    counted = {
        "the coupon counts": (await world.coupon(code))["redeemed"],
        "its codes count": sum(each["redeemed"] for each in await world.of_coupon(code, "codes")),
        "written down are": sum(
            each["status"] != "released" for each in await world.of_coupon(code, "redemptions")
        ),
    }
    return [
        f"{what} {count} uses, not {expected}"
        for what, count in counted.items()
        if count != expected
    ]
