"""What everything that an account asks of its wallet under a key has in common."""

from __future__ import annotations

from typing import Protocol

from attrs import frozen

from application.ports.idempotency import RequestKey
from domain.credits.ids import AccountId


class Keyed(Protocol):
    """A request about an account, under a key."""

    @property
    def account_id(self) -> AccountId: ...
    @property
    def key(self) -> RequestKey: ...


@frozen(kw_only=True)
class KeyedCommand:
    """A wallet command made of a request; unless it says so, its key may be forgotten in time."""

    command: Keyed

    @property
    def account_id(self) -> AccountId:
        """Whose wallet it is."""
        return self.command.account_id

    @property
    def key(self) -> RequestKey:
        """The key under which it happens once."""
        return self.command.key

    @property
    def is_kept_for_ever(self) -> bool:
        """Whether the key outlives every other: only those under which credits come in do."""
        return False
