"""The memory store: transactions, locks and unique keys like a database's, for one process."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from types import TracebackType
from typing import Self

from attrs import Factory, define

from adapters.stores.memory.access import (
    MemoryAccounts,
    MemoryApiKeys,
    MemoryAuditLog,
    MemorySessions,
)
from adapters.stores.memory.agenda import MemoryAgenda
from adapters.stores.memory.backlogs import MemoryBacklogs
from adapters.stores.memory.coupons import MemoryCouponCodes, MemoryCoupons, MemoryRedemptions
from adapters.stores.memory.credit_lists import MemoryGrants, MemoryHolds
from adapters.stores.memory.credits import MemoryWallets, ledger_rows
from adapters.stores.memory.events import MemoryDeliveries, MemoryEndpoints, MemoryOutbox
from adapters.stores.memory.figures import MemoryFigures
from adapters.stores.memory.idempotency import MemoryAnswers
from adapters.stores.memory.ledger import (
    LedgerTables,
    MemoryLedger,
    MemoryLedgerRecords,
    MemoryStatements,
)
from adapters.stores.memory.money_back import MemoryDisputes, MemoryRefunds
from adapters.stores.memory.payments import (
    MemoryCustomers,
    MemoryInbox,
    MemoryOrders,
    MemoryPayments,
)
from adapters.stores.memory.plan_changes import MemoryPlanChanges, MemoryPlanVersions
from adapters.stores.memory.privacy import MemoryPersonalRecords
from adapters.stores.memory.promotions import MemoryCheckIns
from adapters.stores.memory.proofs import MemoryProofs
from adapters.stores.memory.rates import MemoryRateCards
from adapters.stores.memory.sandbox import MemorySandboxRecords
from adapters.stores.memory.subscriptions import MemoryPacks, MemoryPlans, MemorySubscriptions
from adapters.stores.memory.table import View
from adapters.stores.memory.tables import Tables
from adapters.stores.memory.trials import MemoryTrials
from application.ports.credits import Ledger, LedgerRecords, Statements
from application.ports.store import Store
from application.ports.unit_of_work import BeginRead, BeginWork, UnitOfWork


@define(eq=False)
class MemoryStore(Store):
    """Everything the service keeps, as long as the process lives.

    Whoever writes is alone: writers wait for each other in the order they came. Readers wait for
    nobody.
    """

    tables: Tables = Factory(Tables)
    writing: asyncio.Lock = Factory(asyncio.Lock)

    @property
    def ledger(self) -> Ledger:
        return MemoryLedger(self._ledger_tables)

    @property
    def statements(self) -> Statements:
        return MemoryStatements(self._ledger_tables)

    @property
    def records(self) -> LedgerRecords:
        return MemoryLedgerRecords(self._ledger_tables)

    @property
    def begin(self) -> BeginWork:
        return self._writing

    @property
    def read(self) -> BeginRead:
        return self._reading

    async def ping(self) -> None:
        """Answer at once: what is in memory is there."""

    async def __aenter__(self) -> Self:
        """Open the store: there is nothing to take hold of."""
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Close the store. What it holds stays until the object goes."""

    @property
    def _ledger_tables(self) -> LedgerTables:
        return LedgerTables(tables=self.tables, writing=self.writing)

    @asynccontextmanager
    async def _writing(self) -> AsyncIterator[UnitOfWork]:
        async with self.writing:
            yield _work(self.tables, View(is_writable=True))

    @asynccontextmanager
    async def _reading(self) -> AsyncIterator[UnitOfWork]:
        view = View(is_writable=False)
        try:
            yield _work(self.tables, view)
        finally:
            view.close()


@define(kw_only=True)
class MemoryWork(UnitOfWork):
    """One unit of work over all tables."""

    wallets: MemoryWallets
    grants: MemoryGrants
    holds: MemoryHolds
    answers: MemoryAnswers
    rate_cards: MemoryRateCards
    coupons: MemoryCoupons
    coupon_codes: MemoryCouponCodes
    redemptions: MemoryRedemptions
    check_ins: MemoryCheckIns
    orders: MemoryOrders
    payments: MemoryPayments
    refunds: MemoryRefunds
    disputes: MemoryDisputes
    customers: MemoryCustomers
    inbox: MemoryInbox
    plans: MemoryPlans
    packs: MemoryPacks
    subscriptions: MemorySubscriptions
    trials: MemoryTrials
    plan_changes: MemoryPlanChanges
    plan_versions: MemoryPlanVersions
    accounts: MemoryAccounts
    api_keys: MemoryApiKeys
    audit_log: MemoryAuditLog
    outbox: MemoryOutbox
    endpoints: MemoryEndpoints
    deliveries: MemoryDeliveries
    sessions: MemorySessions
    figures: MemoryFigures
    proofs: MemoryProofs
    sandbox: MemorySandboxRecords
    agenda: MemoryAgenda
    backlogs: MemoryBacklogs
    personal: MemoryPersonalRecords
    view: View
    is_committed: bool = False

    async def commit(self) -> None:
        assert self.view.is_writable, "a unit of work that only reads commits nothing"
        assert not self.is_committed, "a unit of work commits once"
        # A commit takes time in every store, and lets others run.
        await asyncio.sleep(0)
        self.view.commit()
        self.is_committed = True


def _work(tables: Tables, view: View) -> MemoryWork:
    orders = view.rows(tables.orders)
    ledger = ledger_rows(tables, view)
    events, endpoints = view.rows(tables.outbox), view.rows(tables.endpoints)
    deliveries = view.rows(tables.deliveries)
    answers = view.rows(tables.answers)
    refunds, inbox = view.rows(tables.refunds), view.rows(tables.inbox)
    coupons, codes = view.rows(tables.coupons), view.rows(tables.coupon_codes)
    subscriptions = view.rows(tables.subscriptions)
    plan_changes = view.rows(tables.plan_changes)
    return MemoryWork(
        wallets=MemoryWallets(ledger),
        grants=MemoryGrants(ledger.grants),
        holds=MemoryHolds(ledger.holds),
        answers=MemoryAnswers(answers),
        rate_cards=MemoryRateCards(view.rows(tables.rate_cards)),
        coupons=MemoryCoupons(coupons, codes),
        coupon_codes=MemoryCouponCodes(codes, coupons),
        redemptions=MemoryRedemptions(view.rows(tables.redemptions), coupons),
        check_ins=MemoryCheckIns(
            view.rows(tables.check_ins),
            view.rows(tables.check_in_rules),
            view.rows(tables.check_in_budgets),
            ledger.transactions,
        ),
        orders=MemoryOrders(orders),
        payments=MemoryPayments(view.rows(tables.payments), orders),
        refunds=MemoryRefunds(refunds, orders),
        disputes=MemoryDisputes(view.rows(tables.disputes), orders),
        customers=MemoryCustomers(view.rows(tables.customers)),
        inbox=MemoryInbox(inbox),
        plans=MemoryPlans(view.rows(tables.plans)),
        packs=MemoryPacks(view.rows(tables.packs)),
        subscriptions=MemorySubscriptions(subscriptions),
        trials=MemoryTrials(view.rows(tables.trials)),
        plan_changes=MemoryPlanChanges(plan_changes),
        plan_versions=MemoryPlanVersions(view.rows(tables.plan_versions)),
        accounts=MemoryAccounts(view.rows(tables.accounts), ledger.wallets),
        api_keys=MemoryApiKeys(view.rows(tables.api_keys)),
        audit_log=MemoryAuditLog(view.rows(tables.audit_log)),
        outbox=MemoryOutbox(events, deliveries),
        endpoints=MemoryEndpoints(endpoints),
        deliveries=MemoryDeliveries(deliveries, events, endpoints),
        sessions=MemorySessions(view.rows(tables.sessions)),
        figures=MemoryFigures(
            figures=view.rows(tables.figures),
            marks=view.rows(tables.marks),
            ledger=ledger,
            orders=orders,
            subscriptions=subscriptions,
            inbox=inbox,
        ),
        proofs=MemoryProofs(view.rows(tables.proofs)),
        sandbox=MemorySandboxRecords(view.rows(tables.sandbox)),
        agenda=MemoryAgenda(
            grants=ledger.grants,
            holds=ledger.holds,
            orders=orders,
            refunds=refunds,
            inbox=inbox,
            subscriptions=subscriptions,
            plan_changes=plan_changes,
        ),
        backlogs=MemoryBacklogs(webhooks=inbox, events=events, waiting_deliveries=deliveries),
        personal=MemoryPersonalRecords(
            transactions=ledger.transactions,
            holds=ledger.holds,
            receipts=ledger.receipts,
            answers=answers,
            events=events,
            deliveries=deliveries,
        ),
        view=view,
    )
