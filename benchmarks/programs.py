"""A program of this folder in a process of its own, asked line by line and answering so."""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, TypeVar

import msgspec
import uvloop
from attrs import frozen

from benchmarks.measured import Sample

ROOT = Path(__file__).parents[1]

Order = TypeVar("Order")

_ANSWER_SECONDS_MAX = 900.0
_LEAVE_SECONDS_MAX = 20.0
_LINE_BYTES_MAX = 1024 * 1024


class ProgramFailed(Exception):
    """A program of this folder ended, or measured something that must not be counted."""


@frozen
class Program:
    """A program that waits for orders on its standard input."""

    module: str
    process: asyncio.subprocess.Process

    async def ask(self, order: object) -> Sample:
        """Have something measured. Raises ProgramFailed."""
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.write(msgspec.json.encode(order) + b"\n")
        async with asyncio.timeout(_ANSWER_SECONDS_MAX):
            answer = await self.process.stdout.readline()
        if not answer:
            raise ProgramFailed(f"{self.module} ended without an answer")
        return msgspec.json.decode(answer, type=Sample)


@asynccontextmanager
async def running(
    module: str, *arguments: str, variables: Mapping[str, str] | None = None
) -> AsyncIterator[Program]:
    """Run a module of this folder for as long as the block is open.

    What is secret, as the address of a database is, goes into variables: others see arguments.
    """
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        module,
        *arguments,
        cwd=ROOT,
        env={**os.environ, **(variables or {})},
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        limit=_LINE_BYTES_MAX,
    )
    try:
        yield Program(module, process)
    finally:
        await _ended(process)


async def _ended(process: asyncio.subprocess.Process) -> None:
    if process.stdin is not None:
        process.stdin.close()
    try:
        async with asyncio.timeout(_LEAVE_SECONDS_MAX):
            await process.wait()
    except TimeoutError:
        process.kill()
        await process.wait()


def serve_orders(kind: type[Order], carry_out: Callable[[Order], Awaitable[Sample]]) -> None:
    """Carry out orders from the standard input until it ends, on the loop the service runs on."""
    uvloop.run(_serve(kind, carry_out))


async def answer_orders(kind: type[Order], carry_out: Callable[[Order], Awaitable[Sample]]) -> None:
    """Carry out orders until there are no more; for programs that open something first."""
    await _serve(kind, carry_out)


async def _serve(kind: Any, carry_out: Callable[[Any], Awaitable[Sample]]) -> None:
    loop = asyncio.get_running_loop()
    while line := await loop.run_in_executor(None, sys.stdin.buffer.readline):
        sample = await carry_out(msgspec.json.decode(line, type=kind))
        sys.stdout.buffer.write(msgspec.json.encode(sample) + b"\n")
        sys.stdout.buffer.flush()
