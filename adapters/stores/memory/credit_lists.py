"""Lots and holds in memory, as they are looked at."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from attrs import frozen

from adapters.stores.memory.paging import id_after, page_of
from adapters.stores.memory.table import Rows
from adapters.stores.memory.tables import GRANT_BY_ACCOUNT, HOLD_BY_ACCOUNT
from application.ports.credit_lists import GrantFilter, Grants, Holds
from application.ports.paging import Page, PageRequest
from domain.credits.errors import HoldNotFound
from domain.credits.grant import Grant
from domain.credits.hold import Hold, HoldState
from domain.credits.ids import AccountId, HoldId


@frozen
class MemoryGrants(Grants):
    """Lots of one account, or of all."""

    rows: Rows[Grant]

    async def page(self, where: GrantFilter, request: PageRequest) -> Page[Grant]:
        before = id_after(request.after)
        if where.account_id is None:
            lots = self.rows.descending(before=before)
        else:
            own = (where.account_id,)
            lots = self.rows.descending(
                GRANT_BY_ACCOUNT, prefix=own, before=None if before is None else own + before
            )
        found = (grant for grant in lots if _matches(where, grant))
        return page_of(found, request.limit, lambda grant: grant.id)


def _matches(where: GrantFilter, grant: Grant) -> bool:
    return (where.source is None or grant.source is where.source) and (
        where.state is None or grant.state(where.at) is where.state
    )


@frozen
class MemoryHolds(Holds):
    """Holds of an account."""

    rows: Rows[Hold]

    async def find(self, account_id: AccountId, hold_id: HoldId) -> Hold:
        hold = self.rows.find(hold_id)
        if hold is None or hold.account_id != account_id:
            raise HoldNotFound(hold_id=hold_id)
        return hold

    async def page(
        self, account_id: AccountId, state: HoldState | None, request: PageRequest
    ) -> Page[Hold]:
        before = id_after(request.after)
        own = (account_id,)
        holds = self.rows.descending(
            HOLD_BY_ACCOUNT, prefix=own, before=None if before is None else own + before
        )
        found = (hold for hold in holds if state is None or hold.state is state)
        return page_of(found, request.limit, lambda hold: hold.id)

    async def open_at(self, account_id: AccountId, at: datetime) -> Sequence[Hold]:
        return [
            hold
            for hold in self.rows.ascending(HOLD_BY_ACCOUNT, prefix=(account_id,))
            if hold.created_at <= at and (hold.ended_at is None or hold.ended_at > at)
        ]
