"""A unit of work in memory: every collection a view of the tables, made when it is asked for."""

from __future__ import annotations

import asyncio

from attrs import Factory, define

from adapters.stores.memory.access import (
    MemoryAccounts,
    MemoryApiKeys,
    MemoryAuditLog,
    MemorySessions,
)
from adapters.stores.memory.agenda import MemoryAgenda
from adapters.stores.memory.backlogs import MemoryBacklogs
from adapters.stores.memory.comparison_rounds import MemoryComparisonRounds
from adapters.stores.memory.counters import MemoryCounters
from adapters.stores.memory.coupons import MemoryCouponCodes, MemoryCoupons, MemoryRedemptions
from adapters.stores.memory.credit_lists import MemoryGrants, MemoryHolds
from adapters.stores.memory.credits import LedgerRows, MemoryWallets, ledger_rows
from adapters.stores.memory.events import MemoryDeliveries, MemoryEndpoints, MemoryOutbox
from adapters.stores.memory.figures import MemoryFigures
from adapters.stores.memory.idempotency import MemoryAnswers
from adapters.stores.memory.inbox import MemoryInbox
from adapters.stores.memory.ledger_stretches import MemoryLedgerStretches
from adapters.stores.memory.money_back import MemoryDisputes, MemoryRefunds
from adapters.stores.memory.payments import MemoryCustomers, MemoryOrders, MemoryPayments
from adapters.stores.memory.plan_changes import MemoryPlanChanges, MemoryPlanVersions
from adapters.stores.memory.privacy import MemoryPersonalRecords
from adapters.stores.memory.promotions import MemoryCheckIns
from adapters.stores.memory.proofs import MemoryProofs
from adapters.stores.memory.rates import MemoryRateCards
from adapters.stores.memory.reconciliations import MemoryReconciliations
from adapters.stores.memory.sandbox import MemorySandboxRecords
from adapters.stores.memory.subscriptions import MemoryPacks, MemoryPlans, MemorySubscriptions
from adapters.stores.memory.table import Row, Rows, Table, View
from adapters.stores.memory.tables import Tables
from adapters.stores.memory.trials import MemoryTrials
from application.ports.unit_of_work import UnitOfWork


@define(eq=False)
class MemoryWork(UnitOfWork):
    """One unit of work over all tables: what it has changed lies in the view alone.

    `claimed` are the keys whose answers it may keep.
    """

    tables: Tables
    view: View
    claimed: set[tuple[str, str, str]] = Factory(set)
    is_committed: bool = False

    async def commit(self) -> None:
        assert self.view.is_writable, "a unit of work that only reads commits nothing"
        assert not self.is_committed, "a unit of work commits once"
        # A commit takes time in every store, and lets others run.
        await asyncio.sleep(0)
        self.view.commit()
        self.is_committed = True

    @property
    def wallets(self) -> MemoryWallets:
        return MemoryWallets(self._ledger)

    @property
    def grants(self) -> MemoryGrants:
        return MemoryGrants(self._rows(self.tables.grants))

    @property
    def holds(self) -> MemoryHolds:
        return MemoryHolds(self._rows(self.tables.holds))

    @property
    def answers(self) -> MemoryAnswers:
        return MemoryAnswers(self._rows(self.tables.answers), self.claimed)

    @property
    def rate_cards(self) -> MemoryRateCards:
        return MemoryRateCards(self._rows(self.tables.rate_cards))

    @property
    def coupons(self) -> MemoryCoupons:
        return MemoryCoupons(self._rows(self.tables.coupons), self._rows(self.tables.coupon_codes))

    @property
    def coupon_codes(self) -> MemoryCouponCodes:
        return MemoryCouponCodes(
            self._rows(self.tables.coupon_codes), self._rows(self.tables.coupons)
        )

    @property
    def redemptions(self) -> MemoryRedemptions:
        return MemoryRedemptions(
            self._rows(self.tables.redemptions), self._rows(self.tables.coupons)
        )

    @property
    def check_ins(self) -> MemoryCheckIns:
        return MemoryCheckIns(
            self._rows(self.tables.check_ins),
            self._rows(self.tables.check_in_rules),
            self._rows(self.tables.check_in_budgets),
            self._rows(self.tables.transactions),
        )

    @property
    def orders(self) -> MemoryOrders:
        return MemoryOrders(self._rows(self.tables.orders))

    @property
    def payments(self) -> MemoryPayments:
        return MemoryPayments(self._rows(self.tables.payments), self._rows(self.tables.orders))

    @property
    def refunds(self) -> MemoryRefunds:
        return MemoryRefunds(self._rows(self.tables.refunds), self._rows(self.tables.orders))

    @property
    def disputes(self) -> MemoryDisputes:
        return MemoryDisputes(self._rows(self.tables.disputes), self._rows(self.tables.orders))

    @property
    def customers(self) -> MemoryCustomers:
        return MemoryCustomers(self._rows(self.tables.customers))

    @property
    def inbox(self) -> MemoryInbox:
        return MemoryInbox(self._rows(self.tables.inbox), self._rows(self.tables.inbox_names))

    @property
    def plans(self) -> MemoryPlans:
        return MemoryPlans(self._rows(self.tables.plans))

    @property
    def packs(self) -> MemoryPacks:
        return MemoryPacks(self._rows(self.tables.packs))

    @property
    def subscriptions(self) -> MemorySubscriptions:
        return MemorySubscriptions(self._rows(self.tables.subscriptions))

    @property
    def trials(self) -> MemoryTrials:
        return MemoryTrials(self._rows(self.tables.trials))

    @property
    def plan_changes(self) -> MemoryPlanChanges:
        return MemoryPlanChanges(self._rows(self.tables.plan_changes))

    @property
    def counters(self) -> MemoryCounters:
        return MemoryCounters(
            self._rows(self.tables.coupons),
            self._rows(self.tables.coupon_codes),
            self._rows(self.tables.redemptions),
            self._rows(self.tables.check_in_budgets),
            self._rows(self.tables.check_in_rules),
        )

    @property
    def reconciliations(self) -> MemoryReconciliations:
        return MemoryReconciliations(self._rows(self.tables.reconciliations))

    @property
    def comparison_rounds(self) -> MemoryComparisonRounds:
        return MemoryComparisonRounds(self._rows(self.tables.comparison_rounds))

    @property
    def proofs(self) -> MemoryProofs:
        return MemoryProofs(self._rows(self.tables.proofs))

    @property
    def ledger_stretches(self) -> MemoryLedgerStretches:
        return MemoryLedgerStretches(self._rows(self.tables.ledger_stretches))

    @property
    def plan_versions(self) -> MemoryPlanVersions:
        return MemoryPlanVersions(self._rows(self.tables.plan_versions))

    @property
    def accounts(self) -> MemoryAccounts:
        return MemoryAccounts(self._rows(self.tables.accounts), self._rows(self.tables.wallets))

    @property
    def api_keys(self) -> MemoryApiKeys:
        return MemoryApiKeys(self._rows(self.tables.api_keys))

    @property
    def audit_log(self) -> MemoryAuditLog:
        return MemoryAuditLog(self._rows(self.tables.audit_log))

    @property
    def outbox(self) -> MemoryOutbox:
        return MemoryOutbox(self._rows(self.tables.outbox), self._rows(self.tables.deliveries))

    @property
    def endpoints(self) -> MemoryEndpoints:
        return MemoryEndpoints(self._rows(self.tables.endpoints))

    @property
    def deliveries(self) -> MemoryDeliveries:
        return MemoryDeliveries(
            self._rows(self.tables.deliveries),
            self._rows(self.tables.outbox),
            self._rows(self.tables.endpoints),
        )

    @property
    def sessions(self) -> MemorySessions:
        return MemorySessions(self._rows(self.tables.sessions))

    @property
    def figures(self) -> MemoryFigures:
        return MemoryFigures(
            figures=self._rows(self.tables.figures),
            marks=self._rows(self.tables.marks),
            ledger=self._ledger,
            orders=self._rows(self.tables.orders),
            subscriptions=self._rows(self.tables.subscriptions),
            inbox=self._rows(self.tables.inbox),
        )

    @property
    def sandbox(self) -> MemorySandboxRecords:
        return MemorySandboxRecords(self._rows(self.tables.sandbox))

    @property
    def agenda(self) -> MemoryAgenda:
        return MemoryAgenda(
            grants=self._rows(self.tables.grants),
            holds=self._rows(self.tables.holds),
            orders=self._rows(self.tables.orders),
            refunds=self._rows(self.tables.refunds),
            inbox=self._rows(self.tables.inbox),
            subscriptions=self._rows(self.tables.subscriptions),
            plan_changes=self._rows(self.tables.plan_changes),
        )

    @property
    def backlogs(self) -> MemoryBacklogs:
        return MemoryBacklogs(
            webhooks=self._rows(self.tables.inbox),
            events=self._rows(self.tables.outbox),
            waiting_deliveries=self._rows(self.tables.deliveries),
            endpoints=self._rows(self.tables.endpoints),
        )

    @property
    def personal(self) -> MemoryPersonalRecords:
        return MemoryPersonalRecords(
            transactions=self._rows(self.tables.transactions),
            holds=self._rows(self.tables.holds),
            receipts=self._rows(self.tables.receipts),
            answers=self._rows(self.tables.answers),
            events=self._rows(self.tables.outbox),
            deliveries=self._rows(self.tables.deliveries),
            endpoints=self._rows(self.tables.endpoints),
        )

    @property
    def _ledger(self) -> LedgerRows:
        return ledger_rows(self.tables, self.view)

    def _rows(self, table: Table[Row]) -> Rows[Row]:
        return self.view.rows(table)
