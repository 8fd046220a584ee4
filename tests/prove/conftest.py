"""What the long harnesses share: a place, a server, and lines that say what was done."""

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.conftest import Node
from tests.races.seeds import seeds
from tests.support.postgres import Server

_LINES = pytest.StashKey[list[str]]()
_WORKER_LINES = "billing_lines"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Where a world keeps its file and its log."""
    return tmp_path


@pytest.fixture(scope="session")
def newest_server(postgres_servers: list[Server]) -> Server:
    """The newest PostgreSQL there is."""
    return postgres_servers[-1]


Say = Callable[[object], None]


@pytest.fixture
def say(request: pytest.FixtureRequest) -> Say:
    """Say something at the end of the run, under the name of the test."""
    lines: list[str] = request.config.stash[_LINES]
    name = request.node.name

    def said(found: object) -> None:
        lines.append(f"{name}: {found}")

    return said


def pytest_configure(config: pytest.Config) -> None:
    config.stash[_LINES] = []


def pytest_report_header() -> str:
    *fixed, drawn = seeds()
    return f"seeds: {', '.join(map(str, fixed))}, and {drawn} for this commit"


def pytest_terminal_summary(
    terminalreporter: pytest.TerminalReporter, config: pytest.Config
) -> None:
    terminalreporter.section("what the harnesses did")
    lines: list[str] = config.stash[_LINES]
    for line in sorted(lines):
        terminalreporter.write_line(line)


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Hand a worker's lines to the leader."""
    workeroutput: dict[str, list[str]] = getattr(session.config, "workeroutput", {})
    lines: list[str] = session.config.stash[_LINES]
    workeroutput[_WORKER_LINES] = lines


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Node) -> None:
    """Take over a worker's lines. A worker that died has nothing to say."""
    output: dict[str, list[str]] = getattr(node, "workeroutput", {})
    node.config.stash[_LINES].extend(output.get(_WORKER_LINES, []))
