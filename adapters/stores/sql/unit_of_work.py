"""One transaction and the collections inside it, the same on both engines."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from attrs import frozen

from adapters.stores.sql.access import SqlAccounts, SqlApiKeys, SqlAuditLog, SqlSessions
from adapters.stores.sql.agenda import SqlAgenda
from adapters.stores.sql.backlogs import SqlBacklogs
from adapters.stores.sql.catalogue import SqlPacks, SqlPlans
from adapters.stores.sql.check_ins import SqlCheckIns
from adapters.stores.sql.comparison_rounds import SqlComparisonRounds
from adapters.stores.sql.counters import SqlCounters
from adapters.stores.sql.coupons import SqlCouponCodes, SqlCoupons
from adapters.stores.sql.credit_lists import SqlGrants, SqlHolds
from adapters.stores.sql.credits import SqlWallets
from adapters.stores.sql.events import SqlDeliveries, SqlEndpoints, SqlOutbox
from adapters.stores.sql.figures import SqlFigures
from adapters.stores.sql.idempotency import SqlAnswers
from adapters.stores.sql.inbox import SqlInbox
from adapters.stores.sql.ledger_stretches import SqlLedgerStretches
from adapters.stores.sql.money_back import SqlDisputes, SqlRefunds
from adapters.stores.sql.open_transaction import Open, OpenTransaction
from adapters.stores.sql.payments import SqlCustomers, SqlOrders, SqlPayments
from adapters.stores.sql.plan_changes import SqlPlanChanges, SqlPlanVersions
from adapters.stores.sql.privacy import SqlPersonalRecords
from adapters.stores.sql.proofs import SqlProofs
from adapters.stores.sql.rates import SqlRateCards
from adapters.stores.sql.reconciliations import SqlReconciliations
from adapters.stores.sql.redemptions import SqlRedemptions
from adapters.stores.sql.sandbox import SqlSandboxRecords
from adapters.stores.sql.subscriptions import SqlSubscriptions
from adapters.stores.sql.trials import SqlTrials
from application.ports.unit_of_work import BeginWork, UnitOfWork


@frozen
class SqlUnitOfWork(UnitOfWork):
    """A unit of work is a transaction; its collections are views of it, made when asked for."""

    transaction: OpenTransaction

    @property
    def wallets(self) -> SqlWallets:
        return SqlWallets(self.transaction)

    @property
    def grants(self) -> SqlGrants:
        return SqlGrants(self.transaction)

    @property
    def holds(self) -> SqlHolds:
        return SqlHolds(self.transaction)

    @property
    def answers(self) -> SqlAnswers:
        return SqlAnswers(self.transaction)

    @property
    def rate_cards(self) -> SqlRateCards:
        return SqlRateCards(self.transaction)

    @property
    def coupons(self) -> SqlCoupons:
        return SqlCoupons(self.transaction)

    @property
    def coupon_codes(self) -> SqlCouponCodes:
        return SqlCouponCodes(self.transaction)

    @property
    def redemptions(self) -> SqlRedemptions:
        return SqlRedemptions(self.transaction)

    @property
    def check_ins(self) -> SqlCheckIns:
        return SqlCheckIns(self.transaction)

    @property
    def counters(self) -> SqlCounters:
        return SqlCounters(self.transaction)

    @property
    def orders(self) -> SqlOrders:
        return SqlOrders(self.transaction)

    @property
    def payments(self) -> SqlPayments:
        return SqlPayments(self.transaction)

    @property
    def refunds(self) -> SqlRefunds:
        return SqlRefunds(self.transaction)

    @property
    def disputes(self) -> SqlDisputes:
        return SqlDisputes(self.transaction)

    @property
    def customers(self) -> SqlCustomers:
        return SqlCustomers(self.transaction)

    @property
    def inbox(self) -> SqlInbox:
        return SqlInbox(self.transaction)

    @property
    def reconciliations(self) -> SqlReconciliations:
        return SqlReconciliations(self.transaction)

    @property
    def comparison_rounds(self) -> SqlComparisonRounds:
        return SqlComparisonRounds(self.transaction)

    @property
    def plans(self) -> SqlPlans:
        return SqlPlans(self.transaction)

    @property
    def packs(self) -> SqlPacks:
        return SqlPacks(self.transaction)

    @property
    def subscriptions(self) -> SqlSubscriptions:
        return SqlSubscriptions(self.transaction)

    @property
    def trials(self) -> SqlTrials:
        return SqlTrials(self.transaction)

    @property
    def plan_changes(self) -> SqlPlanChanges:
        return SqlPlanChanges(self.transaction)

    @property
    def plan_versions(self) -> SqlPlanVersions:
        return SqlPlanVersions(self.transaction)

    @property
    def accounts(self) -> SqlAccounts:
        return SqlAccounts(self.transaction)

    @property
    def api_keys(self) -> SqlApiKeys:
        return SqlApiKeys(self.transaction)

    @property
    def audit_log(self) -> SqlAuditLog:
        return SqlAuditLog(self.transaction)

    @property
    def outbox(self) -> SqlOutbox:
        return SqlOutbox(self.transaction)

    @property
    def endpoints(self) -> SqlEndpoints:
        return SqlEndpoints(self.transaction)

    @property
    def deliveries(self) -> SqlDeliveries:
        return SqlDeliveries(self.transaction)

    @property
    def sessions(self) -> SqlSessions:
        return SqlSessions(self.transaction)

    @property
    def figures(self) -> SqlFigures:
        return SqlFigures(self.transaction)

    @property
    def proofs(self) -> SqlProofs:
        return SqlProofs(self.transaction)

    @property
    def ledger_stretches(self) -> SqlLedgerStretches:
        return SqlLedgerStretches(self.transaction)

    @property
    def sandbox(self) -> SqlSandboxRecords:
        return SqlSandboxRecords(self.transaction)

    @property
    def agenda(self) -> SqlAgenda:
        return SqlAgenda(self.transaction)

    @property
    def backlogs(self) -> SqlBacklogs:
        return SqlBacklogs(self.transaction)

    @property
    def personal(self) -> SqlPersonalRecords:
        return SqlPersonalRecords(self.transaction)

    async def commit(self) -> None:
        await self.transaction.commit()


def units_of_work(open_transaction: Open) -> BeginWork:
    """Return how a unit of work is opened, given how a transaction is."""

    @asynccontextmanager
    async def begin() -> AsyncIterator[UnitOfWork]:
        async with open_transaction() as transaction:
            yield SqlUnitOfWork(transaction)

    return begin
