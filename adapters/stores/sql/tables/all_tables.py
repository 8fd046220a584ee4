"""All tables of all areas in one list, for whoever compares or creates a schema as a whole."""

from __future__ import annotations

from adapters.stores.sql.tables.access import accounts, api_keys, audit_log, sessions
from adapters.stores.sql.tables.comparison_rounds import comparison_rounds
from adapters.stores.sql.tables.credits import (
    grants,
    holds,
    ledger_keys,
    transaction_texts,
    transactions,
    wallets,
)
from adapters.stores.sql.tables.events import deliveries, endpoints, outbox
from adapters.stores.sql.tables.figures import figure_marks, figures
from adapters.stores.sql.tables.idempotency import answers
from adapters.stores.sql.tables.ledger_stretches import ledger_stretches
from adapters.stores.sql.tables.metadata import metadata
from adapters.stores.sql.tables.payments import (
    customers,
    disputes,
    inbox,
    inbox_names,
    orders,
    payments,
    refunds,
)
from adapters.stores.sql.tables.plan_changes import plan_changes, plan_versions
from adapters.stores.sql.tables.promotions import (
    check_in_budgets,
    check_in_rules,
    check_ins,
    coupon_codes,
    coupons,
    redemptions,
)
from adapters.stores.sql.tables.proofs import proofs
from adapters.stores.sql.tables.rates import rate_cards, rates
from adapters.stores.sql.tables.receipts import receipt_counters
from adapters.stores.sql.tables.reconciliations import reconciliations
from adapters.stores.sql.tables.sandbox import sandbox_records
from adapters.stores.sql.tables.subscriptions import packs, plans, subscriptions, trials

ALL_TABLES = (
    wallets,
    grants,
    holds,
    transactions,
    transaction_texts,
    ledger_keys,
    ledger_stretches,
    answers,
    rate_cards,
    rates,
    coupons,
    coupon_codes,
    redemptions,
    check_ins,
    check_in_rules,
    check_in_budgets,
    orders,
    receipt_counters,
    payments,
    refunds,
    disputes,
    customers,
    inbox,
    inbox_names,
    reconciliations,
    comparison_rounds,
    plans,
    packs,
    subscriptions,
    trials,
    plan_changes,
    plan_versions,
    accounts,
    api_keys,
    audit_log,
    sessions,
    figures,
    figure_marks,
    proofs,
    sandbox_records,
    outbox,
    endpoints,
    deliveries,
)

assert len(ALL_TABLES) == len(metadata.tables)
