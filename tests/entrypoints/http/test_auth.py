from collections.abc import Callable

import pytest

from domain.access.audit import Actor
from domain.access.role import Role, Scope
from domain.credits.ids import AccountId
from tests.entrypoints.http.conftest import Client
from tests.entrypoints.http.sample import THING_ID, Sample, a_user, an_admin, bearer

# Who asks, and what each kind of endpoint answers them.
ENDPOINTS = {
    "account": ("GET", "/things?account_id=user-1"),
    "user": ("GET", f"/things/{THING_ID}"),
    "backend": ("POST", "/spend"),
    "admin reads": ("GET", "/admin/things"),
    "admin sells": ("PUT", "/admin/things"),
    "public": ("GET", "/shop"),
    "signature": ("POST", "/hooks/stripe"),
}
ASKERS: dict[str, Callable[[Sample], str | None]] = {
    "nobody": lambda _: None,
    "nonsense": lambda _: "nonsense",
    "user": lambda _: a_user("user-1"),
    "session": lambda sample: sample.sessions.mint(AccountId("user-1"), 60)[0],
    "reading key": lambda sample: sample.store.add(Scope.CREDITS_READ),
    "spending key": lambda sample: sample.store.add(Scope.CREDITS_SPEND),
    "viewer": lambda _: an_admin(Role.VIEWER),
    "operator": lambda _: an_admin(Role.OPERATOR),
    "treasurer": lambda _: an_admin(Role.TREASURER),
    "owner": lambda _: an_admin(Role.OWNER),
    "viewer key": lambda sample: sample.store.add(role=Role.VIEWER),
    "owner key": lambda sample: sample.store.add(role=Role.OWNER),
}
MATRIX = {
    # asker:        account, user, backend, admin reads, admin sells
    "nobody": (401, 401, 401, 401, 401),
    "nonsense": (401, 401, 401, 401, 401),
    "user": (200, 200, 403, 401, 401),
    "session": (200, 200, 403, 401, 401),
    "reading key": (200, 403, 403, 403, 403),
    "spending key": (403, 403, 200, 403, 403),
    "viewer": (401, 401, 401, 200, 403),
    "operator": (401, 401, 401, 200, 200),
    "treasurer": (401, 401, 401, 200, 403),
    "owner": (401, 401, 401, 200, 200),
    "viewer key": (403, 403, 403, 200, 403),
    "owner key": (403, 403, 403, 200, 200),
}


@pytest.mark.parametrize("asker", ASKERS)
async def test_each_asker_reaches_what_its_policy_allows(
    client: Client, sample: Sample, asker: str
) -> None:
    credential = ASKERS[asker](sample)
    headers = {} if credential is None else bearer(credential)

    statuses = []
    for method, path in ENDPOINTS.values():
        body = {"amount": 1, "account_id": "user-1"} if path == "/spend" else None
        response = await client.request(method, path, json=body, headers=headers)
        statuses.append(response.status)

    assert tuple(statuses) == (*MATRIX[asker], 200, 200)


@pytest.mark.parametrize(
    "header",
    [
        "",
        "Bearer",
        "Bearer ",
        "Basic {}",
        "{}",
        "Bearer{}",
        "Bearer: {}",
        "Bearer {} {}",
        "Bearer \t{}",
        "Token {}",
        'Bearer "{}"',
        "Bearer {},",
    ],
)
async def test_another_form_of_credential_is_refused(client: Client, header: str) -> None:
    headers = {"Authorization": header.format(a_user(), "x")}

    response = await client.get(f"/things/{THING_ID}", headers=headers)

    assert response.status == 401
    assert response.headers["WWW-Authenticate"] == "Bearer"
    assert (await response.json())["error"]["code"] == "unauthenticated"


async def test_the_scheme_is_read_in_any_case(client: Client) -> None:
    headers = {"Authorization": f"bEARER {a_user()}"}

    assert (await client.get(f"/things/{THING_ID}", headers=headers)).status == 200


async def test_two_credentials_are_refused(client: Client) -> None:
    headers = [("Authorization", f"Bearer {a_user(name)}") for name in ("a", "b")]

    assert (await client.get(f"/things/{THING_ID}", headers=headers)).status == 401


async def test_a_user_may_name_themselves_but_nobody_else(client: Client) -> None:
    headers = bearer(a_user("user-1"))

    own = await client.get("/things?account_id=user-1", headers=headers)
    other = await client.get("/things?account_id=user-2", headers=headers)
    other_in_body = await client.post("/change", json={"account_id": "user-2"}, headers=headers)

    assert own.status == 200
    assert [other.status, other_in_body.status] == [403, 403]
    assert (await other.json())["error"]["code"] == "other_account"


@pytest.mark.parametrize(
    "named", ["", "%00", "%0A", "a%0A", "%20a", "a%20", "%E2%80%8B", "%C2%85", "a" * 129]
)
async def test_a_backend_names_an_account_that_can_be_one(
    client: Client, sample: Sample, named: str
) -> None:
    headers = bearer(sample.store.add(Scope.CREDITS_READ))

    unnamed = await client.get("/things", headers=headers)
    wrong = await client.get(f"/things?account_id={named}", headers=headers)

    for response in (unnamed, wrong):
        assert response.status == 400
        fields = (await response.json())["error"]["details"]["fields"]
        assert [each["path"] for each in fields] == ["account_id"]


async def test_a_backend_acts_for_the_account_it_names(client: Client, sample: Sample) -> None:
    headers = bearer(sample.store.add(Scope.CREDITS_READ))

    listed = await client.get("/things?account_id=orgä 1", headers=headers)
    changed = await client.post("/change", json={"account_id": "org-1"}, headers=headers)

    assert (await listed.json())["data"][0]["account"] == "orgä 1"
    assert (await changed.json())["data"]["account"] == "org-1"


async def test_the_actor_is_the_subject_or_the_key_with_the_request(
    client: Client, sample: Sample
) -> None:
    key = sample.store.add(role=Role.OWNER)

    await client.put("/admin/things", headers=bearer(an_admin(), X_Request_Id="r-1"))
    await client.put("/admin/things", headers=bearer(key, X_Request_Id="r-2"))

    assert sample.api.seen == [
        Actor(id="admin-1", request_id="r-1"),
        Actor(id="key-1", request_id="r-2"),
    ]
