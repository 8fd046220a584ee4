"""`billing up`: one command, and everything that it prints works."""

import json
import sqlite3
import stat
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from attrs import frozen

from adapters.stores.sql.sqlite_file import has_wal_fault
from tests.support.command_line import Ran, Up, billing, billing_up, run


@frozen(kw_only=True)
class Running:
    """A running `billing up`, and the folder it was started in."""

    up: Up
    folder: Path


@pytest.fixture(scope="module")
async def running(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Running]:
    """One that all tests share which change nothing that another looks at."""
    folder = tmp_path_factory.mktemp("up")
    async with billing_up(folder) as up:
        yield Running(up=up, folder=folder)


async def asked(running: Running) -> list[dict[str, Any]]:
    """Paste every command that was shown into a shell, and return the answers."""
    answers = []
    for command in running.up.commands:
        ran = await run(
            "bash", "-c", f"{command} --silent --show-error --max-time 10", folder=running.folder
        )
        assert ran.code == 0, ran.err
        answers.append(json.loads("\n".join(ran.out)))
    return answers


def is_refused(ran: Ran, said: str) -> bool:
    return ran.code == 2 and ran.out == [] and len(ran.err) == 1 and said in ran.err[0]


async def test_every_command_line_that_is_shown_works(running: Running) -> None:
    answers = await asked(running)

    assert len(answers) == 5
    assert all(answer["success"] for answer in answers), answers


async def test_every_address_that_is_shown_answers(running: Running) -> None:
    url = running.up.url
    shown = {word for word in running.up.said.split() if word.startswith(f"{url}/")}
    places = [f"{url}/{place}" for place in ("docs", "openapi.json", "healthz", "readyz")]

    ran = await run("curl", "--silent", "--fail", "--head", *places, folder=running.folder)

    assert set(places) <= shown
    assert ran.code == 0, ran.err


async def test_what_is_known_about_the_store_is_a_note_below_the_banner(running: Running) -> None:
    known = has_wal_fault(sqlite3.sqlite_version_info)

    assert ("Note: SQLite" in running.up.said) is known
    assert "WARNING" not in running.up.said


async def test_started_again_it_keeps_its_world_its_secrets_and_its_key(tmp_path: Path) -> None:
    async with billing_up(tmp_path) as first:
        token = (await billing(tmp_path, "token", "--subject", "demo-001")).out[-1]
    key = (tmp_path / ".billing" / "api-key").read_text()
    async with billing_up(tmp_path) as second:
        ran = await run(
            *("curl", "--silent", "--header", f"Authorization: Bearer {token}"),
            f"{second.url}/credits/balance",
            folder=tmp_path,
        )

    assert json.loads(ran.out[0])["success"]
    assert (tmp_path / ".billing" / "api-key").read_text() == key
    assert key.strip() in first.said
    assert key.strip() in second.said


async def test_what_it_keeps_is_for_its_owner_alone(running: Running) -> None:
    folder = running.folder / ".billing"
    kept = [folder, *(folder / name for name in ("secrets.json", "last-up.json", "api-key"))]

    modes = [stat.S_IMODE(path.stat().st_mode) for path in kept]

    assert modes == [0o700, 0o600, 0o600, 0o600]


async def test_beside_it_keys_and_the_proof_are_asked_of_the_running_service(
    running: Running,
) -> None:
    folder = running.folder
    made = await billing(folder, "keys", "create", "--name", "owner", "--role", "owner")
    owner_key = {"BILLING_ADMIN_KEY": made.out[-1]}
    verified = await billing(folder, "verify", variables=owner_key)
    revoked = await billing(folder, "keys", "revoke", made.out[-1].split("_")[1])
    listed = await billing(folder, "keys", "list")
    no_longer = await billing(folder, "verify", variables=owner_key)

    assert (verified.code, verified.out[0][:19]) == (0, "The ledger is whole")
    assert revoked.code == 0
    assert [line.split()[1] for line in listed.out] == ["name", "owner", "billing"]
    assert is_refused(no_longer, "unauthenticated")


async def test_beside_it_rates_are_shown_and_published_through_the_running_service(
    running: Running,
) -> None:
    folder = running.folder
    exported = await billing(folder, "rates", "export")
    (folder / "rates.json").write_text(
        "\n".join(exported.out).replace('"credits": "2.5"', '"credits": "2"')
    )
    seen = await billing(folder, "rates", "import", "rates.json")
    applied = await billing(folder, "rates", "import", "rates.json", "--apply")
    shown = await billing(folder, "rates", "show")

    assert [ran.code for ran in (exported, seen, applied, shown)] == [0, 0, 0, 0]
    assert seen.out[1].split() == ["gpt-4o", "input", "2.5", "per", "1,000", "2", "per", "1,000"]
    assert seen.out[2].startswith("1 changes, rounded up. Nothing was changed")
    assert "published as version 2" in applied.out[-1]
    assert shown.out[0].startswith("Version 2, rounded up, in force from ")
    assert ["gpt-4o", "input", "2", "1,000"] in [line.split() for line in shown.out]


async def test_beside_it_the_demo_world_is_refused_and_a_taken_port_is_named(
    running: Running,
) -> None:
    port = running.up.url.rpartition(":")[2]
    demo = await billing(running.folder, "demo")
    second = await billing(running.folder, "up", variables={"BILLING_PORT": port})

    assert is_refused(demo, "held by the running service")
    assert is_refused(second, f"port {port}")


async def test_a_service_whose_port_is_taken_says_so(running: Running, tmp_path: Path) -> None:
    port = running.up.url.rpartition(":")[2]

    ran = await billing(tmp_path, "serve", variables={"BILLING_PORT": port})

    assert ran.code == 2
    assert f":{port}" in ran.err[-1]


async def test_secrets_that_cannot_be_read_stop_the_start(tmp_path: Path) -> None:
    (tmp_path / ".billing").mkdir()
    (tmp_path / ".billing" / "secrets.json").write_text("{")

    ran = await billing(tmp_path, "up")

    assert is_refused(ran, "secrets.json")
