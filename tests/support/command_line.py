"""The command line as its users meet it: a process of its own, in a folder of its own."""

import asyncio
import os
import signal
import socket
import sysconfig
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path

from attrs import frozen

BILLING = Path(sysconfig.get_path("scripts")) / "billing"

# The last line of what `billing up` says when it is ready.
_READY = "Stop with Ctrl-C."
_COMMAND_SECONDS = 40.0
_START_SECONDS = 90.0
_LEAVE_SECONDS = 20.0


@frozen(kw_only=True)
class Ran:
    """What a finished command answered, line by line."""

    code: int
    out: list[str]
    err: list[str]


@frozen(kw_only=True)
class Up:
    """A running `billing up`: its address, and what it said when it was ready."""

    url: str
    said: str

    @property
    def commands(self) -> list[str]:
        """The command lines that it shows."""
        return [line for line in self.said.splitlines() if line.startswith("curl ")]


async def billing(folder: Path, *arguments: str, variables: Mapping[str, str] | None = None) -> Ran:
    """Run a command to its end in a folder, with no variables of ours but these."""
    return await run(str(BILLING), *arguments, folder=folder, variables=variables)


async def run(
    *command: str,
    folder: Path,
    variables: Mapping[str, str] | None = None,
    seconds_max: float = _COMMAND_SECONDS,
) -> Ran:
    """Run any program to its end, as `billing` does."""
    process = await asyncio.create_subprocess_exec(
        *command,
        cwd=folder,
        env=_environment(variables),
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        start_new_session=True,
    )
    try:
        async with asyncio.timeout(seconds_max):
            out, err = await process.communicate()
    finally:
        await _killed(process)
    assert process.returncode is not None
    return Ran(
        code=process.returncode, out=out.decode().splitlines(), err=err.decode().splitlines()
    )


@asynccontextmanager
async def billing_up(
    folder: Path, *, customers: int = 3, variables: Mapping[str, str] | None = None
) -> AsyncIterator[Up]:
    """Run `billing up` on a free port while the block is open, and stop it as a user would."""
    port = free_port()
    process = await asyncio.create_subprocess_exec(
        str(BILLING),
        "up",
        "--customers",
        str(customers),
        cwd=folder,
        env=_environment({**(variables or {}), "BILLING_PORT": str(port)}),
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        start_new_session=True,
    )
    try:
        async with asyncio.timeout(_START_SECONDS):
            said = await _said_until_ready(process)
        yield Up(url=f"http://127.0.0.1:{port}", said=said)
    finally:
        await _stopped(process)


def free_port() -> int:
    """Return a port that is free now."""
    with socket.socket() as looked_at:
        looked_at.bind(("127.0.0.1", 0))
        port: int = looked_at.getsockname()[1]
        return port


async def _said_until_ready(process: asyncio.subprocess.Process) -> str:
    assert process.stdout is not None
    said = ""
    while _READY not in said:
        line = await process.stdout.readline()
        assert line, f"`billing up` ended before it was ready, having said: {said}"
        said += line.decode()
    return said


async def _stopped(process: asyncio.subprocess.Process) -> None:
    if process.returncode is None:
        process.send_signal(signal.SIGINT)
        try:
            async with asyncio.timeout(_LEAVE_SECONDS):
                await process.communicate()
        finally:
            await _killed(process)
    assert process.returncode == 0, "`billing up` did not end calmly"


async def _killed(process: asyncio.subprocess.Process) -> None:
    """End a process that has not ended, and whatever it started: that would keep its pipes open."""
    if process.returncode is None:
        os.killpg(process.pid, signal.SIGKILL)
        await process.wait()


def _environment(variables: Mapping[str, str] | None) -> dict[str, str]:
    ours = {name: value for name, value in os.environ.items() if not name.startswith("BILLING")}
    return {**ours, **(variables or {})}
