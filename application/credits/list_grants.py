"""Look at lots of credits: an account's own, or everybody's."""

from __future__ import annotations

from datetime import datetime

from attrs import frozen

from application.ports.credit_lists import GrantFilter
from application.ports.paging import Page, PageRequest
from application.ports.system import Clock
from application.ports.unit_of_work import BeginRead
from application.wallets.settling import Settlement
from domain.credits.grant import Grant, GrantSource, GrantState
from domain.credits.ids import AccountId


@frozen(kw_only=True)
class ListGrants:
    """Ask for a page of lots; an account's own are brought up to date first."""

    account_id: AccountId | None
    source: GrantSource | None = None
    state: GrantState | None = None
    page: PageRequest


@frozen(kw_only=True)
class GrantsListed:
    """The page, newest lot first, and the instant at which states are judged."""

    at: datetime
    page: Page[Grant]


@frozen(kw_only=True)
class ListingGrants:
    """Return lots as they stand now."""

    read: BeginRead
    settlement: Settlement
    clock: Clock

    async def __call__(self, command: ListGrants) -> GrantsListed:
        if command.account_id is not None:
            await self.settlement(command.account_id)
        now = self.clock()
        where = GrantFilter(
            at=now, account_id=command.account_id, source=command.source, state=command.state
        )
        async with self.read() as work:
            return GrantsListed(at=now, page=await work.grants.page(where, command.page))
