"""What is set aside in an account for work under way, and giving it back by hand."""

from __future__ import annotations

from collections.abc import Sequence

from aiohttp import web
from attrs import frozen

from application.credits.list_holds import ListHolds, ListingHolds, ReadHold, ReadingHold
from application.credits.release_hold_by_hand import ReleaseHoldByHand, ReleasingHoldByHand
from domain.access.role import Right
from domain.credits.errors import HoldNotFound
from domain.credits.hold import Hold, HoldState
from domain.credits.ids import HoldId
from domain.errors import BillingError
from entrypoints.console.forms import Filled, Reading, refused
from entrypoints.console.ids import id_of
from entrypoints.console.lists import choice_of, filters_of, page_of
from entrypoints.console.page import Page, Visit
from entrypoints.http.admin_subscriptions import AdminWishBody


@frozen(kw_only=True)
class HoldPages:
    """Holds of one account at a time: that is how they are asked about."""

    list_holds: ListingHolds
    read_hold: ReadingHold
    release_hold: ReleasingHoldByHand

    def pages(self) -> Sequence[Page]:
        """Return the list, one hold, and its release."""
        one = "/customer/hold"
        return (
            Page(method="GET", path="/customer/holds", handler=self.get_holds, right=Right.READ),
            Page(method="GET", path=one, handler=self.get_hold, right=Right.READ),
            Page(method="POST", path=one, handler=self.post_hold, right=Right.CREDIT),
        )

    async def get_holds(self, visit: Visit) -> web.Response:
        """Show a page of an account's holds, newest first."""
        account_id, state = visit.account(), choice_of(visit, "state", HoldState)
        page = await self.list_holds(
            ListHolds(account_id=account_id, state=state, page=page_of(visit))
        )
        return visit.shown(
            "holds.html",
            account_id=account_id,
            page=page,
            filters=filters_of(visit, "account", "state"),
            states=HoldState,
        )

    async def get_hold(self, visit: Visit) -> web.Response:
        """Show one hold: what for, until when, and how it ended."""
        return self._page(visit, await self._found(visit), Filled(values={}))

    async def post_hold(self, visit: Visit) -> web.Response:
        """Give back what the hold has set aside."""
        given, hold = await visit.given(), await self._found(visit)
        reading = Reading(given)
        try:
            body = reading.body(AdminWishBody, {"reason": reading.text("reason")})
            await self.release_hold(
                ReleaseHoldByHand(
                    account_id=hold.account_id,
                    hold_id=hold.id,
                    reason=body.reason,
                    actor=visit.actor,
                    key=visit.key(given),
                )
            )
        except BillingError as refusal:
            return self._page(visit, hold, refused(given, refusal, fields=("reason",)), 400)
        return visit.go(
            "/customer/hold", notice="hold-released", account=hold.account_id, id=hold.id
        )

    async def _found(self, visit: Visit) -> Hold:
        account_id = visit.account()
        hold_id = HoldId(id_of(visit, lambda given: HoldNotFound(hold_id=HoldId(given))))
        return await self.read_hold(ReadHold(account_id=account_id, hold_id=hold_id))

    def _page(self, visit: Visit, hold: Hold, form: Filled, status: int = 200) -> web.Response:
        may_release = hold.is_open and visit.may(Right.CREDIT)
        return visit.shown(
            "hold.html", status=status, hold=hold, form=form, may_release=may_release
        )
