"""Lots and holds in the database, as they are looked at."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from attrs import frozen
from sqlalchemy import ColumnElement, and_, case, literal, not_, or_

from adapters.stores.sql.credits import GRANTS, HOLDS
from adapters.stores.sql.hold_rows import hold_from
from adapters.stores.sql.kept import AS_IT_IS
from adapters.stores.sql.ledger_rows import grant_from
from adapters.stores.sql.open_transaction import OpenTransaction
from adapters.stores.sql.paging import id_after, page_of
from adapters.stores.sql.tables.credits import grants, holds
from application.ports.credit_lists import GrantFilter, Grants, Holds
from application.ports.paging import Page, PageRequest
from domain.credits.errors import HoldNotFound
from domain.credits.grant import Grant, GrantState
from domain.credits.hold import Hold, HoldState
from domain.credits.ids import AccountId, HoldId

_GIVEN_BACK = (HoldState.RELEASED.value, HoldState.EXPIRED.value)


@frozen
class SqlGrants(Grants):
    """Lots of one account, by its key; of all accounts, by id."""

    transaction: OpenTransaction

    async def page(self, where: GrantFilter, request: PageRequest) -> Page[Grant]:
        query = GRANTS.order_by(grants.c.id.desc()).limit(request.limit + 1)
        if where.account_id is not None:
            query = query.where(grants.c.account_id == where.account_id)
        if where.source is not None:
            query = query.where(grants.c.source == where.source.value)
        if where.state is not None:
            query = query.where(_in_state(where.state, where.at))
        if request.after is not None:
            query = query.where(grants.c.id < id_after(request.after))
        found = [grant_from(row, AS_IT_IS) for row in await self.transaction.run(query)]
        return page_of(found, request.limit, lambda grant: grant.id)


def _in_state(state: GrantState, at: datetime) -> ColumnElement[bool]:
    """Return the condition that `Grant.state` puts in words."""
    column = grants.c
    stands = column.voided_at.is_(None)
    # While a lot is frozen its time stands still.
    has_expired = and_(
        column.expires_at.is_not(None),
        case(
            (column.frozen_at.is_(None), column.expires_at <= at),
            else_=column.expires_at <= column.frozen_at,
        ),
    )
    lives = and_(stands, not_(has_expired), column.is_open)
    match state:
        case GrantState.VOIDED:
            return column.voided_at.is_not(None)
        case GrantState.EXPIRED:
            return and_(stands, has_expired)
        case GrantState.EXHAUSTED:
            return and_(stands, not_(has_expired), not_(column.is_open))
        case GrantState.ACTIVE:
            return and_(lives, column.effective_at <= at)
        case GrantState.SCHEDULED:
            return and_(lives, column.effective_at > at)


@frozen
class SqlHolds(Holds):
    """Holds of an account, by its key."""

    transaction: OpenTransaction

    async def find(self, account_id: AccountId, hold_id: HoldId) -> Hold:
        query = HOLDS.where(holds.c.account_id == account_id, holds.c.id == hold_id)
        found = await self.transaction.run(query)
        if not found:
            raise HoldNotFound(hold_id=hold_id)
        return hold_from(found[0], AS_IT_IS)

    async def page(
        self, account_id: AccountId, state: HoldState | None, request: PageRequest
    ) -> Page[Hold]:
        column = holds.c
        query = HOLDS.where(column.account_id == account_id)
        query = query.order_by(column.id.desc()).limit(request.limit + 1)
        match state:
            case None:
                pass
            case HoldState.OPEN:
                query = query.where(column.is_open)
            case HoldState.CAPTURED:
                query = query.where(column.state == state.value)
            case HoldState.RELEASED | HoldState.EXPIRED:
                # Written out, so that the index of these states is known to hold them.
                given_back = [literal(name, literal_execute=True) for name in _GIVEN_BACK]
                query = query.where(column.state.in_(given_back), column.state == state.value)
        if request.after is not None:
            query = query.where(column.id < id_after(request.after))
        found = [hold_from(row, AS_IT_IS) for row in await self.transaction.run(query)]
        return page_of(found, request.limit, lambda hold: hold.id)

    async def open_at(self, account_id: AccountId, at: datetime) -> Sequence[Hold]:
        column = holds.c
        query = HOLDS.where(
            column.account_id == account_id,
            column.created_at <= at,
            or_(column.is_open, column.ended_at > at),
        ).order_by(column.id)
        return [hold_from(row, AS_IT_IS) for row in await self.transaction.run(query)]
