"""Sessions, accounts' profiles and API keys over HTTP."""

import pytest

from domain.access.role import Role, Scope
from tests.support.app import SESSION_SECRET, Service, a_service
from tests.support.builders.credits import SOMEBODY


async def test_a_backend_makes_a_short_token_for_its_user(service: Service) -> None:
    await service.give(30)
    backend = await service.as_backend(Scope.SESSIONS_CREATE)

    answer = await backend.post("/sessions", {"account_id": SOMEBODY})

    assert answer.status == 200
    assert answer.body == {
        "success": True,
        "data": {"token": answer.data["token"], "expires_at": "2026-01-12T12:15:00Z"},
    }
    user = service.bearing(answer.data["token"])
    assert (await user.get("/credits/balance")).data["balance"] == 30


@pytest.mark.parametrize(
    ("ttl_s", "expires_at"), [(60, "2026-01-12T12:01:00Z"), (3600, "2026-01-12T13:00:00Z")]
)
async def test_a_session_lives_as_long_as_it_was_asked_for(
    service: Service, ttl_s: int, expires_at: str
) -> None:
    backend = await service.as_backend(Scope.SESSIONS_CREATE)

    answer = await backend.post("/sessions", {"account_id": SOMEBODY, "ttl_s": ttl_s})

    assert answer.data["expires_at"] == expires_at


@pytest.mark.parametrize("ttl_s", [59, 3601])
async def test_a_session_lives_a_minute_to_an_hour(service: Service, ttl_s: int) -> None:
    backend = await service.as_backend(Scope.SESSIONS_CREATE)

    answer = await backend.post("/sessions", {"account_id": SOMEBODY, "ttl_s": ttl_s})

    assert (answer.status, answer.paths) == (400, ["ttl_s"])


async def test_a_session_token_says_nothing_of_the_secret_behind_it(service: Service) -> None:
    backend = await service.as_backend(Scope.SESSIONS_CREATE)

    answer = await backend.post("/sessions", {"account_id": SOMEBODY})

    assert SESSION_SECRET not in repr(answer.body)


async def test_without_a_secret_there_are_no_sessions() -> None:
    async with a_service(sessions=None) as service:
        backend = await service.as_backend(Scope.SESSIONS_CREATE)

        answer = await backend.post("/sessions", {"account_id": SOMEBODY})

        assert (answer.status, answer.code) == (422, "sessions_not_configured")


async def test_a_profile_is_kept_and_read(service: Service) -> None:
    backend = await service.as_backend(Scope.ACCOUNTS_WRITE)
    profile = {"email": "somebody@example.com", "zone": "Europe/Berlin"}

    kept = await backend.put("/accounts/user-1042", profile)
    found = await backend.get("/accounts/user-1042")

    assert kept.status == 200
    assert kept.body == {
        "success": True,
        "data": {
            "id": "user-1042",
            **profile,
            "created_at": "2026-01-12T12:00:00Z",
            "overdraft": None,
        },
    }
    assert found.body == kept.body


async def test_an_account_says_what_it_may_owe_and_does(service: Service) -> None:
    backend = await service.as_backend(Scope.ACCOUNTS_WRITE, Scope.CREDITS_SPEND)
    await backend.put(f"/accounts/{SOMEBODY}", {})
    limit = {"limit": 100, "reason": "Pays by invoice"}
    await service.as_admin().put(f"/admin/accounts/{SOMEBODY}/overdraft", limit)
    await backend.post("/credits/spend", {"account_id": SOMEBODY, "amount": 30}, key="spend")

    found = await backend.get(f"/accounts/{SOMEBODY}")

    assert found.data["overdraft"] == {"limit": 100, "used": 30}


async def test_a_profile_is_replaced_whole(service: Service) -> None:
    backend = await service.as_backend(Scope.ACCOUNTS_WRITE)
    await backend.put("/accounts/user-1042", {"email": "somebody@example.com"})

    answer = await backend.put("/accounts/user-1042", {})

    assert (answer.data["email"], answer.data["zone"]) == (None, None)


@pytest.mark.parametrize(
    ("account_id", "path"), [("org/7", "org%2F7"), ("ü:1", "%C3%BC:1"), ("a b", "a%20b")]
)
async def test_an_account_is_called_what_the_product_calls_it(
    service: Service, account_id: str, path: str
) -> None:
    backend = await service.as_backend(Scope.ACCOUNTS_WRITE)

    kept = await backend.put(f"/accounts/{path}", {"email": "somebody@example.com"})

    assert kept.data["id"] == account_id
    assert (await backend.get(f"/accounts/{path}")).data == kept.data


@pytest.mark.parametrize("path", ["%20a", "a%00b", "a%0Ab", "x" * 129])
async def test_what_cannot_be_an_account_is_refused_by_name(service: Service, path: str) -> None:
    backend = await service.as_backend(Scope.ACCOUNTS_WRITE)
    before = service.kept()

    kept = await backend.put(f"/accounts/{path}", {"email": "somebody@example.com"})
    found = await backend.get(f"/accounts/{path}")

    assert (kept.status, kept.paths) == (400, ["id"])
    assert (found.status, found.paths) == (400, ["id"])
    assert service.kept() == before


async def test_nothing_is_known_about_an_account_nobody_has_kept(service: Service) -> None:
    backend = await service.as_backend(Scope.ACCOUNTS_WRITE)

    answer = await backend.get("/accounts/nobody")

    assert (answer.status, answer.code) == (404, "account_not_found")


@pytest.mark.parametrize(
    ("profile", "path"),
    [
        ({"email": "nobody"}, "email"),
        ({"email": "@@@"}, "email"),
        ({"email": "a b@example.com"}, "email"),
        ({"email": "a\n@example.com"}, "email"),
        ({"zone": "Mars/Olympus"}, "zone"),
        ({"zone": "../../etc/passwd"}, "zone"),
        ({"zone": "/etc/passwd"}, "zone"),
    ],
)
async def test_a_profile_that_makes_no_sense_is_refused(
    service: Service, profile: dict[str, str], path: str
) -> None:
    backend = await service.as_backend(Scope.ACCOUNTS_WRITE)
    before = service.kept()

    answer = await backend.put("/accounts/user-1042", profile)

    assert (answer.status, answer.paths) == (400, [path])
    assert service.kept() == before


async def test_a_zone_changes_only_rarely(service: Service) -> None:
    backend = await service.as_backend(Scope.ACCOUNTS_WRITE)
    await backend.put("/accounts/user-1042", {"zone": "Europe/Berlin"})

    soon = await backend.put("/accounts/user-1042", {"zone": "Asia/Tokyo"})
    service.clock.advance(days=30)
    later = await backend.put("/accounts/user-1042", {"zone": "Asia/Tokyo"})

    assert (soon.status, soon.code) == (409, "zone_changed_lately")
    assert soon.error["details"] == {"next_at": "2026-02-11T12:00:00Z"}
    assert (later.status, later.data["zone"]) == (200, "Asia/Tokyo")


async def test_a_new_key_is_shown_once_and_opens_what_it_says(service: Service) -> None:
    owner = service.as_admin()
    body = {"name": "backend", "scopes": ["credits:spend", "credits:read"], "spend_max": 100}

    answer = await owner.post("/admin/keys", body)

    key_id = answer.data["id"]
    record = {
        "id": key_id,
        "name": "backend",
        "scopes": ["credits:read", "credits:spend"],
        "role": None,
        "spend_max": 100,
        "spend_max_per_day": None,
        "created_at": "2026-01-12T12:00:00Z",
        "revoked_at": None,
    }
    secret = answer.data["secret"]
    assert answer.status == 201
    assert answer.body == {"success": True, "data": {**record, "secret": secret}}
    assert secret.startswith(f"bk_{key_id}_")
    assert (await owner.get("/admin/keys")).body == {
        "success": True,
        "data": [record],
        "meta": {"limit": 20, "offset": None, "total": None, "next": None},
    }
    balance = await service.bearing(secret).get("/credits/balance", account_id=SOMEBODY)
    assert balance.status == 200


async def test_of_a_key_only_a_digest_is_kept(service: Service) -> None:
    body = {"name": "backend", "scopes": ["credits:read"]}

    answer = await service.as_admin().post("/admin/keys", body, key="k")

    secret = answer.data["secret"].rpartition("_")[2]
    assert secret not in repr(service.kept())


async def test_a_key_may_carry_an_admins_role(service: Service) -> None:
    body = {"name": "desk", "role": "viewer"}

    answer = await service.as_admin().post("/admin/keys", body)

    desk = service.bearing(answer.data["secret"])
    assert (answer.data["role"], answer.data["scopes"]) == ("viewer", [])
    assert (await desk.get("/admin/orders")).status == 200
    assert (await desk.get("/admin/keys")).status == 403


@pytest.mark.parametrize(
    ("body", "path"),
    [
        ({"name": "neither"}, "scopes"),
        ({"name": "both", "scopes": ["credits:read"], "role": "owner"}, "scopes"),
        ({"name": "   ", "scopes": ["credits:read"]}, "name"),
        ({"name": "stranger", "scopes": ["credits:read", "everything"]}, "scopes[1]"),
    ],
)
async def test_a_key_has_scopes_or_a_role(
    service: Service, body: dict[str, object], path: str
) -> None:
    before = service.kept()

    answer = await service.as_admin().post("/admin/keys", body)

    assert (answer.status, answer.paths) == (400, [path])
    assert service.kept() == before


async def test_a_revoked_key_opens_nothing_from_that_moment_on(service: Service) -> None:
    owner = service.as_admin(Role.OWNER)
    issued = await owner.post("/admin/keys", {"name": "old", "scopes": ["credits:read"]})
    backend = service.bearing(issued.data["secret"])
    assert (await backend.get("/credits/balance", account_id=SOMEBODY)).status == 200

    revoked = await owner.delete(f"/admin/keys/{issued.data['id']}")

    assert revoked.status == 200
    assert revoked.data["revoked_at"] == "2026-01-12T12:00:00Z"
    assert "secret" not in revoked.data
    refused = await backend.get("/credits/balance", account_id=SOMEBODY)
    assert (refused.status, refused.code) == (401, "unauthenticated")


async def test_revoking_a_key_twice_changes_nothing(service: Service) -> None:
    owner = service.as_admin()
    issued = await owner.post("/admin/keys", {"name": "old", "scopes": ["credits:read"]})
    first = await owner.delete(f"/admin/keys/{issued.data['id']}")
    after_first = service.kept()
    service.clock.advance(days=1)

    again = await owner.delete(f"/admin/keys/{issued.data['id']}")

    assert again.body == first.body
    assert service.kept() == after_first


async def test_keys_are_listed_newest_first_in_pages(service: Service) -> None:
    owner = service.as_admin()
    for name in ("first", "second", "third"):
        await owner.post("/admin/keys", {"name": name, "scopes": ["credits:read"]})

    page = await owner.get("/admin/keys", limit=2)
    rest = await owner.get("/admin/keys", limit=2, after=page.body["meta"]["next"])

    assert [key["name"] for key in page.data] == ["third", "second"]
    assert [key["name"] for key in rest.data] == ["first"]
