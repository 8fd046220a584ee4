"""What may befall one wallet at once: spends, grants, adjustments and the passing of time."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from attrs import frozen

from application.credits.adjust_credits import AdjustCredits, AdjustingCredits, CreditsAdjusted
from application.wallets.group_commit import GroupCommit
from application.wallets.wallet_command import Outcome, WalletCommand
from domain.credits.errors import InsufficientCredits, KeyReused
from domain.errors import BillingError
from tests.application.scripted_ledger import Give, give, take
from tests.application.shop import ADMIN
from tests.prove.interleavings.explorer import Scenario, came_to, unless
from tests.prove.interleavings.stage import PROCESSES, Actor, Stage, Violations
from tests.support.builders.credits import SOMEBODY, a_key, grant_terms
from tests.support.clock import NOON


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


async def in_turn(commit: GroupCommit, *commands: WalletCommand) -> list[object]:
    """Send commands through a process, one after the other; return what each came to."""
    ends: list[object] = []
    for command in commands:
        try:
            ends.append(await commit(command))
        except BillingError as refusal:
            ends.append(refusal)
    return ends
