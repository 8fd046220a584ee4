"""The documentation as a site: it builds strictly, asks nobody else, and leaves nothing out.

What the reference shows to be copied is carried out wherever it only reads.
"""

import re
import sys
from collections.abc import AsyncIterator, Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from docs.handbook.document import URL, openapi_document
from docs.handbook.reference import curl_of, python_of
from tests.docs.pages import DOCS, ROOT
from tests.support.command_line import Up, billing, billing_up, run

# Whatever a browser fetches by itself; a link that a reader may follow is none of it.
_FETCHED = re.compile(
    r"<(?:script|img|iframe)[^>]*\ssrc=\"(?P<source>[^\"]+)\"|<link[^>]*rel=\"(?:stylesheet|icon|"
    r"preload|preconnect)\"[^>]*href=\"(?P<link>[^\"]+)\"|@import[^;]*|url\((?P<url>https?:[^)]*)\)"
)


@pytest.fixture(scope="module")
async def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The site, built as `make docs` builds it."""
    folder = tmp_path_factory.mktemp("site")
    command = (sys.executable, "-m", "mkdocs", "build", "--quiet", "--strict")
    config = ("--config-file", "docs/handbook/mkdocs.yml", "--site-dir", str(folder))
    quiet = {"NO_MKDOCS_2_WARNING": "1"}
    built = await run(*command, *config, folder=ROOT, variables=quiet, seconds_max=50)
    assert built.code == 0, (built.out, built.err)
    return folder


def operations() -> Iterator[tuple[str, str, Mapping[str, Any]]]:
    """Every operation of the document: its method, its path, and what is said of it."""
    for path, item in openapi_document()["paths"].items():
        for method, operation in item.items():
            yield method.upper(), path, operation


def test_every_page_is_in_the_site(site: Path) -> None:
    written = {path.relative_to(DOCS).with_suffix(".html") for path in DOCS.rglob("*.md")}
    built = {path.relative_to(site) for path in site.rglob("*.html")}

    # A README is what a folder of the site begins with.
    assert {Path(str(path).replace("README", "index")) for path in written} <= built
    assert {Path("index.html"), Path("changelog.html")} <= built


def test_a_browser_fetches_nothing_from_elsewhere(site: Path) -> None:
    pages = [*site.rglob("*.html"), *site.rglob("*.css")]

    fetched = {
        (path.name, found[0])
        for path in pages
        for found in _FETCHED.finditer(path.read_text(encoding="utf-8"))
        if "http" in found[0] and "data:" not in found[0]
    }

    assert not fetched


def test_every_operation_is_in_the_reference(site: Path) -> None:
    text = "".join(path.read_text(encoding="utf-8") for path in (site / "reference").iterdir())

    for method, path, _ in operations():
        assert f"<code>{method} {path}</code>" in text, (method, path)


def test_what_is_to_be_copied_is_python() -> None:
    for method, path, operation in operations():
        text = python_of(method, path, operation)
        compile(text, f"{method} {path}", "exec")


@pytest.fixture(scope="module")
async def up(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[tuple[Up, str]]:
    """A service, and lines that set the credentials as the reference names them."""
    folder = tmp_path_factory.mktemp("reference")
    async with billing_up(folder, customers=2) as running:
        user = await billing(folder, "token", "--subject", "demo-001")
        admin = await billing(folder, "token", "--admin", "--role", "owner")
        key = (folder / ".billing" / "api-key").read_text().strip()
        yield running, f"TOKEN={user.out[-1]}\nKEY={key}\nADMIN={admin.out[-1]}\n"


def reading() -> list[tuple[str, str, Mapping[str, Any]]]:
    """Every operation that changes nothing and needs no id."""
    return [each for each in operations() if each[0] == "GET" and "{" not in each[1]]


async def test_every_command_line_that_only_reads_is_answered(
    up: tuple[Up, str], tmp_path: Path
) -> None:
    running, credentials = up
    asked = reading()
    lines = [curl_of(*each).replace("curl ", "curl -s --fail-with-body ", 1) for each in asked]
    script = credentials + "\necho\n".join(lines).replace(URL, running.url)

    ran = await run("bash", "-euc", script, folder=tmp_path)

    assert ran.code == 0, ran.out[-1]
    assert sum('"success":true' in line for line in ran.out) == len(asked)


async def test_every_python_that_only_reads_is_answered(up: tuple[Up, str], tmp_path: Path) -> None:
    running, credentials = up
    asked = reading()
    secrets = re.sub(r"=(.*)", r"='\1'", credentials)
    parts = ["import requests", secrets, *(python_of(*each) for each in asked)]

    ran = await run(
        sys.executable, "-c", "\n".join(parts).replace(URL, running.url), folder=tmp_path
    )

    assert ran.code == 0, ran.err
    assert sum(line.startswith("{'success': True") for line in ran.out) == len(asked)
