"""How a service under test is configured, and who may ask it what."""

from collections.abc import Mapping
from datetime import UTC, datetime

from adapters.system import system_seconds
from domain.access.role import Role
from entrypoints.http.minting import DevelopmentTokens
from entrypoints.http.tokens import TokenRules

SHOP = "https://shop.example"
WEBHOOK_SECRET = "a webhook secret that both sides know"
_LOGIN_SECRET = "a secret of the product's login, long enough"
_RULES = TokenRules(issuer="https://login.example", audience="shop", admin_audience="shop-admin")
_TOKEN_SECONDS = 3600

LOGIN = DevelopmentTokens(rules=_RULES, secret=_LOGIN_SECRET, seconds=system_seconds)


def variables_for(database_url: str) -> Mapping[str, str]:
    """Return the environment of a service on a database, with the sandbox as its provider."""
    return {
        "BILLING_DATABASE_URL": database_url,
        "BILLING_MODE": "test",
        "BILLING_CHANNELS": "sandbox",
        "BILLING_SANDBOX_WEBHOOK_SECRET": WEBHOOK_SECRET,
        "BILLING_RETURN_ORIGINS": SHOP,
        "BILLING_PRIVATE_ENDPOINTS": "true",
        "BILLING_CURRENCY": "USD",
        "BILLING_JWT_SECRET": _LOGIN_SECRET,
        "BILLING_JWT_ISSUER": _RULES.issuer,
        "BILLING_JWT_AUDIENCE": _RULES.audience,
        "BILLING_JWT_ADMIN_AUDIENCE": str(_RULES.admin_audience),
    }


def owner_token() -> str:
    """Return what makes its bearer an owner."""
    return LOGIN.admin("race-owner", Role.OWNER, _TOKEN_SECONDS)


def user_token(account_id: str) -> str:
    """Return what makes its bearer the user of an account."""
    return LOGIN.user(account_id, _TOKEN_SECONDS)


def zone_at_noon(now: datetime) -> str:
    """Return a time zone in which the day will not end while a test runs."""
    behind = now.astimezone(UTC).hour - 12
    # The names of these zones count westwards.
    return f"Etc/GMT{behind:+d}" if behind else "Etc/GMT"
