"""A running service, asked over HTTP by the command line: it holds the store, we hold a key."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

from aiohttp import ClientError, ClientSession, ClientTimeout
from attrs import field, frozen

from entrypoints.commands.refusals import CommandRefused

# A whole ledger may be proved while we wait.
_SECONDS_MAX = 600.0
_CONNECT_SECONDS_MAX = 3.0


class ServiceRefused(CommandRefused):
    """The running service does not answer, or says no; its text is one line for the operator."""


@frozen(kw_only=True)
class RunningService:
    """A service at an address, and the credential of an owner."""

    url: str
    credential: str = field(repr=False)

    async def ask(self, method: str, path: str, body: Mapping[str, object] | None = None) -> Any:
        """Return the `data` of the answer. Raises ServiceRefused."""
        return (await self._answer(method, path, body))["data"]

    async def every(self, path: str) -> list[Any]:
        """Return a list to its end, page by page. Raises ServiceRefused."""
        found: list[Any] = []
        after = ""
        while True:
            answer = await self._answer("GET", f"{path}?limit=100{after}", None)
            found += answer["data"]
            if answer["meta"]["next"] is None:
                return found
            after = f"&after={quote(answer['meta']['next'])}"

    async def _answer(
        self, method: str, path: str, body: Mapping[str, object] | None
    ) -> dict[str, Any]:
        timeout = ClientTimeout(total=_SECONDS_MAX, connect=_CONNECT_SECONDS_MAX)
        headers = {"Authorization": f"Bearer {self.credential}"}
        try:
            async with (
                ClientSession(timeout=timeout, headers=headers) as session,
                session.request(method, f"{self.url}{path}", json=body) as response,
            ):
                answer = await response.json()
        except (ClientError, TimeoutError, ValueError) as fault:
            problem = f"no answer from {self.url} ({type(fault).__name__}); is it running?"
            raise ServiceRefused(problem) from fault
        if not isinstance(answer, dict) or "success" not in answer:
            raise ServiceRefused(f"{self.url} answers, but not as this service does")
        if not answer["success"]:
            refused = answer["error"]
            raise ServiceRefused(f"{self.url} refused: {refused['message']} ({refused['code']})")
        return answer
