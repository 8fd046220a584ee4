"""What may befall credits that are set aside, or come back: the use cases themselves, at once."""

from collections.abc import Awaitable, Sequence
from datetime import timedelta
from typing import Any

from attrs import frozen

from application.credits.capture_hold import CaptureHold, CapturingHold, HoldCaptured
from application.credits.extend_hold import ExtendHold, ExtendingHold, HoldExtended
from application.credits.place_hold import PlaceHold, PlacingHold
from application.credits.refund_usage import RefundingUsage, RefundUsage, UsageRefunded
from application.credits.release_hold import HoldReleased, ReleaseHold, ReleasingHold
from application.credits.steps.open_holds import OpenHolds
from application.wallets.group_commit import GroupCommit
from application.wallets.wallet_command import Outcome
from domain.credits.errors import HoldNotOpen, UsageRefundTooLarge
from domain.credits.hold import HoldState, Silence
from domain.credits.ids import HoldId
from domain.errors import BillingError
from tests.application.scripted_ledger import give, take
from tests.prove.interleavings.credit_scenarios import in_turn
from tests.prove.interleavings.explorer import Scenario, came_to, unless
from tests.prove.interleavings.stage import Actor, Stage, Violations
from tests.support.builders.credits import SOMEBODY, a_key

MINUTE = timedelta(minutes=1)


@frozen
class CaptureAndRelease(Scenario):
    """One hold, captured, released and kept alive at once, beside a spend of what is free."""

    async def prepare(self, stage: Stage) -> None:
        await stage.commit(give(10, key="funds"))
        await place_hold(stage, 8, Silence.RELEASE)

    def actors(self, stage: Stage) -> Sequence[Actor]:
        one, two, three, four = stage.processes
        return [
            one_by_one(capture(stage, one, 5, "capture-1"), capture(stage, one, 5, "capture-2")),
            one_by_one(release(stage, two, "release-1"), release(stage, two, "release-2")),
            in_turn(three, take(2, key="spend")),
            one_by_one(sign_of_life(stage, four, 3, "sign")),
        ]

    async def judge(self, stage: Stage, outcomes: Sequence[Any]) -> Violations:
        captured = len(came_to(HoldCaptured, outcomes[0]))
        released = len(came_to(HoldReleased, outcomes[1]))
        late = came_to(HoldNotOpen, [*outcomes[0], *outcomes[1], *outcomes[3]])
        wallet = await stage.wallet()
        end = HoldState.CAPTURED if captured else HoldState.RELEASED
        return [
            *unless(captured + released == 1, f"captured {captured}, released {released} times"),
            *unless(
                {refusal.state for refusal in late} <= {end.value},
                f"who came too late was told {late}, it was {end}",
            ),
            *unless(len(came_to(Outcome, outcomes[2])) == 1, f"{outcomes[2]} of what was free"),
            *unless(not wallet.holds and wallet.held == 0, "something is still held"),
            *unless(wallet.posted == 8 - 5 * captured, f"the balance is {wallet.posted}"),
        ]


@frozen
class CaptureAgainstExpiry(Scenario):
    """A hold captured while its time runs out, a sign of life comes, and sweepers go round.

    Silence charges what was reported. Whoever wins, it is charged once.
    """

    sweepers: int = 2

    async def prepare(self, stage: Stage) -> None:
        await stage.commit(give(20, key="funds"))
        await place_hold(stage, 8, Silence.CAPTURE_REPORTED)
        await one_by_one(sign_of_life(stage, stage.commit, 2, "first sign"))

    def actors(self, stage: Stage) -> Sequence[Actor]:
        _, two, *others = stage.processes
        return [
            self.captures(stage),
            one_by_one(sign_of_life(stage, two, 3, "second sign")),
            stage.passes(minutes=2),
            *map(stage.sweeps, others[: self.sweepers]),
        ]

    def captures(self, stage: Stage) -> Actor:
        """Charge what the work has cost in the end."""
        return one_by_one(capture(stage, stage.processes[0], 5, "capture"))

    async def judge(self, stage: Stage, outcomes: Sequence[Any]) -> Violations:
        stage.clock.advance(minutes=10)
        await stage.sweeps(stage.commit)
        captured = bool(came_to(HoldCaptured, outcomes[0]))
        reported = 3 if came_to(HoldExtended, outcomes[1]) else 2
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
class UsageRefunds(Scenario):
    """One spend of six paid back twice, four at a time and once again under a key, beside a spend.

    A repeat under its key pays back nothing more, whether or not the first has been carried out.
    """

    keys: tuple[str, ...] = ("first", "first", "second")
    spends: tuple[int, ...] = (4,)

    async def prepare(self, stage: Stage) -> None:
        await stage.commit(give(10, key="funds"))
        await stage.commit(take(6, key="usage"))

    def actors(self, stage: Stage) -> Sequence[Actor]:
        return [
            *(one_by_one(_pays_back(stage, 4, key)) for key in self.keys),
            *(in_turn(stage.commit, take(amount, key="spend")) for amount in self.spends),
        ]

    async def judge(self, stage: Stage, outcomes: Sequence[Any]) -> Violations:
        ends = [end for outcome in outcomes for end in outcome]
        balance, left = await stage.balance(), 8 - sum(self.spends)
        refused, done = came_to(UsageRefundTooLarge, ends), came_to(UsageRefunded, ends)
        first = sum(not each.is_replay for each in done)
        return [
            *unless(len(refused) + len(done) == len(self.keys), f"they came to {outcomes}"),
            *unless(first == 1, f"{first} were paid back"),
            *unless(await stage.given() == 14, f"{await stage.given()} came in"),
            *unless(balance == left, f"the balance is {balance}, not {left}"),
        ]


async def _pays_back(stage: Stage, amount: int, key: str) -> UsageRefunded:
    """Pay back part of the usage there was."""
    (usage,) = (
        line for line in stage.store.tables.transactions.main.values.values() if line.signed == -6
    )
    paying_back = RefundingUsage(begin=stage.store.begin, clock=stage.clock, new_id=stage.new_id)
    return await paying_back(
        RefundUsage(account_id=SOMEBODY, transaction_id=usage.id, amount=amount, key=a_key(key=key))
    )


async def place_hold(stage: Stage, amount: int, silence: Silence) -> None:
    """Set credits aside for a minute."""
    place = PlacingHold(commit=stage.commit, charging=stage.charging, new_id=stage.new_id)
    await place(
        PlaceHold(
            account_id=SOMEBODY, amount=amount, ttl=MINUTE, silence=silence, key=a_key(key="hold")
        )
    )


async def capture(stage: Stage, process: GroupCommit, amount: int, key: str) -> HoldCaptured:
    """Charge the one hold there is."""
    capturing = CapturingHold(
        holds=_holds(stage, process), charging=stage.charging, new_id=stage.new_id
    )
    return await capturing(
        CaptureHold(account_id=SOMEBODY, hold_id=the_hold(stage), amount=amount, key=a_key(key=key))
    )


async def release(stage: Stage, process: GroupCommit, key: str) -> HoldReleased:
    """Give the one hold there is back."""
    releasing = ReleasingHold(holds=_holds(stage, process))
    return await releasing(
        ReleaseHold(account_id=SOMEBODY, hold_id=the_hold(stage), key=a_key(key=key))
    )


async def sign_of_life(stage: Stage, process: GroupCommit, reported: int, key: str) -> HoldExtended:
    """Let the one hold there is live on for a minute."""
    extending = ExtendingHold(holds=_holds(stage, process), charging=stage.charging)
    return await extending(
        ExtendHold(
            account_id=SOMEBODY,
            hold_id=the_hold(stage),
            ttl=MINUTE,
            reported=reported,
            key=a_key(key=key),
        )
    )


def the_hold(stage: Stage) -> HoldId:
    """Return the id of the one hold there is."""
    (hold,) = stage.store.tables.holds.main.values.values()
    return hold.id


def _holds(stage: Stage, process: GroupCommit) -> OpenHolds:
    return OpenHolds(commit=process, read=stage.store.read)


async def one_by_one(*deeds: Awaitable[object]) -> list[object]:
    """Do one thing after the other; return what each came to."""
    ends: list[object] = []
    for deed in deeds:
        try:
            ends.append(await deed)
        except BillingError as refusal:
            ends.append(refusal)
    return ends
