"""Health: whether the service should be sent requests, and what it is made of."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from aiohttp import web
from attrs import frozen

from domain.access.role import Right
from entrypoints.console.page import Page, Visit
from entrypoints.http.health import Readiness
from entrypoints.http.refusals import NotReady


@frozen(kw_only=True)
class HealthPages:
    """What `/readyz` answers, and facts that an operator is asked for; no secret among them."""

    readiness: Readiness
    facts: Mapping[str, str]

    def pages(self) -> Sequence[Page]:
        """Return the page."""
        return (Page(method="GET", path="/health", handler=self.get_health, right=Right.READ),)

    async def get_health(self, visit: Visit) -> web.Response:
        """Ask the store now, and say what it answered."""
        problem = ""
        try:
            await self.readiness.check()
        except NotReady as refusal:
            problem = refusal.reason
        return visit.shown("health.html", problem=problem, facts=self.facts)
