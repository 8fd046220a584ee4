"""Filters that the lists of all accounts share: an account, and a span of time."""

from __future__ import annotations

from attrs import frozen

from domain.credits.ids import AccountId
from domain.errors import InvalidField
from entrypoints.http.paging import CursorQuery
from entrypoints.http.values import AccountIdText, Instant, account_id_of


@frozen(kw_only=True)
class SpanQuery(CursorQuery):
    """Which part of a list over all accounts; `from` belongs to the span, `to` does not."""

    account_id: AccountIdText | None = None
    from_: Instant | None = None
    to: Instant | None = None

    def __attrs_post_init__(self) -> None:
        if self.from_ is not None and self.to is not None and self.to <= self.from_:
            raise InvalidField(path="to", problem="must lie after from")

    @property
    def account(self) -> AccountId | None:
        """Return the account asked for, or None for all. Raises InvalidField."""
        return None if self.account_id is None else account_id_of(self.account_id)
