"""Accounts stopped from spending, and let spend again, for admins."""

from __future__ import annotations

from collections.abc import Sequence

from aiohttp import web
from attrs import frozen

from application.credits.freeze_account import FreezeAccount, FreezingAccount, SpendingStopped
from application.credits.unfreeze_account import (
    AccountUnfrozen,
    UnfreezeAccount,
    UnfreezingAccount,
)
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
    """Why an account may spend nothing more."""

    reason: AuditReason


@frozen(kw_only=True)
class UnfreezeBody:
    """Why an account may spend again."""

    reason: AuditReason


@frozen(kw_only=True, slots=False)
class FrozenView:
    """An account that may spend nothing more, and what it held right after."""

    account_id: AccountIdText
    balance: Balance
    available: Credits

    @classmethod
    def of(cls, stopped: SpendingStopped) -> FrozenView:
        """Return the account as an admin sees it."""
        return cls(
            account_id=stopped.account_id,
            balance=stopped.balance,
            available=stopped.available,
        )


@frozen(kw_only=True, slots=False)
class UnfrozenView:
    """An account that may spend again, and what it held right after."""

    account_id: AccountIdText
    balance: Balance
    available: Credits

    @classmethod
    def of(cls, unfrozen: AccountUnfrozen) -> UnfrozenView:
        """Return the account as an admin sees it."""
        return cls(
            account_id=unfrozen.account_id,
            balance=unfrozen.balance,
            available=unfrozen.available,
        )


@frozen(kw_only=True)
class AdminFreezesApi:
    """Whether accounts may spend at all."""

    freeze_account: FreezingAccount
    unfreeze_account: UnfreezingAccount

    def endpoints(self) -> Sequence[Endpoint]:
        """Return the two routes."""
        return (
            Endpoint(
                method="POST",
                path="/admin/accounts/{id}/freeze",
                handler=self.post_freeze,
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
                response=FrozenView,
                refusals=(AccountNotFound, AccountAlreadyFrozen, KeyReused),
                idempotency=Idempotency.OPTIONAL,
                example={"reason": "A stolen session spends from it"},
            ),
            Endpoint(
                method="POST",
                path="/admin/accounts/{id}/unfreeze",
                handler=self.post_unfreeze,
                policy=Admin(Right.CREDIT),
                tag="Admin: credits",
                summary="Let a frozen account spend again",
                description=(
                    "Whether it was frozen by hand or, with BILLING_REFUND_SHORTFALL=freeze, "
                    "because credits were spent whose payment has gone back. What was spent is "
                    "not taken then: that is to be settled by hand."
                ),
                body=UnfreezeBody,
                response=UnfrozenView,
                refusals=(AccountNotFound, AccountNotFrozen, KeyReused),
                idempotency=Idempotency.OPTIONAL,
                example={"reason": "Settled with the customer"},
            ),
        )

    async def post_freeze(self, request: web.Request) -> web.Response:
        """Stop the account."""
        body = await read(request, FreezeBody)
        actor = actor_of(request)
        stopped = await self.freeze_account(
            FreezeAccount(
                account_id=account_id_of(request.match_info["id"], "id"),
                reason=body.reason,
                actor=actor,
                key=request_key(request, actor.id),
            )
        )
        return reply(FrozenView.of(stopped), replayed=stopped.is_replay)

    async def post_unfreeze(self, request: web.Request) -> web.Response:
        """Free the account."""
        body = await read(request, UnfreezeBody)
        actor = actor_of(request)
        unfrozen = await self.unfreeze_account(
            UnfreezeAccount(
                account_id=account_id_of(request.match_info["id"], "id"),
                reason=body.reason,
                actor=actor,
                key=request_key(request, actor.id),
            )
        )
        return reply(UnfrozenView.of(unfrozen), replayed=unfrozen.is_replay)
