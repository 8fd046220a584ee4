"""What is done to an account by hand: credits given or taken, spending stopped and let go on."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from functools import partial

from aiohttp import web
from attrs import frozen

from application.credits.adjust_credits import (
    AdjustCredits,
    AdjustingCredits,
    PreviewingAdjustment,
)
from application.credits.set_freeze import SetFreeze, SettingFreeze
from domain.access.role import Right
from domain.errors import BillingError, InvalidField
from entrypoints.console.forms import STEP, Filled, Given, Reading, refused
from entrypoints.console.page import Page, Visit
from entrypoints.http.admin_credits import AdjustmentBody
from entrypoints.http.admin_freezes import FreezeBody

_ADJUST = ("direction", "amount", "reason", "expires_at")
_SIGNS = {"give": 1, "take": -1}


@frozen(kw_only=True)
class CustomerActions:
    """Every one of them needs a reason, and stands in the audit log."""

    adjust_credits: AdjustingCredits
    preview_adjustment: PreviewingAdjustment
    set_freeze: SettingFreeze

    def pages(self) -> Sequence[Page]:
        """Return the forms and what they do."""
        adjust, may = "/customer/adjust", Right.CREDIT
        return (
            Page(method="GET", path=adjust, handler=self.get_adjust, right=may),
            Page(method="POST", path=adjust, handler=self.post_adjust, right=may),
            *self._freeze_pages("/customer/freeze", is_frozen=True),
            *self._freeze_pages("/customer/unfreeze", is_frozen=False),
        )

    def _freeze_pages(self, path: str, *, is_frozen: bool) -> Sequence[Page]:
        ask = partial(self.get_freeze, is_frozen=is_frozen)
        turn = partial(self.post_freeze, is_frozen=is_frozen)
        return (
            Page(method="GET", path=path, handler=ask, right=Right.CREDIT),
            Page(method="POST", path=path, handler=turn, right=Right.CREDIT),
        )

    async def get_adjust(self, visit: Visit) -> web.Response:
        """Ask how many credits, and why."""
        direction = "take" if visit.query.get("direction") == "take" else "give"
        return self._adjust_form(visit, Filled(values={"direction": direction}))

    async def post_adjust(self, visit: Visit) -> web.Response:
        """Show what an adjustment would do; carry it out when that has been seen."""
        given = await visit.given()
        try:
            command = self._command(visit, given)
            if given.text(STEP) == "confirm":
                await self.adjust_credits(command)
                return visit.go("/customer", notice="adjusted", account=command.account_id)
            if given.text(STEP) == "change":
                return self._adjust_form(visit, Filled(values=given.values))
            preview = await self.preview_adjustment(command)
        except BillingError as refusal:
            return self._adjust_form(visit, refused(given, refusal, fields=_ADJUST), 400)
        return visit.shown(
            "adjust-preview.html",
            account_id=command.account_id,
            command=command,
            preview=preview,
            form=Filled(values=given.values, once=given.text("once")),
        )

    async def get_freeze(self, visit: Visit, *, is_frozen: bool) -> web.Response:
        """Ask why the account may spend nothing more, or may spend again."""
        return self._freeze_form(visit, Filled(values={}), is_frozen=is_frozen)

    async def post_freeze(self, visit: Visit, *, is_frozen: bool) -> web.Response:
        """Stop the account from spending, or lift the freeze."""
        given, account_id = await visit.given(), visit.account()
        reading = Reading(given)
        try:
            body = reading.body(FreezeBody, {"reason": reading.text("reason")})
            await self.set_freeze(
                SetFreeze(
                    account_id=account_id,
                    is_frozen=is_frozen,
                    reason=body.reason,
                    actor=visit.actor,
                    key=visit.key(given),
                )
            )
        except BillingError as refusal:
            form = refused(given, refusal, fields=("reason",))
            return self._freeze_form(visit, form, 400, is_frozen=is_frozen)
        notice = "frozen" if is_frozen else "unfrozen"
        return visit.go("/customer", notice=notice, account=account_id)

    def _command(self, visit: Visit, given: Given) -> AdjustCredits:
        account_id, reading = visit.account(), Reading(given)
        sign = _SIGNS.get(given.text("direction"))
        amount = reading.whole("amount")
        if sign is None:
            raise InvalidField(path="direction", problem="choose whether to give or to take")
        if amount is not None and amount <= 0:
            raise InvalidField(path="amount", problem="must be above zero")
        body = reading.body(
            AdjustmentBody,
            {
                "account_id": account_id,
                "amount": None if amount is None else sign * amount,
                "reason": reading.text("reason"),
                "expires_at": reading.instant("expires_at"),
            },
        )
        expires_at: datetime | None = body.expires_at
        return AdjustCredits(
            account_id=account_id,
            amount=body.amount,
            reason=body.reason,
            expires_at=expires_at,
            actor=visit.actor,
            key=visit.key(given),
        )

    def _adjust_form(self, visit: Visit, form: Filled, status: int = 200) -> web.Response:
        return visit.shown("adjust.html", status=status, account_id=visit.account(), form=form)

    def _freeze_form(
        self, visit: Visit, form: Filled, status: int = 200, *, is_frozen: bool
    ) -> web.Response:
        return visit.shown(
            "freeze.html",
            status=status,
            account_id=visit.account(),
            form=form,
            is_frozen=is_frozen,
        )
