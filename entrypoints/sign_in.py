"""How people sign in, made from the settings: the product's tokens, and short ones of our own."""

from __future__ import annotations

from entrypoints.http.token_keys import FetchFromUrl, PublishedKeys, SharedSecret, TokenKeys
from entrypoints.http.tokens import LoginTokens, Seconds, SessionTokens, TokenRules
from entrypoints.settings import Login, Settings


def rules_of(login: Login) -> TokenRules:
    """Return what a token of the product's login must say."""
    return TokenRules(
        issuer=login.issuer,
        audience=login.audience,
        admin_audience=login.admin_audience,
        account_claim=login.account_claim,
    )


def login_tokens_of(settings: Settings, seconds: Seconds) -> LoginTokens | None:
    """Return the check of the product's tokens, or None if no login is configured."""
    login = settings.login
    if login is None:
        return None
    return LoginTokens(rules=rules_of(login), keys=_keys(login), seconds=seconds)


def session_tokens_of(settings: Settings, seconds: Seconds) -> SessionTokens | None:
    """Return the minting of short tokens, or None if there is no secret to sign them with."""
    if settings.session_secret is None:
        return None
    return SessionTokens(secret=settings.session_secret.reveal(), seconds=seconds)


def _keys(login: Login) -> TokenKeys:
    if login.secret is not None:
        return SharedSecret(login.secret.reveal())
    assert login.jwks_url is not None
    return PublishedKeys(fetch=FetchFromUrl(url=login.jwks_url))
