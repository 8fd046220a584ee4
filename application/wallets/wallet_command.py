"""What one account asks of its wallet, what was decided about it, and the answer."""

from __future__ import annotations

from datetime import datetime
from typing import Protocol

from attrs import frozen

from application.ports.credits import Receipt
from application.ports.idempotency import RequestKey
from application.ports.system import NewId
from domain.credits.ids import AccountId
from domain.credits.posting import Posting
from domain.credits.wallet import Wallet


@frozen(kw_only=True)
class Decided:
    """What a command does to a wallet, and its answer."""

    posting: Posting
    receipt: Receipt


class WalletCommand(Protocol):
    """Something one account asks of its wallet, and nothing else."""

    @property
    def account_id(self) -> AccountId: ...

    @property
    def key(self) -> RequestKey | None:
        """The idempotency key; None only for commands that are harmless to repeat."""
        ...

    @property
    def is_kept_for_ever(self) -> bool:
        """Say whether the key must be remembered as long as the ledger."""
        ...

    def decide(self, wallet: Wallet, now: datetime, new_id: NewId) -> Decided:
        """Apply the rule. Raises a BillingError to refuse. Called again after a lost race."""
        ...


@frozen(kw_only=True)
class Outcome:
    """The answer to a wallet command; `is_replay` says that the effect is an earlier one."""

    receipt: Receipt
    is_replay: bool = False
