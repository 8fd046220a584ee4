"""The bank's side of the sandbox, for owners: disputes, and cards that decline."""

from __future__ import annotations

from collections.abc import Sequence

from aiohttp import web
from attrs import frozen

from application.ports.sandbox import Sandbox
from domain.access.role import Right
from domain.payments.errors import PaymentNotFound
from domain.payments.provider_event import DisputeStatus
from entrypoints.http.endpoint import Endpoint
from entrypoints.http.policy import Admin
from entrypoints.http.values import AccountIdText, Reference, account_id_of
from entrypoints.http.wire import read, reply


@frozen(kw_only=True)
class SandboxDisputeBody:
    """A payment of the sandbox, and how the dispute about it is to stand."""

    payment_id: Reference
    status: DisputeStatus


@frozen(kw_only=True, slots=False)
class SandboxDisputeView:
    """The sandbox's dispute about a payment."""

    dispute_id: str
    payment_id: Reference


@frozen(kw_only=True)
class SandboxCardBody:
    """Whether an account's card is declined from now on."""

    account_id: AccountIdText
    declines: bool


@frozen(kw_only=True, slots=False)
class SandboxCardView:
    """An account's card in the sandbox."""

    account_id: AccountIdText
    declines: bool


@frozen(kw_only=True)
class AdminSandboxApi:
    """The bank's side of the sandbox."""

    sandbox: Sandbox

    def endpoints(self) -> Sequence[Endpoint]:
        """Return the routes, which are there in test mode alone."""
        return (
            Endpoint(
                method="POST",
                path="/admin/sandbox/disputes",
                handler=self.post_dispute,
                policy=Admin(Right.OWN),
                tag="Sandbox",
                summary="Let a payment of the sandbox be disputed, won or lost",
                description=(
                    "With `inquiry` the bank only asks: it has taken nothing yet. "
                    "`payment_id` is an order's `provider_payment_id`. What follows from it comes "
                    "as a webhook, as from any provider."
                ),
                body=SandboxDisputeBody,
                response=SandboxDisputeView,
                refusals=(PaymentNotFound,),
                example={
                    "payment_id": "pay_019a8b1c-7d52-7c4e-9a53-0e2f4c6a8b10",
                    "status": "open",
                },
            ),
            Endpoint(
                method="POST",
                path="/admin/sandbox/card",
                handler=self.post_card,
                policy=Admin(Right.OWN),
                tag="Sandbox",
                summary="Let an account's card be declined by the sandbox, or work again",
                description=(
                    "While it declines, trials end and renewals are overdue. These are tried "
                    "again after 1, 3, 5 and 7 days, and as soon as the card works again."
                ),
                body=SandboxCardBody,
                response=SandboxCardView,
                example={"account_id": "user-1042", "declines": True},
            ),
        )

    async def post_card(self, request: web.Request) -> web.Response:
        """Change the card."""
        body = await read(request, SandboxCardBody)
        account_id = account_id_of(body.account_id)
        await self.sandbox.change_card(account_id, declines=body.declines)
        return reply(SandboxCardView(account_id=account_id, declines=body.declines))

    async def post_dispute(self, request: web.Request) -> web.Response:
        """Open the dispute, or decide it."""
        body = await read(request, SandboxDisputeBody)
        dispute_id = await self.sandbox.dispute(body.payment_id, body.status)
        return reply(SandboxDisputeView(dispute_id=dispute_id, payment_id=body.payment_id))
