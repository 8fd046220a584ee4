"""Keys that make a repeated request harmless: the first answer again, and never a second effect."""

from __future__ import annotations

from datetime import datetime
from enum import Enum
from typing import Protocol, TypeVar

from attrs import field, frozen

Answer = TypeVar("Answer")


class Caller(Enum):
    """The kinds of caller that choose keys independently of each other."""

    USER = "user"
    BACKEND = "backend"
    ADMIN = "admin"
    SYSTEM = "system"


@frozen(kw_only=True)
class RequestKey:
    """An idempotency key: unique per owner and kind of caller.

    `owner` is the account a request is about, or the admin who asks. `fingerprint` is a digest of
    the request: the same key with another fingerprint is a caller's mistake.
    """

    owner: str
    caller: Caller
    key: str
    fingerprint: str
    name: tuple[str, str, str] = field(init=False, eq=False, repr=False)
    """What makes the key unique; kept, because a command is asked for it half a dozen times."""

    @name.default
    def _name(self) -> tuple[str, str, str]:
        return (self.owner, self.caller.value, self.key)


@frozen(kw_only=True)
class AnswerAbout:
    """What is kept of a first answer: the id of what it was about, which is then read anew.

    What is kept outlives releases, so that an answer is never an entity as it happens to be today:
    it is this, or a class of the use case's own whose later fields have defaults.
    """

    id: str


class Answers(Protocol):
    """First answers of requests that do not go through the ledger, kept with their effects."""

    async def claim(self, key: RequestKey, kind: type[Answer]) -> Answer | None:
        """Return the first answer under the key, or None and hold the key for this unit of work.

        While another unit of work holds the key this waits for its end. `kind` is the attrs class
        of the answer. Raises KeyReused if the first request was a different one.
        """
        ...

    async def keep(
        self, key: RequestKey, answer: object, *, is_kept_for_ever: bool = False
    ) -> None:
        """Store the answer (a frozen attrs object) under a key claimed in this unit of work.

        Kept for ever is what must never happen twice: money or credits that moved.
        """
        ...

    async def forget(self, now: datetime, seen_before: datetime, limit: int) -> int:
        """Note which answers are new at `now`, and delete those noted before an instant.

        No more than `limit` of either; returns how many there were. What is kept for ever is
        neither noted nor deleted. An answer's age is counted from when it was first noted.
        """
        ...
