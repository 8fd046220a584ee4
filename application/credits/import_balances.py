"""Bring opening balances in from elsewhere: each row once, however often the file is sent."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from attrs import evolve, frozen

from application.access.steps.auditing import entry
from application.credits.steps.importing import ImportedRow, RowOutcome, Said, key_of, refused
from application.ports.credits import KeyedReceipt
from application.ports.system import Clock, NewId
from application.ports.unit_of_work import BeginWork, UnitOfWork
from application.wallets.receipts import receipt_of
from application.wallets.wallet_saving import save_wallet
from domain.access.account import Account
from domain.access.audit import Actor
from domain.credits.grant import GrantTerms
from domain.credits.ids import AccountId, GrantId
from domain.credits.transaction import TransactionText
from domain.errors import BillingError

_CAUSE = "import"


@frozen(kw_only=True)
class OpeningBalance:
    """One row: a lot that an account brings along. `key` is the row's own in its file."""

    line: int
    account_id: AccountId
    key: str
    terms: GrantTerms
    email: str | None = None
    description: str = "Opening balance"


@frozen(kw_only=True)
class ImportBalances:
    """Bring rows in, or only say what would become of each."""

    rows: Sequence[OpeningBalance]
    is_to_be_applied: bool
    actor: Actor


@frozen(kw_only=True)
class ImportingBalances:
    """Do every row in a unit of work of its own; one that only asks is never committed.

    So a trial says exactly what would happen. What a row breaks is told of the row, and the others
    go on.
    """

    begin: BeginWork
    clock: Clock
    new_id: NewId

    async def __call__(self, command: ImportBalances) -> Sequence[ImportedRow]:
        return [await self._row(command, row) for row in command.rows]

    async def _row(self, command: ImportBalances, row: OpeningBalance) -> ImportedRow:
        try:
            async with self.begin() as work:
                done = await self._brought_in(work, row, command.actor)
                if done.outcome is RowOutcome.DONE and command.is_to_be_applied:
                    await work.commit()
        except BillingError as refusal:
            return refused(row.line, row.account_id, refusal)
        return done

    async def _brought_in(self, work: UnitOfWork, row: OpeningBalance, actor: Actor) -> ImportedRow:
        key = key_of("balance", row.account_id, row.key, _said(row))
        wallet = await work.wallets.take(row.account_id)
        done = ImportedRow(
            line=row.line,
            account_id=row.account_id,
            outcome=RowOutcome.DONE,
            said=f"{row.terms.amount} credits ({row.terms.category.value})",
        )
        if await work.wallets.receipt(key) is not None:
            return evolve(done, outcome=RowOutcome.ALREADY_THERE)
        now, grant_id = self.clock(), GrantId(self.new_id())
        posting = wallet.grant(
            evolve(row.terms, cause=_CAUSE),
            grant_id=grant_id,
            text=TransactionText(salt=self.new_id(), description=row.description),
            now=now,
            new_id=self.new_id,
        )
        receipt = receipt_of(posting, grant_id=grant_id)
        kept = KeyedReceipt(key=key, receipt=receipt, is_kept_for_ever=True)
        await save_wallet(work, wallet, posting, now, self.new_id, [kept])
        await note_email(work, row.account_id, row.email, now)
        await work.audit_log.add(
            entry(
                self.new_id,
                now,
                actor,
                "account.import",
                f"account:{row.account_id}",
                before=f"balance {wallet.balance(now)}",
                after=f"grant {grant_id} ({row.terms.amount:+d})",
                reason=f"import {row.key}",
            )
        )
        return done


def _said(row: OpeningBalance) -> Said:
    """Return what makes a row another one; where it stands in its file does not."""
    terms = row.terms
    cost, rollover = terms.cost, terms.rollover
    return {
        "amount": terms.amount,
        "source": terms.source.value,
        "category": terms.category.value,
        "priority": terms.priority,
        "effective_at": terms.effective_at,
        "expires_at": terms.expires_at,
        "cost": None if cost is None else f"{cost.amount_minor} {cost.currency}",
        "scope": " ".join(terms.scope.entries) or None,
        "rollover_max": None if rollover is None else rollover.most,
        "rollover_until": None if rollover is None else rollover.until,
        "email": row.email,
        "description": row.description,
    }


async def note_email(
    work: UnitOfWork, account_id: AccountId, email: str | None, now: datetime
) -> None:
    """Keep the address that came with a row. Raises InvalidField."""
    if email is not None:
        profile = await work.accounts.take(Account(id=account_id, created_at=now))
        await work.accounts.save(profile.with_email(email))
