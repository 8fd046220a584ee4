"""Callers of the served API, and what they are answered."""

from collections.abc import Mapping
from io import BytesIO
from typing import Any, cast

import msgspec
from aiohttp import web
from aiohttp.test_utils import TestClient
from attrs import field, frozen
from multidict import CIMultiDictProxy

Client = TestClient[web.Request, web.Application]


@frozen(kw_only=True)
class Answer:
    """What came back: the status, the headers, the JSON; or a file, as its bytes."""

    status: int
    headers: CIMultiDictProxy[str]
    body: dict[str, Any]
    raw: bytes = field(default=b"", repr=False)

    @property
    def data(self) -> Any:
        """The `data` of an answer that was given."""
        assert self.body["success"] is True, self.body
        return self.body["data"]

    @property
    def error(self) -> dict[str, Any]:
        """The `error` of a refusal."""
        assert self.body["success"] is False, self.body
        return cast("dict[str, Any]", self.body["error"])

    @property
    def code(self) -> str | None:
        """The code of a refusal, or None if it is none."""
        return self.error["code"] if self.body["success"] is False else None

    @property
    def paths(self) -> list[str]:
        """The values of the request that a refusal names."""
        return [each["path"] for each in self.error.get("details", {}).get("fields", ())]

    @property
    def is_replay(self) -> bool:
        """Whether this is a repeated request's first answer."""
        return self.headers.get("Idempotency-Replayed") == "true"


@frozen(kw_only=True)
class Caller:
    """Somebody who asks, with the credential they hold."""

    client: Client = field(repr=False)
    credential: str | None = None

    async def get(self, path: str, **query: str | int) -> Answer:
        """Send a GET with a query."""
        return await self.send("GET", path, query=query)

    async def post(self, path: str, body: object = None, *, key: str | None = None) -> Answer:
        """Send a POST with a JSON body, if there is one, under an idempotency key, if there is."""
        return await self.send("POST", path, body, key=key)

    async def put(self, path: str, body: object = None) -> Answer:
        """Send a PUT with a JSON body."""
        return await self.send("PUT", path, body)

    async def delete(self, path: str) -> Answer:
        """Send a DELETE."""
        return await self.send("DELETE", path)

    async def send(
        self,
        method: str,
        path: str,
        body: object = None,
        *,
        query: Mapping[str, str | int] | str | None = None,
        key: str | None = None,
        headers: Mapping[str, str] | None = None,
        raw: bytes | None = None,
    ) -> Answer:
        """Send a request; `raw` is a body as it stands."""
        sent = dict(headers or {})
        if self.credential is not None:
            sent["Authorization"] = f"Bearer {self.credential}"
        if key is not None:
            sent["Idempotency-Key"] = key
        if body is not None:
            raw = msgspec.json.encode(body)
        if raw is not None:
            sent.setdefault("Content-Type", "application/json")
        data = None if raw is None else BytesIO(raw)
        async with self.client.request(
            method, path, data=data, params=query, headers=sent
        ) as response:
            is_file = response.content_type in {"application/pdf", "text/csv"}
            return Answer(
                status=response.status,
                headers=response.headers,
                body={} if is_file else await response.json(),
                raw=await response.read(),
            )
