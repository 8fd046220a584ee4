"""`billing token`: what the product's login would sign, for development."""

from __future__ import annotations

from domain.access.role import Role
from entrypoints.commands.refusals import CommandRefused
from entrypoints.container import Container
from entrypoints.http.minting import DevelopmentTokens
from entrypoints.http.values import account_id_of
from entrypoints.settings import Mode, Settings
from entrypoints.sign_in import rules_of

SUBJECT = "billing-cli"
"""Who the command line is, in audit logs and tokens that name nobody."""


def development_tokens(settings: Settings) -> DevelopmentTokens:
    """Return the mint of development tokens. Raises CommandRefused where there can be none."""
    login = settings.login
    if login is None or login.secret is None:
        raise CommandRefused(
            "tokens are signed with BILLING_JWT_SECRET, which is not set; `billing up` makes one "
            "for development (run this beside it, in the same folder)"
        )
    if settings.mode is not Mode.TEST:
        raise CommandRefused("development tokens need BILLING_MODE=test")
    # Tokens live by the real time, wherever the billing clock has been taken.
    clock = Container(settings=settings).wall_clock()
    return DevelopmentTokens(
        rules=rules_of(login),
        secret=login.secret.reveal(),
        seconds=lambda: clock().timestamp(),
    )


def user_token(settings: Settings, subject: str, ttl_s: int) -> str:
    """Return a user's token. Raises CommandRefused, InvalidField."""
    return development_tokens(settings).user(account_id_of(subject, "--subject"), ttl_s)


def admin_token(settings: Settings, subject: str, role: Role, ttl_s: int) -> str:
    """Return an admin's token. Raises CommandRefused, InvalidField."""
    mint = development_tokens(settings)
    if mint.rules.admin_audience is None:
        raise CommandRefused("admins' tokens need BILLING_JWT_ADMIN_AUDIENCE, which is not set")
    return mint.admin(account_id_of(subject, "--subject"), role, ttl_s)
