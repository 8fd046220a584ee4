"""Plans and credit packs in the database."""

from __future__ import annotations

from typing import Any

import msgspec
from attrs import frozen
from sqlalchemy import Select, Table, or_, select

from adapters.stores.sql import rows
from adapters.stores.sql.json_columns import json_text, json_value
from adapters.stores.sql.open_transaction import AnyRow, OpenTransaction, Values
from adapters.stores.sql.paging import id_after, page_of
from adapters.stores.sql.tables.subscriptions import packs, plans
from application.ports.paging import Page, PageRequest
from application.ports.subscriptions import Packs, Plans
from domain.payments.ids import Channel
from domain.period import Interval
from domain.subscriptions.catalogue import Pack, Plan, ProviderItem, first_sold_as
from domain.subscriptions.errors import PackNotFound, PlanNotFound
from domain.subscriptions.ids import PackId, PlanId
from domain.subscriptions.plan_rules import PlanRules


@frozen
class SqlPlans(Plans):
    """Plans by id, which is the order they were entered in."""

    transaction: OpenTransaction

    async def add(self, plan: Plan) -> None:
        await rows.add(self.transaction, plans, _plan_values(plan))

    async def save(self, plan: Plan) -> None:
        if not await rows.change(self.transaction, plans, _plan_values(plan)):
            raise PlanNotFound(plan_id=plan.id)

    async def get(self, plan_id: PlanId) -> Plan:
        row = await rows.find(self.transaction, plans, plan_id)
        if row is None:
            raise PlanNotFound(plan_id=plan_id)
        return _plan(row)

    async def page(self, request: PageRequest, *, only_on_sale: bool = False) -> Page[Plan]:
        query = _oldest_first(plans, request, only_on_sale)
        found = [_plan(row) for row in await self.transaction.run(query)]
        return page_of(found, request.limit, lambda plan: plan.id)

    async def sold_as(self, channel: Channel, reference: str) -> tuple[Plan, Interval] | None:
        # As they stand in the column; the plan itself says whether one of them is just that item.
        items = [_items_text((ProviderItem(channel, each, reference),))[1:-1] for each in Interval]
        named = or_(*(plans.c["items"].contains(item, autoescape=True) for item in items))
        found = await self.transaction.run(select(plans).where(named).order_by(plans.c.id))
        return first_sold_as((_plan(row) for row in found), channel, reference)


@frozen
class SqlPacks(Packs):
    """Packs by id, which is the order they were entered in."""

    transaction: OpenTransaction

    async def add(self, pack: Pack) -> None:
        await rows.add(self.transaction, packs, _pack_values(pack))

    async def save(self, pack: Pack) -> None:
        if not await rows.change(self.transaction, packs, _pack_values(pack)):
            raise PackNotFound(pack_id=pack.id)

    async def get(self, pack_id: PackId) -> Pack:
        row = await rows.find(self.transaction, packs, pack_id)
        if row is None:
            raise PackNotFound(pack_id=pack_id)
        return _pack(row)

    async def page(self, request: PageRequest, *, only_on_sale: bool = False) -> Page[Pack]:
        query = _oldest_first(packs, request, only_on_sale)
        found = [_pack(row) for row in await self.transaction.run(query)]
        return page_of(found, request.limit, lambda pack: pack.id)


def _oldest_first(
    table: Table, request: PageRequest, only_on_sale: bool
) -> Select[*tuple[Any, ...]]:
    query = select(table).order_by(table.c.id).limit(request.limit + 1)
    if request.after is not None:
        query = query.where(table.c.id > id_after(request.after))
    return query.where(table.c.is_on_sale) if only_on_sale else query


def _plan_values(plan: Plan) -> Values:
    return {
        "id": plan.id,
        "name": plan.name,
        "description": plan.description,
        "price_monthly_minor": plan.price_monthly_minor,
        "price_yearly_minor": plan.price_yearly_minor,
        "currency": plan.currency,
        "credits_included": plan.credits_included,
        "features": msgspec.json.encode(plan.features).decode(),
        "plan_group": plan.group,
        "is_on_sale": plan.is_on_sale,
        "items": _items_text(plan.items),
        "rules": json_text(plan.rules),
    }


def _plan(row: AnyRow) -> Plan:
    return Plan(
        id=PlanId(row.id),
        name=row.name,
        description=row.description,
        price_monthly_minor=row.price_monthly_minor,
        price_yearly_minor=row.price_yearly_minor,
        currency=row.currency,
        credits_included=row.credits_included,
        features=msgspec.json.decode(row.features, type=tuple[str, ...]),
        group=row.plan_group,
        is_on_sale=row.is_on_sale,
        items=_items(row.items),
        rules=json_value(row.rules, PlanRules),
    )


def _pack_values(pack: Pack) -> Values:
    return {
        "id": pack.id,
        "name": pack.name,
        "credits": pack.credits,
        "price_minor": pack.price_minor,
        "currency": pack.currency,
        "is_on_sale": pack.is_on_sale,
        "items": _items_text(pack.items),
        "requires_group": pack.requires_group,
        "ends_with_plan": pack.ends_with_plan,
    }


def _pack(row: AnyRow) -> Pack:
    return Pack(
        id=PackId(row.id),
        name=row.name,
        credits=row.credits,
        price_minor=row.price_minor,
        currency=row.currency,
        is_on_sale=row.is_on_sale,
        items=_items(row.items),
        requires_group=row.requires_group,
        ends_with_plan=row.ends_with_plan,
    )


def _items_text(items: tuple[ProviderItem, ...]) -> str:
    return msgspec.json.encode([(i.channel, i.interval, i.reference) for i in items]).decode()


def _items(text: str) -> tuple[ProviderItem, ...]:
    found = msgspec.json.decode(text, type=list[tuple[str, Interval | None, str]])
    return tuple(
        ProviderItem(Channel(channel), interval, reference)
        for channel, interval, reference in found
    )
