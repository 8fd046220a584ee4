"""Accounts stopped from spending, and let spend again, for admins."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from aiohttp import web
from attrs import frozen

from application.credits.set_freeze import FreezeSet, SetFreeze, SettingFreeze
from domain.access.errors import AccountNotFound
from domain.access.role import Right
from domain.credits.errors import AccountAlreadyFrozen, AccountNotFrozen, KeyReused
from entrypoints.http.endpoint import Endpoint, Idempotency
from entrypoints.http.idempotency import request_key
from entrypoints.http.policy import Admin
from entrypoints.http.principal import actor_of
from entrypoints.http.values import AccountIdText, AuditReason, Balance, Credits, account_id_of
from entrypoints.http.wire import read, reply


@frozen(kw_only=True)
class FreezeBody:
    """Why an account may spend nothing more, or may spend again."""

    reason: AuditReason


@frozen(kw_only=True, slots=False)
class FreezeView:
    """An account that may spend nothing more, or may spend again, and what it held right after."""

    account_id: AccountIdText
    balance: Balance
    available: Credits

    @classmethod
    def of(cls, done: FreezeSet) -> FreezeView:
        """Return the account as an admin sees it."""
        return cls(account_id=done.account_id, balance=done.balance, available=done.available)


@frozen(kw_only=True)
class AdminFreezesApi:
    """Whether accounts may spend at all."""

    set_freeze: SettingFreeze

    def endpoints(self) -> Sequence[Endpoint]:
        """Return the two routes."""
        return (
            Endpoint(
                method="POST",
                path="/admin/accounts/{id}/freeze",
                handler=partial(self.post_freeze, is_frozen=True),
                policy=Admin(Right.CREDIT),
                tag="Admin: credits",
                summary="Stop an account from spending",
                description=(
                    "From then on its spends and holds are refused with `account_frozen`, until "
                    "somebody lets it spend again. What holds had set aside before can still be "
                    "captured; credits go on coming in and expiring. An account with a profile or "
                    "an open checkout can be stopped before it has any."
                ),
                body=FreezeBody,
                response=FreezeView,
                refusals=(AccountNotFound, AccountAlreadyFrozen, KeyReused),
                idempotency=Idempotency.OPTIONAL,
                example={"reason": "A stolen session spends from it"},
            ),
            Endpoint(
                method="POST",
                path="/admin/accounts/{id}/unfreeze",
                handler=partial(self.post_freeze, is_frozen=False),
                policy=Admin(Right.CREDIT),
                tag="Admin: credits",
                summary="Let a frozen account spend again",
                description=(
                    "Whether it was frozen by hand or, with BILLING_REFUND_SHORTFALL=freeze, "
                    "because credits were spent whose payment has gone back. What was spent is "
                    "not taken then: that is to be settled by hand."
                ),
                body=FreezeBody,
                response=FreezeView,
                refusals=(AccountNotFound, AccountNotFrozen, KeyReused),
                idempotency=Idempotency.OPTIONAL,
                example={"reason": "Settled with the customer"},
            ),
        )

    async def post_freeze(self, request: web.Request, *, is_frozen: bool) -> web.Response:
        """Stop the account, or free it."""
        body = await read(request, FreezeBody)
        actor = actor_of(request)
        done = await self.set_freeze(
            SetFreeze(
                account_id=account_id_of(request.match_info["id"], "id"),
                is_frozen=is_frozen,
                reason=body.reason,
                actor=actor,
                key=request_key(request, actor.id),
            )
        )
        return reply(FreezeView.of(done), replayed=done.is_replay)
