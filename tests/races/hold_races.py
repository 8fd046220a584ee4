"""Races for what an account has set aside. Each returns what went wrong."""

import asyncio
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from tests.races.world import Violations, World, an_account, unexpected
from tests.support.load import Reply, Request

HOLDS = 12
TTL_S = 1
_TOO_LATE = "409 hold_not_open"


async def race_of_ends_of_a_hold(world: World) -> Violations:
    """Capture, release and extend one hold at once, from everywhere: it ends once."""
    account_id = an_account()
    await world.give(account_id, 1000)
    hold_id = (await world.send(world.holding(account_id, 500))).data["id"]

    replies = await world.all(
        _deed(world, account_id, hold_id, each) for each in range(world.racers)
    )

    ends = [reply for each, reply in enumerate(replies) if each % 3 and reply.is_done]
    extended = [reply for each, reply in enumerate(replies) if each % 3 == 0 and reply.is_done]
    done = 1 + len(extended)
    captured = sum(end.data["captured"] for end in ends)
    return [
        *([] if len(ends) == 1 else [f"one hold ended {len(ends)} times"]),
        *unexpected(replies, {"200": done, _TOO_LATE: world.racers - done}),
        *await world.wrong_balance(account_id, 1000 - captured),
        *await world.broken_rules(),
    ]


async def race_of_ends_against_time(world: World) -> Violations:
    """End many holds, and keep them alive, just as their time runs out: each ends once."""
    account_id = an_account()
    await world.give(account_id, 1000)
    placed = await world.all(world.holding(account_id, 10, TTL_S) for _ in range(HOLDS))
    names = [reply.data["id"] for reply in placed]

    async def later(place: int, hold_id: str, deed: int) -> Reply:
        await asyncio.sleep(0.75 + 0.04 * place)
        return await world.send(_deed(world, account_id, hold_id, deed))

    replies = await asyncio.gather(
        *(later(place, name, deed) for place, name in enumerate(names) for deed in range(3))
    )
    # Whatever was kept alive is silent from now on.
    await asyncio.sleep(2 * TTL_S)

    holds = await world.holds(account_id)
    lines = [line for line in await world.lines(account_id) if line["type"] == "ai_usage"]
    return [
        *_told_otherwise(replies, holds),
        *([] if all(hold["ended_at"] for hold in holds) else ["a hold outlived its time"]),
        *_not_charged_once(holds, lines),
        *await world.wrong_balance(account_id, 1000 - sum(hold["captured"] for hold in holds)),
        *await world.broken_rules(),
    ]


async def race_of_holds_for_the_last_credits(world: World) -> Violations:
    """Set aside and spend more at once than there is: what is held is nobody else's."""
    account_id = an_account()
    await world.give(account_id, 10 * world.racers)

    replies = await world.all(
        world.holding(account_id, 20) if each % 2 else world.spending(account_id, 20)
        for each in range(world.racers)
    )

    half = world.racers // 2
    spent = sum(reply.is_done for each, reply in enumerate(replies) if each % 2 == 0)
    return [
        *unexpected(replies, {"201": half, "402 insufficient_credits": half}),
        *await world.wrong_balance(account_id, 10 * world.racers - 20 * spent),
        *await world.broken_rules(),
    ]


async def race_of_usage_refunds(world: World) -> Violations:
    """Refund one charge more often than it can bear: no more comes back than it took."""
    account_id = an_account()
    await world.give(account_id, 100)
    spent = await world.send(world.spending(account_id, 50))
    charged = spent.data["transaction_id"]

    replies = await world.all(world.refunding(account_id, charged, 7) for _ in range(world.racers))

    return [
        *unexpected(replies, {"201": 7, "409 usage_refund_too_large": world.racers - 7}),
        *await world.wrong_balance(account_id, 99),
        *await world.broken_rules(),
    ]


def _deed(world: World, account_id: str, hold_id: str, number: int) -> Request:
    match number % 3:
        case 0:
            return world.about_hold(account_id, hold_id, "extend", ttl_s=TTL_S, reported=number)
        case 1:
            return world.about_hold(account_id, hold_id, "capture", amount=number)
        case _:
            return world.about_hold(account_id, hold_id, "release")


def _told_otherwise(replies: Sequence[Reply], holds: Sequence[Mapping[str, Any]]) -> Violations:
    """Compare how holds ended with what those were told who ended them."""
    ended = {hold["id"]: hold for hold in holds}
    wrong: Violations = []
    for reply in replies:
        if not reply.is_done:
            if f"{reply.status} {reply.code}" != _TOO_LATE:
                wrong.append(f"answered {reply.status} {reply.code}")
        elif "captured" in reply.data:
            hold = ended[reply.data["id"]]
            if hold["captured"] != reply.data["captured"] or hold["state"] == "expired":
                wrong.append(f"{hold} was told as {reply.data}")
    times = Counter(
        reply.data["id"] for reply in replies if reply.is_done and "captured" in reply.data
    )
    return wrong + [f"{name} ended {often} times" for name, often in times.items() if often > 1]


def _not_charged_once(
    holds: Sequence[Mapping[str, Any]], lines: Sequence[Mapping[str, Any]]
) -> Violations:
    """Compare the charges in the ledger with the holds that they are of."""
    charged = {hold["transaction_id"]: -hold["captured"] for hold in holds if hold["captured"]}
    found = {line["id"]: line["amount"] for line in lines}
    return [] if found == charged else [f"the ledger charges {found}, the holds {charged}"]
