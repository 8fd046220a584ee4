"""What is kept about one account that names a person, and how it is let go of."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from attrs import frozen

from application.ports.idempotency import Caller
from domain.credits.ids import AccountId


@frozen(kw_only=True)
class KeptKey:
    """An idempotency key under which a request about an account was answered."""

    caller: Caller
    key: str


class PersonalRecords(Protocol):
    """The texts and keys of one account, wherever they lie beside its entities."""

    async def keys(
        self, account_id: AccountId, after: KeptKey | None, limit: int
    ) -> Sequence[KeptKey]:
        """Return the next idempotency keys of an account, by kind of caller and key."""
        ...

    async def erase_texts(self, account_id: AccountId, limit: int) -> int:
        """Erase so many of the free texts of transactions and of holds that ended; say how many.

        The chain covers their digests alone, so it stays whole. With a text goes its salt.
        """
        ...

    async def erase_events(self, account_id: AccountId, limit: int) -> int:
        """Delete so many outgoing events of an account, with their deliveries; say how many.

        What is on its way to an endpoint that is on stays until it was delivered, or is too old.
        """
        ...

    async def erase_answers(self, account_id: AccountId, limit: int) -> int:
        """Delete so many first answers to an account's requests; say how many.

        Those kept for ever hold ids alone, and stay.
        """
        ...
