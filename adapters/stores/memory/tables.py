"""All tables of the memory store, and the orders in which their rows are found."""

from __future__ import annotations

from datetime import datetime

from attrs import field, frozen

from adapters.stores.memory import promotion_tables
from adapters.stores.memory.comparison_rounds import comparison_rounds
from adapters.stores.memory.inbox_names import inbox_names
from adapters.stores.memory.kept_rows import (
    CustomerLink,
    GivenInPeriod,
    KeptAnswer,
    Mark,
    OutboxRow,
    ReportedPayment,
)
from adapters.stores.memory.ledger_stretches import ledger_stretches
from adapters.stores.memory.plan_change_tables import plan_changes, plan_versions
from adapters.stores.memory.proofs import proofs
from adapters.stores.memory.reconciliation_tables import KeptRun, reconciliations
from adapters.stores.memory.table import Index, Key, Table
from application.ports.credits import KeyedReceipt
from application.ports.figures import Figure
from application.ports.payments import NotedName
from application.ports.sandbox import SandboxRecord
from domain.access.account import Account
from domain.access.api_key import ApiKey
from domain.access.audit import AuditEntry
from domain.access.session import AdminSession
from domain.credits.explanation import Stretch
from domain.credits.grant import Grant
from domain.credits.hold import Hold
from domain.credits.proof_round import ProofRound
from domain.credits.rates import RateCard
from domain.credits.transaction import USAGE_REFUND, Transaction
from domain.credits.wallet import Wallet
from domain.events.delivery import Delivery
from domain.events.endpoint import Endpoint
from domain.payments.comparison_round import ComparisonRound
from domain.payments.dispute import Dispute
from domain.payments.inbox import InboxEvent
from domain.payments.order import Order
from domain.payments.refund import Refund
from domain.promotions.check_in import CheckIn
from domain.promotions.check_in_rules import CheckInRules
from domain.promotions.coupon import Coupon
from domain.promotions.coupon_code import CouponCode
from domain.promotions.redemption import Redemption
from domain.subscriptions.catalogue import Pack, Plan
from domain.subscriptions.change import Change
from domain.subscriptions.plan_version import PlanVersion
from domain.subscriptions.subscription import Subscription
from domain.subscriptions.trial import TrialClaim


def _grant_due_at(grant: Grant) -> datetime | None:
    """Return when time next decides something about a lot: that it counts, or that it is over."""
    if not grant.is_open:
        return None
    if grant.is_posted and (grant.is_frozen or not grant.free):
        return None
    return grant.expires_at if grant.is_posted else grant.effective_at


def _grant_due(grant: Grant) -> Key | None:
    due_at = _grant_due_at(grant)
    return None if due_at is None else (due_at, grant.account_id, grant.id)


GRANT_BY_ACCOUNT = Index[Grant](lambda grant: (grant.account_id, grant.id))
GRANT_OPEN = Index[Grant](lambda grant: (grant.account_id, grant.id) if grant.is_open else None)
GRANT_DUE = Index[Grant](_grant_due)

HOLD_BY_ACCOUNT = Index[Hold](lambda hold: (hold.account_id, hold.id))
HOLD_OPEN = Index[Hold](lambda hold: (hold.account_id, hold.id) if hold.is_open else None)
HOLD_SILENT = Index[Hold](
    lambda hold: (hold.expires_at, hold.account_id, hold.id) if hold.is_open else None
)

LINE_BY_ID = Index[Transaction](lambda line: (line.id,))
LINE_REFUNDING = Index[Transaction](
    lambda line: (
        (line.account_id, line.cause or "", line.seq) if line.type == USAGE_REFUND else None
    )
)
LINE_BY_TYPE = Index[Transaction](lambda line: (line.account_id, line.type, line.seq))

RECEIPT_FORGETTABLE = Index[KeyedReceipt](
    lambda kept: None if kept.is_kept_for_ever else (kept.receipt.at, *kept.key.name)
)

ANSWER_NEW = Index[KeptAnswer](
    lambda kept: kept.key.name if kept.seen_at is None and not kept.is_kept_for_ever else None
)
ANSWER_SEEN = Index[KeptAnswer](
    lambda kept: None if kept.seen_at is None else (kept.seen_at, *kept.key.name)
)

API_KEY_BY_DIGEST = Index[ApiKey](lambda key: (key.digest.hex(),))
ACCOUNT_BY_EMAIL = Index[Account](
    lambda account: (account.email, account.id) if account.email is not None else None
)
SESSION_ENDING = Index[AdminSession](lambda session: (session.expires_at, session.digest.hex()))
AUDIT_BY_TARGET = Index[AuditEntry](lambda entry: (entry.target, entry.id))

ORDER_BY_ACCOUNT = Index[Order](lambda order: (order.account_id, order.id))
ORDER_PAID = Index[Order](lambda order: (order.paid_at, order.id) if order.paid_at else None)
ORDER_OPEN = Index[Order](
    lambda order: (order.expires_at, order.id) if order.is_unpaid and order.expires_at else None
)
ORDER_UNPAID = Index[Order](lambda order: (order.account_id, order.id) if order.is_unpaid else None)
ORDER_BY_PERIOD = Index[Order](
    lambda order: (
        (order.subscription_id, order.period.start_at, order.id)
        if order.subscription_id is not None and order.period is not None
        else None
    )
)
ORDER_BESIDE = Index[Order](
    lambda order: (
        (order.channel, order.second_subscription_id, order.id)
        if order.second_subscription_id is not None
        else None
    )
)
ORDER_CONCERN = Index[Order](
    lambda order: (order.channel, order.id) if order.concern is not None else None
)
ORDER_BY_RECEIPT = Index[Order](
    lambda order: (order.receipt_number,) if order.receipt_number is not None else None
)
PAYMENT_TOGETHER = Index[ReportedPayment](
    lambda kept: (
        (kept.payment.channel, kept.payment.part_of, kept.order_id)
        if kept.payment.part_of is not None
        else None
    )
)
REFUND_BY_ORDER = Index[Refund](lambda refund: (refund.order_id, refund.id))
REFUND_AT_PROVIDER = Index[Refund](
    lambda refund: (
        (refund.channel, refund.provider_refund_id, refund.order_id)
        if refund.provider_refund_id is not None
        else None
    )
)
REFUND_OPEN = Index[Refund](
    lambda refund: (refund.ask_at, refund.id) if refund.is_open and refund.ask_at else None
)
DISPUTE_BY_ORDER = Index[Dispute](lambda dispute: (dispute.order_id, dispute.id))
DISPUTE_AT_PROVIDER = Index[Dispute](
    lambda dispute: (dispute.channel, dispute.provider_dispute_id, dispute.order_id)
)
CUSTOMER_BY_ACCOUNT = Index[CustomerLink](
    lambda link: None if link.account_id is None else (link.account_id, link.channel)
)
EVENT_BY_ID = Index[InboxEvent](lambda event: (event.id,))
EVENT_WAITING = Index[InboxEvent](
    lambda event: (event.received_at, event.channel, event.event_id) if event.is_waiting else None
)
EVENT_WITH_BODY = Index[InboxEvent](
    lambda event: (event.received_at, event.id) if event.has_body else None
)

SUBSCRIPTION_BY_ACCOUNT = Index[Subscription](lambda sold: (sold.account_id, sold.id))
SUBSCRIPTION_LIVE = Index[Subscription](
    lambda sold: (sold.account_id, sold.group) if sold.is_live else None
)
SUBSCRIPTION_AT_PROVIDER = Index[Subscription](
    lambda sold: (
        (sold.channel, sold.provider_subscription_id)
        if sold.provider_subscription_id is not None
        else None
    )
)
SUBSCRIPTION_CREDITS_DUE = Index[Subscription](
    lambda sold: (sold.credits_due_at, sold.id) if sold.credits_due_at is not None else None
)
SUBSCRIPTION_PERIOD_OVER = Index[Subscription](
    lambda sold: (sold.period.end_at, sold.id) if sold.is_live and sold.renews_itself else None
)

SUBSCRIPTION_DUE = Index[Subscription](
    lambda sold: (sold.due_at, sold.id) if sold.due_at is not None else None
)

TRIAL_BY_ACCOUNT = Index[TrialClaim](lambda claim: (claim.account_id, claim.group, claim.holder))

OUTBOX_NEW = Index[OutboxRow](lambda row: (row.event.id,) if row.is_new else None)
DELIVERY_DUE = Index[Delivery](
    lambda delivery: (
        (delivery.endpoint_id, delivery.due_at, delivery.event_id) if delivery.is_waiting else None
    )
)

SANDBOX_DUE = Index[SandboxRecord](
    lambda record: (record.kind, record.due_at, record.id) if record.due_at else None
)


def _wallets() -> Table[Wallet]:
    return Table("wallets", lambda wallet: (wallet.account_id,))


def _grants() -> Table[Grant]:
    return Table("grants", lambda grant: (grant.id,), (GRANT_BY_ACCOUNT, GRANT_OPEN, GRANT_DUE))


def _holds() -> Table[Hold]:
    return Table("holds", lambda hold: (hold.id,), (HOLD_BY_ACCOUNT, HOLD_OPEN, HOLD_SILENT))


def _transactions() -> Table[Transaction]:
    return Table(
        "transactions",
        lambda line: (line.account_id, line.seq),
        (LINE_BY_ID, LINE_BY_TYPE, LINE_REFUNDING),
    )


def _receipts() -> Table[KeyedReceipt]:
    return Table("receipts", lambda kept: kept.key.name, (RECEIPT_FORGETTABLE,))


def _answers() -> Table[KeptAnswer]:
    return Table("answers", lambda kept: kept.key.name, (ANSWER_NEW, ANSWER_SEEN))


def _rate_cards() -> Table[RateCard]:
    return Table("rate_cards", lambda card: (card.version,))


def _orders() -> Table[Order]:
    return Table(
        "orders",
        lambda order: (order.id,),
        (
            ORDER_BY_ACCOUNT,
            ORDER_OPEN,
            ORDER_UNPAID,
            ORDER_BY_PERIOD,
            ORDER_BY_RECEIPT,
            ORDER_BESIDE,
            ORDER_CONCERN,
            ORDER_PAID,
        ),
    )


def _payments() -> Table[ReportedPayment]:
    return Table(
        "payments",
        lambda reported: (reported.payment.channel, reported.payment.provider_payment_id),
        (PAYMENT_TOGETHER,),
    )


def _customers() -> Table[CustomerLink]:
    return Table("customers", lambda link: (link.channel, link.customer_id), (CUSTOMER_BY_ACCOUNT,))


def _refunds() -> Table[Refund]:
    return Table(
        "refunds",
        lambda refund: (refund.id,),
        (REFUND_BY_ORDER, REFUND_AT_PROVIDER, REFUND_OPEN),
    )


def _disputes() -> Table[Dispute]:
    return Table("disputes", lambda dispute: (dispute.id,), (DISPUTE_BY_ORDER, DISPUTE_AT_PROVIDER))


def _inbox() -> Table[InboxEvent]:
    return Table(
        "inbox",
        lambda event: (event.channel, event.event_id),
        (EVENT_WAITING, EVENT_BY_ID, EVENT_WITH_BODY),
    )


def _plans() -> Table[Plan]:
    return Table("plans", lambda plan: (plan.id,))


def _packs() -> Table[Pack]:
    return Table("packs", lambda pack: (pack.id,))


def _subscriptions() -> Table[Subscription]:
    return Table(
        "subscriptions",
        lambda sold: (sold.id,),
        (
            SUBSCRIPTION_BY_ACCOUNT,
            SUBSCRIPTION_LIVE,
            SUBSCRIPTION_AT_PROVIDER,
            SUBSCRIPTION_CREDITS_DUE,
            SUBSCRIPTION_PERIOD_OVER,
            SUBSCRIPTION_DUE,
        ),
    )


def _trials() -> Table[TrialClaim]:
    return Table("trials", lambda claim: (claim.group, claim.holder), (TRIAL_BY_ACCOUNT,))


def _accounts() -> Table[Account]:
    return Table("accounts", lambda account: (account.id,), (ACCOUNT_BY_EMAIL,))


def _api_keys() -> Table[ApiKey]:
    return Table("api_keys", lambda key: (key.id,), (API_KEY_BY_DIGEST,))


def _audit_log() -> Table[AuditEntry]:
    return Table("audit_log", lambda entry: (entry.id,), (AUDIT_BY_TARGET,))


def _outbox() -> Table[OutboxRow]:
    return Table("outbox", lambda row: (row.event.id,), (OUTBOX_NEW,))


def _endpoints() -> Table[Endpoint]:
    return Table("endpoints", lambda endpoint: (endpoint.id,))


def _deliveries() -> Table[Delivery]:
    return Table(
        "deliveries",
        lambda delivery: (delivery.event_id, delivery.endpoint_id),
        (DELIVERY_DUE,),
    )


def _sessions() -> Table[AdminSession]:
    return Table("sessions", lambda session: (session.digest.hex(),), (SESSION_ENDING,))


def _figures() -> Table[Figure]:
    return Table("figures", lambda figure: (figure.day, figure.measure.value, figure.part))


def _marks() -> Table[Mark]:
    return Table("marks", lambda mark: (mark.name,))


def _sandbox() -> Table[SandboxRecord]:
    return Table("sandbox", lambda record: (record.kind, record.id), (SANDBOX_DUE,))


@frozen(kw_only=True)
class Tables:
    """One set of tables: everything a memory store holds."""

    wallets: Table[Wallet] = field(factory=_wallets)
    grants: Table[Grant] = field(factory=_grants)
    holds: Table[Hold] = field(factory=_holds)
    transactions: Table[Transaction] = field(factory=_transactions)
    receipts: Table[KeyedReceipt] = field(factory=_receipts)
    answers: Table[KeptAnswer] = field(factory=_answers)
    rate_cards: Table[RateCard] = field(factory=_rate_cards)
    coupons: Table[Coupon] = field(factory=promotion_tables.coupons)
    coupon_codes: Table[CouponCode] = field(factory=promotion_tables.coupon_codes)
    redemptions: Table[Redemption] = field(factory=promotion_tables.redemptions)
    check_ins: Table[CheckIn] = field(factory=promotion_tables.check_ins)
    check_in_rules: Table[CheckInRules] = field(factory=promotion_tables.check_in_rules)
    check_in_budgets: Table[GivenInPeriod] = field(factory=promotion_tables.check_in_budgets)
    orders: Table[Order] = field(factory=_orders)
    payments: Table[ReportedPayment] = field(factory=_payments)
    customers: Table[CustomerLink] = field(factory=_customers)
    refunds: Table[Refund] = field(factory=_refunds)
    disputes: Table[Dispute] = field(factory=_disputes)
    inbox: Table[InboxEvent] = field(factory=_inbox)
    inbox_names: Table[NotedName] = field(factory=inbox_names)
    reconciliations: Table[KeptRun] = field(factory=reconciliations)
    comparison_rounds: Table[ComparisonRound] = field(factory=comparison_rounds)
    plans: Table[Plan] = field(factory=_plans)
    packs: Table[Pack] = field(factory=_packs)
    subscriptions: Table[Subscription] = field(factory=_subscriptions)
    trials: Table[TrialClaim] = field(factory=_trials)
    plan_changes: Table[Change] = field(factory=plan_changes)
    plan_versions: Table[PlanVersion] = field(factory=plan_versions)
    accounts: Table[Account] = field(factory=_accounts)
    api_keys: Table[ApiKey] = field(factory=_api_keys)
    audit_log: Table[AuditEntry] = field(factory=_audit_log)
    outbox: Table[OutboxRow] = field(factory=_outbox)
    endpoints: Table[Endpoint] = field(factory=_endpoints)
    deliveries: Table[Delivery] = field(factory=_deliveries)
    sessions: Table[AdminSession] = field(factory=_sessions)
    figures: Table[Figure] = field(factory=_figures)
    marks: Table[Mark] = field(factory=_marks)
    proofs: Table[ProofRound] = field(factory=proofs)
    ledger_stretches: Table[Stretch] = field(factory=ledger_stretches)
    sandbox: Table[SandboxRecord] = field(factory=_sandbox)
