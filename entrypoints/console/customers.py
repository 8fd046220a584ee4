"""Customers: found by whatever is at hand, and one of them with everything about them."""

from __future__ import annotations

from collections.abc import Sequence

from aiohttp import web
from attrs import frozen

from application.access.find_customers import FindCustomers, FindingCustomers
from application.access.read_customer import Begun, Happening, ReadCustomer, ReadingCustomer
from application.credits.explain import (
    ExplainBalance,
    ExplainingBalance,
    ExplainingTransaction,
    ExplainTransaction,
)
from application.ports.credits import StatementLine
from domain.access.audit import AuditEntry
from domain.access.role import Right
from domain.credits.errors import TransactionNotFound
from domain.credits.ids import TransactionId
from domain.errors import InvalidField
from domain.payments.dispute import Dispute
from domain.payments.order import Order
from domain.payments.refund import Refund
from domain.subscriptions.quote import obstacle_to_change
from entrypoints.console.charts import CATEGORIES, lots_shown, stairs
from entrypoints.console.lists import page_of
from entrypoints.console.page import Page, Visit
from entrypoints.http.values import account_id_of


@frozen(kw_only=True)
class CustomerPages:
    """Everything about accounts that is read."""

    find_customers: FindingCustomers
    read_customer: ReadingCustomer
    explain_balance: ExplainingBalance
    explain_transaction: ExplainingTransaction

    def pages(self) -> Sequence[Page]:
        """Return the list, one customer, and the explanations of numbers."""
        read = Right.READ
        return (
            Page(method="GET", path="/customers", handler=self.get_customers, right=read),
            Page(method="GET", path="/customers/{account}", handler=self.get_short, right=read),
            Page(method="GET", path="/customer", handler=self.get_customer, right=read),
            Page(method="GET", path="/customer/balance", handler=self.get_balance, right=read),
            Page(method="GET", path="/transaction", handler=self.get_transaction, right=read),
        )

    async def get_customers(self, visit: Visit) -> web.Response:
        """Show the accounts that a text finds, or all of them page by page."""
        text = visit.query.get("q", "").strip()
        if len(text) > 255 or not text.isprintable():
            raise InvalidField(path="q", problem="must be at most 255 printable characters")
        page = await self.find_customers(FindCustomers(text=text, page=page_of(visit)))
        return visit.shown("customers.html", page=page, text=text)

    async def get_short(self, visit: Visit) -> web.Response:
        """Lead to the account: this is the address that people guess, and write into tickets."""
        named = account_id_of(visit.request.match_info["account"], path="account")
        return visit.go("/customer", account=named)

    async def get_customer(self, visit: Visit) -> web.Response:
        """Show one account."""
        customer = await self.read_customer(ReadCustomer(account_id=visit.account()))
        wallet, now = customer.wallet, customer.now
        return visit.shown(
            "customer.html",
            customer=customer,
            balance=wallet.balance(now),
            available=wallet.available(now),
            expiring=wallet.expiring(now),
            lots=lots_shown(wallet, now),
            stairs=stairs(wallet, now),
            categories=CATEGORIES,
            timeline=[(happening, kind_of(happening)) for happening in customer.timeline],
            may_credit=visit.may(Right.CREDIT),
            obstacle_to_change=obstacle_to_change,
            may_own=visit.may(Right.OWN),
        )

    async def get_balance(self, visit: Visit) -> web.Response:
        """Show why the balance is what it is, lot by lot."""
        account_id = visit.account()
        explained = await self.explain_balance(ExplainBalance(account_id=account_id))
        return visit.shown("balance.html", account_id=account_id, explained=explained)

    async def get_transaction(self, visit: Visit) -> web.Response:
        """Show one line of the ledger, and the lots that paid for it or received it."""
        account_id, transaction_id = visit.account(), TransactionId(visit.query.get("id", ""))
        if not transaction_id.isprintable() or len(transaction_id) > 64:
            raise TransactionNotFound(transaction_id=transaction_id)
        explained = await self.explain_transaction(
            ExplainTransaction(account_id=account_id, transaction_id=transaction_id)
        )
        return visit.shown("transaction.html", account_id=account_id, explained=explained)


def kind_of(happening: Happening) -> str:
    """Say what kind of thing happened, so that the page knows how to tell it."""
    match happening.what:
        case StatementLine():
            return "transaction"
        case Order():
            return "order"
        case Begun():
            return "subscription"
        case Refund():
            return "refund"
        case Dispute():
            return "dispute"
        case AuditEntry():
            return "move" if happening.what.target.startswith("subscription:") else "audit"
