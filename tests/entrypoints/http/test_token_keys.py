import asyncio
import json
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from attrs import define, field
from joserfc import jwt
from joserfc.jwk import ECKey, OctKey, OKPKey, RSAKey

from domain.access.errors import NotSignedIn
from domain.credits.ids import AccountId
from entrypoints.http.principal import User
from entrypoints.http.token_keys import (
    FetchFromUrl,
    PublishedKeys,
    TokenKeysUnavailable,
)
from tests.entrypoints.http.forging import (
    CLAIMS,
    Time,
    signed,
    tokens,
)
from tests.entrypoints.http.sample import SECRET

RSA = RSAKey.generate_key(2048, {"kid": "rsa-1"})
EC = ECKey.generate_key("P-256", {"kid": "ec-1"})
ED = OKPKey.generate_key("Ed25519", {"kid": "ed-1"})


@define
class Login:
    """The product's login as it publishes its keys; it can go down, and counts who asks."""

    keys: list[Any] = field(factory=lambda: [RSA, EC, ED])
    is_up: bool = True
    asked: int = 0

    async def __call__(self) -> bytes:
        self.asked += 1
        await asyncio.sleep(0)
        if not self.is_up:
            raise OSError("down")
        published = [key.as_dict(private=False) for key in self.keys]
        return json.dumps({"keys": published}).encode()


def issued(key: RSAKey | ECKey | OKPKey, algorithm: str, **header: object) -> str:
    every = {"alg": algorithm, "kid": key.kid, **header}
    return jwt.encode(every, dict(CLAIMS), key, algorithms=[algorithm])


@pytest.mark.filterwarnings("ignore:EdDSA is deprecated")
@pytest.mark.parametrize(
    ("key", "algorithm"), [(RSA, "RS256"), (EC, "ES256"), (ED, "EdDSA"), (ED, "Ed25519")]
)
async def test_a_token_is_checked_with_the_published_key_it_names(
    key: RSAKey | ECKey | OKPKey, algorithm: str
) -> None:
    every = tokens(PublishedKeys(fetch=Login()))

    assert await every.user(issued(key, algorithm)) == User(account_id=AccountId("user-1"))


async def test_published_keys_are_never_taken_for_a_secret() -> None:
    every = tokens(PublishedKeys(fetch=Login()))
    public = RSA.as_pem(private=False).decode()

    for kid in ("rsa-1", "ec-1", None):
        forged = signed(CLAIMS, {"alg": "HS256", "kid": kid or ""}, secret=public)
        with pytest.raises(NotSignedIn):
            await every.user(forged)
    with pytest.raises(NotSignedIn):
        await every.user(issued(RSA, "RS256", kid="ec-1"))
    with pytest.raises(NotSignedIn):
        await every.user(issued(RSA, "PS256"))


async def test_keys_are_fetched_once_by_many_and_again_when_old() -> None:
    login, time = Login(), Time(0)
    every = tokens(PublishedKeys(fetch=login, monotonic=time))

    await asyncio.gather(*(every.user(issued(EC, "ES256")) for _ in range(20)))
    assert login.asked == 1
    time.seconds = 599
    await every.user(issued(EC, "ES256"))
    assert login.asked == 1
    time.seconds = 600
    await every.user(issued(EC, "ES256"))
    assert login.asked == 2


async def test_an_unknown_key_is_looked_for_at_most_every_thirty_seconds() -> None:
    login, time = Login(keys=[RSA]), Time(0)
    every = tokens(PublishedKeys(fetch=login, monotonic=time))
    await every.user(issued(RSA, "RS256"))

    login.keys.append(EC)
    for _ in range(50):
        with pytest.raises(NotSignedIn):
            await every.user(issued(EC, "ES256"))
    assert login.asked == 1
    time.seconds = 30
    await every.user(issued(EC, "ES256"))
    assert login.asked == 2


async def test_while_the_login_is_down_the_known_keys_go_on_counting() -> None:
    login, time = Login(), Time(0)
    every = tokens(PublishedKeys(fetch=login, monotonic=time))
    await every.user(issued(EC, "ES256"))

    login.is_up = False
    time.seconds = 100_000
    await every.user(issued(EC, "ES256"))
    await every.user(issued(EC, "ES256"))
    assert login.asked == 2


async def test_without_any_key_tokens_cannot_be_checked_until_the_login_is_back() -> None:
    login, time = Login(is_up=False), Time(0)
    every = tokens(PublishedKeys(fetch=login, monotonic=time))

    for _ in range(3):
        with pytest.raises(TokenKeysUnavailable):
            await every.user(issued(EC, "ES256"))
    assert login.asked == 1
    login.is_up, time.seconds = True, 2
    await every.user(issued(EC, "ES256"))


@pytest.mark.parametrize(
    "document",
    [
        b"",
        b"[]",
        b"{}",
        b'{"keys": {}}',
        b'{"keys": []}',
        b'{"keys": [5, {"kty": 5}]}',
        b'{"keys": [{"kty": "RSA"}]}',
        b'{"keys": [{"kty": "oct", "k": "AAAA"}]}',
        b'{"keys": [{"kty": ["RSA"]}]}',
        b'{"keys": [{"kty": "RSA", "n": 5, "e": "AQAB"}]}',
        b'{"keys": [{"kty": "EC", "crv": "P-256", "x": "AAAA", "y": "AAAA"}]}',
        b'{"keys": [{"kty": "EC", "crv": 5, "x": null, "y": []}]}',
        b"<html>",
        b"\xff",
        b"[" * 100_000,
    ],
)
async def test_a_document_without_usable_keys_counts_as_the_login_being_down(
    document: bytes,
) -> None:
    async def fetch() -> bytes:
        return document

    with pytest.raises(TokenKeysUnavailable):
        await tokens(PublishedKeys(fetch=fetch)).user(issued(EC, "ES256"))


async def test_keys_of_other_kinds_and_uses_are_left_out() -> None:
    async def fetch() -> bytes:
        secret = OctKey.import_key(SECRET, {"kid": "oct-1"}).as_dict(private=True)
        sealing = {**RSA.as_dict(private=False), "use": "enc"}
        future = {"kty": "AKP", "alg": "ML-DSA-44", "kid": "pq-1", "pub": "AAAA"}
        good = EC.as_dict(private=False)
        return json.dumps({"keys": [secret, sealing, future, good]}).encode()

    every = tokens(PublishedKeys(fetch=fetch))

    await every.user(issued(EC, "ES256"))
    with pytest.raises(NotSignedIn):
        await every.user(issued(RSA, "RS256"))
    with pytest.raises(NotSignedIn):
        await every.user(signed(CLAIMS, {"alg": "HS256", "kid": "oct-1"}))


Serve = Callable[[web.Application], Awaitable[TestServer]]


@pytest.fixture
async def login_server(aiohttp_server: Serve) -> TestServer:
    async def keys(request: web.Request) -> web.Response:
        return web.Response(body=b'{"keys": []}')

    async def moved(request: web.Request) -> web.Response:
        raise web.HTTPFound("/keys")

    async def slow(request: web.Request) -> web.Response:
        await asyncio.sleep(1)
        return web.Response()

    async def huge(request: web.Request) -> web.Response:
        return web.Response(body=bytes(1000))

    app = web.Application()
    for handler in (keys, moved, slow, huge):
        app.router.add_get(f"/{handler.__name__}", handler)
    return await aiohttp_server(app)


async def test_keys_are_fetched_by_one_bounded_call(login_server: TestServer) -> None:
    def fetching(path: str) -> FetchFromUrl:
        return FetchFromUrl(url=str(login_server.make_url(path)), timeout_s=0.2, bytes_max=999)

    assert await fetching("/keys")() == b'{"keys": []}'
    for path, reason in (
        ("/moved", "status 302"),
        ("/nowhere", "status 404"),
        ("/slow", "^$"),
        ("/huge", "too long"),
    ):
        with pytest.raises(OSError, match=reason):
            await fetching(path)()
