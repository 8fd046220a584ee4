import pytest

from application.ports.idempotency import Caller, RequestKey
from domain.access.role import Scope
from entrypoints.http.idempotency import KEY_LENGTH_MAX
from tests.entrypoints.http.conftest import Client
from tests.entrypoints.http.sample import Sample, a_user, bearer


async def key_made_of(
    client: Client, sample: Sample, raw: bytes, key: str = "k-1", credential: str | None = None
) -> RequestKey:
    headers = {
        **bearer(credential or a_user()),
        "Content-Type": "application/json",
        "Idempotency-Key": key,
    }
    response = await client.post("/things", data=raw, headers=headers)
    assert response.status == 201
    made = sample.api.seen[-1]
    assert isinstance(made, RequestKey)
    return made


async def test_a_required_key_that_is_missing_is_refused_before_the_body_is_read(
    client: Client, sample: Sample
) -> None:
    response = await client.post("/things", json={"amount": 0}, headers=bearer(a_user()))

    assert response.status == 400
    assert (await response.json())["error"]["code"] == "idempotency_key_required"


@pytest.mark.parametrize("key", ["", " ", "a b", "ü", "a" * (KEY_LENGTH_MAX + 1), "a\tb"])
async def test_a_key_that_is_not_visible_ascii_is_refused(client: Client, key: str) -> None:
    headers = bearer(a_user(), Idempotency_Key=key)

    response = await client.post("/things", json={"amount": 1}, headers=headers)

    assert response.status == 400
    fields = (await response.json())["error"]["details"]["fields"]
    assert [each["path"] for each in fields] == ["Idempotency-Key"]


async def test_two_keys_are_refused(client: Client) -> None:
    headers = [*bearer(a_user()).items(), ("Idempotency-Key", "a"), ("Idempotency-Key", "a")]

    response = await client.post("/things", json={"amount": 1}, headers=headers)

    assert response.status == 400


async def test_a_key_belongs_to_the_account_and_the_kind_of_caller(
    client: Client, sample: Sample
) -> None:
    backend = sample.store.add(Scope.CREDITS_READ)
    raw = b'{"amount": 1, "account_id": "user-1"}'

    of_user = await key_made_of(client, sample, raw, "k" * KEY_LENGTH_MAX)
    of_backend = await key_made_of(client, sample, raw, credential=backend)

    assert of_user.name == ("user-1", Caller.USER.value, "k" * KEY_LENGTH_MAX)
    assert of_backend.name == ("user-1", Caller.BACKEND.value, "k-1")


@pytest.mark.parametrize(
    ("again", "is_the_same"),
    [
        (b'{"amount":1,"note":"a"}', True),
        (b'{ "note" : "\\u0061",\n "amount" : 1 }', True),
        (b'{"amount":2,"note":"a"}', False),
        (b'{"amount":1}', False),
        (b'{"amount":1,"note":"A"}', False),
        (b'{"amount":1,"note":"a","account_id":"user-1"}', False),
    ],
)
async def test_a_key_is_bound_to_what_the_request_says_and_not_to_how_it_is_written(
    client: Client, sample: Sample, again: bytes, is_the_same: bool
) -> None:
    first = await key_made_of(client, sample, b'{"amount":1,"note":"a"}')
    second = await key_made_of(client, sample, again)

    assert (first.fingerprint == second.fingerprint) is is_the_same
