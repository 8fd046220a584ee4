"""Health: whether requests should be sent here, what is made of what, and the ledger's proof."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from aiohttp import web
from attrs import frozen

from application.credits.read_proofs import ReadingProofs
from domain.access.role import Right
from entrypoints.console.page import Page, Visit
from entrypoints.http.health import Readiness
from entrypoints.http.refusals import NotReady


@frozen(kw_only=True)
class HealthPages:
    """What `/readyz` answers, the ledger's proof, and facts about the service; no secret."""

    readiness: Readiness
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
        return visit.shown("health.html", problem=problem, proofs=proofs, facts=self.facts)
