"""Races for an account's credits. Each returns what went wrong."""

from attrs import frozen

from adapters.system import new_id
from tests.races.world import AWARD, Violations, World, an_account, unexpected


@frozen(kw_only=True)
class TightBalance:
    """A balance that affords exactly so many spends, and leaves a rest too small for another."""

    affords: int = 21
    amount: int = 3
    rest: int = 2

    @property
    def balance(self) -> int:
        """What there is in the beginning."""
        return self.affords * self.amount + self.rest


async def race_of_spends(world: World, tight: TightBalance) -> Violations:
    """Spend more often at once than the balance affords."""
    account_id = an_account()
    await world.give(account_id, tight.balance)

    replies = await world.all(world.spending(account_id, tight.amount) for _ in range(world.racers))

    lines = await world.lines(account_id)
    counted = len([line for line in lines if line["type"] == "ai_usage"])
    too_late = world.racers - tight.affords
    return [
        *unexpected(replies, {"201": tight.affords, "402 insufficient_credits": too_late}),
        *await world.wrong_balance(account_id, tight.rest),
        *([] if counted == tight.affords else [f"{counted} spends are in the ledger"]),
        *await world.broken_rules(),
    ]


async def race_for_one_key(world: World) -> Violations:
    """Send one spend many times at once, and the last one again."""
    account_id = an_account()
    await world.give(account_id, 1000)
    request = world.spending(account_id, 10, key=f"one-{new_id()}")

    replies = await world.all([request] * world.racers)
    replies.append(await world.send(request))

    first = [reply for reply in replies if not reply.is_replay]
    answers = {str(reply.body) for reply in replies}
    return [
        *unexpected(replies, {"201": world.racers + 1}),
        *([] if len(answers) == 1 else [f"one key was given {len(answers)} answers"]),
        *([] if len(first) == 1 else [f"{len(first)} answers say that they are the first"]),
        *await world.wrong_balance(account_id, 990),
        *await world.broken_rules(),
    ]


async def race_for_one_key_with_two_requests(world: World) -> Violations:
    """Send two different spends under one key at once: one of the two is carried out, once."""
    account_id = an_account()
    await world.give(account_id, 1000)
    key = f"two-{new_id()}"

    replies = await world.all(
        world.spending(account_id, 10 + number % 2, key) for number in range(world.racers)
    )

    half = world.racers // 2
    taken = {-reply.data["amount"] for reply in replies if reply.is_done}
    if len(taken) != 1:
        return [f"one key took {sorted(taken)}"]
    return [
        *unexpected(replies, {"201": half, "422 idempotency_key_reused": half}),
        *await world.wrong_balance(account_id, 1000 - taken.pop()),
        *await world.broken_rules(),
    ]


async def race_of_adjustments(world: World) -> Violations:
    """Give and take by hand at once, each under its own key: all of it happens."""
    account_id = an_account()
    await world.give(account_id, 1000)
    amounts = [number if number % 2 else -number for number in range(1, world.racers + 1)]

    replies = await world.all(world.adjusting(account_id, amount) for amount in amounts)

    return [
        *unexpected(replies, {"201": world.racers}),
        *await world.wrong_balance(account_id, 1000 + sum(amounts)),
        *await world.broken_rules(),
    ]


async def race_of_everything(world: World) -> Violations:
    """Spend, adjust and check in at once on one account: the group commit against the others."""
    account_id = an_account()
    await world.give(account_id, 1000)
    third = world.racers // 3

    replies = await world.all(
        [
            *(world.spending(account_id, 1) for _ in range(third)),
            *(world.adjusting(account_id, 2) for _ in range(third)),
            world.checking_in(account_id),
        ]
    )

    return [
        *unexpected(replies, {"201": 2 * third, "200": 1}),
        *await world.wrong_balance(account_id, 1000 + third + AWARD),
        *await world.broken_rules(),
    ]
