SET statement_timeout = 0;
SET lock_timeout = 0;
SET idle_in_transaction_session_timeout = 0;
SET client_encoding = 'UTF8';
SET standard_conforming_strings = on;
SELECT pg_catalog.set_config('search_path', '', false);
SET check_function_bodies = false;
SET xmloption = content;
SET client_min_messages = warning;
SET row_security = off;
COMMENT ON SCHEMA public IS 'standard public schema';
CREATE FUNCTION public.refuse_change() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    RAISE EXCEPTION '% are never changed and never deleted', TG_TABLE_NAME
        USING ERRCODE = 'integrity_constraint_violation';
END
$$;
SET default_tablespace = '';
SET default_table_access_method = heap;
CREATE TABLE public.accounts (
    id text NOT NULL COLLATE pg_catalog."C",
    email text,
    zone text COLLATE pg_catalog."C",
    zone_changed_at timestamp with time zone,
    created_at timestamp with time zone NOT NULL
);
CREATE TABLE public.alembic_version (
    version_num character varying(32) NOT NULL
);
CREATE TABLE public.answers (
    owner text NOT NULL COLLATE pg_catalog."C",
    caller text NOT NULL COLLATE pg_catalog."C",
    key text NOT NULL COLLATE pg_catalog."C",
    fingerprint text NOT NULL COLLATE pg_catalog."C",
    answer text,
    is_kept_for_ever boolean NOT NULL,
    seen_at timestamp with time zone,
    CONSTRAINT ck_answers_name_fits CHECK (((length(owner) <= 255) AND (length(key) <= 255)))
);
CREATE TABLE public.api_keys (
    id text NOT NULL COLLATE pg_catalog."C",
    name text NOT NULL,
    digest bytea NOT NULL,
    scopes text NOT NULL,
    role text COLLATE pg_catalog."C",
    spend_max bigint,
    spend_max_per_day bigint,
    created_at timestamp with time zone NOT NULL,
    revoked_at timestamp with time zone,
    CONSTRAINT ck_api_keys_limits CHECK (((spend_max > 0) AND (spend_max_per_day > 0)))
);
CREATE TABLE public.audit_log (
    id text NOT NULL COLLATE pg_catalog."C",
    at timestamp with time zone NOT NULL,
    actor_id text NOT NULL,
    request_id text NOT NULL,
    action text NOT NULL COLLATE pg_catalog."C",
    target text NOT NULL COLLATE pg_catalog."C",
    before text NOT NULL,
    after text NOT NULL,
    reason text NOT NULL
);
CREATE TABLE public.check_in_budgets (
    period text NOT NULL COLLATE pg_catalog."C",
    slice bigint NOT NULL,
    total bigint NOT NULL,
    given bigint NOT NULL,
    room bigint NOT NULL,
    CONSTRAINT ck_check_in_budgets_amounts CHECK (((given >= 0) AND (room >= 0)))
);
CREATE TABLE public.check_in_rules (
    version bigint NOT NULL,
    is_enabled boolean NOT NULL,
    base bigint NOT NULL,
    week text,
    zone text NOT NULL COLLATE pg_catalog."C",
    award_days bigint,
    milestones text NOT NULL,
    freezes_at_start bigint NOT NULL,
    freezes_every bigint,
    freezes_most bigint NOT NULL,
    grace_hours bigint NOT NULL,
    budget_account_day bigint,
    budget_day bigint,
    budget_month bigint,
    account_days bigint NOT NULL,
    paid_plan_percent bigint NOT NULL,
    changed_at timestamp with time zone NOT NULL,
    CONSTRAINT ck_check_in_rules_base CHECK ((base > 0))
);
CREATE TABLE public.check_ins (
    account_id text NOT NULL COLLATE pg_catalog."C",
    day date NOT NULL,
    zone text NOT NULL COLLATE pg_catalog."C",
    at timestamp with time zone NOT NULL,
    streak bigint NOT NULL,
    best bigint NOT NULL,
    award bigint NOT NULL,
    milestone bigint NOT NULL,
    withheld bigint NOT NULL,
    freezes bigint NOT NULL,
    freezes_used bigint NOT NULL,
    is_paid boolean NOT NULL,
    rules_version bigint NOT NULL,
    grant_id text COLLATE pg_catalog."C",
    CONSTRAINT ck_check_ins_counts CHECK (((streak > 0) AND (best >= streak) AND (award >= milestone) AND (milestone >= 0))),
    CONSTRAINT ck_check_ins_extras CHECK (((withheld >= 0) AND (freezes >= 0) AND (freezes_used >= 0))),
    CONSTRAINT ck_check_ins_lot CHECK (((award > 0) = (grant_id IS NOT NULL)))
);
CREATE TABLE public.comparison_rounds (
    channel text NOT NULL COLLATE pg_catalog."C",
    track text NOT NULL COLLATE pg_catalog."C",
    begun_at timestamp with time zone NOT NULL,
    since_at timestamp with time zone NOT NULL,
    ended_at timestamp with time zone,
    part text NOT NULL COLLATE pg_catalog."C",
    "position" text,
    compared bigint NOT NULL,
    mended bigint NOT NULL,
    open bigint NOT NULL,
    needs_person bigint NOT NULL,
    drift text NOT NULL,
    is_unread boolean NOT NULL,
    compared_at timestamp with time zone,
    compared_drift bigint NOT NULL,
    claim text COLLATE pg_catalog."C",
    claimed_until timestamp with time zone,
    CONSTRAINT ck_comparison_rounds_counts CHECK (((compared >= 0) AND (mended >= 0) AND (open >= 0) AND (needs_person >= 0)))
);
CREATE TABLE public.coupon_codes (
    id text NOT NULL COLLATE pg_catalog."C",
    coupon_id text NOT NULL COLLATE pg_catalog."C",
    code text NOT NULL COLLATE pg_catalog."C",
    key text NOT NULL COLLATE pg_catalog."C",
    batch text COLLATE pg_catalog."C",
    redemptions_max bigint,
    is_disabled boolean NOT NULL,
    taken bigint NOT NULL,
    created_at timestamp with time zone NOT NULL,
    CONSTRAINT ck_coupon_codes_taken CHECK (((taken >= 0) AND ((redemptions_max IS NULL) OR (taken <= redemptions_max))))
);
CREATE TABLE public.coupons (
    id text NOT NULL COLLATE pg_catalog."C",
    code text NOT NULL COLLATE pg_catalog."C",
    name text NOT NULL,
    effect text NOT NULL COLLATE pg_catalog."C",
    percent bigint,
    amounts text,
    credits bigint,
    is_redeemable_alone boolean NOT NULL,
    lifetime_days bigint,
    scope text,
    trial_days bigint,
    periods bigint,
    starts_at timestamp with time zone,
    ends_at timestamp with time zone,
    redemptions_max bigint,
    redemptions_per_account_max bigint,
    is_first_purchase_only boolean NOT NULL,
    minimums text,
    item_ids text,
    account_ids text,
    is_archived boolean NOT NULL,
    taken bigint NOT NULL,
    created_at timestamp with time zone NOT NULL,
    CONSTRAINT ck_coupons_effect CHECK (((percent > 0) AND (credits > 0) AND (lifetime_days > 0) AND (periods > 0))),
    CONSTRAINT ck_coupons_taken CHECK (((taken >= 0) AND ((redemptions_max IS NULL) OR (taken <= redemptions_max)))),
    CONSTRAINT ck_coupons_trial CHECK ((trial_days > 0))
);
CREATE TABLE public.customers (
    channel text NOT NULL COLLATE pg_catalog."C",
    customer_id text NOT NULL COLLATE pg_catalog."C",
    account_id text COLLATE pg_catalog."C"
);
CREATE TABLE public.deliveries (
    event_id text NOT NULL COLLATE pg_catalog."C",
    endpoint_id text NOT NULL COLLATE pg_catalog."C",
    status text NOT NULL COLLATE pg_catalog."C",
    tries bigint NOT NULL,
    due_at timestamp with time zone NOT NULL,
    delivered_at timestamp with time zone,
    attempts text NOT NULL,
    CONSTRAINT ck_deliveries_tries CHECK ((tries >= 0))
)
WITH (fillfactor='80');
CREATE TABLE public.disputes (
    id text NOT NULL COLLATE pg_catalog."C",
    order_id text NOT NULL COLLATE pg_catalog."C",
    account_id text NOT NULL COLLATE pg_catalog."C",
    channel text NOT NULL COLLATE pg_catalog."C",
    provider_dispute_id text NOT NULL COLLATE pg_catalog."C",
    amount_minor bigint NOT NULL,
    currency text NOT NULL COLLATE pg_catalog."C",
    status text NOT NULL COLLATE pg_catalog."C",
    as_of timestamp with time zone NOT NULL,
    opened_at timestamp with time zone NOT NULL,
    changed_at timestamp with time zone NOT NULL,
    CONSTRAINT ck_disputes_amount CHECK ((amount_minor >= 0))
);
CREATE TABLE public.endpoints (
    id text NOT NULL COLLATE pg_catalog."C",
    url text NOT NULL,
    description text NOT NULL,
    types text NOT NULL,
    status text NOT NULL COLLATE pg_catalog."C",
    secrets text NOT NULL,
    failing_since timestamp with time zone,
    created_at timestamp with time zone NOT NULL,
    changed_at timestamp with time zone NOT NULL
);
CREATE TABLE public.figure_marks (
    name text NOT NULL COLLATE pg_catalog."C",
    "position" text NOT NULL COLLATE pg_catalog."C"
);
CREATE TABLE public.figures (
    day date NOT NULL,
    measure text NOT NULL COLLATE pg_catalog."C",
    part text NOT NULL COLLATE pg_catalog."C",
    amount bigint NOT NULL
);
CREATE TABLE public.grants (
    account_id text NOT NULL COLLATE pg_catalog."C",
    id text NOT NULL COLLATE pg_catalog."C",
    amount bigint NOT NULL,
    remaining bigint NOT NULL,
    source text NOT NULL COLLATE pg_catalog."C",
    category text NOT NULL COLLATE pg_catalog."C",
    priority bigint NOT NULL,
    effective_at timestamp with time zone NOT NULL,
    expires_at timestamp with time zone,
    created_at timestamp with time zone NOT NULL,
    cause text,
    cost_minor bigint,
    cost_currency text COLLATE pg_catalog."C",
    is_posted boolean NOT NULL,
    is_open boolean NOT NULL,
    pinned bigint NOT NULL,
    frozen_at timestamp with time zone,
    voided_at timestamp with time zone,
    scope text,
    rollover_max bigint,
    rollover_until timestamp with time zone,
    rollover_pool text,
    rolled bigint NOT NULL,
    parent text COLLATE pg_catalog."C",
    stood_still_us bigint NOT NULL,
    CONSTRAINT ck_grants_cost CHECK ((cost_minor >= 0)),
    CONSTRAINT ck_grants_keeps_its_bounds CHECK (((amount > 0) AND (pinned >= 0) AND (remaining >= pinned) AND (remaining <= amount) AND (rolled >= 0))),
    CONSTRAINT ck_grants_open_while_something_is_left CHECK ((is_open = ((remaining > 0) AND ((voided_at IS NULL) OR is_posted))))
)
WITH (fillfactor='80');
CREATE TABLE public.holds (
    account_id text NOT NULL COLLATE pg_catalog."C",
    id text NOT NULL COLLATE pg_catalog."C",
    amount bigint NOT NULL,
    lots text NOT NULL,
    silence text NOT NULL COLLATE pg_catalog."C",
    type text NOT NULL COLLATE pg_catalog."C",
    purposes text NOT NULL,
    created_at timestamp with time zone NOT NULL,
    expires_at timestamp with time zone NOT NULL,
    reported bigint NOT NULL,
    usage text,
    salt text NOT NULL,
    description text NOT NULL,
    metadata text NOT NULL,
    state text NOT NULL COLLATE pg_catalog."C",
    is_open boolean NOT NULL,
    ended_at timestamp with time zone,
    captured bigint NOT NULL,
    shortfall bigint NOT NULL,
    transaction_id text COLLATE pg_catalog."C",
    CONSTRAINT ck_holds_ends_at_an_instant CHECK ((is_open = (ended_at IS NULL))),
    CONSTRAINT ck_holds_keeps_its_bounds CHECK (((amount > 0) AND (reported >= 0) AND (captured >= 0) AND (shortfall >= 0))),
    CONSTRAINT ck_holds_open_until_it_ends CHECK ((is_open = (state = 'open'::text)))
)
WITH (fillfactor='80');
CREATE TABLE public.inbox (
    channel text NOT NULL COLLATE pg_catalog."C",
    event_id text NOT NULL COLLATE pg_catalog."C",
    id text NOT NULL COLLATE pg_catalog."C",
    type text NOT NULL COLLATE pg_catalog."C",
    body bytea NOT NULL,
    received_at timestamp with time zone NOT NULL,
    status text NOT NULL COLLATE pg_catalog."C",
    tries bigint NOT NULL,
    next_try_at timestamp with time zone,
    error text,
    effects text NOT NULL,
    applied_at timestamp with time zone,
    CONSTRAINT ck_inbox_tries CHECK ((tries >= 0))
);
CREATE TABLE public.inbox_names (
    name bigint NOT NULL,
    inbox_id text NOT NULL COLLATE pg_catalog."C"
);
CREATE TABLE public.ledger_keys (
    owner text NOT NULL COLLATE pg_catalog."C",
    caller text NOT NULL COLLATE pg_catalog."C",
    key text NOT NULL COLLATE pg_catalog."C",
    fingerprint text NOT NULL COLLATE pg_catalog."C",
    receipt text NOT NULL,
    stored_at timestamp with time zone NOT NULL,
    is_kept_for_ever boolean NOT NULL,
    CONSTRAINT ck_ledger_keys_name_fits CHECK (((length(owner) <= 255) AND (length(key) <= 255)))
);
CREATE TABLE public.ledger_stretches (
    account_id text NOT NULL COLLATE pg_catalog."C",
    number bigint NOT NULL,
    lines bigint NOT NULL,
    ends_at timestamp with time zone NOT NULL,
    received text NOT NULL,
    given text NOT NULL,
    CONSTRAINT ck_ledger_stretches_counts CHECK (((number >= 0) AND (lines > 0)))
);
CREATE TABLE public.orders (
    id text NOT NULL COLLATE pg_catalog."C",
    account_id text NOT NULL COLLATE pg_catalog."C",
    type text NOT NULL COLLATE pg_catalog."C",
    item_id text NOT NULL COLLATE pg_catalog."C",
    item_name text NOT NULL,
    "interval" text COLLATE pg_catalog."C",
    price_minor bigint NOT NULL,
    currency text NOT NULL COLLATE pg_catalog."C",
    credits bigint NOT NULL,
    status text NOT NULL COLLATE pg_catalog."C",
    channel text NOT NULL COLLATE pg_catalog."C",
    discount_minor bigint NOT NULL,
    tax_minor bigint NOT NULL,
    total_minor bigint NOT NULL,
    collected_minor bigint NOT NULL,
    bonus_credits bigint NOT NULL,
    coupon_code text COLLATE pg_catalog."C",
    credit_codes text,
    discount_periods bigint,
    created_at timestamp with time zone NOT NULL,
    expires_at timestamp with time zone,
    paid_at timestamp with time zone,
    session_id text COLLATE pg_catalog."C",
    url text,
    success_url text,
    cancel_url text,
    provider_payment_id text COLLATE pg_catalog."C",
    subscription_id text COLLATE pg_catalog."C",
    period_start_at timestamp with time zone,
    period_end_at timestamp with time zone,
    second_subscription_id text COLLATE pg_catalog."C",
    receipt_number bigint,
    document_url text,
    concern text,
    refunded_minor bigint NOT NULL,
    claims text NOT NULL,
    trial_days bigint NOT NULL,
    ends_with_group text COLLATE pg_catalog."C",
    CONSTRAINT ck_orders_discount CHECK (((discount_minor >= 0) AND (discount_minor <= price_minor))),
    CONSTRAINT ck_orders_line CHECK (((price_minor >= 0) AND (credits >= 0) AND (bonus_credits >= 0))),
    CONSTRAINT ck_orders_receipt CHECK (((receipt_number IS NULL) OR ((receipt_number > 0) AND (paid_at IS NOT NULL)))),
    CONSTRAINT ck_orders_refunded CHECK (((refunded_minor >= 0) AND (refunded_minor <= collected_minor))),
    CONSTRAINT ck_orders_totals CHECK (((tax_minor >= 0) AND (total_minor >= 0) AND (collected_minor >= 0)))
);
CREATE TABLE public.outbox (
    id text NOT NULL COLLATE pg_catalog."C",
    account_id text COLLATE pg_catalog."C",
    type text NOT NULL COLLATE pg_catalog."C",
    at timestamp with time zone NOT NULL,
    payload text NOT NULL,
    is_new boolean DEFAULT true NOT NULL
);
CREATE TABLE public.packs (
    id text NOT NULL COLLATE pg_catalog."C",
    name text NOT NULL,
    credits bigint NOT NULL,
    price_minor bigint NOT NULL,
    currency text NOT NULL COLLATE pg_catalog."C",
    is_on_sale boolean NOT NULL,
    items text NOT NULL,
    requires_group text COLLATE pg_catalog."C",
    ends_with_plan boolean NOT NULL,
    CONSTRAINT ck_packs_amounts CHECK (((credits > 0) AND (price_minor >= 0)))
);
CREATE TABLE public.payments (
    channel text NOT NULL COLLATE pg_catalog."C",
    provider_payment_id text NOT NULL COLLATE pg_catalog."C",
    order_id text NOT NULL COLLATE pg_catalog."C",
    net_minor bigint NOT NULL,
    tax_minor bigint NOT NULL,
    collected_minor bigint NOT NULL,
    currency text NOT NULL COLLATE pg_catalog."C",
    paid_at timestamp with time zone NOT NULL,
    part_of text COLLATE pg_catalog."C",
    CONSTRAINT ck_payments_amounts CHECK (((net_minor >= 0) AND (tax_minor >= 0) AND (collected_minor >= 0)))
);
CREATE TABLE public.plan_changes (
    id text NOT NULL COLLATE pg_catalog."C",
    subscription_id text NOT NULL COLLATE pg_catalog."C",
    account_id text NOT NULL COLLATE pg_catalog."C",
    before text NOT NULL,
    after text NOT NULL,
    status text NOT NULL COLLATE pg_catalog."C",
    is_open boolean NOT NULL,
    begins_period boolean NOT NULL,
    at timestamp with time zone NOT NULL,
    effective_at timestamp with time zone NOT NULL,
    month_ends_at timestamp with time zone NOT NULL,
    due_minor bigint NOT NULL,
    credits bigint NOT NULL,
    taken_back bigint NOT NULL,
    reckoning text,
    order_id text NOT NULL COLLATE pg_catalog."C",
    asked_at timestamp with time zone NOT NULL,
    ask_at timestamp with time zone,
    settled_at timestamp with time zone,
    failure text NOT NULL,
    by_seller boolean NOT NULL,
    CONSTRAINT ck_plan_changes_amounts CHECK ((taken_back >= 0))
);
CREATE TABLE public.plan_versions (
    plan_id text NOT NULL COLLATE pg_catalog."C",
    number bigint NOT NULL,
    plan text NOT NULL,
    published_at timestamp with time zone NOT NULL,
    published_by text NOT NULL
);
CREATE TABLE public.plans (
    id text NOT NULL COLLATE pg_catalog."C",
    name text NOT NULL,
    description text NOT NULL,
    price_monthly_minor bigint NOT NULL,
    price_yearly_minor bigint,
    currency text NOT NULL COLLATE pg_catalog."C",
    credits_included bigint NOT NULL,
    features text NOT NULL,
    plan_group text NOT NULL COLLATE pg_catalog."C",
    is_on_sale boolean NOT NULL,
    items text NOT NULL,
    rules text NOT NULL,
    CONSTRAINT ck_plans_credits CHECK ((credits_included >= 0)),
    CONSTRAINT ck_plans_prices CHECK (((price_monthly_minor >= 0) AND (price_yearly_minor >= 0)))
);
CREATE TABLE public.proofs (
    due_at timestamp with time zone NOT NULL,
    begun_at timestamp with time zone NOT NULL,
    ended_at timestamp with time zone,
    after_account_id text COLLATE pg_catalog."C",
    accounts bigint NOT NULL,
    lines bigint NOT NULL,
    breaches_total bigint NOT NULL,
    breaches text NOT NULL,
    claim text COLLATE pg_catalog."C",
    claimed_until timestamp with time zone,
    CONSTRAINT ck_proofs_counts CHECK (((accounts >= 0) AND (lines >= 0) AND (breaches_total >= 0)))
);
CREATE TABLE public.rate_cards (
    version bigint NOT NULL,
    rounding text NOT NULL COLLATE pg_catalog."C",
    effective_from timestamp with time zone NOT NULL,
    published_at timestamp with time zone NOT NULL,
    note text NOT NULL,
    rates_count bigint NOT NULL,
    CONSTRAINT ck_rate_cards_counts CHECK (((version > 0) AND (rates_count > 0))),
    CONSTRAINT ck_rate_cards_instants CHECK ((effective_from >= published_at))
);
CREATE TABLE public.rates (
    version bigint NOT NULL,
    pattern text NOT NULL COLLATE pg_catalog."C",
    kind text NOT NULL COLLATE pg_catalog."C",
    credits text NOT NULL,
    per bigint NOT NULL,
    CONSTRAINT ck_rates_per CHECK ((per > 0))
);
CREATE TABLE public.receipt_counters (
    series text NOT NULL COLLATE pg_catalog."C",
    last bigint NOT NULL,
    CONSTRAINT ck_receipt_counters_last CHECK ((last > 0))
);
CREATE TABLE public.reconciliations (
    id text NOT NULL COLLATE pg_catalog."C",
    began_at timestamp with time zone NOT NULL,
    ended_at timestamp with time zone NOT NULL,
    started_by text NOT NULL,
    request_id text NOT NULL,
    reason text NOT NULL,
    mends boolean NOT NULL,
    channels text NOT NULL,
    unread text NOT NULL,
    compared bigint NOT NULL,
    mended bigint NOT NULL,
    open bigint NOT NULL,
    needs_person bigint NOT NULL,
    is_unclean boolean NOT NULL,
    drift text NOT NULL
);
CREATE TABLE public.redemptions (
    id text NOT NULL COLLATE pg_catalog."C",
    coupon_id text NOT NULL COLLATE pg_catalog."C",
    code text NOT NULL COLLATE pg_catalog."C",
    account_id text NOT NULL COLLATE pg_catalog."C",
    order_id text COLLATE pg_catalog."C",
    discount_minor bigint NOT NULL,
    discount_periods bigint,
    currency text COLLATE pg_catalog."C",
    bonus_credits bigint NOT NULL,
    lifetime_days bigint,
    scope text,
    trial_days bigint NOT NULL,
    is_first_purchase boolean NOT NULL,
    status text NOT NULL COLLATE pg_catalog."C",
    reserved_at timestamp with time zone NOT NULL,
    settled_at timestamp with time zone,
    CONSTRAINT ck_redemptions_benefit CHECK (((discount_minor >= 0) AND (bonus_credits >= 0) AND (trial_days >= 0)))
);
CREATE TABLE public.refunds (
    id text NOT NULL COLLATE pg_catalog."C",
    order_id text NOT NULL COLLATE pg_catalog."C",
    account_id text NOT NULL COLLATE pg_catalog."C",
    channel text NOT NULL COLLATE pg_catalog."C",
    amount_minor bigint NOT NULL,
    state text NOT NULL COLLATE pg_catalog."C",
    kind text NOT NULL COLLATE pg_catalog."C",
    reason text NOT NULL,
    provider_refund_id text COLLATE pg_catalog."C",
    failure text,
    created_at timestamp with time zone NOT NULL,
    changed_at timestamp with time zone NOT NULL,
    asked bigint NOT NULL,
    ask_at timestamp with time zone,
    CONSTRAINT ck_refunds_amounts CHECK (((amount_minor >= 0) AND (asked >= 0)))
);
CREATE TABLE public.sandbox_records (
    kind text NOT NULL COLLATE pg_catalog."C",
    id text NOT NULL COLLATE pg_catalog."C",
    body text NOT NULL,
    due_at timestamp with time zone
);
CREATE TABLE public.sessions (
    digest bytea NOT NULL,
    actor_id text NOT NULL,
    role text NOT NULL COLLATE pg_catalog."C",
    api_key_id text COLLATE pg_catalog."C",
    opened_at timestamp with time zone NOT NULL,
    expires_at timestamp with time zone NOT NULL
);
CREATE TABLE public.subscriptions (
    id text NOT NULL COLLATE pg_catalog."C",
    account_id text NOT NULL COLLATE pg_catalog."C",
    plan_id text NOT NULL COLLATE pg_catalog."C",
    plan_name text NOT NULL,
    plan_group text NOT NULL COLLATE pg_catalog."C",
    "interval" text NOT NULL COLLATE pg_catalog."C",
    price_minor bigint NOT NULL,
    currency text NOT NULL COLLATE pg_catalog."C",
    credits_per_month bigint NOT NULL,
    status text NOT NULL COLLATE pg_catalog."C",
    is_live boolean NOT NULL,
    period_start_at timestamp with time zone NOT NULL,
    period_end_at timestamp with time zone NOT NULL,
    anchor_at timestamp with time zone NOT NULL,
    credits_from_at timestamp with time zone NOT NULL,
    cancel_at_period_end boolean NOT NULL,
    channel text NOT NULL COLLATE pg_catalog."C",
    provider_subscription_id text COLLATE pg_catalog."C",
    reference text COLLATE pg_catalog."C",
    order_id text NOT NULL COLLATE pg_catalog."C",
    started_at timestamp with time zone NOT NULL,
    paying_from_at timestamp with time zone,
    ended_at timestamp with time zone,
    reported_at timestamp with time zone,
    collected_at timestamp with time zone,
    rules text NOT NULL,
    course text NOT NULL,
    due_at timestamp with time zone,
    credits_due_at timestamp with time zone,
    credits_until_at timestamp with time zone,
    CONSTRAINT ck_subscriptions_amounts CHECK (((price_minor >= 0) AND (credits_per_month >= 0))),
    CONSTRAINT ck_subscriptions_period CHECK ((period_start_at < period_end_at))
);
CREATE TABLE public.transaction_texts (
    account_id text NOT NULL COLLATE pg_catalog."C",
    seq bigint NOT NULL,
    salt text NOT NULL,
    description text NOT NULL,
    metadata text NOT NULL
);
CREATE TABLE public.transactions (
    account_id text NOT NULL COLLATE pg_catalog."C",
    seq bigint NOT NULL,
    id text NOT NULL COLLATE pg_catalog."C",
    type text NOT NULL COLLATE pg_catalog."C",
    debit text NOT NULL COLLATE pg_catalog."C",
    credit text NOT NULL COLLATE pg_catalog."C",
    amount bigint NOT NULL,
    balance_after bigint NOT NULL,
    at timestamp with time zone NOT NULL,
    cause text,
    allocations text NOT NULL,
    usage text,
    text_digest bytea NOT NULL,
    hash bytea NOT NULL,
    CONSTRAINT ck_transactions_amounts CHECK (((seq > 0) AND (amount > 0))),
    CONSTRAINT ck_transactions_one_side_is_the_wallet CHECK (((debit = 'wallet'::text) <> (credit = 'wallet'::text)))
);
CREATE TABLE public.trials (
    plan_group text NOT NULL COLLATE pg_catalog."C",
    holder text NOT NULL COLLATE pg_catalog."C",
    account_id text NOT NULL COLLATE pg_catalog."C",
    promised_until timestamp with time zone
);
CREATE TABLE public.wallets (
    account_id text NOT NULL COLLATE pg_catalog."C",
    version bigint NOT NULL,
    seq bigint NOT NULL,
    posted bigint NOT NULL,
    held bigint NOT NULL,
    last_hash bytea NOT NULL,
    last_at timestamp with time zone,
    spent_on date,
    spent bigint NOT NULL,
    overdrawn bigint NOT NULL,
    overdraft_max bigint,
    is_frozen boolean NOT NULL,
    watch text,
    CONSTRAINT ck_wallets_counts CHECK (((version >= 0) AND (seq >= 0) AND (spent >= 0))),
    CONSTRAINT ck_wallets_name_fits CHECK ((length(account_id) <= 255)),
    CONSTRAINT ck_wallets_never_below_zero CHECK ((((posted + overdrawn) >= 0) AND (overdrawn >= 0) AND (held >= 0)))
)
WITH (fillfactor='80');
INSERT INTO public.accounts VALUES ('user-ü ☕ ''quoted''', 'somebody@example.com', 'Europe/Berlin', NULL, '2026-01-12 12:00:00+00');
INSERT INTO public.alembic_version VALUES ('0021');
INSERT INTO public.answers VALUES ('user-1', 'backend', '00000000-0000-7000-8000-000000000048', 'the request', NULL, false, NULL);
INSERT INTO public.api_keys VALUES ('00000000-0000-7000-8000-000000000037', 'backend', '\x845b0e6a60cc3b9176447fcd0a3ddf3b7fbe9a77844ba2f78f4cc21d4acc7894', '["credits:spend"]', NULL, NULL, NULL, '2026-01-12 12:00:00+00', NULL);
INSERT INTO public.audit_log VALUES ('00000000-0000-7000-8000-000000000038', '2026-01-12 12:00:00.000001+00', 'admin-1', '00000000-0000-7000-8000-000000000039', 'plan.change', 'plan:1', 'price 990', 'price 1290', 'new year, new price');
INSERT INTO public.check_in_rules VALUES (1, true, 10, NULL, 'UTC', NULL, '[]', 0, NULL, 0, 0, NULL, NULL, NULL, 0, 100, '2026-01-12 12:00:00+00');
INSERT INTO public.check_ins VALUES ('user-1', '2026-01-12', 'UTC', '2026-01-12 12:00:00+00', 1, 1, 10, 0, 0, 0, 0, false, 1, '00000000-0000-7000-8000-000000000043');
INSERT INTO public.coupon_codes VALUES ('00000000-0000-7000-8000-00000000003b', '00000000-0000-7000-8000-00000000003a', 'C00000000003A', 'C00000000003A', NULL, NULL, false, 0, '2026-01-12 12:00:00+00');
INSERT INTO public.coupons VALUES ('00000000-0000-7000-8000-00000000003a', 'C00000000003A', 'Ten per cent', 'percent_off', 10, NULL, NULL, false, NULL, NULL, NULL, 1, NULL, NULL, NULL, 1, false, NULL, NULL, NULL, false, 0, '2026-01-12 12:00:00+00');
INSERT INTO public.customers VALUES ('sandbox', 'cus_1', 'user-1');
INSERT INTO public.deliveries VALUES ('00000000-0000-7000-8000-000000000036', '00000000-0000-7000-8000-000000000035', 'waiting', 0, '2026-01-12 12:00:00+00', NULL, '[]');
INSERT INTO public.endpoints VALUES ('00000000-0000-7000-8000-000000000035', 'https://shop.example/events', '', '[]', 'on', '[{"text": "whsec_YSBzZWNyZXQgb2YgdGhlIGVuZHBvaW50J3Mgb3du", "created_at": "2026-01-12T12:00:00+00:00", "ends_at": null}]', NULL, '2026-01-12 12:00:00+00', '2026-01-12 12:00:00+00');
INSERT INTO public.grants VALUES ('user-1', '00000000-0000-7000-8000-000000000025', 100, 93, 'purchase', 'paid', 10, '2026-01-12 12:00:00+00', NULL, '2026-01-12 12:00:00+00', NULL, NULL, NULL, true, true, 10, NULL, NULL, NULL, NULL, NULL, NULL, 0, NULL, 0);
INSERT INTO public.grants VALUES ('user-ü ☕ ''quoted''', '00000000-0000-7000-8000-00000000002d', 100, 93, 'purchase', 'paid', 10, '2026-01-12 12:00:00+00', NULL, '2026-01-12 12:00:00+00', NULL, NULL, NULL, true, true, 10, NULL, NULL, NULL, NULL, NULL, NULL, 0, NULL, 0);
INSERT INTO public.holds VALUES ('user-1', '00000000-0000-7000-8000-00000000002b', 10, '[["00000000-0000-7000-8000-000000000025",10]]', 'release', 'ai_usage', '[]', '2026-01-12 12:00:00+00', '2026-01-12 12:05:00+00', 0, NULL, '00000000-0000-7000-8000-00000000002c', '', '', 'open', true, NULL, 0, 0, NULL);
INSERT INTO public.holds VALUES ('user-ü ☕ ''quoted''', '00000000-0000-7000-8000-000000000033', 10, '[["00000000-0000-7000-8000-00000000002d",10]]', 'release', 'ai_usage', '[]', '2026-01-12 12:00:00+00', '2026-01-12 12:05:00+00', 0, NULL, '00000000-0000-7000-8000-000000000034', '', '', 'open', true, NULL, 0, 0, NULL);
INSERT INTO public.inbox VALUES ('sandbox', 'evt_00000000-0000-7000-8000-000000000045', '00000000-0000-7000-8000-000000000044', 'checkout.paid', '\x000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f202122232425262728292a2b2c2d2e2f303132333435363738393a3b3c3d3e3f404142434445464748494a4b4c4d4e4f505152535455565758595a5b5c5d5e5f606162636465666768696a6b6c6d6e6f707172737475767778797a7b7c7d7e7f808182838485868788898a8b8c8d8e8f909192939495969798999a9b9c9d9e9fa0a1a2a3a4a5a6a7a8a9aaabacadaeafb0b1b2b3b4b5b6b7b8b9babbbcbdbebfc0c1c2c3c4c5c6c7c8c9cacbcccdcecfd0d1d2d3d4d5d6d7d8d9dadbdcdddedfe0e1e2e3e4e5e6e7e8e9eaebecedeeeff0f1f2f3f4f5f6f7f8f9fafbfcfdfeff', '2026-01-12 12:00:00+00', 'received', 0, NULL, NULL, '[]', NULL);
INSERT INTO public.inbox VALUES ('sandbox', 'evt_00000000-0000-7000-8000-000000000047', '00000000-0000-7000-8000-000000000046', 'checkout.paid', '\x7b22637573746f6d6572223a20226375735f31227d', '2026-01-12 12:00:00+00', 'received', 0, NULL, NULL, '[]', NULL);
INSERT INTO public.inbox_names VALUES (8779801723691492764, '00000000-0000-7000-8000-000000000046');
INSERT INTO public.ledger_keys VALUES ('user-1', 'backend', '00000000-0000-7000-8000-00000000002a', 'the request', '{"account_id":"user-1","amount":-7,"balance":93,"available":93,"at":"2026-01-12T12:00:00Z","transaction_id":"00000000-0000-7000-8000-000000000029","seq":2}', '2026-01-12 12:00:00+00', false);
INSERT INTO public.ledger_keys VALUES ('user-ü ☕ ''quoted''', 'backend', '00000000-0000-7000-8000-000000000032', 'the request', '{"account_id":"user-ü ☕ ''quoted''","amount":-7,"balance":93,"available":93,"at":"2026-01-12T12:00:00Z","transaction_id":"00000000-0000-7000-8000-000000000031","seq":2}', '2026-01-12 12:00:00+00', false);
INSERT INTO public.orders VALUES ('00000000-0000-7000-8000-00000000003f', 'user-1', 'credits', '00000000-0000-7000-8000-00000000003e', 'Small', NULL, 500, 'USD', 500, 'pending', 'sandbox', 0, 0, 500, 0, 0, NULL, NULL, 1, '2026-01-12 12:00:00+00', NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, 0, '[]', 0, NULL);
INSERT INTO public.outbox VALUES ('00000000-0000-7000-8000-000000000036', 'user-1', 'order.paid', '2026-01-12 12:00:00+00', '{"id":"00000000-0000-7000-8000-000000000036","type":"order.paid","version":1,"timestamp":"2026-01-12T12:00:00Z","account_id":"user-1","data":{"order_id":"order-1"}}', true);
INSERT INTO public.packs VALUES ('00000000-0000-7000-8000-00000000003d', 'Small', 500, 500, 'USD', true, '[]', NULL, false);
INSERT INTO public.plans VALUES ('00000000-0000-7000-8000-00000000003c', 'Pro', '', 990, 9900, 'USD', 1000, '[]', 'default', true, '[]', '{"grace_days":null,"rollover":null,"trial":null}');
INSERT INTO public.sandbox_records VALUES ('customer', '1', '{}', '2026-01-12 12:00:00+00');
INSERT INTO public.subscriptions VALUES ('00000000-0000-7000-8000-000000000040', 'user-1', '00000000-0000-7000-8000-000000000041', 'Pro', 'default', 'monthly', 0, 'USD', 1000, 'active', true, '2026-01-12 12:00:00+00', '2026-02-12 12:00:00+00', '2026-01-12 12:00:00+00', '2026-02-12 12:00:00+00', false, 'sandbox', NULL, NULL, '00000000-0000-7000-8000-000000000042', '2026-01-12 12:00:00+00', NULL, NULL, NULL, NULL, '{"grace_days":null,"rollover":null,"trial":null}', '{"add_ons":[],"not_before":null,"notice_at":null,"overdue":null,"resume_at":null,"trial_credits":0,"trial_ends_at":null,"until":null}', NULL, NULL, NULL);
INSERT INTO public.transaction_texts VALUES ('user-1', 1, '00000000-0000-7000-8000-000000000026', '', '');
INSERT INTO public.transaction_texts VALUES ('user-1', 2, '00000000-0000-7000-8000-000000000028', '', '');
INSERT INTO public.transaction_texts VALUES ('user-ü ☕ ''quoted''', 1, '00000000-0000-7000-8000-00000000002e', '', '');
INSERT INTO public.transaction_texts VALUES ('user-ü ☕ ''quoted''', 2, '00000000-0000-7000-8000-000000000030', '', '');
INSERT INTO public.transactions VALUES ('user-1', 1, '00000000-0000-7000-8000-000000000027', 'purchase', 'sales', 'wallet', 100, 100, '2026-01-12 12:00:00+00', NULL, '[["00000000-0000-7000-8000-000000000025",100,"69cee47c744c961fd83ddb101cc1fc1e"]]', NULL, '\xdca1b4d363107b943d6110710ad74e1428edcb2076d3aa46c34626b8ce93b3a9', '\x7d2d6dc80326e9ba95f38f1cde77abe71e993f9b64ecc0bbf66d0591de5df235');
INSERT INTO public.transactions VALUES ('user-1', 2, '00000000-0000-7000-8000-000000000029', 'ai_usage', 'wallet', 'usage', 7, 93, '2026-01-12 12:00:00+00', NULL, '[["00000000-0000-7000-8000-000000000025",7]]', NULL, '\x9c678d746129955d9f429f3a44bf01cd54850e680fbf44846d7448a99d2828e7', '\xcabea6624355c4f80b309d8c48c47e73e59d8e3ce48cf2068abe94115e3e860a');
INSERT INTO public.transactions VALUES ('user-ü ☕ ''quoted''', 1, '00000000-0000-7000-8000-00000000002f', 'purchase', 'sales', 'wallet', 100, 100, '2026-01-12 12:00:00+00', NULL, '[["00000000-0000-7000-8000-00000000002d",100,"cb9e25a2859fdb9a8137d63632cf2c49"]]', NULL, '\x93192b67fcbe291af82a8dc1c8045c53a4f7f4b4fc8b9b19a4cc4ddc1ed118dc', '\xde27a58f615b845b82b51fc20714f80499cf5e3315c5334212b59c6f00fe6b07');
INSERT INTO public.transactions VALUES ('user-ü ☕ ''quoted''', 2, '00000000-0000-7000-8000-000000000031', 'ai_usage', 'wallet', 'usage', 7, 93, '2026-01-12 12:00:00+00', NULL, '[["00000000-0000-7000-8000-00000000002d",7]]', NULL, '\x0073f4bb6d868eaf6071130f30f6bd8cdda9230e3d488a27dcec05ffa4fd4a42', '\x4f825c05ab24dd80f048741e2d57772016ed37eb7814a897936362bab1a400f6');
INSERT INTO public.wallets VALUES ('user-1', 3, 2, 93, 10, '\xcabea6624355c4f80b309d8c48c47e73e59d8e3ce48cf2068abe94115e3e860a', '2026-01-12 12:00:00+00', '2026-01-12', 17, 0, 0, false, NULL);
INSERT INTO public.wallets VALUES ('user-ü ☕ ''quoted''', 3, 2, 93, 10, '\x4f825c05ab24dd80f048741e2d57772016ed37eb7814a897936362bab1a400f6', '2026-01-12 12:00:00+00', '2026-01-12', 17, 0, 0, false, NULL);
ALTER TABLE ONLY public.alembic_version
    ADD CONSTRAINT alembic_version_pkc PRIMARY KEY (version_num);
ALTER TABLE ONLY public.accounts
    ADD CONSTRAINT pk_accounts PRIMARY KEY (id);
ALTER TABLE ONLY public.answers
    ADD CONSTRAINT pk_answers PRIMARY KEY (owner, caller, key);
ALTER TABLE ONLY public.api_keys
    ADD CONSTRAINT pk_api_keys PRIMARY KEY (id);
ALTER TABLE ONLY public.audit_log
    ADD CONSTRAINT pk_audit_log PRIMARY KEY (id);
ALTER TABLE ONLY public.check_in_budgets
    ADD CONSTRAINT pk_check_in_budgets PRIMARY KEY (period, slice);
ALTER TABLE ONLY public.check_in_rules
    ADD CONSTRAINT pk_check_in_rules PRIMARY KEY (version);
ALTER TABLE ONLY public.check_ins
    ADD CONSTRAINT pk_check_ins PRIMARY KEY (account_id, day);
ALTER TABLE ONLY public.comparison_rounds
    ADD CONSTRAINT pk_comparison_rounds PRIMARY KEY (channel, track);
ALTER TABLE ONLY public.coupon_codes
    ADD CONSTRAINT pk_coupon_codes PRIMARY KEY (id);
ALTER TABLE ONLY public.coupons
    ADD CONSTRAINT pk_coupons PRIMARY KEY (id);
ALTER TABLE ONLY public.customers
    ADD CONSTRAINT pk_customers PRIMARY KEY (channel, customer_id);
ALTER TABLE ONLY public.deliveries
    ADD CONSTRAINT pk_deliveries PRIMARY KEY (event_id, endpoint_id);
ALTER TABLE ONLY public.disputes
    ADD CONSTRAINT pk_disputes PRIMARY KEY (id);
ALTER TABLE ONLY public.endpoints
    ADD CONSTRAINT pk_endpoints PRIMARY KEY (id);
ALTER TABLE ONLY public.figure_marks
    ADD CONSTRAINT pk_figure_marks PRIMARY KEY (name);
ALTER TABLE ONLY public.figures
    ADD CONSTRAINT pk_figures PRIMARY KEY (day, measure, part);
ALTER TABLE ONLY public.grants
    ADD CONSTRAINT pk_grants PRIMARY KEY (account_id, id);
ALTER TABLE ONLY public.holds
    ADD CONSTRAINT pk_holds PRIMARY KEY (account_id, id);
ALTER TABLE ONLY public.inbox
    ADD CONSTRAINT pk_inbox PRIMARY KEY (channel, event_id);
ALTER TABLE ONLY public.inbox_names
    ADD CONSTRAINT pk_inbox_names PRIMARY KEY (name, inbox_id);
ALTER TABLE ONLY public.ledger_keys
    ADD CONSTRAINT pk_ledger_keys PRIMARY KEY (owner, caller, key);
ALTER TABLE ONLY public.ledger_stretches
    ADD CONSTRAINT pk_ledger_stretches PRIMARY KEY (account_id, number);
ALTER TABLE ONLY public.orders
    ADD CONSTRAINT pk_orders PRIMARY KEY (id);
ALTER TABLE ONLY public.outbox
    ADD CONSTRAINT pk_outbox PRIMARY KEY (id);
ALTER TABLE ONLY public.packs
    ADD CONSTRAINT pk_packs PRIMARY KEY (id);
ALTER TABLE ONLY public.payments
    ADD CONSTRAINT pk_payments PRIMARY KEY (channel, provider_payment_id);
ALTER TABLE ONLY public.plan_changes
    ADD CONSTRAINT pk_plan_changes PRIMARY KEY (id);
ALTER TABLE ONLY public.plan_versions
    ADD CONSTRAINT pk_plan_versions PRIMARY KEY (plan_id, number);
ALTER TABLE ONLY public.plans
    ADD CONSTRAINT pk_plans PRIMARY KEY (id);
ALTER TABLE ONLY public.proofs
    ADD CONSTRAINT pk_proofs PRIMARY KEY (due_at);
ALTER TABLE ONLY public.rate_cards
    ADD CONSTRAINT pk_rate_cards PRIMARY KEY (version);
ALTER TABLE ONLY public.rates
    ADD CONSTRAINT pk_rates PRIMARY KEY (version, pattern, kind);
ALTER TABLE ONLY public.receipt_counters
    ADD CONSTRAINT pk_receipt_counters PRIMARY KEY (series);
ALTER TABLE ONLY public.reconciliations
    ADD CONSTRAINT pk_reconciliations PRIMARY KEY (id);
ALTER TABLE ONLY public.redemptions
    ADD CONSTRAINT pk_redemptions PRIMARY KEY (id);
ALTER TABLE ONLY public.refunds
    ADD CONSTRAINT pk_refunds PRIMARY KEY (id);
ALTER TABLE ONLY public.sandbox_records
    ADD CONSTRAINT pk_sandbox_records PRIMARY KEY (kind, id);
ALTER TABLE ONLY public.sessions
    ADD CONSTRAINT pk_sessions PRIMARY KEY (digest);
ALTER TABLE ONLY public.subscriptions
    ADD CONSTRAINT pk_subscriptions PRIMARY KEY (id);
ALTER TABLE ONLY public.transaction_texts
    ADD CONSTRAINT pk_transaction_texts PRIMARY KEY (account_id, seq);
ALTER TABLE ONLY public.transactions
    ADD CONSTRAINT pk_transactions PRIMARY KEY (account_id, seq);
ALTER TABLE ONLY public.trials
    ADD CONSTRAINT pk_trials PRIMARY KEY (plan_group, holder);
ALTER TABLE ONLY public.wallets
    ADD CONSTRAINT pk_wallets PRIMARY KEY (account_id);
ALTER TABLE ONLY public.api_keys
    ADD CONSTRAINT uq_api_keys_digest UNIQUE (digest);
ALTER TABLE ONLY public.coupon_codes
    ADD CONSTRAINT uq_coupon_codes_key UNIQUE (key);
ALTER TABLE ONLY public.coupons
    ADD CONSTRAINT uq_coupons_code UNIQUE (code);
ALTER TABLE ONLY public.customers
    ADD CONSTRAINT uq_customers_account_id_channel UNIQUE (account_id, channel);
ALTER TABLE ONLY public.disputes
    ADD CONSTRAINT uq_disputes_channel_provider_dispute_id_order_id UNIQUE (channel, provider_dispute_id, order_id);
ALTER TABLE ONLY public.orders
    ADD CONSTRAINT uq_orders_receipt_number UNIQUE (receipt_number);
ALTER TABLE ONLY public.redemptions
    ADD CONSTRAINT uq_redemptions_order_id_coupon_id UNIQUE (order_id, coupon_id);
ALTER TABLE ONLY public.refunds
    ADD CONSTRAINT uq_refunds_channel_provider_refund_id_order_id UNIQUE (channel, provider_refund_id, order_id);
ALTER TABLE ONLY public.subscriptions
    ADD CONSTRAINT uq_subscriptions_channel_provider_subscription_id UNIQUE (channel, provider_subscription_id);
ALTER TABLE ONLY public.transactions
    ADD CONSTRAINT uq_transactions_id UNIQUE (id);
CREATE INDEX ix_accounts_email ON public.accounts USING btree (email);
CREATE INDEX ix_answers_new ON public.answers USING btree (owner, caller, key) WHERE ((seen_at IS NULL) AND (NOT is_kept_for_ever));
CREATE INDEX ix_answers_seen ON public.answers USING btree (seen_at) WHERE (seen_at IS NOT NULL);
CREATE INDEX ix_audit_log_target_id ON public.audit_log USING btree (target, id);
CREATE INDEX ix_coupon_codes_coupon_id_id ON public.coupon_codes USING btree (coupon_id, id);
CREATE INDEX ix_deliveries_due ON public.deliveries USING btree (endpoint_id, due_at) WHERE (status = 'waiting'::text);
CREATE INDEX ix_disputes_order_id_id ON public.disputes USING btree (order_id, id);
CREATE INDEX ix_disputes_status_id ON public.disputes USING btree (status, id);
CREATE INDEX ix_grants_expiring ON public.grants USING btree (expires_at) WHERE is_open;
CREATE INDEX ix_grants_newest ON public.grants USING btree (id);
CREATE INDEX ix_grants_open ON public.grants USING btree (account_id) WHERE is_open;
CREATE INDEX ix_grants_waiting ON public.grants USING btree (effective_at) WHERE (is_open AND (NOT is_posted));
CREATE INDEX ix_holds_given_back ON public.holds USING btree (account_id, state, id) WHERE (state = ANY (ARRAY['released'::text, 'expired'::text]));
CREATE INDEX ix_holds_open ON public.holds USING btree (account_id) WHERE is_open;
CREATE INDEX ix_holds_silent ON public.holds USING btree (expires_at) WHERE is_open;
CREATE INDEX ix_inbox_bodies ON public.inbox USING btree (received_at) WHERE (length(body) > 0);
CREATE UNIQUE INDEX ix_inbox_id ON public.inbox USING btree (id);
CREATE INDEX ix_inbox_names_inbox_id ON public.inbox_names USING btree (inbox_id);
CREATE INDEX ix_inbox_received ON public.inbox USING btree (received_at);
CREATE INDEX ix_inbox_status_id ON public.inbox USING btree (status, id);
CREATE INDEX ix_inbox_waiting ON public.inbox USING btree (received_at) WHERE (status = ANY (ARRAY['received'::text, 'failed'::text]));
CREATE INDEX ix_ledger_keys_forgettable ON public.ledger_keys USING btree (stored_at) WHERE (NOT is_kept_for_ever);
CREATE INDEX ix_orders_account_id_id ON public.orders USING btree (account_id, id);
CREATE INDEX ix_orders_beside ON public.orders USING btree (channel, second_subscription_id, id) WHERE (second_subscription_id IS NOT NULL);
CREATE INDEX ix_orders_concern ON public.orders USING btree (channel, id) WHERE (concern IS NOT NULL);
CREATE INDEX ix_orders_created ON public.orders USING btree (created_at);
CREATE INDEX ix_orders_open ON public.orders USING btree (expires_at) WHERE (status = ANY (ARRAY['pending'::text, 'failed'::text]));
CREATE INDEX ix_orders_paid ON public.orders USING btree (paid_at) WHERE (paid_at IS NOT NULL);
CREATE INDEX ix_orders_period ON public.orders USING btree (subscription_id, period_start_at) WHERE (period_start_at IS NOT NULL);
CREATE INDEX ix_orders_status_id ON public.orders USING btree (status, id);
CREATE INDEX ix_orders_unpaid ON public.orders USING btree (account_id, id) WHERE (status = ANY (ARRAY['pending'::text, 'failed'::text]));
CREATE INDEX ix_outbox_account_id_id ON public.outbox USING btree (account_id, id);
CREATE INDEX ix_outbox_at ON public.outbox USING brin (at) WITH (pages_per_range='32', autosummarize='true');
CREATE INDEX ix_outbox_new ON public.outbox USING btree (id) WHERE is_new;
CREATE INDEX ix_payments_order_id ON public.payments USING btree (order_id);
CREATE INDEX ix_payments_together ON public.payments USING btree (channel, part_of, order_id) WHERE (part_of IS NOT NULL);
CREATE INDEX ix_plan_changes_ask ON public.plan_changes USING btree (ask_at, id) WHERE is_open;
CREATE INDEX ix_plan_changes_subscription_id_id ON public.plan_changes USING btree (subscription_id, id);
CREATE INDEX ix_reconciliations_ended_at ON public.reconciliations USING btree (ended_at);
CREATE INDEX ix_reconciliations_unclean ON public.reconciliations USING btree (id) WHERE is_unclean;
CREATE INDEX ix_redemptions_account_id_id ON public.redemptions USING btree (account_id, id);
CREATE INDEX ix_redemptions_coupon_id_account_id ON public.redemptions USING btree (coupon_id, account_id);
CREATE INDEX ix_redemptions_coupon_id_id ON public.redemptions USING btree (coupon_id, id);
CREATE INDEX ix_refunds_open ON public.refunds USING btree (ask_at) WHERE (state = ANY (ARRAY['requested'::text, 'pending'::text]));
CREATE INDEX ix_refunds_order_id_id ON public.refunds USING btree (order_id, id);
CREATE INDEX ix_sandbox_records_kind_due_at_id ON public.sandbox_records USING btree (kind, due_at, id) WHERE (due_at IS NOT NULL);
CREATE INDEX ix_sessions_expires_at ON public.sessions USING btree (expires_at);
CREATE INDEX ix_subscriptions_account_id_id ON public.subscriptions USING btree (account_id, id);
CREATE INDEX ix_subscriptions_credits ON public.subscriptions USING btree (credits_due_at) WHERE (credits_due_at IS NOT NULL);
CREATE INDEX ix_subscriptions_due ON public.subscriptions USING btree (due_at) WHERE (due_at IS NOT NULL);
CREATE INDEX ix_subscriptions_ended ON public.subscriptions USING btree (ended_at) WHERE (ended_at IS NOT NULL);
CREATE INDEX ix_subscriptions_paying ON public.subscriptions USING btree (paying_from_at) WHERE is_live;
CREATE INDEX ix_subscriptions_period ON public.subscriptions USING btree (period_end_at) WHERE is_live;
CREATE INDEX ix_subscriptions_plan_id_id ON public.subscriptions USING btree (plan_id, id);
CREATE INDEX ix_subscriptions_status_id ON public.subscriptions USING btree (status, id);
CREATE INDEX ix_transactions_at ON public.transactions USING brin (at) WITH (pages_per_range='32', autosummarize='true');
CREATE INDEX ix_transactions_rare_type ON public.transactions USING btree (account_id, type, seq) WHERE (type <> 'ai_usage'::text);
CREATE INDEX ix_transactions_usage_refund ON public.transactions USING btree (account_id, cause) WHERE (type = 'usage_refund'::text);
CREATE INDEX ix_trials_account_id_plan_group ON public.trials USING btree (account_id, plan_group);
CREATE UNIQUE INDEX ux_plan_changes_open ON public.plan_changes USING btree (subscription_id) WHERE is_open;
CREATE UNIQUE INDEX ux_subscriptions_live ON public.subscriptions USING btree (account_id, plan_group) WHERE is_live;
CREATE TRIGGER audit_log_are_append_only BEFORE DELETE OR UPDATE ON public.audit_log FOR EACH ROW EXECUTE FUNCTION public.refuse_change();
CREATE TRIGGER audit_log_are_never_emptied BEFORE TRUNCATE ON public.audit_log FOR EACH STATEMENT EXECUTE FUNCTION public.refuse_change();
CREATE TRIGGER rate_cards_are_append_only BEFORE DELETE OR UPDATE ON public.rate_cards FOR EACH ROW EXECUTE FUNCTION public.refuse_change();
CREATE TRIGGER rate_cards_are_never_emptied BEFORE TRUNCATE ON public.rate_cards FOR EACH STATEMENT EXECUTE FUNCTION public.refuse_change();
CREATE TRIGGER rates_are_append_only BEFORE DELETE OR UPDATE ON public.rates FOR EACH ROW EXECUTE FUNCTION public.refuse_change();
CREATE TRIGGER rates_are_never_emptied BEFORE TRUNCATE ON public.rates FOR EACH STATEMENT EXECUTE FUNCTION public.refuse_change();
CREATE TRIGGER transactions_are_append_only BEFORE DELETE OR UPDATE ON public.transactions FOR EACH ROW EXECUTE FUNCTION public.refuse_change();
CREATE TRIGGER transactions_are_never_emptied BEFORE TRUNCATE ON public.transactions FOR EACH STATEMENT EXECUTE FUNCTION public.refuse_change();
ALTER TABLE ONLY public.coupon_codes
    ADD CONSTRAINT fk_coupon_codes_coupons FOREIGN KEY (coupon_id) REFERENCES public.coupons(id) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE ONLY public.deliveries
    ADD CONSTRAINT fk_deliveries_outbox FOREIGN KEY (event_id) REFERENCES public.outbox(id) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE ONLY public.disputes
    ADD CONSTRAINT fk_disputes_orders FOREIGN KEY (order_id) REFERENCES public.orders(id) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE ONLY public.payments
    ADD CONSTRAINT fk_payments_orders FOREIGN KEY (order_id) REFERENCES public.orders(id) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE ONLY public.rates
    ADD CONSTRAINT fk_rates_rate_cards FOREIGN KEY (version) REFERENCES public.rate_cards(version);
ALTER TABLE ONLY public.redemptions
    ADD CONSTRAINT fk_redemptions_coupons FOREIGN KEY (coupon_id) REFERENCES public.coupons(id) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE ONLY public.refunds
    ADD CONSTRAINT fk_refunds_orders FOREIGN KEY (order_id) REFERENCES public.orders(id) DEFERRABLE INITIALLY DEFERRED;
