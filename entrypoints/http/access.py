"""Access for the product's backend: short sessions for its users, and accounts' profiles."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Annotated

from aiohttp import web
from attrs import field, frozen
from msgspec import Meta

from application.access.keep_account import (
    KeepAccount,
    KeepingAccount,
    ReadAccount,
    ReadingAccount,
)
from application.credits.read_balance import ReadBalance, ReadingBalance
from domain.access.account import Account
from domain.access.errors import AccountNotFound, ZoneChangedLately
from domain.access.role import Scope
from domain.credits.ids import AccountId
from domain.credits.standing import Standing
from entrypoints.http.credits import OverdraftView
from entrypoints.http.endpoint import Endpoint
from entrypoints.http.policy import Backend
from entrypoints.http.principal import account_of
from entrypoints.http.refusals import SessionsNotConfigured
from entrypoints.http.tokens import SESSION_TTL_S_MAX, SessionTokens
from entrypoints.http.values import AccountIdText, Instant, account_id_of
from entrypoints.http.wire import read, reply

SESSION_TTL_S_MIN = 60
SESSION_TTL_S_DEFAULT = 900

SessionSeconds = Annotated[
    int,
    Meta(
        ge=SESSION_TTL_S_MIN, le=SESSION_TTL_S_MAX, description="How long the token counts, in s."
    ),
]
Email = Annotated[str, Meta(min_length=3, max_length=320, examples=["somebody@example.com"])]
ZoneText = Annotated[
    str,
    Meta(
        min_length=1,
        max_length=64,
        description="The IANA time zone the account's days begin in.",
        examples=["Europe/Berlin"],
    ),
]


@frozen(kw_only=True)
class SessionBody:
    """For whom a token is to be made, and for how long."""

    account_id: AccountIdText
    ttl_s: SessionSeconds = SESSION_TTL_S_DEFAULT


@frozen(kw_only=True, slots=False)
class SessionView:
    """A token that makes its bearer the account's user until it expires."""

    token: str = field(repr=False)
    expires_at: Instant


@frozen(kw_only=True)
class AccountBody:
    """The whole profile: what is null or left out is cleared."""

    email: Email | None = None
    zone: ZoneText | None = None


@frozen(kw_only=True, slots=False)
class AccountView:
    """What is known about an account, and what it may owe and does.

    `overdraft` is null if nothing is or may be owed.
    """

    id: AccountIdText
    email: str | None
    zone: str | None
    created_at: Instant
    overdraft: OverdraftView | None

    @classmethod
    def of(cls, account: Account, stand: Standing) -> AccountView:
        """Return the account as it is shown."""
        return cls(
            id=account.id,
            email=account.email,
            zone=account.zone,
            created_at=account.created_at,
            overdraft=OverdraftView.of(stand),
        )


@frozen(kw_only=True)
class AccessApi:
    """Sessions and profiles; without a secret to sign with there are no sessions."""

    keep_account: KeepingAccount
    read_account: ReadingAccount
    read_balance: ReadingBalance
    sessions: SessionTokens | None

    def endpoints(self) -> Sequence[Endpoint]:
        """Return the backend's routes about access."""
        return (
            Endpoint(
                method="POST",
                path="/sessions",
                handler=self.post_session,
                policy=Backend(Scope.SESSIONS_CREATE),
                tag="Access",
                summary="Make a short token for a user",
                description="For the user's browser, so that it can ask about its own account.",
                body=SessionBody,
                response=SessionView,
                refusals=(SessionsNotConfigured,),
                example={"account_id": "user-1042", "ttl_s": SESSION_TTL_S_DEFAULT},
            ),
            Endpoint(
                method="GET",
                path="/accounts/{id}",
                handler=self.get_account,
                policy=Backend(Scope.ACCOUNTS_WRITE),
                tag="Access",
                summary="Read an account's profile, and what it owes",
                description="The id is the product's own.",
                response=AccountView,
                refusals=(AccountNotFound,),
            ),
            Endpoint(
                method="PUT",
                path="/accounts/{id}",
                handler=self.put_account,
                policy=Backend(Scope.ACCOUNTS_WRITE),
                tag="Access",
                summary="Keep an account's profile",
                description=(
                    "The id is the product's own; an account need not be known before. A zone "
                    "decides when a day begins, so it may change only every 30 days."
                ),
                body=AccountBody,
                response=AccountView,
                refusals=(ZoneChangedLately,),
                example={"email": "somebody@example.com", "zone": "Europe/Berlin"},
            ),
        )

    async def post_session(self, request: web.Request) -> web.Response:
        """Mint a token for the account that the backend names."""
        body = await read(request, SessionBody)
        account_id = account_of(request, body.account_id)
        if self.sessions is None:
            raise SessionsNotConfigured
        token, expires_s = self.sessions.mint(account_id, body.ttl_s)
        return reply(SessionView(token=token, expires_at=datetime.fromtimestamp(expires_s, UTC)))

    async def get_account(self, request: web.Request) -> web.Response:
        """Answer what is known about the account."""
        account = await self.read_account(ReadAccount(account_id=_account_in_path(request)))
        return reply(await self._shown(account))

    async def put_account(self, request: web.Request) -> web.Response:
        """Keep the profile that the backend sends."""
        account_id = _account_in_path(request)
        body = await read(request, AccountBody)
        account = await self.keep_account(
            KeepAccount(account_id=account_id, email=body.email, zone=body.zone)
        )
        return reply(await self._shown(account))

    async def _shown(self, account: Account) -> AccountView:
        return AccountView.of(account, await self.read_balance(ReadBalance(account_id=account.id)))


def _account_in_path(request: web.Request) -> AccountId:
    """Return the account a path names: an id of the product's, so it may look like anything."""
    return account_id_of(request.match_info["id"], path="id")
