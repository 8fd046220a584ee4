"""Look at an account's holds."""

from __future__ import annotations

from attrs import frozen

from application.ports.paging import Page, PageRequest
from application.ports.unit_of_work import BeginRead
from application.wallets.settling import Settlement
from domain.credits.hold import Hold, HoldState
from domain.credits.ids import AccountId, HoldId


@frozen(kw_only=True)
class ReadHold:
    """Ask for one hold of an account."""

    account_id: AccountId
    hold_id: HoldId


@frozen(kw_only=True)
class ReadingHold:
    """Return the hold as it stands now, ended if its time is up. Refusals: HoldNotFound."""

    read: BeginRead
    settlement: Settlement

    async def __call__(self, command: ReadHold) -> Hold:
        await self.settlement(command.account_id)
        async with self.read() as work:
            return await work.holds.find(command.account_id, command.hold_id)


@frozen(kw_only=True)
class ListHolds:
    """Ask for a page of an account's holds, in one state if that is named."""

    account_id: AccountId
    state: HoldState | None = None
    page: PageRequest


@frozen(kw_only=True)
class ListingHolds:
    """Return the page, newest hold first."""

    read: BeginRead
    settlement: Settlement

    async def __call__(self, command: ListHolds) -> Page[Hold]:
        await self.settlement(command.account_id)
        async with self.read() as work:
            return await work.holds.page(command.account_id, command.state, command.page)
