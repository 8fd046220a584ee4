"""The container file keeps what the page on it promises."""

import json
import re
import sys
import tomllib
from pathlib import Path

import pytest
from aiohttp import web

from tests.docs.pages import ROOT
from tests.support.command_line import run

FILE = (ROOT / "Containerfile").read_text(encoding="utf-8")
STAGES = re.split(r"^FROM .*$", FILE, flags=re.MULTILINE)
(HEALTH_CHECK,) = re.findall(r"^HEALTHCHECK .*\n +CMD (.+)$", STAGES[2], re.MULTILINE)


def test_the_service_runs_as_nobody_in_particular_and_builds_nothing() -> None:
    _, _, run = STAGES

    assert re.search(r"^USER 10001$", run, re.MULTILINE)
    assert "pip install" not in run
    assert "STOPSIGNAL SIGTERM" in run


def test_the_volume_begins_empty_and_belongs_to_the_user_alone() -> None:
    run = STAGES[2]

    assert "--no-create-home" in run
    assert "install --directory --owner billing --group billing --mode 0700" in run
    assert "groupadd --gid 10001" in run


def test_a_store_that_is_down_does_not_restart_the_service() -> None:
    assert "/healthz" in HEALTH_CHECK
    assert "/readyz" not in HEALTH_CHECK


@pytest.mark.parametrize("host", ["127.0.0.1", "0.0.0.0"])  # noqa: S104
@pytest.mark.parametrize(("status", "code"), [(200, 0), (503, 1)])
async def test_the_health_check_asks_the_service_itself_where_it_listens_through_no_proxy(
    tmp_path: Path, host: str, status: int, code: int
) -> None:
    async def answer(request: web.Request) -> web.Response:
        return web.Response(status=status)

    app = web.Application()
    app.router.add_get("/healthz", answer)
    runner = web.AppRunner(app)
    await runner.setup()
    try:
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        variables = {
            "BILLING_HOST": host,
            "BILLING_PORT": str(runner.addresses[0][1]),
            "http_proxy": "http://127.0.0.1:9",
        }
        _, *arguments = json.loads(HEALTH_CHECK)
        ran = await run(sys.executable, *arguments, folder=tmp_path, variables=variables)
    finally:
        await runner.cleanup()

    assert (ran.code, ran.err) == (code, [])


def test_every_package_is_installed_from_the_lock_by_its_digest_and_from_no_address() -> None:
    _, build, _ = STAGES

    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    for package in project["tool"]["hatch"]["build"]["targets"]["wheel"]["packages"]:
        assert f"COPY {package} {package}\n" in build
    (last,) = (line for line in build.splitlines() if line.endswith("--no-build-isolation ."))
    assert "--no-deps" in last
    assert "--require-hashes -r requirements.lock" in build
    assert "https://" not in FILE
    assert "--index" not in FILE


def test_what_the_builds_backend_needs_is_in_the_lock() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    locked = (ROOT / "requirements.lock").read_text(encoding="utf-8").splitlines()

    for needed in project["build-system"]["requires"]:
        assert f"{needed} \\" in locked


def test_docker_and_podman_are_told_by_one_file_what_a_build_may_see() -> None:
    # Docker does not know `.containerignore`, and where there is one, Podman reads no other.
    assert not (ROOT / ".containerignore").exists()


def test_a_page_that_shows_the_build_keeps_the_health_check() -> None:
    # Podman's own format of images has no place for one.
    page = (ROOT / "docs" / "container.md").read_text(encoding="utf-8")
    builds = re.findall(r"podman build\b.*", FILE + page)

    assert builds
    assert all("--format docker" in each for each in builds)


def test_nothing_goes_into_the_build_but_what_is_copied() -> None:
    kept = (ROOT / ".dockerignore").read_text(encoding="utf-8").splitlines()
    copied = re.findall(r"^COPY (?!--from)(.+) \S+$", STAGES[1], re.MULTILINE)

    assert kept[0] == "*"
    named = {line.removeprefix("!") for line in kept if line.startswith("!")}
    assert named == {name for each in copied for name in each.split()}
