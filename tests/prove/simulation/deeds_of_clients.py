"""What the product's own backend and its users ask for: credits, holds, check-ins, profiles."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from application.access.keep_account import KeepAccount
from application.credits.capture_hold import CaptureHold
from application.credits.extend_hold import ExtendHold
from application.credits.grant_credits import GrantCredits
from application.credits.place_hold import PlaceHold
from application.credits.refund_usage import RefundUsage
from application.credits.release_hold import ReleaseHold
from application.credits.spend_credits import SpendCredits
from application.ports.credits import Receipt
from application.promotions.check_in import CheckInToday
from domain.credits.grant import CATEGORY_OF, GrantSource, GrantTerms, Rollover
from domain.credits.hold import Silence
from domain.credits.ids import AccountId
from tests.prove.simulation.world import ACCOUNTS, REPEATED_FOR, Charged, World

_ZONES = ("UTC", "Asia/Tokyo", "America/Los_Angeles", "Pacific/Apia")
_SILENCES = tuple(Silence)


async def spend(world: World) -> None:
    """Spend some credits: mostly few, sometimes more than there are."""
    account_id, amount = _somebody(world), _some_credits(world)
    key = world.key(account_id)
    command = SpendCredits(account_id=account_id, amount=amount, description=key.key, key=key)
    asked_at, set_back = world.clock(), world.times_set_back

    def took(answer: Any) -> None:
        receipt: Receipt = answer.receipt
        world.memory.spends += _noted(world, key.key, receipt)
        floor = -world.memory.overdraft[account_id]
        if receipt.available < floor:
            world.violations.append(f"a spend left {receipt.available}, below {floor}")
        if receipt.amount != -amount:
            world.violations.append(f"a spend of {amount} took {-receipt.amount}")
        if receipt.at < asked_at and world.times_set_back == set_back:
            world.violations.append(f"a spend asked at {asked_at} was judged as of {receipt.at}")

    await world.request("spend", lambda made: made.spend_credits()(command), took)


async def grant(world: World) -> None:
    """Give credits away, for a while, for ever, later, or rolling over."""
    account_id, amount = _somebody(world), world.fortune.between(1, 120)
    now, fortune = world.clock(), world.fortune
    expires_at = now + timedelta(hours=fortune.between(1, 2000)) if fortune.is_likely(0.7) else None
    rolls = expires_at is not None and fortune.is_likely(0.3)
    starts = now + timedelta(minutes=30) if fortune.is_likely(0.1) else None
    key = world.key(account_id)
    terms = GrantTerms(
        amount=amount,
        source=GrantSource.MANUAL,
        category=CATEGORY_OF[GrantSource.MANUAL],
        priority=fortune.between(9, 11),
        effective_at=starts,
        expires_at=expires_at,
        rollover=Rollover(most=40, until=expires_at + timedelta(days=9))
        if rolls and expires_at is not None
        else None,
    )
    command = GrantCredits(account_id=account_id, terms=terms, description=key.key, key=key)
    await world.request(
        "grant",
        lambda made: made.grant_credits()(command),
        lambda got: _noted(world, key.key, got.receipt),
    )


async def place_hold(world: World) -> None:
    """Set credits aside for a while."""
    account_id, fortune = _somebody(world), world.fortune
    key = world.key(account_id)
    command = PlaceHold(
        account_id=account_id,
        amount=_some_credits(world),
        ttl=timedelta(minutes=fortune.between(1, 300)),
        silence=fortune.one_of(_SILENCES),
        description=key.key,
        key=key,
    )

    def took(answer: Any) -> None:
        assert answer.receipt.hold is not None
        world.memory.holds.append((account_id, answer.receipt.hold.hold_id))
        if answer.receipt.available < -world.memory.overdraft[account_id]:
            world.violations.append(f"a hold left {answer.receipt.available} available")

    await world.request("hold", lambda made: made.holds_and_lots().place_hold(command), took)


async def extend_hold(world: World) -> None:
    """Say what the work has come to so far, and ask for more time."""
    if not world.memory.holds:
        return
    account_id, hold_id = world.fortune.one_of(world.memory.holds[-3:])
    command = ExtendHold(
        account_id=account_id,
        hold_id=hold_id,
        ttl=timedelta(minutes=world.fortune.between(1, 300)),
        reported=world.fortune.between(0, 30),
        key=world.key(account_id),
    )
    await world.request("extend", lambda made: made.holds_and_lots().extend_hold(command))


async def capture_hold(world: World) -> None:
    """Charge for what was held: less than that, all of it, or more."""
    if not world.memory.holds:
        return
    account_id, hold_id = world.fortune.one_of(world.memory.holds[-3:])
    key = world.key(account_id)
    command = CaptureHold(
        account_id=account_id,
        hold_id=hold_id,
        amount=world.fortune.between(0, 60),
        description=key.key,
        key=key,
    )

    def took(answer: Any) -> None:
        _noted(world, key.key, answer.receipt)
        world.memory.endings[hold_id] += 1

    await world.request("capture", lambda made: made.holds_and_lots().capture_hold(command), took)


async def release_hold(world: World) -> None:
    """Let go of what was held."""
    if not world.memory.holds:
        return
    account_id, hold_id = world.fortune.one_of(world.memory.holds[-3:])
    command = ReleaseHold(account_id=account_id, hold_id=hold_id, key=world.key(account_id))

    def took(answer: Any) -> None:
        world.memory.endings[hold_id] += 1

    await world.request("release", lambda made: made.holds_and_lots().release_hold(command), took)


async def refund_usage(world: World) -> None:
    """Give back what a failed piece of work had cost, or a part of it."""
    if not world.memory.spends:
        return
    spent = world.fortune.one_of(world.memory.spends[-10:])
    key = world.key(spent.account_id)
    part = None if world.fortune.is_likely(0.5) else world.fortune.between(1, 10)
    command = RefundUsage(
        account_id=spent.account_id,
        transaction_id=spent.transaction_id,
        amount=part,
        description=key.key,
        key=key,
    )
    await world.request(
        "usage refund",
        lambda made: made.holds_and_lots().refund_usage(command),
        lambda got: _noted(world, key.key, got.receipt),
    )


async def check_in(world: World) -> None:
    """Come by, perhaps twice a day."""
    account_id = _somebody(world)
    command = CheckInToday(account_id=account_id)
    await world.attempt("check-in", lambda made: made.check_in()(command))


async def move_house(world: World) -> None:
    """Change the zone by which an account's days are counted, where that is allowed."""
    command = KeepAccount(
        account_id=_somebody(world), email=None, zone=world.fortune.one_of(_ZONES)
    )
    await world.attempt("zone", lambda made: made.keep_account()(command))


async def ask_again(world: World) -> None:
    """Repeat a request: one whose answer never came, or one that was answered, to make sure."""
    memory, fortune = world.memory, world.fortune
    if memory.answered and fortune.is_likely(0.2):
        request = fortune.one_of(memory.answered[-20:])
    elif memory.unanswered:
        request = memory.unanswered.pop(int(fortune.chance() * len(memory.unanswered)))
    else:
        return
    if world.clock() <= request.first_at + REPEATED_FOR:
        await world.ask_again(request)


def _somebody(world: World) -> AccountId:
    return world.fortune.one_of(ACCOUNTS)


def _some_credits(world: World) -> int:
    return world.fortune.between(1, 20) if world.fortune.is_likely(0.9) else 5_000


def _noted(world: World, key: str, receipt: Receipt) -> Sequence[Charged]:
    """Remember the line that a client was told of: it must be in the ledger for ever."""
    if receipt.transaction_id is None:
        return ()
    charged = (Charged(receipt.account_id, key, receipt.transaction_id, receipt.amount),)
    world.memory.charged += charged
    return charged
