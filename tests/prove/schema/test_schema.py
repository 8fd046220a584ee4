"""Schemathesis makes requests out of the document for two minutes; nothing may contradict it.

It runs all its checks: no server error, only documented statuses, bodies as their schemas say,
what is wrong is refused and what is right is not, credentials count, methods are told apart.
"""

import json
import sysconfig
from collections import Counter, defaultdict
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from tests.prove.conftest import Say
from tests.prove.schema.known import Credentials, known_things
from tests.support.command_line import Ran, Up, billing, billing_up, run

SECONDS = 120
# Some can hardly be carried out by chance: a webhook needs a signature, a clock must be virtual.
# And on a busy machine two minutes are over before every operation has had its turn.
REACHED_PERCENT_MIN = 60

_SCHEMATHESIS = Path(sysconfig.get_path("scripts")) / "st"
_HOOKS = Path(__file__).with_name("hooks.py")
_METHODS = ("get", "put", "post", "delete", "patch")


@pytest.fixture
async def up(folder: Path) -> AsyncIterator[Up]:
    """The real service with a demo world, on a file of its own."""
    async with billing_up(folder, customers=8) as running:
        yield running


async def credentials_of(folder: Path) -> Credentials:
    """Return a token of a user, the backend's key, and a token of an owner."""
    user = await billing(folder, "token", "--subject", "demo-001")
    owner = await billing(folder, "token", "--admin", "--role", "owner")
    key = (folder / ".billing" / "api-key").read_text().strip()
    return Credentials(user=user.out[-1], backend=key, owner=owner.out[-1])


async def schemathesis(
    folder: Path, url: str, credentials: Credentials, known: Mapping[str, Any], seconds: int
) -> Ran:
    """Run all checks of Schemathesis for so long; what it did stands in `report.ndjson`."""
    schemes = {
        "userToken": credentials.user,
        "backendKey": credentials.backend,
        "admin": credentials.owner,
    }
    lines = [f"max-time = {seconds}", f'hooks = "{_HOOKS}"', "[auth.openapi]"]
    lines += [f'{name} = {{ bearer = "{secret}" }}' for name, secret in schemes.items()]
    (folder / "schemathesis.toml").write_text("\n".join(lines), encoding="utf-8")
    return await run(
        str(_SCHEMATHESIS),
        "--config-file",
        "schemathesis.toml",
        "run",
        f"{url}/openapi.json",
        "--checks=all",
        "--continue-on-failure",
        "--report=ndjson",
        "--report-ndjson-path=report.ndjson",
        folder=folder,
        variables={"SCHEMATHESIS_HOOKS": str(_HOOKS), "BILLING_TEST_KNOWN": json.dumps(known)},
        seconds_max=seconds + 120,
    )


def answers_in(report: Path) -> Mapping[str, Counter[int]]:
    """Return how often each operation answered with which status."""
    answers: dict[str, Counter[int]] = defaultdict(Counter)
    for case, status in _exchanges(report):
        answers[f"{case['method']} {case['path']}"][status] += 1
    return answers


def _exchanges(report: Path) -> Iterator[tuple[Mapping[str, Any], int]]:
    with report.open(encoding="utf-8") as lines:
        for line in lines:
            recorder = json.loads(line).get("ScenarioFinished", {}).get("recorder", {})
            for case_id, exchange in recorder.get("interactions", {}).items():
                if exchange.get("response"):
                    case = recorder["cases"][case_id]["value"]
                    yield case, exchange["response"]["status_code"]


def operations_of(document: Mapping[str, Any]) -> Sequence[str]:
    """Return every operation of the document by its method and path."""
    return [
        f"{method.upper()} {path}"
        for path, item in document["paths"].items()
        for method in item
        if method in _METHODS
    ]


async def test_nothing_contradicts_the_document_for_two_minutes(
    up: Up, folder: Path, say: Say
) -> None:
    credentials = await credentials_of(folder)
    async with aiohttp.ClientSession(up.url) as session:
        known = await known_things(session, up.url, credentials)
        async with session.get("/openapi.json") as response:
            document = await response.json()

    ran = await schemathesis(folder, up.url, credentials, known, SECONDS)

    answers = answers_in(folder / "report.ndjson")
    operations = operations_of(document)
    unreached = {
        name for name in operations if not any(200 <= status < 300 for status in answers[name])
    }
    requests = sum(sum(counts.values()) for counts in answers.values())
    say(
        f"{requests} requests in {SECONDS} s; {len(operations) - len(unreached)} of "
        f"{len(operations)} operations carried something out; not {sorted(unreached)}"
    )
    assert ran.code == 0, "\n".join(ran.out[-200:])
    assert 100 * (len(operations) - len(unreached)) >= REACHED_PERCENT_MIN * len(operations)


async def test_a_service_that_contradicts_its_document_is_caught(folder: Path) -> None:
    async with TestServer(a_lying_service()) as server:
        url = str(server.make_url("")).rstrip("/")
        nobody = Credentials(user="u", backend="b", owner="o")
        empty: Mapping[str, Any] = {"ids": {}, "query": {}, "fields": {}, "bodies": {}}

        ran = await schemathesis(folder, url, nobody, empty, 5)

    told = "\n".join(ran.out)
    assert ran.code == 1
    assert "Server error" in told
    assert "Undocumented status code" in told
    assert "Schema-valid request rejected" in told


def a_lying_service() -> web.Application:
    """Return a service whose three operations do what its document does not say."""
    body = {
        "content": {
            "application/json": {
                "schema": {
                    "type": "object",
                    "required": ["text"],
                    "properties": {"text": {"type": "string"}},
                    "additionalProperties": False,
                }
            }
        },
        "required": True,
    }
    fine = {"200": {"description": "Fine"}, "400": {"description": "Refused"}}
    paths = {
        "/breaks": {"get": {"responses": fine}},
        "/surprises": {"get": {"responses": fine}},
        "/refuses": {"post": {"requestBody": body, "responses": fine}},
    }
    document = {"openapi": "3.1.0", "info": {"title": "Lies", "version": "1"}, "paths": paths}
    refusal = {"error": {"details": {"fields": [{"path": "text", "problem": "is required"}]}}}
    app = web.Application()

    async def describe(_: web.Request) -> web.Response:
        return web.json_response(document)

    async def break_down(_: web.Request) -> web.Response:
        return web.json_response({}, status=500)

    async def surprise(_: web.Request) -> web.Response:
        return web.json_response({}, status=418)

    async def refuse(_: web.Request) -> web.Response:
        return web.json_response(refusal, status=400)

    app.router.add_get("/openapi.json", describe)
    app.router.add_get("/breaks", break_down)
    app.router.add_get("/surprises", surprise)
    app.router.add_post("/refuses", refuse)
    return app
