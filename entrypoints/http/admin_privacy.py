"""What is kept about people, for admins: handed out as a whole, and erased."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

from aiohttp import web
from attrs import frozen
from msgspec import Meta

from application.access.erase_account import AccountErased, EraseAccount, ErasingAccount
from application.access.export_account import ExportAccount, ExportingAccount
from domain.access.errors import AccountInUse, AccountNotFound
from domain.access.role import Right
from domain.credits.errors import KeyReused
from entrypoints.http.account_export import export_name, send_export
from entrypoints.http.endpoint import Endpoint, Idempotency
from entrypoints.http.idempotency import request_key
from entrypoints.http.policy import Admin
from entrypoints.http.principal import actor_of
from entrypoints.http.values import AccountIdText, AuditReason, JsonObject, account_id_of
from entrypoints.http.wire import read, reply

Records = Annotated[
    tuple[JsonObject, ...], Meta(description="Each with every field that is kept of it.")
]
Count = Annotated[int, Meta(ge=0)]
IsForced = Annotated[
    bool,
    Meta(description="Erase although something of the account is under way: that goes on."),
]


@frozen(kw_only=True, slots=False)
class AccountExportView:
    """Everything that is kept about an account, in the sections of the documentation."""

    profile: Records
    customers: Records
    wallet: Records
    grants: Records
    transactions: Records
    holds: Records
    orders: Records
    refunds: Records
    disputes: Records
    coupons_used: Records
    subscriptions: Records
    check_ins: Records
    events: Records
    webhooks: Records
    request_keys: Records
    audit: Records


@frozen(kw_only=True)
class EraseBody:
    """Why an account's personal texts are erased."""

    reason: AuditReason
    force: IsForced = False


@frozen(kw_only=True, slots=False)
class ErasedView:
    """How much was erased; `webhooks_left` are still to be applied and go when they are old."""

    account_id: AccountIdText
    texts: Count
    events: Count
    webhooks: Count
    webhooks_left: Count
    orders: Count
    answers: Count
    customers: Count

    @classmethod
    def of(cls, erased: AccountErased) -> ErasedView:
        """Return the result as it is shown."""
        return cls(
            account_id=erased.account_id,
            texts=erased.texts,
            events=erased.events,
            webhooks=erased.webhooks,
            webhooks_left=erased.webhooks_left,
            orders=erased.orders,
            answers=erased.answers,
            customers=erased.customers,
        )


@frozen(kw_only=True)
class AdminPrivacyApi:
    """What is kept about people."""

    export_account: ExportingAccount
    erase_account: ErasingAccount

    def endpoints(self) -> Sequence[Endpoint]:
        """Return the admins' routes about what is kept."""
        return (
            Endpoint(
                method="GET",
                path="/admin/accounts/{id}/export",
                handler=self.get_export,
                policy=Admin(Right.CREDIT),
                tag="Admin: privacy",
                summary="Export everything about an account",
                description="Sent as it is read, of any size. One that was cut off is no JSON.",
                response=AccountExportView,
                refusals=(AccountNotFound,),
            ),
            Endpoint(
                method="POST",
                path="/admin/accounts/{id}/erase",
                handler=self.post_erase,
                policy=Admin(Right.OWN),
                tag="Admin: privacy",
                summary="Erase an account's personal texts",
                description=(
                    "Descriptions, metadata, address, links to providers' customers, events and "
                    "bodies of webhooks go. Amounts, orders and the hash chain stay whole. What "
                    "was erased cannot be brought back; it stands in the audit log."
                ),
                body=EraseBody,
                response=ErasedView,
                refusals=(AccountNotFound, AccountInUse, KeyReused),
                idempotency=Idempotency.OPTIONAL,
                example={"reason": "Asked for by the customer"},
            ),
        )

    async def get_export(self, request: web.Request) -> web.StreamResponse:
        """Send everything about an account."""
        account_id = account_id_of(request.match_info["id"], "id")
        parts = self.export_account(ExportAccount(account_id=account_id))
        return await send_export(request, export_name(account_id), parts)

    async def post_erase(self, request: web.Request) -> web.Response:
        """Erase, once for the request's key."""
        body = await read(request, EraseBody)
        actor = actor_of(request)
        erased = await self.erase_account(
            EraseAccount(
                account_id=account_id_of(request.match_info["id"], "id"),
                reason=body.reason,
                force=body.force,
                actor=actor,
                key=request_key(request, actor.id),
            )
        )
        return reply(ErasedView.of(erased), replayed=erased.is_replay)
