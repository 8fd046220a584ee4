"""Disputes: all of them, and how one ended where the provider does not tell."""

from __future__ import annotations

from collections.abc import Sequence

from aiohttp import web
from attrs import frozen

from application.payments.list_orders import InspectingOrder, InspectOrder
from application.payments.resolve_dispute import (
    ListDisputes,
    ListingDisputes,
    ResolveDispute,
    ResolvingDispute,
)
from domain.access.role import Right
from domain.errors import BillingError
from domain.payments.dispute import Dispute
from domain.payments.errors import DisputeNotFound, OrderNotFound
from domain.payments.ids import DisputeId, OrderId
from domain.payments.provider_event import DisputeStatus
from entrypoints.console.forms import Filled, Reading, refused
from entrypoints.console.ids import id_of
from entrypoints.console.lists import choice_of, filters_of, page_of
from entrypoints.console.page import Page, Visit
from entrypoints.http.admin_disputes import Outcome, ResolveBody

_FIELDS = ("outcome", "reason")


@frozen(kw_only=True)
class DisputePages:
    """Payments that their buyers' banks took back, or want to."""

    list_disputes: ListingDisputes
    resolve_dispute: ResolvingDispute
    inspect_order: InspectingOrder

    def pages(self) -> Sequence[Page]:
        """Return the list, and the form that says how one ended."""
        one = "/dispute"
        return (
            Page(method="GET", path="/disputes", handler=self.get_disputes, right=Right.READ),
            Page(method="GET", path=one, handler=self.get_dispute, right=Right.CREDIT),
            Page(method="POST", path=one, handler=self.post_outcome, right=Right.CREDIT),
        )

    async def get_disputes(self, visit: Visit) -> web.Response:
        """Show a page of disputes."""
        status = choice_of(visit, "status", DisputeStatus)
        return visit.shown(
            "disputes.html",
            page=await self.list_disputes(ListDisputes(status=status, page=page_of(visit))),
            filters=filters_of(visit, "status"),
            statuses=DisputeStatus,
            may_credit=visit.may(Right.CREDIT),
        )

    async def get_dispute(self, visit: Visit) -> web.Response:
        """Ask how the dispute ended."""
        return await self._form(visit, Filled(values={}))

    async def post_outcome(self, visit: Visit) -> web.Response:
        """Take up how it ended."""
        given, dispute = await visit.given(), await self._found(visit)
        reading = Reading(given)
        try:
            body = reading.body(
                ResolveBody,
                {"outcome": reading.text("outcome"), "reason": reading.text("reason")},
            )
            await self.resolve_dispute(
                ResolveDispute(
                    dispute_id=dispute.id,
                    outcome=DisputeStatus(body.outcome.value),
                    reason=body.reason,
                    actor=visit.actor,
                    key=visit.key(given),
                )
            )
        except BillingError as refusal:
            return await self._form(visit, refused(given, refusal, fields=_FIELDS), 400)
        return visit.go("/disputes", notice="resolved")

    async def _found(self, visit: Visit) -> Dispute:
        """Return the dispute that the address names, by way of its order."""
        dispute_id = DisputeId(
            id_of(visit, lambda given: DisputeNotFound(dispute_id=DisputeId(given)))
        )
        try:
            order_id = id_of(visit, lambda given: OrderNotFound(order_id=OrderId(given)), "order")
            found = await self.inspect_order(InspectOrder(order_id=OrderId(order_id)))
        except OrderNotFound as missing:
            raise DisputeNotFound(dispute_id=dispute_id) from missing
        for dispute in found.disputes:
            if dispute.id == dispute_id:
                return dispute
        raise DisputeNotFound(dispute_id=dispute_id)

    async def _form(self, visit: Visit, form: Filled, status: int = 200) -> web.Response:
        dispute = await self._found(visit)
        return visit.shown(
            "dispute.html", status=status, dispute=dispute, form=form, outcomes=Outcome
        )
