"""A real service process: started on a free port, waited for, killed, stopped, its log kept."""

import asyncio
import os
import random
import signal
import socket
import sys
import time
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

import aiohttp
from attrs import define, field

from tests.support.command_line import BILLING

SERVE: Sequence[str] = (str(BILLING), "serve")

_CHECKOUT = Path(__file__).parents[2]
_READY_SECONDS_MAX = 60.0
_LEAVE_SECONDS_MAX = 30.0
_LOOK_SECONDS = 0.05
# Below what the kernel gives to outgoing connections: while a service is down, nobody else gets its
# port, and no client connects to itself.
_PORTS = range(18_000, 32_000)
_PORTS_TRIED = 50


def quiet_port() -> int:
    """Return a port that is free now and that nobody is given by chance."""
    for port in random.SystemRandom().sample(_PORTS, _PORTS_TRIED):
        with socket.socket() as looked_at:
            try:
                looked_at.bind(("127.0.0.1", port))
            except OSError:
                continue
            return port
    raise AssertionError("no port is free")


@define(kw_only=True)
class ServiceProcess:
    """One service and the port it keeps over all its lives."""

    folder: Path
    variables: Mapping[str, str]
    command: Sequence[str] = SERVE
    port: int = field(factory=quiet_port)
    ready_after: list[float] = field(factory=list)
    _process: asyncio.subprocess.Process | None = None

    @property
    def url(self) -> str:
        """Where it answers."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def is_running(self) -> bool:
        """Whether the process lives."""
        return self._process is not None and self._process.returncode is None

    @property
    def pid(self) -> int:
        """The number of the process of this life."""
        assert self._process is not None
        return self._process.pid

    @property
    def queued_seconds(self) -> float:
        """How long it could have run in this life, but others had the processors."""
        return queued_seconds(self.pid)

    @property
    def said(self) -> str:
        """Everything that it has logged, in all its lives."""
        path = self._log
        return path.read_text(errors="replace") if path.exists() else ""

    async def start(self) -> None:
        """Begin a life, and note how long it takes until requests are answered.

        Time in which it could have run, but others had the processors, does not count.
        """
        assert not self.is_running, "it runs already"
        started = time.monotonic()
        with self._log.open("ab") as log:
            self._process = await asyncio.create_subprocess_exec(
                *self.command,
                cwd=self.folder,
                env=_environment({**self.variables, "BILLING_PORT": str(self.port)}),
                stdin=asyncio.subprocess.DEVNULL,
                stdout=log,
                stderr=log,
            )
        await self._until_ready()
        took = time.monotonic() - started
        self.ready_after.append(took - self.queued_seconds)

    async def kill(self) -> None:
        """End it as a power cut would: it is told nothing."""
        assert self._process is not None
        if self._process.returncode is None:
            self._process.kill()
        await self._process.wait()

    async def stop(self) -> int:
        """Ask it to leave, wait until it has, and return its exit code."""
        assert self._process is not None
        self._process.send_signal(signal.SIGTERM)
        try:
            async with asyncio.timeout(_LEAVE_SECONDS_MAX):
                return await self._process.wait()
        except TimeoutError:
            await self.kill()
            raise

    async def is_ready(self) -> bool:
        """Ask it whether requests should be sent to it."""
        timeout = aiohttp.ClientTimeout(total=5)
        try:
            async with (
                aiohttp.ClientSession(timeout=timeout) as session,
                session.get(f"{self.url}/readyz") as response,
            ):
                return response.status == 200
        except (aiohttp.ClientError, TimeoutError):
            return False

    async def _until_ready(self) -> None:
        async with asyncio.timeout(_READY_SECONDS_MAX):
            while not await self.is_ready():
                assert self.is_running, f"the service ended before it was ready: {self.said}"
                await asyncio.sleep(_LOOK_SECONDS)

    @property
    def _log(self) -> Path:
        return self.folder / f"service-{self.port}.log"


@asynccontextmanager
async def running(*services: ServiceProcess) -> AsyncIterator[None]:
    """Start services side by side; whatever of them still runs at the end is killed."""
    try:
        await asyncio.gather(*(service.start() for service in services))
        yield
    finally:
        for service in services:
            if service.is_running:
                await service.kill()


def of_this_checkout(module: str, *arguments: str) -> Sequence[str]:
    """Return the command that runs a module of the tests as a service."""
    code = f"import sys; sys.path.insert(0, {str(_CHECKOUT)!r}); import runpy; "
    code += (
        f"sys.argv = {[module, *arguments]!r}; runpy.run_module({module!r}, run_name='__main__')"
    )
    return (sys.executable, "-c", code)


def queued_seconds(pid: int) -> float:
    """Return how long a process has waited for a processor; none where the kernel does not say."""
    try:
        _, queued_ns, _ = Path(f"/proc/{pid}/schedstat").read_text().split()
    except OSError:
        return 0.0
    return int(queued_ns) / 1e9


def _environment(variables: Mapping[str, str]) -> dict[str, str]:
    ours = {name: value for name, value in os.environ.items() if not name.startswith("BILLING")}
    return {**ours, **variables}
