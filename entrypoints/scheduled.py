"""What is looked at by itself: payments every hour, prices every day, the ledger every night."""

from __future__ import annotations

from datetime import datetime, timedelta

import structlog
from attrs import define, field, frozen

from application.credits.prove_stretch import ProveStretch, ProvingStretch
from application.payments.reconcile import Reconcile, Reconciling
from application.payments.steps.concerns import Concern, NeedsPerson, raise_alarms
from application.ports.provider import Capability, Providers
from application.ports.system import Alarm, Clock
from application.subscriptions.compare_prices import ComparePrices, ComparingPrices
from domain.access.audit import Actor
from domain.credits.proof_round import ProofRound
from domain.payments.ids import Channel
from entrypoints.telemetry.tallies import Tallies

OVERLAP = timedelta(hours=1)
"""So much of what was compared before is compared again: providers list late what they know."""

PROOF_ACCOUNTS = 500
PROOF_LINES = 5_000
"""A stretch of so much is half a second of work; whoever stops in the middle loses no more."""

_log = structlog.get_logger(__name__)
_REASON = "scheduled"
_ACTOR = Actor(id="system")


@define(kw_only=True)
class ScheduledReconciliation:
    """Mends what webhooks did not tell, on every channel that can be read.

    Where it goes on from is kept in the process: the first time a week back, or further if nothing
    has been heard for longer; then from the last success on, however long ago that was.
    """

    reconcile: Reconciling
    providers: Providers
    wall_clock: Clock
    alarm: Alarm
    tallies: Tallies = field(factory=Tallies)
    _since: dict[Channel, datetime] = field(factory=dict, init=False)

    async def run(self) -> int:
        """Compare every channel once. Nothing is left to be done at once, so it answers 0."""
        for channel, provider in self.providers.items():
            if Capability.READ in provider.capabilities:
                await self._compare(channel)
        return 0

    async def _compare(self, channel: Channel) -> None:
        began_at = self.wall_clock()
        found = await self.reconcile(
            Reconcile(
                channel=channel,
                since=self._since.get(channel),
                is_to_be_applied=True,
                reason=_REASON,
                actor=_ACTOR,
            )
        )
        is_read = channel not in found.unread
        self._since[channel] = began_at - OVERLAP if is_read else found.since[channel]
        self.tallies.compared(channel, found.drift, self.wall_clock(), is_read=is_read)
        concerns = (
            Concern(about=drift.about, problem=drift.problem, names=drift.names)
            for drift in found.drift
            if drift.problem is not None
        )
        raise_alarms(self.alarm, channel, concerns)


@frozen(kw_only=True)
class ScheduledPrices:
    """Tells the operator about every price that a provider has changed, or that was mistyped."""

    compare_prices: ComparingPrices
    alarm: Alarm

    async def run(self) -> int:
        """Compare everything on sale once."""
        for each in await self.compare_prices(ComparePrices()):
            self.alarm(f"a price differs at {each.channel}", NeedsPerson(str(each)))
        return 0


@frozen(kw_only=True)
class ScheduledProof:
    """Proves a stretch of the ledger whenever a round is due, and tells of every broken rule."""

    prove_stretch: ProvingStretch
    alarm: Alarm

    async def run(self) -> int:
        """Prove one stretch. The next is never due at once, so that others work between two."""
        proved = await self.prove_stretch(
            ProveStretch(accounts_max=PROOF_ACCOUNTS, lines_max=PROOF_LINES)
        )
        for breach in proved.breaches:
            place = f"account {breach.account_id}, seq {breach.seq}: {breach.rule}: {breach.found}"
            self.alarm("the ledger breaks a rule", NeedsPerson(place))
        if proved.proof is not None:
            _tell_of_its_end(proved.proof)
        return 0


def _tell_of_its_end(proof: ProofRound) -> None:
    if proof.took is not None:
        _log.info(
            "ledger_proved",
            accounts=proof.accounts,
            lines=proof.lines,
            breaches=proof.breaches_total,
            seconds=proof.took.total_seconds(),
        )
