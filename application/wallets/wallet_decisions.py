"""Commands that wait for their outcome, and what a group decides for the wallet of each account."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from datetime import datetime

from attrs import Factory, define

from application.ports.credits import Batch, KeyedReceipt, KnownReceipt, WalletWrite
from application.ports.idempotency import RequestKey
from application.ports.system import NewId
from application.wallets.credit_events import events_of
from application.wallets.wallet_command import Outcome, WalletCommand
from domain.credits.errors import KeyReused
from domain.credits.ids import AccountId
from domain.credits.posting import Posting
from domain.credits.wallet import Wallet
from domain.errors import BillingError
from domain.events.outgoing_event import OutgoingEvent


@define(eq=False)
class Ticket:
    """A command that waits for its outcome.

    Whoever asked may have gone, and the future with them; the command is carried out all the same,
    so what counts is `is_settled`.
    """

    command: WalletCommand
    outcome: asyncio.Future[Outcome]
    is_settled: bool = False
    stale_rounds: int = 0
    unknown_tries: int = 0
    locked_tries: int = 0

    def answer(self, outcome: Outcome) -> None:
        """Give it its outcome."""
        self.is_settled = True
        if not self.outcome.done():
            self.outcome.set_result(outcome)

    def refuse(self, refusal: Exception) -> None:
        """Refuse it."""
        self.is_settled = True
        if not self.outcome.done():
            self.outcome.set_exception(refusal)

    def answer_known(self, known: KnownReceipt) -> None:
        """Give it again what its key was answered before, or refuse a key of another request."""
        assert self.command.key is not None
        if known.fingerprint == self.command.key.fingerprint:
            self.answer(Outcome(receipt=known.receipt, is_replay=True))
        else:
            self.refuse(KeyReused(key=self.command.key.key))


@define(eq=False)
class Decisions:
    """What was decided for one wallet, command by command."""

    loaded: Wallet
    posting: Posting
    receipts: list[KeyedReceipt] = Factory(list)
    events: list[OutgoingEvent] = Factory(list)
    decided: list[tuple[Ticket, Outcome]] = Factory(list)
    refused: list[tuple[Ticket, Exception]] = Factory(list)

    @property
    def changes(self) -> bool:
        """Say whether there is anything of the wallet to write."""
        posting = self.posting
        if posting.transactions or posting.grants or posting.holds:
            return True
        return posting.wallet is not self.loaded and posting.wallet != self.loaded

    def decide(self, ticket: Ticket, now: datetime, new_id: NewId) -> None:
        """Let the next command of the group decide, on what those before it have left."""
        key = ticket.command.key
        if key is not None and self.receipts:
            earlier = next((r for r in self.receipts if r.key.name == key.name), None)
            if earlier is not None:
                self._share(ticket, key, earlier)
                return
        try:
            before = self.posting.wallet
            decided = ticket.command.decide(before, now, new_id)
            events = events_of(before, decided.posting, now, new_id)
        except BillingError as refusal:
            self.refused.append((ticket, refusal))
            return
        except Exception as fault:  # noqa: BLE001 - a fault in one command must not fail its group
            # A future cannot carry StopIteration, the one exception that `await` would swallow.
            shown = RuntimeError(repr(fault)) if isinstance(fault, StopIteration) else fault
            self.refused.append((ticket, shown))
            return
        self.posting = self.posting.then(decided.posting)
        self.events += events
        self.decided.append((ticket, Outcome(receipt=decided.receipt)))
        if key is not None:
            self.receipts.append(
                KeyedReceipt(
                    key=key,
                    receipt=decided.receipt,
                    is_kept_for_ever=ticket.command.is_kept_for_ever,
                )
            )

    def _share(self, ticket: Ticket, key: RequestKey, earlier: KeyedReceipt) -> None:
        if earlier.key.fingerprint == key.fingerprint:
            self.decided.append((ticket, Outcome(receipt=earlier.receipt, is_replay=True)))
        else:
            self.refused.append((ticket, KeyReused(key=key.key)))

    def settle(self) -> None:
        """Give every command its outcome, once the wallet was written or found unchanged."""
        for ticket, outcome in self.decided:
            ticket.answer(outcome)
        for ticket, refusal in self.refused:
            ticket.refuse(refusal)


def batch_of(group: Sequence[Ticket], decisions: Mapping[AccountId, Decisions]) -> Batch:
    """Return what a group has decided, as one write."""
    keys = {t.command.key.name: t.command.key for t in group if t.command.key is not None}
    return Batch(
        writes=tuple(
            WalletWrite(
                posting=found.posting,
                receipts=tuple(found.receipts),
                events=tuple(found.events),
            )
            for found in decisions.values()
            if found.changes or found.receipts
        ),
        unchanged={
            account_id: found.loaded.version
            for account_id, found in decisions.items()
            if not (found.changes or found.receipts)
        },
        keys=tuple(keys.values()),
    )
