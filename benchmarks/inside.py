"""The use case without HTTP: so many tasks that spend, in one process with the store's own group.

Run as a program it is handed the address of a database in `BILLING_DATABASE_URL`.
"""

from __future__ import annotations

import asyncio
import gc
import os
import secrets
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager

import uvloop
from attrs import frozen

from application.credits.spend_credits import SpendCredits, SpendingCredits
from application.ports.idempotency import Caller, RequestKey
from benchmarks import programs
from benchmarks.accounts import HOT, Range, spend_body
from benchmarks.conversations import Talk, accounts_of
from benchmarks.measured import Sample, sample_of
from benchmarks.programs import Program, answer_orders
from domain.credits.ids import AccountId
from entrypoints.container import Container
from entrypoints.http.credits import kept_text
from entrypoints.service import opened
from entrypoints.settings import load_settings

_ADDRESS = "BILLING_DATABASE_URL"
_OVERDUE_SECONDS = 60.0


@frozen(kw_only=True)
class Tasks:
    """An order: so many tasks that spend one after the other, for so many seconds at most."""

    tasks: int
    seconds: float
    among: Range
    is_hot: bool = False
    is_each_once: bool = False


@frozen(kw_only=True)
class _Spender:
    """One after the other, as long as there is time and there are accounts."""

    spend: SpendingCredits
    accounts: Iterator[str]
    ends_at: float
    latencies: list[float]

    async def run(self) -> None:
        last = time.perf_counter()
        for account in self.accounts:
            await self.spend(_command(account))
            now = time.perf_counter()
            self.latencies.append(now - last)
            last = now
            if now >= self.ends_at:
                return


def _command(account: str) -> SpendCredits:
    body = spend_body(account)
    key = RequestKey(
        owner=account, caller=Caller.BACKEND, key=secrets.token_hex(16), fingerprint="measured"
    )
    return SpendCredits(
        account_id=AccountId(account),
        amount=body["amount"],
        description=body["description"],
        metadata=kept_text(body["metadata"]),
        key=key,
    )


def _accounts(order: Tasks) -> Iterator[str]:
    if order.is_hot:
        return iter(lambda: HOT, "")
    among = Talk(kind="", port=0, among=order.among, is_each_once=order.is_each_once)
    return accounts_of(among)


@asynccontextmanager
async def running(address: str) -> AsyncIterator[Program]:
    """Run this program on a database."""
    variables = {_ADDRESS: address}
    async with programs.running("benchmarks.inside", variables=variables) as program:
        yield program


async def _main() -> None:
    container = Container(settings=load_settings({_ADDRESS: os.environ[_ADDRESS]}))
    async with opened(container):
        spend = container.spend_credits()
        # As the service does once it answers.
        gc.freeze()
        gc.set_threshold(50_000, 20, 100)

        async def carry_out(order: Tasks) -> Sample:
            began, cpu_before = time.perf_counter(), time.process_time()
            spender = _Spender(
                spend=spend,
                accounts=_accounts(order),
                ends_at=began + order.seconds,
                latencies=[],
            )
            async with asyncio.timeout(order.seconds + _OVERDUE_SECONDS):
                await asyncio.gather(*(spender.run() for _ in range(order.tasks)))
            seconds = time.perf_counter() - began
            cpu_s = time.process_time() - cpu_before
            return sample_of(spender.latencies, seconds, cpu_s=cpu_s)

        await answer_orders(Tasks, carry_out)


if __name__ == "__main__":
    uvloop.run(_main())
