"""Where a catalogue is read and written: the store itself, or the service that holds it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Protocol

from attrs import define, field

from application.credits.list_rates import ReadRates
from application.ports.paging import LIMIT_MAX, Page, PageRequest
from application.promotions.change_check_in_rules import ChangeCheckInRules, ReadCheckInRules
from application.promotions.publish_coupon import ChangeCoupon, CreateCoupon
from application.promotions.read_coupons import ListCoupons
from application.subscriptions.publish_pack import ListPacks, PublishPack
from application.subscriptions.publish_plan import ListPlans, PublishPlan
from domain.access.audit import Actor
from domain.promotions.ids import CouponId
from domain.subscriptions.ids import PackId, PlanId
from entrypoints.commands.catalogue_file import on_the_wire
from entrypoints.commands.remote import RunningService
from entrypoints.commands.token import SUBJECT
from entrypoints.container import Container
from entrypoints.http.admin_check_in import CheckInConfigBody, CheckInConfigView
from entrypoints.http.admin_packs import AdminPackView, PackReplacementBody
from entrypoints.http.admin_plans import AdminPlanView, PlanReplacementBody
from entrypoints.http.coupon_bodies import CouponBody, CouponView
from entrypoints.http.rates import RatesBody, RatesView
from entrypoints.http.structure import into

Shown = Mapping[str, Any]
_ACTOR = Actor(id=SUBJECT)
_REASON = "billing plans push"


class Place(Protocol):
    """Reads and writes the parts of a catalogue in the API's own forms."""

    async def every(self, name: str) -> list[Shown]:
        """Return all plans, packs or coupons, as admins see them."""
        ...

    async def rates(self) -> Shown:
        """Return the rate card in force; version 0 if there is none."""
        ...

    async def check_in(self) -> Shown:
        """Return the check-in rules in force."""
        ...

    async def save(self, name: str, id: str | None, entry: Mapping[str, Any]) -> None:
        """Keep a new plan, pack or coupon, or replace the one with this id."""
        ...

    async def publish_rates(self, card: Mapping[str, Any]) -> None:
        """Publish a rate card as the next version."""
        ...

    async def change_check_in(self, rules: Mapping[str, Any]) -> None:
        """Put the next version of the check-in rules in force."""
        ...


@define(kw_only=True)
class ServicePlace(Place):
    """A running service, asked over HTTP."""

    service: RunningService

    async def every(self, name: str) -> list[Shown]:
        return await self.service.every(f"/admin/billing/{name}")

    async def rates(self) -> Shown:
        found: Shown = await self.service.ask("GET", "/admin/rates/current")
        return found

    async def check_in(self) -> Shown:
        found: Shown = await self.service.ask("GET", "/admin/checkin/config")
        return found

    async def save(self, name: str, id: str | None, entry: Mapping[str, Any]) -> None:
        path = f"/admin/billing/{name}"
        if id is None:
            await self.service.ask("POST", path, entry)
        else:
            # A coupon's codes stay: what replaces its terms does not say them.
            terms = {field: value for field, value in entry.items() if field != "code"}
            await self.service.ask("PUT", f"{path}/{id}", terms)

    async def publish_rates(self, card: Mapping[str, Any]) -> None:
        await self.service.ask("POST", "/admin/rates", card)

    async def change_check_in(self, rules: Mapping[str, Any]) -> None:
        await self.service.ask("PUT", "/admin/checkin/config", rules)


@define(kw_only=True)
class StorePlace(Place):
    """The store itself, through the same use cases as the API."""

    made: Container
    _currency: str = field(init=False)

    @_currency.default
    def _configured(self) -> str:
        currency: str = self.made.settings().currency
        return currency

    async def every(self, name: str) -> list[Shown]:
        made = self.made
        match name:
            case "plans":
                plans = made.list_plans()
                return await _all(
                    lambda page: plans(ListPlans(page=page, only_on_sale=False)), AdminPlanView.of
                )
            case "packs":
                packs = made.list_packs()
                return await _all(
                    lambda page: packs(ListPacks(page=page, only_on_sale=False)), AdminPackView.of
                )
            case _:
                coupons = made.coupon_desk().list_coupons
                return await _all(lambda page: coupons(ListCoupons(page=page)), CouponView.of)

    async def rates(self) -> Shown:
        card = await self.made.read_rates()(ReadRates(version=None))
        return on_the_wire(RatesView.of(card.card, card.effective_to))

    async def check_in(self) -> Shown:
        rules = await self.made.read_check_in_rules()(ReadCheckInRules())
        return on_the_wire(CheckInConfigView.of(rules))

    async def save(self, name: str, id: str | None, entry: Mapping[str, Any]) -> None:
        made, is_new = self.made, id is None
        match name:
            case "plans":
                plan = into(PlanReplacementBody, entry).plan(PlanId(id or ""), self._currency)
                await made.publish_plan()(
                    PublishPlan(plan=plan, is_new=is_new, actor=_ACTOR, reason=_REASON)
                )
            case "packs":
                pack = into(PackReplacementBody, entry).pack(PackId(id or ""), self._currency)
                await made.publish_pack()(
                    PublishPack(pack=pack, is_new=is_new, actor=_ACTOR, reason=_REASON)
                )
            case _:
                coupon = into(CouponBody, entry)
                if id is None:
                    await made.coupon_desk().create_coupon(
                        CreateCoupon(code=coupon.code, terms=coupon.terms, actor=_ACTOR)
                    )
                else:
                    await made.coupon_desk().change_coupon(
                        ChangeCoupon(
                            coupon_id=CouponId(id),
                            terms=coupon.terms,
                            actor=_ACTOR,
                            reason=_REASON,
                        )
                    )

    async def publish_rates(self, card: Mapping[str, Any]) -> None:
        await self.made.publish_rates()(into(RatesBody, card).command(_ACTOR))

    async def change_check_in(self, rules: Mapping[str, Any]) -> None:
        body = into(CheckInConfigBody, rules)
        change = ChangeCheckInRules(
            terms=body.terms, version=body.version, actor=_ACTOR, reason=_REASON
        )
        await self.made.change_check_in_rules()(change)


async def _all(ask: Callable[[PageRequest], Any], view_of: Callable[[Any], object]) -> list[Shown]:
    found: list[Shown] = []
    request = PageRequest(limit=LIMIT_MAX)
    while True:
        page: Page[Any] = await ask(request)
        found += [on_the_wire(view_of(each)) for each in page.items]
        if page.next is None:
            return found
        request = PageRequest(limit=LIMIT_MAX, after=page.next)
