"""Health: whether requests should be sent here, what hangs, and the ledger's proof."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from aiohttp import web
from attrs import frozen

from application.credits.read_proofs import ReadingProofs
from domain.access.role import Right
from domain.credits.claw_back import Shortfall
from entrypoints.console.page import Page, Visit
from entrypoints.http.health import Readiness
from entrypoints.http.refusals import NotReady

SHORTFALLS: Mapping[Shortfall, str] = {
    Shortfall.OWE: "The account owes them, and later credits fill the hole first",
    Shortfall.FORGIVE: "Nobody owes them",
    Shortfall.FREEZE: "Nobody owes them, and the account is frozen until somebody has looked",
}
"""What becomes of spent credits whose payment goes back, as people read it."""


@frozen(kw_only=True)
class HealthPages:
    """What `/readyz` answers, jobs that hang, the ledger's proof, and facts; no secret."""

    readiness: Readiness
    stuck_jobs: Callable[[], Sequence[str]]
    read_proofs: ReadingProofs
    facts: Mapping[str, str]

    def pages(self) -> Sequence[Page]:
        """Return the page."""
        return (Page(method="GET", path="/health", handler=self.get_health, right=Right.READ),)

    async def get_health(self, visit: Visit) -> web.Response:
        """Ask the store now, and say what it answered. Without a store nothing else is asked."""
        problem, proofs = "", None
        try:
            await self.readiness.check()
            proofs = await self.read_proofs()
        except NotReady as refusal:
            problem = refusal.reason
        return visit.shown(
            "health.html",
            problem=problem,
            stuck_jobs=self.stuck_jobs(),
            proofs=proofs,
            facts=self.facts,
        )
