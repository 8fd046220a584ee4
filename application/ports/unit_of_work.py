"""One transaction, and the collections inside it."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from typing import Protocol

from application.ports.access import Accounts, ApiKeys, AuditLog, Sessions
from application.ports.agenda import Agenda
from application.ports.backlogs import Backlogs
from application.ports.comparison_rounds import ComparisonRounds
from application.ports.counters import Counters
from application.ports.coupons import CouponCodes, Coupons, Redemptions
from application.ports.credit_lists import Grants, Holds
from application.ports.credits import Wallets
from application.ports.events import Deliveries, Endpoints, Outbox
from application.ports.figures import Figures
from application.ports.idempotency import Answers
from application.ports.ledger_stretches import LedgerStretches
from application.ports.payments import (
    Customers,
    Disputes,
    Inbox,
    Orders,
    Payments,
    Refunds,
)
from application.ports.plan_changes import PlanChanges, PlanVersions
from application.ports.privacy import PersonalRecords
from application.ports.promotions import CheckIns
from application.ports.proofs import Proofs
from application.ports.rates import RateCards
from application.ports.reconciliations import Reconciliations
from application.ports.sandbox import SandboxRecords
from application.ports.subscriptions import Packs, Plans, Subscriptions
from application.ports.trials import Trials


class UnitOfWork(Protocol):
    """All changes inside happen together when `commit` returns; without it, none happens.

    Locks are taken in one order everywhere: request key, inbox event, wallet, order, subscription,
    change of plan, trial (the account's before the address's), coupon (its codes and uses with
    it), check-in budget (the day's before the month's), account, delivery, endpoint, and the number
    of a receipt last of all. Nothing outside the store is awaited inside. A row whose key is taken,
    where no refusal is named for that, raises WriteRefused.
    """

    @property
    def wallets(self) -> Wallets: ...
    @property
    def grants(self) -> Grants: ...
    @property
    def holds(self) -> Holds: ...
    @property
    def answers(self) -> Answers: ...
    @property
    def rate_cards(self) -> RateCards: ...
    @property
    def coupons(self) -> Coupons: ...
    @property
    def coupon_codes(self) -> CouponCodes: ...
    @property
    def redemptions(self) -> Redemptions: ...
    @property
    def check_ins(self) -> CheckIns: ...
    @property
    def counters(self) -> Counters: ...
    @property
    def orders(self) -> Orders: ...
    @property
    def payments(self) -> Payments: ...
    @property
    def refunds(self) -> Refunds: ...
    @property
    def disputes(self) -> Disputes: ...
    @property
    def customers(self) -> Customers: ...
    @property
    def inbox(self) -> Inbox: ...
    @property
    def reconciliations(self) -> Reconciliations: ...
    @property
    def comparison_rounds(self) -> ComparisonRounds: ...
    @property
    def plans(self) -> Plans: ...
    @property
    def packs(self) -> Packs: ...
    @property
    def subscriptions(self) -> Subscriptions: ...
    @property
    def trials(self) -> Trials: ...
    @property
    def plan_changes(self) -> PlanChanges: ...
    @property
    def plan_versions(self) -> PlanVersions: ...
    @property
    def accounts(self) -> Accounts: ...
    @property
    def api_keys(self) -> ApiKeys: ...
    @property
    def audit_log(self) -> AuditLog: ...
    @property
    def outbox(self) -> Outbox: ...
    @property
    def endpoints(self) -> Endpoints: ...
    @property
    def deliveries(self) -> Deliveries: ...
    @property
    def sessions(self) -> Sessions: ...
    @property
    def figures(self) -> Figures: ...
    @property
    def proofs(self) -> Proofs: ...
    @property
    def ledger_stretches(self) -> LedgerStretches: ...
    @property
    def sandbox(self) -> SandboxRecords: ...
    @property
    def agenda(self) -> Agenda: ...
    @property
    def backlogs(self) -> Backlogs: ...
    @property
    def personal(self) -> PersonalRecords: ...

    async def commit(self) -> None:
        """Make everything done so far durable. At most once, as the last thing in the unit."""
        ...


BeginWork = Callable[[], AbstractAsyncContextManager[UnitOfWork]]
"""Open a unit of work that may write."""

BeginRead = Callable[[], AbstractAsyncContextManager[UnitOfWork]]
"""Open a unit of work that only reads, as of one snapshot, and never waits for a writer."""
