"""What is measured over HTTP: a service in a process of its own, watched from outside."""

from __future__ import annotations

import os
import secrets
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path

import aiohttp
from attrs import evolve, field, frozen

from adapters.system import system_seconds
from application.access.issue_api_key import IssueApiKey
from benchmarks.as_delivered import as_delivered
from benchmarks.conversations import Talk
from benchmarks.load import Load
from benchmarks.measured import Sample
from benchmarks.programs import Program
from domain.access.audit import Actor
from domain.access.role import Scope
from entrypoints.container import Container
from entrypoints.http.minting import DevelopmentTokens
from entrypoints.http.tokens import TokenRules
from entrypoints.service import opened
from entrypoints.settings import load_settings
from tests.support.processes import ServiceProcess, of_this_checkout, running

_RULES = TokenRules(
    issuer="https://login.example", audience="product", admin_audience="product-admin"
)
_TOKEN_SECONDS = 6 * 3600
_ROUTE_SECONDS_MAX = 5
_KIB = 1024


@frozen(kw_only=True)
class Measured:
    """A process that answers HTTP, and who may ask it."""

    process: ServiceProcess
    load: Program
    credential: str = field(default="", repr=False)
    login_secret: str = field(default="", repr=False)

    async def ask(self, talk: Talk, connections: int, seconds: float) -> Sample:
        """Load it, and note what a piece of work cost its process."""
        credential = talk.credential or self.credential
        order = Load(
            talk=evolve(talk, port=self.process.port, credential=credential),
            connections=connections,
            seconds=seconds,
        )
        before = cpu_seconds(self.process.pid)
        sample = await self.load.ask(order)
        spent = cpu_seconds(self.process.pid) - before
        return evolve(sample, cpu_us=spent / max(1, sample.count) * 1e6)

    async def has_route(self, path: str) -> bool:
        """Say whether anything may be posted there."""
        timeout = aiohttp.ClientTimeout(total=_ROUTE_SECONDS_MAX)
        async with (
            aiohttp.ClientSession(timeout=timeout) as session,
            session.post(f"{self.process.url}{path}") as response,
        ):
            return response.status not in {404, 405}

    @property
    def resident_mib(self) -> float:
        """How much memory the process holds, in MiB."""
        status = Path(f"/proc/{self.process.pid}/status").read_text()
        line = next(line for line in status.splitlines() if line.startswith("VmRSS:"))
        return int(line.split()[1]) / _KIB

    def user_token(self, account_id: str) -> str:
        """Return a token with which the product signs a user in."""
        tokens = DevelopmentTokens(rules=_RULES, secret=self.login_secret, seconds=system_seconds)
        return tokens.user(account_id, _TOKEN_SECONDS)


@asynccontextmanager
async def a_service(database_url: str, folder: Path, load: Program) -> AsyncIterator[Measured]:
    """Run `billing serve` on a seeded database, as it is delivered, worker included.

    It sees no library that `make install` does not bring.
    """
    login_secret = secrets.token_urlsafe(32)
    variables = _variables(database_url, login_secret)
    credential = await _api_key(variables)
    process = ServiceProcess(folder=folder, variables={**variables, **as_delivered()})
    async with running(process):
        yield Measured(process=process, load=load, credential=credential, login_secret=login_secret)
        await process.stop()


@asynccontextmanager
async def hello(folder: Path, load: Program) -> AsyncIterator[Measured]:
    """Run the bare handler."""
    process = ServiceProcess(
        folder=folder, variables={}, command=of_this_checkout("benchmarks.limits.hello")
    )
    async with running(process):
        yield Measured(process=process, load=load)
        await process.stop()


def cpu_seconds(pid: int) -> float:
    """Return how much processor time a process has had, all its threads together."""
    after_name = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(after_name[11]) + int(after_name[12])) / os.sysconf("SC_CLK_TCK")


def _variables(database_url: str, login_secret: str) -> Mapping[str, str]:
    return {
        "BILLING_DATABASE_URL": database_url,
        "BILLING_JWT_SECRET": login_secret,
        "BILLING_JWT_ISSUER": _RULES.issuer,
        "BILLING_JWT_AUDIENCE": _RULES.audience,
        "BILLING_JWT_ADMIN_AUDIENCE": str(_RULES.admin_audience),
    }


async def _api_key(variables: Mapping[str, str]) -> str:
    container = Container(settings=load_settings(variables))
    async with opened(container):
        issued = await container.issue_api_key()(
            IssueApiKey(name="load", scopes=frozenset(Scope), actor=Actor(id="benchmarks"))
        )
    assert issued.secret is not None
    return issued.secret
