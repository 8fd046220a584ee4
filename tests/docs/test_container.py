"""The container file keeps what the page on it promises."""

import re
import tomllib

from tests.docs.pages import ROOT

FILE = (ROOT / "Containerfile").read_text(encoding="utf-8")
STAGES = re.split(r"^FROM .*$", FILE, flags=re.MULTILINE)


def test_the_service_runs_as_nobody_in_particular_and_builds_nothing() -> None:
    _, _, run = STAGES

    assert re.search(r"^USER 10001$", run, re.MULTILINE)
    assert "pip install" not in run
    assert "STOPSIGNAL SIGTERM" in run


def test_a_store_that_is_down_does_not_restart_the_service() -> None:
    (asked,) = re.findall(r"^HEALTHCHECK .*\n +CMD (.+)$", STAGES[2], re.MULTILINE)

    assert "/healthz" in asked
    assert "/readyz" not in asked


def test_every_package_is_installed_from_the_lock_by_its_digest_and_from_no_address() -> None:
    _, build, _ = STAGES

    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    for package in project["tool"]["hatch"]["build"]["targets"]["wheel"]["packages"]:
        assert f"COPY {package} {package}\n" in build
    assert "--require-hashes -r requirements.lock" in build
    assert "https://" not in FILE
    assert "--index" not in FILE


def test_nothing_goes_into_the_build_but_what_is_copied() -> None:
    kept = (ROOT / ".containerignore").read_text(encoding="utf-8").splitlines()
    copied = re.findall(r"^COPY (?!--from)(.+) \S+$", STAGES[1], re.MULTILINE)

    assert kept[0] == "*"
    named = {line.removeprefix("!") for line in kept if line.startswith("!")}
    assert named == {name for each in copied for name in each.split()}
