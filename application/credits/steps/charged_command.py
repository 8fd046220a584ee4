"""What taking credits and setting them aside have in common on their way to a wallet."""

from __future__ import annotations

from typing import Protocol

from attrs import frozen

from application.credits.steps.charging import Charge
from application.ports.idempotency import RequestKey
from application.ports.system import NewId
from domain.credits.ids import AccountId
from domain.credits.transaction import TransactionText


class Charged(Protocol):
    """A request whose cost is taken from an account, or held there, under a key."""

    @property
    def account_id(self) -> AccountId: ...
    @property
    def key(self) -> RequestKey: ...
    @property
    def description(self) -> str: ...
    @property
    def metadata(self) -> str: ...


@frozen(kw_only=True)
class ChargedCommand:
    """A wallet command with its cost in credits; its key may be forgotten after a while."""

    command: Charged
    charge: Charge
    text: TransactionText

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


def text_of(command: Charged, new_id: NewId) -> TransactionText:
    """Return the text of a request's line, with a salt of its own."""
    return TransactionText(
        salt=new_id(), description=command.description, metadata=command.metadata
    )
