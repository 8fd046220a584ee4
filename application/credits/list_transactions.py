"""Read an account's ledger, newest line first."""

from __future__ import annotations

from attrs import frozen

from application.ports.credits import StatementLine, Statements, TransactionFilter
from application.ports.paging import Page, PageRequest
from domain.credits.ids import AccountId
from domain.credits.transaction import Transaction, TransactionType


@frozen(kw_only=True)
class ListTransactions:
    """Ask for a page of one account's lines, of one type if that is named."""

    account_id: AccountId
    page: PageRequest
    type: TransactionType | None = None


@frozen(kw_only=True)
class ListingTransactions:
    """Read by the account's own numbering, so that any offset costs the same."""

    statements: Statements

    async def __call__(self, command: ListTransactions) -> Page[StatementLine]:
        return await self.statements.page(command.account_id, command.page, command.type)


@frozen(kw_only=True)
class SearchTransactions:
    """Ask for a page of all accounts' lines that a filter lets through."""

    where: TransactionFilter
    page: PageRequest


@frozen(kw_only=True)
class SearchingTransactions:
    """Read across accounts, for admins."""

    statements: Statements

    async def __call__(self, command: SearchTransactions) -> Page[Transaction]:
        return await self.statements.search(command.where, command.page)
