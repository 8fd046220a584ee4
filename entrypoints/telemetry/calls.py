"""Calls to payment providers, watched where their requests leave and their answers come in."""

from __future__ import annotations

from time import perf_counter
from types import SimpleNamespace

from aiohttp import (
    ClientSession,
    TraceConfig,
    TraceRequestEndParams,
    TraceRequestExceptionParams,
    TraceRequestStartParams,
)

from entrypoints.telemetry.tallies import Tallies


def watching(channel: str, tallies: Tallies) -> TraceConfig:
    """Return what counts a provider's calls: by the class of the answer, or that none came."""

    async def begun(
        session: ClientSession, context: SimpleNamespace, params: TraceRequestStartParams
    ) -> None:
        context.began = perf_counter()

    async def answered(
        session: ClientSession, context: SimpleNamespace, params: TraceRequestEndParams
    ) -> None:
        outcome = f"{params.response.status // 100}xx"
        tallies.call(channel, outcome, perf_counter() - context.began)

    async def failed(
        session: ClientSession, context: SimpleNamespace, params: TraceRequestExceptionParams
    ) -> None:
        tallies.call(channel, "no_answer", perf_counter() - context.began)

    watch = TraceConfig()
    watch.on_request_start.append(begun)
    watch.on_request_end.append(answered)
    watch.on_request_exception.append(failed)
    return watch
