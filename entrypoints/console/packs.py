"""Credit packs: what is sold once, created and replaced whole."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from aiohttp import web
from attrs import frozen

from application.subscriptions.publish_pack import (
    ListingPacks,
    ListPacks,
    PublishingPack,
    PublishPack,
)
from application.subscriptions.read_catalogue import ReadingPack, ReadPack
from domain.access.role import Right
from domain.errors import BillingError
from domain.subscriptions.catalogue import Pack
from domain.subscriptions.errors import PackNotFound
from domain.subscriptions.ids import PackId
from entrypoints.console.forms import Filled, Given, Reading, reason_of, refused
from entrypoints.console.ids import id_of
from entrypoints.console.lists import page_of
from entrypoints.console.look import major
from entrypoints.console.page import Page, Visit
from entrypoints.http.admin_packs import AdminPackView, PackReplacementBody

_REFERENCES = ("stripe_price_id", "creem_product_id")
_ADD_ON = ("requires_plan_group", "ends_with_plan")
_FIELDS = ("name", "credits", "price", "currency", "on_sale", "reason", *_ADD_ON, *_REFERENCES)


@frozen(kw_only=True)
class PackPages:
    """Credit packs; `currency_default` is what a new one's form begins with."""

    list_packs: ListingPacks
    publish_pack: PublishingPack
    read_pack: ReadingPack
    currency_default: str

    def pages(self) -> Sequence[Page]:
        """Return the list and the form."""
        return (
            Page(method="GET", path="/packs", handler=self.get_packs, right=Right.READ),
            Page(method="GET", path="/pack", handler=self.get_pack, right=Right.READ),
            Page(method="GET", path="/pack/new", handler=self.get_new, right=Right.SELL),
            Page(method="POST", path="/pack/new", handler=self.post_new, right=Right.SELL),
            Page(method="POST", path="/pack", handler=self.post_pack, right=Right.SELL),
        )

    async def get_packs(self, visit: Visit) -> web.Response:
        """Show the packs, those off sale included."""
        page = await self.list_packs(ListPacks(page=page_of(visit), only_on_sale=False))
        return visit.shown("packs.html", page=page, may_sell=visit.may(Right.SELL))

    async def get_pack(self, visit: Visit) -> web.Response:
        """Show a pack in its form."""
        pack = await self._pack(visit)
        return self._form(visit, Filled(values=_values(pack)), pack)

    async def get_new(self, visit: Visit) -> web.Response:
        """Ask what the new pack is to be."""
        begin = {"currency": self.currency_default, "on_sale": "yes"}
        return self._form(visit, Filled(values=begin), None)

    async def post_new(self, visit: Visit) -> web.Response:
        """Create the pack."""
        return await self._publish(visit, None)

    async def post_pack(self, visit: Visit) -> web.Response:
        """Replace the pack whole."""
        return await self._publish(visit, await self._pack(visit))

    async def _publish(self, visit: Visit, before: Pack | None) -> web.Response:
        given = await visit.given()
        pack_id = PackId("") if before is None else before.id
        try:
            await self.publish_pack(
                PublishPack(
                    pack=_body(given).pack(pack_id, self.currency_default),
                    is_new=before is None,
                    actor=visit.actor,
                    reason=reason_of(given),
                    key=visit.key(given),
                )
            )
        except BillingError as refusal:
            return self._form(visit, refused(given, refusal, fields=_FIELDS), before, 400)
        return visit.go("/packs", notice="pack-saved")

    async def _pack(self, visit: Visit) -> Pack:
        pack_id = PackId(id_of(visit, lambda given: PackNotFound(pack_id=PackId(given))))
        return await self.read_pack(ReadPack(pack_id=pack_id))

    def _form(
        self, visit: Visit, form: Filled, pack: Pack | None, status: int = 200
    ) -> web.Response:
        may_sell = visit.may(Right.SELL)
        return visit.shown("pack.html", status=status, form=form, pack=pack, may_sell=may_sell)


def _body(given: Given) -> PackReplacementBody:
    reading = Reading(given)
    currency = reading.text("currency")
    references = {name: reading.text(name) for name in _REFERENCES}
    return reading.body(
        PackReplacementBody,
        {
            "name": reading.text("name"),
            "credits": reading.whole("credits"),
            "price": reading.minor("price", currency),
            "currency": None if currency is None else currency.upper(),
            "on_sale": reading.is_chosen("on_sale"),
            "requires_plan_group": reading.text("requires_plan_group"),
            "ends_with_plan": reading.is_chosen("ends_with_plan"),
            **references,
        },
    )


def _values(pack: Pack) -> Mapping[str, str]:
    view = AdminPackView.of(pack)
    values = {
        "name": pack.name,
        "credits": str(pack.credits),
        "price": major(pack.price_minor, pack.currency),
        "currency": pack.currency,
        "requires_plan_group": pack.requires_group or "",
        **{name: getattr(view, name) or "" for name in _REFERENCES},
    }
    boxes = {"on_sale": pack.is_on_sale, "ends_with_plan": pack.ends_with_plan}
    return {**values, **{name: "yes" for name, is_ticked in boxes.items() if is_ticked}}
