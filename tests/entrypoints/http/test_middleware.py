import asyncio
import re
from ipaddress import ip_network

import attrs
import pytest
from aiohttp import web
from aiohttp.test_utils import make_mocked_request
from structlog.testing import capture_logs

from application.ports.credits import OutcomeUnknown
from application.ports.store import SchemaMismatch, SchemaState
from entrypoints.http.app import build_app
from entrypoints.http.endpoint import Endpoint, Shape
from entrypoints.http.health import Readiness
from entrypoints.http.peer import address_of
from entrypoints.http.policy import Public
from tests.entrypoints.http.conftest import Client, Serve, ServeApp
from tests.entrypoints.http.sample import Sample, a_user, answers, bearer

SHOP = "https://shop.example"


async def test_every_answer_names_its_request(client: Client) -> None:
    first = await client.get("/shop")
    second = await client.get("/shop")

    assert re.fullmatch("[0-9a-f]{24}", first.headers["X-Request-Id"])
    assert first.headers["X-Request-Id"] != second.headers["X-Request-Id"]


@pytest.mark.parametrize(
    ("given", "is_taken"),
    [
        ("abc-1.2_3", True),
        ("a" * 64, True),
        ("a" * 65, False),
        ("", False),
        ("a b", False),
        ("a;b", False),
        ("ü", False),
    ],
)
async def test_a_plain_request_id_of_the_caller_is_taken_up(
    client: Client, given: str, is_taken: bool
) -> None:
    response = await client.get("/shop", headers={"X-Request-Id": given})

    assert (response.headers["X-Request-Id"] == given) is is_taken


@pytest.mark.parametrize("path", ["/shop", "/nowhere", "/broken", "/things", "/healthz"])
async def test_every_answer_is_private_and_says_little_about_the_server(
    client: Client, path: str
) -> None:
    response = await client.get(path)

    assert response.headers["Cache-Control"] == "no-store"
    assert response.headers["X-Content-Type-Options"] == "nosniff"
    assert response.headers["Content-Security-Policy"].startswith("default-src 'none'")
    assert response.headers["Server"] == "billing"
    assert "Set-Cookie" not in response.headers
    assert "Access-Control-Allow-Origin" not in response.headers


async def test_a_refusal_of_a_credential_is_logged_without_the_credential(client: Client) -> None:
    with capture_logs() as logged:
        await client.get("/things", headers=bearer("a-canary", X_Request_Id="r-1"))

    assert [each["event"] for each in logged] == ["request_refused"]
    assert logged[0]["code"] == "unauthenticated"
    assert logged[0]["address"] == "127.0.0.1"
    assert "a-canary" not in str(logged)


async def test_what_breaks_is_logged_with_its_cause(client: Client) -> None:
    with capture_logs() as logged:
        await client.get("/broken")

    assert [each["event"] for each in logged] == ["request_failed"]
    assert logged[0]["exc_info"]


async def test_a_head_request_is_answered_as_a_get_without_body(client: Client) -> None:
    response = await client.head("/shop")

    assert response.status == 200
    assert await response.read() == b""


class Moving:
    """An API that sends its callers elsewhere."""

    async def move(self, request: web.Request) -> web.Response:
        raise web.HTTPSeeOther("/shop")

    def endpoints(self) -> tuple[Endpoint, ...]:
        return (attrs.evolve(an_endpoint("/old"), handler=self.move, shape=Shape.RAW),)


async def test_a_redirect_is_passed_on(sample: Sample, serve_app: ServeApp) -> None:
    client = await serve_app(
        build_app(
            [Moving()],
            gate=sample.gate(),
            readiness=sample.readiness,
            public_url="http://127.0.0.1",
            version="1",
        )
    )

    response = await client.get("/old", allow_redirects=False)

    assert response.status == 303
    assert response.headers["Location"] == "/shop"
    assert response.headers["Server"] == "billing"


async def test_pages_of_a_configured_origin_may_read_customers_answers(serve: Serve) -> None:
    client = await serve(Sample(cors_origins=frozenset({SHOP})))

    allowed = await client.get("/things", headers=bearer(a_user(), Origin=SHOP))
    refused = await client.get("/things", headers={"Origin": SHOP})
    foreign = await client.get("/things", headers=bearer(a_user(), Origin="https://evil.example"))
    admin = await client.get("/admin/things", headers={"Origin": SHOP})

    assert allowed.headers["Access-Control-Allow-Origin"] == SHOP
    assert refused.headers["Access-Control-Allow-Origin"] == SHOP
    assert refused.status == 401
    assert foreign.headers["Vary"] == "Origin"
    assert "Access-Control-Allow-Origin" not in foreign.headers
    assert "Access-Control-Allow-Origin" not in admin.headers
    assert "Access-Control-Allow-Credentials" not in allowed.headers


async def test_a_browser_may_ask_before_it_sends(serve: Serve) -> None:
    client = await serve(Sample(cors_origins=frozenset({SHOP})))
    headers = {"Origin": SHOP, "Access-Control-Request-Method": "POST"}

    allowed = await client.options("/things", headers=headers)
    foreign = await client.options("/things", headers={**headers, "Origin": "null"})
    admin = await client.options("/admin/things", headers=headers)

    assert allowed.status == 204
    assert allowed.headers["Access-Control-Allow-Origin"] == SHOP
    assert allowed.headers["Access-Control-Allow-Methods"] == "GET, POST"
    assert "Idempotency-Key" in allowed.headers["Access-Control-Allow-Headers"]
    assert "Access-Control-Allow-Origin" not in foreign.headers
    assert admin.status == 405


async def test_without_configured_origins_there_is_no_asking(client: Client) -> None:
    assert (await client.options("/things", headers={"Origin": SHOP})).status == 405


async def test_a_process_that_lives_and_reaches_its_store_is_ready(client: Client) -> None:
    alive, ready = await client.get("/healthz"), await client.get("/readyz")

    assert (await alive.json()) == {"success": True, "data": {"status": "alive"}}
    assert (await ready.json()) == {"success": True, "data": {"status": "ready"}}


async def breaks() -> None:
    raise RuntimeError("postgresql://billing:canary@db is gone")


async def lacks_a_migration() -> None:
    raise SchemaMismatch("db", SchemaState.BEHIND)


async def hangs() -> None:
    await asyncio.sleep(30)


@pytest.mark.parametrize(
    ("readiness", "reason"),
    [
        (Readiness(ping=breaks), "store_down"),
        (Readiness(ping=hangs, timeout_s=0.01), "store_slow"),
        (Readiness(ping=answers, is_draining=True), "draining"),
        (Readiness(ping=lacks_a_migration), "schema_behind"),
    ],
)
async def test_a_process_that_should_get_no_requests_is_not_ready_but_alive(
    serve: Serve, readiness: Readiness, reason: str
) -> None:
    client = await serve(Sample(readiness=readiness))

    alive, ready = await client.get("/healthz"), await client.get("/readyz")

    text = await ready.text()
    assert alive.status == 200
    assert ready.status == 503
    assert f'"reason":"{reason}"' in text
    assert "canary" not in text


async def test_shutting_down_begins_with_not_being_ready(serve: Serve) -> None:
    sample = Sample()
    client = await serve(sample)

    await client.close()

    assert sample.readiness.is_draining


async def handler(request: web.Request) -> web.Response:
    return web.Response()


def an_endpoint(path: str, method: str = "GET") -> Endpoint:
    return Endpoint(
        method=method, path=path, handler=handler, policy=Public(), tag="T", summary="S"
    )


class Twins:
    """An API whose endpoints cannot be told apart."""

    def endpoints(self) -> tuple[Endpoint, ...]:
        return (an_endpoint("/a/{id}"), an_endpoint("/a/{name}", "PUT"))


class SamePath:
    """An API that says the same thing twice."""

    def endpoints(self) -> tuple[Endpoint, ...]:
        return (an_endpoint("/a"), an_endpoint("/a"))


@pytest.mark.parametrize("api", [Twins(), SamePath()])
def test_endpoints_that_cannot_be_told_apart_stop_the_start(
    sample: Sample, api: Twins | SamePath
) -> None:
    with pytest.raises(ValueError, match="told apart"):
        build_app(
            [api],
            gate=sample.gate(),
            readiness=sample.readiness,
            public_url="http://127.0.0.1",
            version="1",
        )


def test_an_endpoint_without_a_policy_stops_the_start() -> None:
    with pytest.raises(TypeError):
        Endpoint(  # type: ignore[call-arg]  # this is the mistake
            method="GET", path="/a", handler=handler, tag="T", summary="S"
        )
    with pytest.raises(TypeError):
        Endpoint(
            method="GET",
            path="/a",
            handler=handler,
            policy=None,  # type: ignore[arg-type]  # this is the mistake
            tag="T",
            summary="S",
        )


PROXIES = (ip_network("127.0.0.0/8"), ip_network("10.0.0.0/8"))


@pytest.mark.parametrize(
    ("remote", "forwarded", "address"),
    [
        ("203.0.113.9", "198.51.100.1", "203.0.113.9"),
        ("127.0.0.1", "", "127.0.0.1"),
        ("127.0.0.1", "198.51.100.1", "198.51.100.1"),
        ("127.0.0.1", "6.6.6.6, 198.51.100.1, 10.0.0.7", "198.51.100.1"),
        ("127.0.0.1", "10.0.0.8, 10.0.0.7", "10.0.0.8"),
        ("127.0.0.1", "evil\x07", "unknown"),
        ("127.0.0.1", "6.6.6.6, ", "unknown"),
    ],
)
def test_an_address_is_believed_as_far_as_trusted_proxies_wrote_it(
    remote: str, forwarded: str, address: str
) -> None:
    headers = {"X-Forwarded-For": forwarded} if forwarded else {}
    request = make_mocked_request("GET", "/", headers=headers).clone(remote=remote)

    assert address_of(request, PROXIES) == address


class Ticketed:
    """Pages for whoever holds their address; both break."""

    async def fail(self, request: web.Request) -> web.Response:
        raise LookupError("a rule that is not there")

    async def stay_silent(self, request: web.Request) -> web.Response:
        raise OutcomeUnknown("no answer")

    def endpoints(self) -> tuple[Endpoint, ...]:
        failing, silent = an_endpoint("/failing/{ticket}"), an_endpoint("/silent/{ticket}")
        return (
            attrs.evolve(failing, handler=self.fail, shape=Shape.RAW),
            attrs.evolve(silent, handler=self.stay_silent, shape=Shape.RAW),
        )


@pytest.mark.parametrize("place", ["failing", "silent"])
async def test_a_ticket_in_an_address_is_not_logged(
    sample: Sample, serve_app: ServeApp, place: str
) -> None:
    client = await serve_app(
        build_app(
            [Ticketed()],
            gate=sample.gate(),
            readiness=sample.readiness,
            public_url="http://127.0.0.1",
            version="1",
        )
    )

    with capture_logs() as logged:
        await client.get(f"/{place}/a-canary")

    assert [each["path"] for each in logged] == [f"/{place}/{{ticket}}"]
    assert "a-canary" not in str(logged)
