"""The catalogue for admins, second half: credit packs, with the ids providers know them by."""

from __future__ import annotations

from collections.abc import Sequence

import attrs
from aiohttp import web
from attrs import frozen

from application.subscriptions.compare_prices import (
    ComparePrices,
    ComparingPrices,
    PriceProblem,
)
from application.subscriptions.publish_pack import (
    ListingPacks,
    ListPacks,
    PublishingPack,
    PublishPack,
)
from domain.access.role import Right
from domain.credits.errors import KeyReused
from domain.subscriptions.catalogue import Pack, ProviderItem
from domain.subscriptions.errors import PackNotFound
from domain.subscriptions.ids import PackId
from entrypoints.http.admin_plans import CREEM, STRIPE
from entrypoints.http.currencies import known_currency
from entrypoints.http.endpoint import Endpoint, Idempotency, Shape
from entrypoints.http.idempotency import request_key
from entrypoints.http.paging import CursorQuery
from entrypoints.http.policy import Admin
from entrypoints.http.principal import actor_of
from entrypoints.http.subscriptions import EndsWithPlan, PackView, PlanGroup
from entrypoints.http.values import Amount, Currency, Name, PriceMinor, Reference
from entrypoints.http.wire import path_id, read, read_query, reply, reply_page


@frozen(kw_only=True)
class PackBody:
    """A credit pack, whole: what is left out takes its default, `currency` the configured one."""

    name: Name
    credits: Amount
    price: PriceMinor
    currency: Currency | None = None
    on_sale: bool = True
    stripe_price_id: Reference | None = None
    creem_product_id: Reference | None = None
    requires_plan_group: PlanGroup | None = None
    ends_with_plan: EndsWithPlan = False

    def __attrs_post_init__(self) -> None:
        if self.currency is not None:
            known_currency(self.currency)

    def pack(self, pack_id: PackId, currency_default: str) -> Pack:
        """Return the pack in the domain's words. Raises InvalidField."""
        references = ((STRIPE, self.stripe_price_id), (CREEM, self.creem_product_id))
        return Pack(
            id=pack_id,
            name=self.name,
            credits=self.credits,
            price_minor=self.price,
            currency=self.currency or currency_default,
            is_on_sale=self.on_sale,
            items=tuple(
                ProviderItem(channel, None, reference)
                for channel, reference in references
                if reference is not None
            ),
            requires_group=self.requires_plan_group,
            ends_with_plan=self.ends_with_plan,
        )


@frozen(kw_only=True)
class PackReplacementBody(PackBody):
    """A pack that replaces one, whole: its currency is said, lest a default change the price."""

    currency: Currency


@frozen(kw_only=True, slots=False)
class AdminPackView(PackView):
    """A pack with the ids providers know it by."""

    on_sale: bool
    stripe_price_id: Reference | None
    creem_product_id: Reference | None

    @classmethod
    def of(cls, pack: Pack) -> AdminPackView:
        """Return the pack as an admin sees it."""
        shown = PackView.of(pack)
        return cls(
            id=shown.id,
            name=shown.name,
            credits=shown.credits,
            price=shown.price,
            currency=shown.currency,
            requires_plan_group=shown.requires_plan_group,
            ends_with_plan=shown.ends_with_plan,
            on_sale=pack.is_on_sale,
            stripe_price_id=pack.reference(STRIPE),
            creem_product_id=pack.reference(CREEM),
        )


@frozen(kw_only=True, slots=False)
class SavedPackView(AdminPackView):
    """A pack as it is kept now; `warnings` say where a provider sells it differently."""

    warnings: tuple[str, ...]

    @classmethod
    def with_warnings(cls, pack: Pack, problems: Sequence[PriceProblem]) -> SavedPackView:
        """Return the pack with what is wrong with its prices at the providers."""
        shown = attrs.asdict(AdminPackView.of(pack), recurse=False)
        return cls(**shown, warnings=tuple(str(problem) for problem in problems))


@frozen(kw_only=True)
class AdminPacksApi:
    """Credit packs for admins; `currency_default` is that of new packs which name none."""

    publish_pack: PublishingPack
    list_packs: ListingPacks
    compare_prices: ComparingPrices
    currency_default: str

    def endpoints(self) -> Sequence[Endpoint]:
        """Return the admins' routes about packs."""
        return (
            Endpoint(
                method="GET",
                path="/admin/billing/packs",
                handler=self.get_packs,
                policy=Admin(Right.READ),
                tag="Admin: packs",
                summary="List all credit packs, those off sale included",
                query=CursorQuery,
                response=AdminPackView,
                shape=Shape.LIST,
            ),
            Endpoint(
                method="POST",
                path="/admin/billing/packs",
                handler=self.post_pack,
                policy=Admin(Right.SELL),
                tag="Admin: packs",
                summary="Create a credit pack",
                body=PackBody,
                response=SavedPackView,
                status=201,
                refusals=(KeyReused,),
                idempotency=Idempotency.OPTIONAL,
                example=_EXAMPLE,
            ),
            Endpoint(
                method="PUT",
                path="/admin/billing/packs/{id}",
                handler=self.put_pack,
                policy=Admin(Right.SELL),
                tag="Admin: packs",
                summary="Replace a credit pack",
                description="Replaces the whole. Orders keep the price they were sold at.",
                body=PackReplacementBody,
                response=SavedPackView,
                refusals=(PackNotFound,),
                example={**_EXAMPLE, "on_sale": False},
            ),
        )

    async def get_packs(self, request: web.Request) -> web.Response:
        """Answer a page of all packs."""
        asked = read_query(request, CursorQuery).page()
        page = await self.list_packs(ListPacks(page=asked, only_on_sale=False))
        return reply_page(page, AdminPackView.of, asked)

    async def post_pack(self, request: web.Request) -> web.Response:
        """Create the pack."""
        body = await read(request, PackBody)
        actor = actor_of(request)
        published = await self.publish_pack(
            PublishPack(
                pack=body.pack(PackId(""), self.currency_default),
                is_new=True,
                actor=actor,
                key=request_key(request, actor.id),
            )
        )
        return reply(await self._saved(published.pack), status=201, replayed=published.is_replay)

    async def put_pack(self, request: web.Request) -> web.Response:
        """Replace the pack."""
        pack_id = PackId(path_id(request, lambda given: PackNotFound(pack_id=PackId(given))))
        body = await read(request, PackReplacementBody)
        published = await self.publish_pack(
            PublishPack(
                pack=body.pack(pack_id, self.currency_default),
                is_new=False,
                actor=actor_of(request),
            )
        )
        return reply(await self._saved(published.pack))

    async def _saved(self, pack: Pack) -> SavedPackView:
        problems = await self.compare_prices(ComparePrices(item=pack))
        return SavedPackView.with_warnings(pack, problems)


_EXAMPLE = {
    "name": "Small",
    "credits": 500,
    "price": 499,
    "currency": "USD",
    "stripe_price_id": "price_1PqSmall",
    "creem_product_id": "prod_small",
}
