"""A client of the billing service for a product's backend: one file that needs aiohttp alone.

    async with BillingClient("https://billing.example.com", key=KEY) as billing:
        async with billing.hold("user-1042", amount=200) as hold:
            async for part in answer_of_the_model():
                hold.report(cost_so_far)
                if not hold.is_covered:
                    break

Leaving the block charges what was reported and gives back the rest, also when the task is
cancelled. Should the whole process die, the service does so by itself when the hold falls silent.
Every write has an idempotency key, made here unless given, and is repeated under it until the
service has answered, so that nothing is charged twice and nothing is forgotten.
"""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Mapping, Sequence
from typing import Any, Literal, Self

import aiohttp
from attrs import define, field, fields, frozen

TRIES = 6
TIMEOUT_S = 10.0
HOLD_TTL_S = 120
_FIRST_PAUSE_S = 0.1
_LONGEST_PAUSE_S = 5.0
_PASSING = frozenset({429, 500, 502, 503, 504})

Said = Mapping[str, Any] | None
Silence = Literal["release", "capture_reported", "capture_all"]


class BillingFault(Exception):
    """The service refused a request, or could not be reached.

    `code` is stable and documented, `status` is that of the answer (0 where there was none), and
    `details` are as the service gave them.
    """

    def __init__(
        self, status: int, code: str, message: str, details: Mapping[str, Any] | None = None
    ) -> None:
        super().__init__(f"{code}: {message}")
        self.status = status
        self.code = code
        self.message = message
        self.details = details or {}


class InsufficientCredits(BillingFault):
    """The account cannot afford this. Nothing was taken."""


class Unavailable(BillingFault):
    """The service gave no answer in all tries; whether the last one had an effect is not known.

    Repeating with the same key is safe.
    """


@frozen(kw_only=True)
class Balance:
    """What an account holds, in credits: `available` may be spent, `held` is set aside.

    While it is `frozen` nothing may be spent, whatever is available.
    """

    balance: int
    available: int
    held: int
    frozen: bool


@frozen(kw_only=True)
class Spent:
    """A spend as it was first carried out; `amount` is what it took.

    Usage that costs nothing has no transaction. `replayed` says that the key was known already.
    """

    transaction_id: str | None
    amount: int
    balance: int
    available: int
    replayed: bool


@frozen(kw_only=True)
class Settled:
    """How a hold ended: what was charged, what came back, and what could not be charged."""

    captured: int
    released: int
    shortfall: int
    transaction_id: str | None


@frozen(kw_only=True)
class _Answer:
    data: Any
    replayed: bool


@define(kw_only=True)
class BillingClient:
    """A connection to one billing service, by one API key. Use it as an async context manager.

    `timeout_s` bounds each try, `tries` how often one is made. Raises BillingFault throughout.
    """

    url: str
    key: str = field(repr=False)
    timeout_s: float = TIMEOUT_S
    tries: int = TRIES
    _session: aiohttp.ClientSession | None = None

    async def __aenter__(self) -> Self:
        self._session = aiohttp.ClientSession(
            base_url=self.url.rstrip("/") + "/",
            headers={"Authorization": f"Bearer {self.key}"},
            timeout=aiohttp.ClientTimeout(total=self.timeout_s),
        )
        return self

    async def __aexit__(self, *_exit: object) -> None:
        assert self._session is not None
        await self._session.close()

    async def balance(self, account_id: str) -> Balance:
        """Return what the account holds at this instant."""
        answer = await self._call("GET", "credits/balance", query={"account_id": account_id})
        return Balance(**_told(Balance, answer.data))

    async def spend(
        self,
        account_id: str,
        amount: int | None = None,
        *,
        usage: Mapping[str, Any] | None = None,
        type: str = "ai_usage",
        feature: str | None = None,
        description: str = "",
        metadata: Mapping[str, Any] | None = None,
        key: str | None = None,
    ) -> Spent:
        """Take credits, or what the usage costs: once, or not at all. Raises InsufficientCredits.

        `usage` is a model and its counts, such as `{"model": "gpt-4o", "input_tokens": 812}`.
        """
        about = {"feature": feature, "description": description, "metadata": metadata}
        body = {"account_id": account_id, **_cost(amount, usage), "type": type, **about}
        answer = await self._call("POST", "credits/spend", body=body, key=key or new_key())
        return _spent(answer.data, replayed=answer.replayed)

    async def spend_batch(self, items: Sequence[Mapping[str, Any]]) -> list[Spent | BillingFault]:
        """Spend up to 1,000 times in one call; return, in order, each outcome.

        An item is what `POST /credits/spend` takes, with a `key` of its own. One that is refused
        does not touch the others: its fault is returned in its place.
        """
        answer = await self._call("POST", "credits/spend/batch", body={"items": list(items)})
        outcomes: list[Spent | BillingFault] = []
        for each in answer.data["results"]:
            if each["error"] is None:
                outcomes.append(_spent(each["data"], replayed=each["replayed"]))
            else:
                outcomes.append(_fault(each["status"], each["error"]))
        return outcomes

    async def refund(
        self,
        account_id: str,
        transaction_id: str,
        amount: int | None = None,
        *,
        description: str = "",
        key: str | None = None,
    ) -> int:
        """Pay usage back, whole or in part, into the lots that had paid; return how much."""
        body = {"account_id": account_id, "amount": amount, "description": description}
        path = f"credits/transactions/{transaction_id}/refund"
        answer = await self._call("POST", path, body=body, key=key or new_key())
        return int(answer.data["amount"])

    def hold(
        self,
        account_id: str,
        amount: int | None = None,
        *,
        usage: Mapping[str, Any] | None = None,
        ttl_s: int = HOLD_TTL_S,
        on_silence: Silence = "capture_reported",
        type: str = "ai_usage",
        feature: str | None = None,
        description: str = "",
        metadata: Mapping[str, Any] | None = None,
        key: str | None = None,
    ) -> Hold:
        """Return a hold to be entered with `async with`: an amount, or what estimated usage costs.

        While the block runs the hold is kept alive, and what was reported is told to the service.
        Entering raises InsufficientCredits.
        """
        about = {"feature": feature, "description": description, "metadata": metadata}
        body = {"account_id": account_id, **_cost(amount, usage), "type": type, **about}
        body |= {"ttl_s": ttl_s, "on_silence": on_silence}
        return Hold(
            client=self, account_id=account_id, ttl_s=ttl_s, body=body, key=key or new_key()
        )

    async def call(
        self,
        method: str,
        path: str,
        *,
        query: Said = None,
        body: Said = None,
        key: str | None = None,
    ) -> Any:
        """Return the `data` of any other endpoint's answer. A write without a key is tried once."""
        return (await self._call(method, path.lstrip("/"), query=query, body=body, key=key)).data

    async def _call(
        self, method: str, path: str, query: Said = None, body: Said = None, key: str | None = None
    ) -> _Answer:
        is_safe = method == "GET" or key is not None or path == "credits/spend/batch"
        tries = self.tries if is_safe else 1
        for number in range(1, tries + 1):
            try:
                return await self._tried(method, path, query, body, key)
            except Unavailable as fault:
                if number == tries:
                    raise
                await asyncio.sleep(_pause(number, fault.details.get("retry_after")))
        raise AssertionError("the last try returns or raises")

    async def _tried(
        self, method: str, path: str, query: Said, body: Said, key: str | None
    ) -> _Answer:
        assert self._session is not None, "the client is entered before it is used"
        headers = {} if key is None else {"Idempotency-Key": key}
        given = None if body is None else {k: v for k, v in body.items() if v is not None}
        try:
            async with self._session.request(
                method, path, params=query, json=given, headers=headers
            ) as answer:
                said = await answer.json(content_type=None)
                retry_after = answer.headers.get("Retry-After")
                replayed = answer.headers.get("Idempotency-Replayed") == "true"
        except (aiohttp.ClientError, TimeoutError, ValueError) as silence:
            raise Unavailable(0, "unreachable", f"no answer: {silence!r}") from silence
        if answer.status in _PASSING:
            error = said.get("error", {}) if isinstance(said, dict) else {}
            code = str(error.get("code", "unavailable"))
            details = {"retry_after": retry_after}
            raise Unavailable(answer.status, code, str(error.get("message", "")), details)
        if not isinstance(said, dict) or "success" not in said:
            raise Unavailable(answer.status, "unreadable", "the answer is none of the service's")
        if not said["success"]:
            raise _fault(answer.status, said["error"])
        return _Answer(data=said["data"], replayed=replayed)


@define(kw_only=True, eq=False)
class Hold:
    """Credits set aside while the block runs.

    `is_covered` turns false once what was reported, by the service's last answer, goes beyond what
    is set aside, and `is_lost` once the service says that the hold has ended without us.
    """

    client: BillingClient = field(repr=False)
    account_id: str
    ttl_s: int
    body: Mapping[str, Any] = field(repr=False)
    key: str
    id: str = field(default="", init=False)
    amount: int = field(default=0, init=False)
    is_covered: bool = field(default=True, init=False)
    is_lost: bool = field(default=False, init=False)
    settled: Settled | None = field(default=None, init=False)
    _reported: Mapping[str, Any] | None = field(default=None, init=False)
    _beats: asyncio.Task[None] | None = field(default=None, init=False)

    async def __aenter__(self) -> Self:
        answer = await self.client.call("POST", "credits/holds", body=self.body, key=self.key)
        self.id, self.amount = answer["id"], answer["amount"]
        self._beats = asyncio.create_task(self._keep_alive(), name=f"hold {self.id}")
        return self

    def report(self, cost: int | None = None, *, usage: Mapping[str, Any] | None = None) -> None:
        """Say what the work has cost since it began, in credits or as usage: the whole each time.

        It is told to the service with the next sign of life, and charged when the block ends.
        """
        self._reported = _cost(cost, usage)
        if cost is not None:
            self.is_covered = cost <= self.amount

    async def __aexit__(self, *_exit: object) -> None:
        if self._beats is not None:
            self._beats.cancel()
        settling = asyncio.create_task(self._settle(), name=f"settle {self.id}")
        await _finished(settling)

    async def _settle(self) -> None:
        """Charge what was reported; where nothing was, give everything back."""
        path = f"credits/holds/{self.id}/" + ("capture" if self._reported else "release")
        body = {"account_id": self.account_id, **(self._reported or {})}
        try:
            ended = await self.client.call("POST", path, body=body, key=f"{self.key}:end")
        except BillingFault as fault:
            if fault.code != "hold_not_open":
                raise
            # Its time was up: the service has settled it by what it had been told.
            self.is_lost = True
            return
        self.settled = Settled(**_told(Settled, ended))

    async def _keep_alive(self) -> None:
        """Give a sign of life three times in the hold's life, with what was reported so far."""
        number, path = 0, f"credits/holds/{self.id}/extend"
        while not self.is_lost:
            await asyncio.sleep(self.ttl_s / 3)
            number += 1
            body = {"account_id": self.account_id, "ttl_s": self.ttl_s, **(self._reported or {})}
            body["reported"] = body.pop("amount", None)
            try:
                key = f"{self.key}:beat:{number}"
                answer = await self.client.call("POST", path, body=body, key=key)
            except Unavailable:
                # The next one may get through; the service goes by its own clock meanwhile.
                continue
            except BillingFault:
                self.is_lost = True
                return
            self.is_covered = answer["is_covered"]


def new_key() -> str:
    """Return an idempotency key that nobody has used."""
    return secrets.token_urlsafe(18)


async def _finished(task: asyncio.Task[None]) -> None:
    """Wait for a task to its end, whoever cancels the one that waits; then let that happen."""
    cancelled: asyncio.CancelledError | None = None
    while not task.done():
        try:
            await asyncio.shield(task)
        except asyncio.CancelledError as asked:
            if task.done():
                break
            cancelled = asked
        except BillingFault:
            break
    if cancelled is not None:
        if not task.cancelled():
            # Looked at, so that the loop does not complain of it; the cancelling goes first.
            task.exception()
        raise cancelled
    task.result()


def _cost(amount: int | None, usage: Mapping[str, Any] | None) -> dict[str, Any]:
    if (amount is None) is (usage is None):
        raise ValueError("give either an amount of credits or usage")
    return {"amount": amount} if usage is None else {"usage": dict(usage)}


def _told(kind: type[Balance | Settled], data: Mapping[str, Any]) -> dict[str, Any]:
    """Return what an answer says of each field; the service may say more than we know of."""
    return {each.name: data[each.name] for each in fields(kind)}


def _spent(data: Mapping[str, Any], *, replayed: bool) -> Spent:
    return Spent(
        transaction_id=data["transaction_id"],
        amount=-int(data["amount"]),
        balance=data["balance"],
        available=data["available"],
        replayed=replayed,
    )


def _fault(status: int, error: Mapping[str, Any]) -> BillingFault:
    kind = InsufficientCredits if status == 402 else BillingFault
    return kind(status, error["code"], error["message"], error.get("details"))


def _pause(number: int, retry_after: str | None) -> float:
    """Return how long to wait after the n-th try: what we were told, or ever longer by chance."""
    if retry_after is not None and retry_after.isdigit():
        return min(float(retry_after), _LONGEST_PAUSE_S)
    longest = min(_FIRST_PAUSE_S * 2.0**number, _LONGEST_PAUSE_S)
    return longest * (500 + secrets.randbelow(500)) / 1000
