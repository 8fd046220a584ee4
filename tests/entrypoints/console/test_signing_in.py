"""Signing in and out, and what holds a session together."""

from datetime import timedelta

import pytest

from domain.access.role import Role, Scope
from tests.entrypoints.console.browser import Browser, signed_in
from tests.support.app import LOGIN, Service, a_service
from tests.support.clock import NOON


@pytest.fixture
def nobody(service: Service) -> Browser:
    return Browser(client=service.client)


async def test_whoever_is_not_signed_in_is_asked_to(nobody: Browser) -> None:
    asked = await nobody.get("/customers")

    assert (asked.status, asked.location) == (303, "/console/sign-in")
    assert "Admin token or API key" in (await nobody.get("/sign-in")).text


async def test_a_token_of_an_admin_opens_a_session(nobody: Browser) -> None:
    answer = await nobody.sign_in(LOGIN.admin("admin-1", Role.VIEWER, ttl_s=600))

    assert (answer.status, answer.location) == (303, "/console")
    page = await nobody.get("")
    assert (page.status, "admin-1" in page.text, "Viewer" in page.text) == (200, True, True)


async def test_the_cookie_is_out_of_reach_for_scripts_and_other_sites(nobody: Browser) -> None:
    answer = await nobody.sign_in(LOGIN.admin("admin-1", Role.OWNER, ttl_s=24 * 3600))

    cookie = answer.headers["Set-Cookie"]
    for part in ("HttpOnly", "SameSite=Strict", "Path=/console", "Max-Age=28800"):
        assert part in cookie
    assert "Secure" not in cookie


async def test_the_cookie_is_secure_where_the_public_address_is_https() -> None:
    settings = {"BILLING_PUBLIC_URL": "https://billing.example/pay"}
    async with a_service(settings=settings) as service:
        answer = await Browser(client=service.client).sign_in(
            LOGIN.admin("admin-1", Role.OWNER, ttl_s=24 * 3600)
        )

    assert "Secure" in answer.headers["Set-Cookie"]
    assert answer.location == "/pay/console"


async def test_a_session_lives_no_longer_than_its_token(nobody: Browser) -> None:
    answer = await nobody.sign_in(LOGIN.admin("admin-1", Role.OWNER, ttl_s=600))

    assert "Max-Age=600" in answer.headers["Set-Cookie"]


async def test_a_session_is_over_after_eight_hours(service: Service, nobody: Browser) -> None:
    backend = await service.as_backend(role=Role.OWNER)
    assert backend.credential is not None
    await nobody.sign_in(backend.credential)
    assert (await nobody.get("")).status == 200

    service.wall_clock.now = NOON + timedelta(hours=8)

    assert (await nobody.get("")).location == "/console/sign-in"
    sent = await nobody.post("/check-in", {})
    assert (sent.status, "Your session is over" in sent.text) == (401, True)


async def test_moving_the_billing_clock_signs_nobody_out(service: Service, owner: Browser) -> None:
    service.clock.advance(days=365)

    assert (await owner.get("")).status == 200


@pytest.mark.parametrize("credential", ["", "nonsense", "bk_unknown_secret", "e30.e30.", "ключ"])
async def test_what_does_not_count_opens_nothing(nobody: Browser, credential: str) -> None:
    answer = await nobody.sign_in(credential)

    assert (answer.status, nobody.cookie) == (401, None)
    assert "Not signed in" in answer.text


async def test_neither_a_users_token_nor_a_backends_key_opens_the_console(
    service: Service, nobody: Browser
) -> None:
    user, backend = service.as_user(), await service.as_backend(Scope.CREDITS_READ)

    for caller, status in ((user, 401), (backend, 403)):
        assert caller.credential is not None
        answer = await nobody.sign_in(caller.credential)
        assert (answer.status, nobody.cookie) == (status, None)


async def test_a_key_that_is_revoked_ends_its_sessions(service: Service, owner: Browser) -> None:
    by_key = Browser(client=service.client)
    backend = await service.as_backend(role=Role.OPERATOR)
    assert backend.credential is not None
    await by_key.sign_in(backend.credential)
    assert (await by_key.get("")).status == 200

    key_id = backend.credential.split("_")[1]
    await owner.fill("/keys", form=f"/key/revoke?id={key_id}")

    assert (await by_key.get("")).location == "/console/sign-in"


async def test_signing_out_ends_the_session_here_and_in_the_browser(owner: Browser) -> None:
    kept = owner.cookie

    answer = await owner.fill("", form="/sign-out")

    assert (answer.status, owner.cookie) == (303, None)
    owner.cookie = kept
    assert (await owner.get("")).location == "/console/sign-in"


async def test_signing_in_anew_ends_the_session_before(owner: Browser) -> None:
    kept = owner.cookie

    await owner.sign_in(LOGIN.admin("admin-1", Role.VIEWER, ttl_s=600))

    assert owner.cookie != kept
    owner.cookie = kept
    assert (await owner.get("")).location == "/console/sign-in"


async def test_the_secret_of_a_session_is_kept_nowhere(service: Service, owner: Browser) -> None:
    assert owner.cookie is not None
    assert owner.cookie not in repr(service.kept())


async def test_sessions_that_are_over_are_forgotten(service: Service, owner: Browser) -> None:
    service.wall_clock.now = NOON + timedelta(days=2)

    await Browser(client=service.client).sign_in(LOGIN.admin("admin-2", Role.OWNER, ttl_s=600))

    assert len(service.store.tables.sessions.main.values) == 1


async def test_another_sites_form_is_refused(service: Service, owner: Browser) -> None:
    page = await owner.get("/check-in")
    before = service.kept()

    for headers in (
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Origin": "https://elsewhere.example"},
        {"Origin": "null"},
    ):
        answer = await owner.post("/check-in", {**page.hidden, "base": "5"}, headers)
        assert answer.status == 403, headers
        signed = await Browser(client=service.client).post("/sign-in", {}, headers)
        assert signed.status == 403

    assert service.kept() == before


@pytest.mark.parametrize("token", ["", "0" * 64, "nonsense"])
async def test_a_form_without_its_sessions_token_is_refused(
    service: Service, owner: Browser, token: str
) -> None:
    before = service.kept()

    for path in ("/check-in", "/plan/new", "/key/new", "/sign-out", "/reconciliation"):
        answer = await owner.post(path, {"form_token": token, "once": "1"})
        assert (answer.status, "open the page anew" in answer.text) == (403, True), path

    assert service.kept() == before


async def test_a_token_of_another_session_does_not_count(service: Service, owner: Browser) -> None:
    other = await signed_in(service)
    foreign = (await other.get("/check-in")).hidden

    assert (await owner.post("/check-in", {**foreign, "base": "5"})).status == 403


async def test_every_answer_keeps_scripts_frames_and_caches_out(
    service: Service, owner: Browser
) -> None:
    for path in ("", "/customers", "/nowhere", "/sign-in"):
        for browser in (owner, Browser(client=service.client)):
            answer = await browser.get(path)
            policy = answer.headers["Content-Security-Policy"]
            assert "default-src 'none'" in policy
            assert "unsafe" not in policy
            assert "frame-ancestors 'none'" in policy
            assert answer.headers["Cache-Control"] == "no-store"
            assert answer.headers["Referrer-Policy"] == "same-origin"


async def test_the_consoles_own_files_are_served_under_their_digests(
    service: Service, owner: Browser
) -> None:
    page = await owner.get("")
    links = [part.split('"')[0] for part in page.html.split("/console/static/")[1:]]

    assert {link.rpartition("/")[2] for link in links} == {"console.css", "console.js", "export.js"}
    for link in links:
        file = await Browser(client=service.client).get(f"/static/{link}")
        assert (file.status, "immutable" in file.headers["Cache-Control"]) == (200, True)
    assert (await owner.get("/static/0000/console.css")).status == 404
