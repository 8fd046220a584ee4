"""Health for admins: whether the service is ready, and how the ledger's proof stands."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from aiohttp import web
from attrs import frozen

from application.credits.read_proofs import ReadingProofs
from domain.access.role import Right
from domain.credits.proof_round import ProofRound
from entrypoints.http.admin_credits import BreachView
from entrypoints.http.endpoint import Endpoint
from entrypoints.http.health import Readiness
from entrypoints.http.policy import Admin
from entrypoints.http.refusals import NotReady
from entrypoints.http.values import Instant
from entrypoints.http.wire import reply


@frozen(kw_only=True, slots=False)
class ProofView:
    """A round of the ledger's proof: what it has read, and the places that break a rule.

    Of `breaches_total` places the first hundred are named. `seconds` is how long it took, the
    rests between its stretches included; null until it has ended.
    """

    due_at: Instant
    begun_at: Instant
    ended_at: Instant | None
    seconds: float | None
    accounts: int
    lines: int
    breaches_total: int
    breaches: tuple[BreachView, ...]

    @classmethod
    def of(cls, proof: ProofRound) -> ProofView:
        """Return the round as it is shown."""
        return cls(
            due_at=proof.due_at,
            begun_at=proof.begun_at,
            ended_at=proof.ended_at,
            seconds=None if proof.took is None else proof.took.total_seconds(),
            accounts=proof.accounts,
            lines=proof.lines,
            breaches_total=proof.breaches_total,
            breaches=tuple(BreachView.of(breach) for breach in proof.breaches),
        )


@frozen(kw_only=True, slots=False)
class ServiceHealthView:
    """Whether requests should be sent here (`reason` says why not), and the ledger's proof.

    `stuck_jobs` are the jobs of this process's worker that have shown no progress for a quarter of
    an hour; requests are answered all the same.
    `last_proof` is the last round that has ended, `proof_under_way` one that has not; null where
    there is none.
    """

    is_ready: bool
    reason: str | None
    stuck_jobs: tuple[str, ...]
    last_proof: ProofView | None
    proof_under_way: ProofView | None
    next_proof_due_at: Instant


@frozen(kw_only=True)
class AdminHealthApi:
    """What an operator asks first."""

    readiness: Readiness
    stuck_jobs: Callable[[], Sequence[str]]
    read_proofs: ReadingProofs

    def endpoints(self) -> Sequence[Endpoint]:
        """Return the route."""
        return (
            Endpoint(
                method="GET",
                path="/admin/health",
                handler=self.get_health,
                policy=Admin(Right.READ),
                tag="Service",
                summary="Read how the service is, and what the ledger's proof found",
                description=(
                    "The worker proves the whole ledger every night; BILLING_PROOF_HOUR says when. "
                    "Anything but 0 in `breaches_total` is an emergency."
                ),
                response=ServiceHealthView,
            ),
        )

    async def get_health(self, request: web.Request) -> web.Response:
        """Ask the store now, and answer what the worker has found."""
        reason = None
        try:
            await self.readiness.check()
        except NotReady as refusal:
            reason = refusal.reason
        proofs = await self.read_proofs()
        return reply(
            ServiceHealthView(
                is_ready=reason is None,
                reason=reason,
                stuck_jobs=tuple(self.stuck_jobs()),
                last_proof=None if proofs.ended is None else ProofView.of(proofs.ended),
                proof_under_way=(
                    None if proofs.under_way is None else ProofView.of(proofs.under_way)
                ),
                next_proof_due_at=proofs.next_due_at,
            )
        )
