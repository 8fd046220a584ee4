"""Credits set aside for work that is under way, until it is known what the work has cost."""

from __future__ import annotations

from datetime import datetime, timedelta
from enum import Enum

from attrs import field, frozen

from domain.amount import not_negative, positive
from domain.credits.ids import OVERDRAFT, AccountId, HoldId, TransactionId
from domain.credits.scope import Purposes
from domain.credits.transaction import AI_USAGE, Allocation, TransactionText, TransactionType
from domain.errors import InvalidField

TTL_MAX = timedelta(hours=24)
"""So long a hold may live without a sign of life; each extension gives as much again."""


def checked_ttl(ttl: timedelta) -> timedelta:
    """Return a time to live if it is one that a hold may have. Raises InvalidField."""
    if not timedelta() < ttl <= TTL_MAX:
        most = int(TTL_MAX.total_seconds())
        raise InvalidField(path="ttl_s", problem=f"must be from 1 to {most} seconds")
    return ttl


class Silence(Enum):
    """What a hold comes to when its time is up and nobody has ended it."""

    RELEASE = "release"
    CAPTURE_REPORTED = "capture_reported"
    CAPTURE_ALL = "capture_all"


class HoldState(Enum):
    """Whether a hold stands, and how it ended. It ends once."""

    OPEN = "open"
    CAPTURED = "captured"
    RELEASED = "released"
    EXPIRED = "expired"


@frozen(kw_only=True)
class HoldTerms:
    """A hold as it is asked for: so many credits, for how long, and what silence then means."""

    amount: int = field(validator=positive)
    ttl: timedelta
    silence: Silence = Silence.RELEASE
    type: TransactionType = AI_USAGE
    purposes: Purposes = frozenset()
    text: TransactionText
    usage: str | None = None

    def __attrs_post_init__(self) -> None:
        checked_ttl(self.ttl)


@frozen(kw_only=True)
class Hold:
    """Credits of an account that nobody else may spend until the hold ends.

    `lots` says where they lie, naming each lot once; what stands under `OVERDRAFT` is room in the
    account's overdraft. `reported` is what the work is known to have cost so far. Once it has
    ended, `captured` credits were charged, by the transaction named if they were any, and
    `shortfall` more could not be. The text goes onto that transaction; `usage` says what was used,
    as far as that is known.
    """

    id: HoldId
    account_id: AccountId
    amount: int = field(validator=positive)
    lots: tuple[Allocation, ...]
    silence: Silence
    type: TransactionType
    purposes: Purposes
    created_at: datetime
    expires_at: datetime
    reported: int = field(default=0, validator=not_negative)
    usage: str | None = None
    text: TransactionText
    state: HoldState = HoldState.OPEN
    ended_at: datetime | None = None
    captured: int = 0
    shortfall: int = 0
    transaction_id: TransactionId | None = None

    @property
    def is_open(self) -> bool:
        """Say whether it still sets credits aside."""
        return self.state is HoldState.OPEN

    @property
    def pins(self) -> tuple[Allocation, ...]:
        """The credits it has set aside in lots."""
        return tuple(each for each in self.lots if each.grant_id != OVERDRAFT)

    @property
    def reserved(self) -> int:
        """The room it has set aside in the account's overdraft."""
        return sum(each.amount for each in self.lots if each.grant_id == OVERDRAFT)

    @property
    def due(self) -> int:
        """What it comes to if nobody ends it."""
        match self.silence:
            case Silence.RELEASE:
                return 0
            case Silence.CAPTURE_REPORTED:
                return self.reported
            case Silence.CAPTURE_ALL:
                return max(self.amount, self.reported)

    def ended(
        self,
        state: HoldState,
        at: datetime,
        *,
        captured: int = 0,
        shortfall: int = 0,
        transaction_id: TransactionId | None = None,
    ) -> Hold:
        """Return the hold as it ended."""
        assert self.is_open
        # Every field by its name, as every hold comes by here and `evolve` takes twice as long.
        return Hold(
            id=self.id,
            account_id=self.account_id,
            amount=self.amount,
            lots=self.lots,
            silence=self.silence,
            type=self.type,
            purposes=self.purposes,
            created_at=self.created_at,
            expires_at=self.expires_at,
            reported=self.reported,
            usage=self.usage,
            text=self.text,
            state=state,
            ended_at=at,
            captured=captured,
            shortfall=shortfall,
            transaction_id=transaction_id,
        )
