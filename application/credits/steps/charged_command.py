"""What taking credits and setting them aside have in common on their way to a wallet."""

from __future__ import annotations

from typing import Protocol

from attrs import frozen

from application.credits.steps.charging import Charge
from application.credits.steps.keyed_command import Keyed, KeyedCommand
from application.ports.system import NewId
from domain.credits.transaction import TransactionText


class Charged(Keyed, Protocol):
    """A request whose cost is taken from an account, or held there, under a key."""

    @property
    def description(self) -> str: ...
    @property
    def metadata(self) -> str: ...


@frozen(kw_only=True)
class ChargedCommand(KeyedCommand):
    """A wallet command with its cost in credits, and the text of its line."""

    command: Charged
    charge: Charge
    text: TransactionText


def text_of(command: Charged, new_id: NewId) -> TransactionText:
    """Return the text of a request's line, with a salt of its own."""
    return TransactionText(
        salt=new_id(), description=command.description, metadata=command.metadata
    )
