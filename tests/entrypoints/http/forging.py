"""Tokens for tests: good ones, and what somebody who forges would make of them."""

import base64
import hashlib
import hmac
import json

from attrs import define

from entrypoints.http.token_keys import SharedSecret, TokenKeys
from entrypoints.http.tokens import LoginTokens, SessionTokens, TokenRules, Tokens
from tests.entrypoints.http.sample import RULES, SECRET

NOW = 1_776_247_200
CLAIMS = {
    "iss": RULES.issuer,
    "aud": RULES.audience,
    "sub": "user-1",
    "iat": NOW,
    "exp": NOW + 60,
}


def seconds() -> float:
    return float(NOW)


def of_login(keys: TokenKeys, rules: TokenRules = RULES) -> LoginTokens:
    return LoginTokens(rules=rules, keys=keys, seconds=seconds)


def tokens(keys: TokenKeys | None = None, rules: TokenRules = RULES) -> Tokens:
    login = of_login(keys or SharedSecret(SECRET), rules)
    return Tokens(login=login, sessions=SessionTokens(secret=SECRET, seconds=seconds))


def segment(value: object) -> str:
    return base64.urlsafe_b64encode(json.dumps(value).encode()).rstrip(b"=").decode()


def signed(claims: object, header: object = None, secret: str = SECRET) -> str:
    """Sign whatever it is with HMAC by hand, as somebody who forges does."""
    head = header if header is not None else {"alg": "HS256", "typ": "JWT"}
    return _with_digest(f"{segment(head)}.{segment(claims)}", secret)


def signed_text(claims: str) -> str:
    """Sign claims that are written already, and that no encoder of JSON would write."""
    payload = base64.urlsafe_b64encode(claims.encode()).rstrip(b"=").decode()
    return _with_digest(f"{segment({'alg': 'HS256'})}.{payload}", SECRET)


def _with_digest(text: str, secret: str) -> str:
    digest = hmac.digest(secret.encode(), text.encode(), hashlib.sha256)
    return f"{text}.{base64.urlsafe_b64encode(digest).rstrip(b'=').decode()}"


def changed(**claims: object) -> dict[str, object]:
    """The claims of a good token, with some changed or (given as ...) left out."""
    every = {**CLAIMS, **claims}
    return {name: value for name, value in every.items() if value is not ...}


@define
class Time:
    seconds: float = NOW

    def __call__(self) -> float:
        return self.seconds
