"""Every block of commands in the documentation is run, in order, as a reader would run it.

`bash` and `python` blocks are run; `console` blocks show what needs an account, a server or a
machine of the reader's own. A comment above a block says beside what it is run; without one it is
run beside `billing up`. What a comment inside a block shows as an answer has to be answered.
"""

import os
import re
from collections.abc import AsyncIterator, Mapping
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from tests.docs.pages import ROOT, Block, Page, every_page
from tests.support.command_line import BILLING, Ran, Up, billing, billing_up, run
from tests.support.postgres import installations

# A page's commands begin a process each; on a machine that has much else to do they take a while.
_PAGE_SECONDS_MAX = 200
pytestmark = pytest.mark.timeout(_PAGE_SECONDS_MAX + 60)

BESIDE_UP = ""
BESIDE_POSTGRES = "beside a PostgreSQL server"
BESIDE_STOPPED = "beside a stopped service on SQLite"
# How a signature is verified is run with signatures, by the test of that page.
WITH_SIGNATURES = "verify"

RUN = frozenset({"bash", "python"})
SHOWN = frozenset({"", "console", "ini", "javascript", "nginx", "json", "yaml"})

_ANSWER = re.compile(r"# +([{\[].*)$", re.MULTILINE)


def blocks_of(each: Page, marker: str) -> list[Block]:
    return [block for block in each.blocks if block.language in RUN and block.marker == marker]


def pages_with(marker: str) -> dict[str, Page]:
    pages = {str(each.path.relative_to(ROOT)): each for each in every_page()}
    return {name: each for name, each in pages.items() if blocks_of(each, marker)}


def script_of(blocks: list[Block], places: Mapping[str, str]) -> str:
    """Return one script of all blocks, in which the places of the text are those of the test."""
    parts = ["set -euo pipefail"]
    for block in blocks:
        text = block.text
        if block.language == "python":
            text = f"python3 - <<'END_OF_PYTHON'\n{text}END_OF_PYTHON\n"
        parts.append(text)
    script = "\n".join(parts)
    for written, real in places.items():
        script = script.replace(written, real)
    return script


async def carried_out(script: str, folder: Path, *programs: Path) -> Ran:
    """Run a script with the command line, and these programs, on the path."""
    path = os.pathsep.join([*map(str, programs), str(BILLING.parent), os.environ["PATH"]])
    variables = {"PATH": path}
    return await run(
        "bash", "-c", script, folder=folder, variables=variables, seconds_max=_PAGE_SECONDS_MAX
    )


def check_answers(blocks: list[Block], out: list[str]) -> None:
    """Hold what the blocks show as answers against what was answered; `…` stands for anything."""
    for shown in _ANSWER.findall("".join(block.text for block in blocks)):
        pattern = ".*".join(re.escape(part.strip()) for part in shown.split("…"))
        assert any(re.search(pattern, line) for line in out), f"never answered: {shown}\n{out}"


@pytest.fixture(scope="module")
async def up(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[tuple[Up, Path]]:
    """One service for all pages, started as the documentation says."""
    folder = tmp_path_factory.mktemp("examples")
    async with billing_up(folder, customers=5) as running:
        yield running, folder


@pytest.mark.parametrize("name", pages_with(BESIDE_UP))
async def test_what_a_page_does_beside_a_running_service_works(
    name: str, up: tuple[Up, Path]
) -> None:
    running, folder = up
    blocks = blocks_of(pages_with(BESIDE_UP)[name], BESIDE_UP)

    ran = await carried_out(script_of(blocks, {"http://127.0.0.1:8080": running.url}), folder)

    assert ran.code == 0, (ran.out[-3:], ran.err)
    check_answers(blocks, ran.out)


async def test_what_is_said_about_postgresql_works(tmp_path: Path) -> None:
    installed = installations()[-1]
    page = pages_with(BESIDE_POSTGRES)["docs/operating.md"]
    blocks = blocks_of(page, BESIDE_POSTGRES)

    with installed.running() as server:
        address = urlsplit(server.maintenance_dsn)
        places = {
            "postgresql://postgres@127.0.0.1:5432/postgres": server.maintenance_dsn,
            "127.0.0.1:5432": f"127.0.0.1:{address.port}",
        }
        ran = await carried_out(script_of(blocks, places), tmp_path, installed.programs)

    assert ran.code == 0, ran.err
    assert sum("The ledger is whole" in line for line in ran.out) == 2
    assert (tmp_path / "billing.dump").exists()


async def test_what_is_said_about_restoring_an_sqlite_file_works(tmp_path: Path) -> None:
    store = {"BILLING_DATABASE_URL": "sqlite:///billing.db"}
    page = pages_with(BESIDE_STOPPED)["docs/operating.md"]
    made = await billing(tmp_path, "migrate", variables=store)
    (tmp_path / "backup.db").write_bytes((tmp_path / "billing.db").read_bytes())

    ran = await carried_out(script_of(blocks_of(page, BESIDE_STOPPED), {}), tmp_path)

    assert (made.code, ran.code) == (0, 0), ran.err
    assert "The ledger is whole" in ran.out[0]
    assert (tmp_path / "damaged" / "billing.db").exists()


def test_every_block_is_run_or_shows_what_cannot_be() -> None:
    for name, each in {str(page.path): page for page in every_page()}.items():
        for block in each.blocks:
            assert block.language in RUN | SHOWN, (name, block)
            if block.language in RUN:
                markers = {BESIDE_UP, BESIDE_POSTGRES, BESIDE_STOPPED, WITH_SIGNATURES}
                assert block.marker in markers, (name, block)
