"""Lots and holds as they are looked at: one by one, and in pages."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from attrs import frozen

from application.ports.paging import Page, PageRequest
from domain.credits.grant import Grant, GrantSource, GrantState
from domain.credits.hold import Hold, HoldState
from domain.credits.ids import AccountId, HoldId


@frozen(kw_only=True)
class GrantFilter:
    """Which lots a list holds; None means all. `state` is judged at the instant `at`."""

    at: datetime
    account_id: AccountId | None = None
    source: GrantSource | None = None
    state: GrantState | None = None


class Grants(Protocol):
    """Lots of credits, used up ones included, newest first."""

    async def page(self, where: GrantFilter, request: PageRequest) -> Page[Grant]:
        """Return a page of the lots that a filter lets through, without offset or total."""
        ...


class Holds(Protocol):
    """Holds as they are stored: one whose time is up is open until its end has been posted."""

    async def find(self, account_id: AccountId, hold_id: HoldId) -> Hold:
        """Return one hold of an account. Raises HoldNotFound."""
        ...

    async def page(
        self, account_id: AccountId, state: HoldState | None, request: PageRequest
    ) -> Page[Hold]:
        """Return a page of an account's holds, newest first, without offset or total."""
        ...

    async def open_at(self, account_id: AccountId, at: datetime) -> Sequence[Hold]:
        """Return the holds that an account had open at an instant, as they stand today."""
        ...
