"""Disputes in the sandbox, for owners: what a bank would do, where no bank is asked."""

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
from entrypoints.http.values import Reference
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
class AdminSandboxApi:
    """The bank's side of the sandbox."""

    sandbox: Sandbox

    def endpoints(self) -> Sequence[Endpoint]:
        """Return the route, which is there in test mode alone."""
        return (
            Endpoint(
                method="POST",
                path="/admin/sandbox/disputes",
                handler=self.post_dispute,
                policy=Admin(Right.OWN),
                tag="Sandbox",
                summary="Let a payment of the sandbox be disputed, won or lost",
                description=(
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
        )

    async def post_dispute(self, request: web.Request) -> web.Response:
        """Open the dispute, or decide it."""
        body = await read(request, SandboxDisputeBody)
        dispute_id = await self.sandbox.dispute(body.payment_id, body.status)
        return reply(SandboxDisputeView(dispute_id=dispute_id, payment_id=body.payment_id))
