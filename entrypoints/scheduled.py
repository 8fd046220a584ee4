"""What is looked at by itself: payments every hour, prices every day, the ledger every night."""

from __future__ import annotations

import structlog
from attrs import field, frozen

from application.credits.prove_stretch import ProveStretch, ProvingStretch
from application.payments.compare_stretch import CompareStretch, ComparingStretch
from application.payments.steps.concerns import Concern, NeedsPerson, raise_alarms
from application.ports.provider import Capability, Providers
from application.ports.system import Alarm
from application.subscriptions.compare_prices import ComparePrices, ComparingPrices
from domain.credits.proof_round import ProofRound
from domain.payments.comparison_round import Track
from domain.payments.ids import Channel
from entrypoints.telemetry.tallies import Tallies

QUESTIONS = 20
"""So often a provider is asked in a stretch about single things; then others work."""

PROOF_ACCOUNTS = 500
PROOF_LINES = 5_000
"""A stretch begins no account behind so much, which is half a second of work.

Whoever stops in the middle loses no more, unless it was at a longer account: an account is proved
from its first line to its last at one go, and begun anew by whoever goes on.
"""

_log = structlog.get_logger(__name__)


@frozen(kw_only=True)
class ScheduledReconciliation:
    """Mends what webhooks did not tell, on every channel that can be read, a stretch at a time.

    Each channel has two rounds, that of the events, which comes first, and that of all that is
    open. How far they are stands in the store, for whichever process goes on.
    """

    compare_stretch: ComparingStretch
    providers: Providers
    alarm: Alarm
    tallies: Tallies = field(factory=Tallies)

    async def run(self) -> int:
        """Compare a stretch of every round that is due. It answers 0, so that others work next."""
        for channel, provider in self.providers.items():
            if Capability.READ in provider.capabilities:
                for track in Track:
                    await self._compare(channel, track)
        return 0

    async def _compare(self, channel: Channel, track: Track) -> None:
        compared = await self.compare_stretch(
            CompareStretch(channel=channel, track=track, questions_max=QUESTIONS)
        )
        if compared.present is not None:
            self.tallies.compared(compared.present)
        concerns = (
            Concern(about=drift.about, problem=drift.problem, names=drift.names)
            for drift in compared.drift
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
