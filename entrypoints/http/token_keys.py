"""The keys that tokens of the product's login are checked with: a secret, or published keys."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Awaitable, Callable
from typing import ClassVar, Protocol

import structlog
from aiohttp import ClientError, ClientSession, ClientTimeout
from attrs import define, field, frozen
from joserfc.errors import InvalidKeyIdError, JoseError, UnsupportedAlgorithmError
from joserfc.jwa import JWSAlgModel
from joserfc.jwk import JWKRegistry, KeySet, OctKey
from joserfc.jws import JWSRegistry

from domain.errors import Busy

SECRET_BYTES_MIN = 32

SHARED_ALGORITHMS = ("HS256",)
PUBLISHED_ALGORITHMS = ("RS256", "ES256", "EdDSA", "Ed25519")

_PUBLIC_KINDS = frozenset({"RSA", "EC", "OKP"})

# No answer, or one that is no set of keys: the library trips over malformed keys in its own ways.
_FETCHING_FAILS = (
    OSError,
    ClientError,
    JoseError,
    ValueError,
    TypeError,
    AttributeError,
    RecursionError,
)

_log = structlog.get_logger(__name__)


@frozen(kw_only=True)
class TokenKeysUnavailable(Busy):
    """The published keys of the product's login cannot be fetched and none are known yet."""

    code: ClassVar[str] = "token_keys_unavailable"

    def __str__(self) -> str:
        return "Tokens cannot be checked right now; try again shortly."


class TokenKeys(Protocol):
    """Where the key of a token is found."""

    @property
    def algorithms(self) -> tuple[str, ...]:
        """The algorithms a token may name; no other is ever tried."""
        ...

    async def named(self, key_id: str | None) -> OctKey | KeySet:
        """Return the key, or keys that hold it. Raises TokenKeysUnavailable."""
        ...


@frozen
class SharedSecret(TokenKeys):
    """One secret that the product signs with and we check with."""

    secret: str = field(repr=False)
    _key: OctKey = field(init=False, repr=False)

    @secret.validator
    def _is_long_enough(self, attribute: object, value: str) -> None:
        if len(value.encode()) < SECRET_BYTES_MIN:
            raise ValueError(f"must have at least {SECRET_BYTES_MIN} bytes")

    @_key.default
    def _imported(self) -> OctKey:
        return OctKey.import_key(self.secret)

    @property
    def algorithms(self) -> tuple[str, ...]:
        """HS256 alone."""
        return SHARED_ALGORITHMS

    async def named(self, key_id: str | None) -> OctKey:
        """Return the one key; a shared secret has no name."""
        return self._key


FetchKeys = Callable[[], Awaitable[bytes]]
"""Return the JSON document of published keys. Raises OSError or ClientError."""


@define(kw_only=True)
class PublishedKeys(TokenKeys):
    """The login's public keys, by their URL, kept for a while.

    A key that is not known makes us look again, at most every 30 s: whoever invents key ids cannot
    make us call the login more often. While the source is down the keys we have go on counting.
    """

    fetch: FetchKeys
    monotonic: Callable[[], float] = time.monotonic
    fresh_for_s: float = 600.0
    pause_s: float = 30.0
    pause_when_empty_s: float = 2.0
    _keys: KeySet | None = field(init=False, default=None)
    _fetched_at: float = field(init=False, default=0.0)
    _tried_at: float | None = field(init=False, default=None)
    _fetching: asyncio.Lock = field(init=False, factory=asyncio.Lock)

    @property
    def algorithms(self) -> tuple[str, ...]:
        """Those with a public key: a secret made of one of them must never be believed."""
        return PUBLISHED_ALGORITHMS

    async def named(self, key_id: str | None) -> KeySet:
        """Return the keys, fetched anew if they are old or do not hold this one."""
        if self._keys is None or (self._is_due(key_id) and not self._fetching.locked()):
            async with self._fetching:
                if self._is_due(key_id):
                    await self._refresh()
        if self._keys is None:
            raise TokenKeysUnavailable
        return self._keys

    def _is_due(self, key_id: str | None) -> bool:
        pause = self.pause_when_empty_s if self._keys is None else self.pause_s
        if self._tried_at is not None and self.monotonic() < self._tried_at + pause:
            return False
        if self._keys is None or self.monotonic() >= self._fetched_at + self.fresh_for_s:
            return True
        return not _holds(self._keys, key_id)

    async def _refresh(self) -> None:
        self._tried_at = self.monotonic()
        try:
            keys = _public_keys(await self.fetch())
        except _FETCHING_FAILS as failure:
            # The keys we have stay: a login that is down must not sign everybody out.
            _log.warning("token_keys_not_fetched", reason=type(failure).__name__)
            return
        self._keys, self._fetched_at = keys, self.monotonic()


@frozen(kw_only=True)
class FetchFromUrl:
    """Fetch published keys over HTTP: one short call, no redirects, a document of bounded size."""

    url: str
    timeout_s: float = 5.0
    bytes_max: int = 256 * 1024

    async def __call__(self) -> bytes:
        timeout = ClientTimeout(total=self.timeout_s)
        async with (
            ClientSession(timeout=timeout) as session,
            session.get(self.url, allow_redirects=False) as response,
        ):
            if response.status != 200:
                raise OSError(f"status {response.status}")
            body = bytearray()
            async for chunk in response.content.iter_any():
                body += chunk
                if len(body) > self.bytes_max:
                    raise OSError("the document is too long")
            return bytes(body)


class SignatureRules(JWSRegistry):
    """The algorithms named, and none besides.

    The library warns at every token that says EdDSA, a name since replaced by Ed25519; logins
    still send it, so it is taken without a warning.
    """

    max_header_length = 2048

    def get_alg(self, name: str) -> JWSAlgModel:
        """Return the algorithm if it is one of those allowed."""
        if name not in (self.allowed or ()):
            raise UnsupportedAlgorithmError(name)
        return self.algorithms[name]


def _holds(keys: KeySet, key_id: str | None) -> bool:
    try:
        keys.get_by_kid(key_id)
    except InvalidKeyIdError:
        return False
    return True


def _public_keys(document: bytes) -> KeySet:
    """Read the keys that can check a signature; others, and kinds we do not know, are left out."""
    read = json.loads(document)
    entries = read.get("keys") if isinstance(read, dict) else None
    keys = [
        JWKRegistry.import_key(entry)
        for entry in (entries if isinstance(entries, list) else ())
        if isinstance(entry, dict)
        and entry.get("kty") in _PUBLIC_KINDS
        and entry.get("use", "sig") == "sig"
    ]
    if not keys:
        raise ValueError("holds no key that checks signatures")
    return KeySet(keys)
