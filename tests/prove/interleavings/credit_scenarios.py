"""What may befall one wallet at once: spends, grants, holds, refunds and the passing of time."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from attrs import frozen

from application.credits.adjust_credits import AdjustCredits, AdjustingCredits, CreditsAdjusted
from application.group_commit import GroupCommit
from application.wallet_command import Outcome, WalletCommand
from domain.credits.errors import InsufficientCredits, KeyReused, UsageRefundTooLarge
from domain.credits.hold import HoldState, HoldTerms, Silence
from domain.credits.ids import HoldId
from domain.credits.usage_refund import refund_cause, refund_usage
from domain.errors import BillingError
from tests.application.scripted_ledger import Give, give, take
from tests.application.shop import ADMIN
from tests.prove.interleavings.explorer import Scenario, came_to, unless
from tests.prove.interleavings.stage import PROCESSES, Actor, Stage, Violations
from tests.prove.rules.machine import Action, Doing
from tests.support.builders.credits import SOMEBODY, a_key, a_text, grant_terms
from tests.support.clock import NOON

HOLD = HoldId("the-hold")


def doing(action: Action, key: str) -> Doing:
    """Return a command that does one thing to the wallet."""
    return Doing(account_id=SOMEBODY, key=a_key(key=key), action=action)


@frozen
class LastCredits(Scenario):
    """Processes that spend four, then one, and so on, where ten are left for all of them."""

    spenders: int = PROCESSES
    amounts: tuple[int, ...] = (4, 1)

    async def prepare(self, stage: Stage) -> None:
        await stage.commit(give(10, key="funds"))

    def actors(self, stage: Stage) -> Sequence[Actor]:
        return [
            in_turn(
                commit,
                *(
                    take(amount, key=f"{place}-{number}")
                    for number, amount in enumerate(self.amounts)
                ),
            )
            for place, commit in enumerate(stage.processes[: self.spenders])
        ]

    async def judge(self, stage: Stage, outcomes: Sequence[Any]) -> Violations:
        paid = -sum(each.receipt.amount for each in came_to(Outcome, outcomes))
        balance = await stage.balance()
        needless = [
            refusal.requested
            for refusal in came_to(InsufficientCredits, outcomes)
            if refusal.requested <= balance
        ]
        return [
            *unless(balance == 10 - paid >= 0, f"{paid} of 10 were spent, {balance} are left"),
            *unless(not needless, f"{needless} were refused, {balance} are left"),
        ]


@frozen
class SpendAndGrant(Scenario):
    """Spends of eight where five are left, while ten come in, and then four."""

    async def prepare(self, stage: Stage) -> None:
        await stage.commit(give(5, key="funds"))

    def actors(self, stage: Stage) -> Sequence[Actor]:
        one, two, three, _ = stage.processes
        return [
            in_turn(one, take(8, key="spend-1"), take(8, key="spend-2")),
            in_turn(two, give(10, key="grant-1"), give(4, key="grant-2")),
            in_turn(three, take(8, key="spend-3")),
        ]

    async def judge(self, stage: Stage, outcomes: Sequence[Any]) -> Violations:
        done, refused = came_to(Outcome, outcomes), came_to(InsufficientCredits, outcomes)
        paid = len(done) - 2
        balance = await stage.balance()
        return [
            *unless(len(done) + len(refused) == 5, f"they came to {outcomes}"),
            *unless(0 <= paid <= 2, f"{paid} spends of 8 were paid from 19"),
            *unless(balance == 19 - 8 * paid, f"{paid} paid, the balance is {balance}"),
        ]


@frozen
class SpendAndSweep(Scenario):
    """Spends from a lot that expires meanwhile, and two sweepers that post it."""

    async def prepare(self, stage: Stage) -> None:
        short = grant_terms(amount=6, expires_at=NOON + timedelta(minutes=1))
        await stage.commit(Give(terms=short, key=a_key(key="short")))
        await stage.commit(give(10, key="long"))

    def actors(self, stage: Stage) -> Sequence[Actor]:
        one, two, three, four = stage.processes
        return [
            in_turn(one, take(8, key="spend-1")),
            in_turn(two, take(8, key="spend-2")),
            stage.passes(minutes=2),
            stage.sweeps(three),
            stage.sweeps(four),
        ]

    async def judge(self, stage: Stage, outcomes: Sequence[Any]) -> Violations:
        paid = len(came_to(Outcome, outcomes))
        before = await stage.balance()
        await stage.sweeps(stage.commit)
        expired = await stage.taken() - 8 * paid
        balance = await stage.balance()
        return [
            *unless(paid in {1, 2}, f"{paid} spends were paid"),
            *unless(expired in ({0} if paid == 2 else {0, 6}), f"{expired} credits expired"),
            *unless(before == balance, f"sweeping changed the balance from {before} to {balance}"),
            *unless(balance == 16 - 8 * paid - expired, f"the balance is {balance}"),
        ]


@frozen
class CaptureAndRelease(Scenario):
    """One hold, captured, released and kept alive at once, beside a spend of what is free."""

    async def prepare(self, stage: Stage) -> None:
        await stage.commit(give(10, key="funds"))
        await stage.commit(hold_of(8, Silence.RELEASE))

    def actors(self, stage: Stage) -> Sequence[Actor]:
        one, two, three, four = stage.processes
        return [
            in_turn(one, capture_of(5, "capture-1"), capture_of(5, "capture-2")),
            in_turn(two, release("release-1"), release("release-2")),
            in_turn(three, take(2, key="spend")),
            in_turn(four, sign_of_life(3, "sign")),
        ]

    async def judge(self, stage: Stage, outcomes: Sequence[Any]) -> Violations:
        captured = len(came_to(Outcome, outcomes[0]))
        released = len(came_to(Outcome, outcomes[1]))
        wallet = await stage.wallet()
        return [
            *unless(captured + released == 1, f"captured {captured}, released {released} times"),
            *unless(len(came_to(Outcome, outcomes[2])) == 1, f"{outcomes[2]} of what was free"),
            *unless(not wallet.holds and wallet.held == 0, "something is still held"),
            *unless(wallet.posted == 8 - 5 * captured, f"the balance is {wallet.posted}"),
        ]


@frozen
class CaptureAgainstExpiry(Scenario):
    """A hold captured while its time runs out, a sign of life comes, and sweepers go round.

    Silence charges what was reported. Whoever wins, it is charged once.
    """

    async def prepare(self, stage: Stage) -> None:
        await stage.commit(give(20, key="funds"))
        await stage.commit(hold_of(8, Silence.CAPTURE_REPORTED))
        await stage.commit(sign_of_life(2, "first sign"))

    def actors(self, stage: Stage) -> Sequence[Actor]:
        _, two, three, four = stage.processes
        return [
            self.captures(stage),
            in_turn(two, sign_of_life(3, "second sign")),
            stage.passes(minutes=2),
            stage.sweeps(three),
            stage.sweeps(four),
        ]

    def captures(self, stage: Stage) -> Actor:
        """Charge what the work has cost in the end."""
        return in_turn(stage.processes[0], capture_of(5, "capture"))

    async def judge(self, stage: Stage, outcomes: Sequence[Any]) -> Violations:
        stage.clock.advance(minutes=10)
        await stage.sweeps(stage.commit)
        captured = bool(came_to(Outcome, outcomes[0]))
        reported = 3 if came_to(Outcome, outcomes[1]) else 2
        charged = await stage.taken()
        ends = [hold.state for hold in stage.store.tables.holds.main.values.values()]
        end = HoldState.CAPTURED if captured else HoldState.EXPIRED
        return [
            *unless(
                charged == (5 if captured else reported),
                f"{charged} charged, captured: {captured}, reported: {reported}",
            ),
            *unless(ends == [end], f"the hold ended as {ends}"),
            *unless((await stage.wallet()).held == 0, "something is still held"),
        ]


@frozen
class OneKey(Scenario):
    """One request again and again under its key in three processes, and another under that key."""

    async def prepare(self, stage: Stage) -> None:
        await stage.commit(give(10, key="funds"))

    def actors(self, stage: Stage) -> Sequence[Actor]:
        same, another = take(3, key="key"), take(4, key="key")
        one, two, three, four = stage.processes
        return [
            in_turn(one, same, same),
            in_turn(two, same, same),
            in_turn(three, same),
            in_turn(four, another),
        ]

    async def judge(self, stage: Stage, outcomes: Sequence[Any]) -> Violations:
        done, reused = came_to(Outcome, outcomes), came_to(KeyReused, outcomes)
        first = sum(not each.is_replay for each in done)
        receipts = {each.receipt for each in done}
        taken = await stage.taken()
        return [
            *unless(first == 1, f"{first} were carried out"),
            *unless(len(receipts) == 1, f"{len(receipts)} answers under one key"),
            *unless(len(done) + len(reused) == 6, f"they came to {outcomes}"),
            *unless({-each.amount for each in receipts} == {taken}, f"{taken} were taken"),
        ]


@frozen
class AdjustmentsDown(Scenario):
    """Two adjustments by hand, each in a unit of work of its own, and a spend: one fits."""

    async def prepare(self, stage: Stage) -> None:
        await stage.commit(give(10, key="funds"))

    def actors(self, stage: Stage) -> Sequence[Actor]:
        adjust = AdjustingCredits(begin=stage.store.begin, clock=stage.clock, new_id=stage.new_id)
        wishes = [
            AdjustCredits(
                account_id=SOMEBODY, amount=-6, reason="A mistake", actor=ADMIN, key=a_key(key=key)
            )
            for key in ("first", "second")
        ]
        return [*map(adjust, wishes), in_turn(stage.commit, take(6, key="spend"))]

    async def judge(self, stage: Stage, outcomes: Sequence[Any]) -> Violations:
        adjusted = len(came_to(CreditsAdjusted, outcomes))
        done = adjusted + len(came_to(Outcome, outcomes))
        entries = len(stage.audited())
        return [
            *unless(done == 1, f"{done} takings of 6 were paid from 10"),
            *unless(entries == adjusted, f"{adjusted} adjustments, {entries} on record"),
            *unless(await stage.balance() == 4, f"the balance is {await stage.balance()}"),
        ]


@frozen
class UsageRefunds(Scenario):
    """One spend of six paid back twice, four at a time, in two units of work, beside a spend."""

    async def prepare(self, stage: Stage) -> None:
        await stage.commit(give(10, key="funds"))
        await stage.commit(take(6, key="usage"))

    def actors(self, stage: Stage) -> Sequence[Actor]:
        return [
            _pays_back(stage, 4),
            _pays_back(stage, 4),
            in_turn(stage.commit, take(4, key="spend")),
        ]

    async def judge(self, stage: Stage, outcomes: Sequence[Any]) -> Violations:
        refused = len(came_to(UsageRefundTooLarge, outcomes))
        return [
            *unless(refused == 1, f"they came to {outcomes}"),
            *unless(await stage.given() == 14, f"{await stage.given()} came in"),
            *unless(await stage.balance() == 4, f"the balance is {await stage.balance()}"),
        ]


async def _pays_back(stage: Stage, amount: int) -> str:
    """Pay back part of the first usage there was; the rule judges what was paid back before."""
    async with stage.store.begin() as work:
        wallet = await work.wallets.take(SOMEBODY)
        lines = await stage.store.records.lines(SOMEBODY, 0, 100)
        usage = next(line for line in lines if line.signed == -6)
        cause = refund_cause(usage.id)
        lots = (await stage.store.records.wallet_and_grants(SOMEBODY))[1]
        posting = refund_usage(
            wallet,
            usage,
            {lot.id: lot for lot in lots},
            refunded=sum(line.signed for line in lines if line.cause == cause),
            amount=amount,
            text=a_text(),
            now=stage.clock(),
            new_id=stage.new_id,
        )
        await work.wallets.save(posting)
        await work.commit()
    return "paid back"


def hold_of(amount: int, silence: Silence) -> Doing:
    """Return the command that sets credits aside for a minute."""
    terms = HoldTerms(amount=amount, ttl=timedelta(minutes=1), silence=silence, text=a_text())
    return doing(lambda w, now, ids: w.hold(terms, hold_id=HOLD, now=now, new_id=ids), "hold")


def capture_of(amount: int, key: str) -> Doing:
    """Return the command that charges a hold."""
    return doing(lambda w, now, ids: w.capture(HOLD, amount, now=now, new_id=ids), key)


def release(key: str) -> Doing:
    """Return the command that gives a hold back."""
    return doing(lambda w, now, ids: w.release(HOLD, now=now, new_id=ids), key)


def sign_of_life(reported: int, key: str) -> Doing:
    """Return the command that lets a hold live on for a minute."""
    ttl = timedelta(minutes=1)
    return doing(
        lambda w, now, ids: w.extend(HOLD, ttl=ttl, reported=reported, now=now, new_id=ids), key
    )


async def in_turn(commit: GroupCommit, *commands: WalletCommand) -> list[object]:
    """Send commands through a process, one after the other; return what each came to."""
    ends: list[object] = []
    for command in commands:
        try:
            ends.append(await commit(command))
        except BillingError as refusal:
            ends.append(refusal)
    return ends
