"""What every test may ask for, and what every run says about itself: databases, skipped tests."""

from collections.abc import Iterator
from contextlib import ExitStack
from typing import Protocol

import pytest

from tests.support.postgres import Server, given_server, installations

_DATABASES = pytest.StashKey[set[str]]()
_WORKER_DATABASES = "billing_databases"


class Node(Protocol):
    """A worker, as the process that leads the run sees it."""

    config: pytest.Config
    workeroutput: dict[str, list[str]]


@pytest.fixture(scope="session")
def databases(pytestconfig: pytest.Config) -> set[str]:
    """The databases that this run has used: whoever opens one adds its name and version here."""
    return pytestconfig.stash[_DATABASES]


@pytest.fixture(scope="session")
def postgres_servers(databases: set[str]) -> Iterator[list[Server]]:
    """Every PostgreSQL there is, started once a run (once a worker, if it has several).

    There is always one: where none can be started, this fails, and so does every test that asks.
    """
    with ExitStack() as stack:
        given = given_server()
        servers = (
            [stack.enter_context(found.running()) for found in installations()]
            if given is None
            else [given]
        )
        databases.update(server.name for server in servers)
        yield servers


def pytest_configure(config: pytest.Config) -> None:
    config.stash[_DATABASES] = set()


def pytest_report_header() -> str:
    given = given_server()
    found = (
        [f"PostgreSQL {each.major} ({each.programs})" for each in installations()]
        if given is None
        else [given.name]
    )
    return f"databases at hand: {', '.join(found)}"


def pytest_terminal_summary(
    terminalreporter: pytest.TerminalReporter, config: pytest.Config
) -> None:
    used = config.stash[_DATABASES]
    terminalreporter.write_line(f"databases used: {', '.join(sorted(used)) or 'none'}")
    if terminalreporter.stats.get("skipped"):
        terminalreporter.write_line("a test was skipped, so this run has failed", red=True)


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Hand a worker's databases to the leader; fail a run in which anything was skipped."""
    used = session.config.stash[_DATABASES]
    workeroutput: dict[str, list[str]] = getattr(session.config, "workeroutput", {})
    workeroutput[_WORKER_DATABASES] = sorted(used)
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    if isinstance(reporter, pytest.TerminalReporter) and reporter.stats.get("skipped"):
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Node) -> None:
    """Take over what a worker used. A worker that died has nothing to say."""
    output: dict[str, list[str]] = getattr(node, "workeroutput", {})
    node.config.stash[_DATABASES].update(output.get(_WORKER_DATABASES, []))
