BEGIN TRANSACTION;
CREATE TABLE accounts (
	id TEXT NOT NULL, 
	email TEXT, 
	zone TEXT, 
	zone_changed_at BIGINT, 
	created_at BIGINT NOT NULL, 
	CONSTRAINT pk_accounts PRIMARY KEY (id)
);
INSERT INTO "accounts" VALUES('user-ü ☕ ''quoted''','somebody@example.com','Europe/Berlin',NULL,1768219200000000);
CREATE TABLE alembic_version (
	version_num VARCHAR(32) NOT NULL, 
	CONSTRAINT alembic_version_pkc PRIMARY KEY (version_num)
);
INSERT INTO "alembic_version" VALUES('0021');
CREATE TABLE answers (
	owner TEXT NOT NULL, 
	caller TEXT NOT NULL, 
	"key" TEXT NOT NULL, 
	fingerprint TEXT NOT NULL, 
	answer TEXT, 
	is_kept_for_ever BOOLEAN NOT NULL, 
	seen_at BIGINT, 
	CONSTRAINT pk_answers PRIMARY KEY (owner, caller, "key"), 
	CONSTRAINT ck_answers_name_fits CHECK (length(owner) <= 255 AND length(key) <= 255)
);
INSERT INTO "answers" VALUES('user-1','backend','00000000-0000-7000-8000-000000000024','the request',NULL,0,NULL);
CREATE TABLE api_keys (
	id TEXT NOT NULL, 
	name TEXT NOT NULL, 
	digest BLOB NOT NULL, 
	scopes TEXT NOT NULL, 
	role TEXT, 
	spend_max BIGINT, 
	spend_max_per_day BIGINT, 
	created_at BIGINT NOT NULL, 
	revoked_at BIGINT, 
	CONSTRAINT pk_api_keys PRIMARY KEY (id), 
	CONSTRAINT uq_api_keys_digest UNIQUE (digest), 
	CONSTRAINT ck_api_keys_limits CHECK (spend_max > 0 AND spend_max_per_day > 0)
);
INSERT INTO "api_keys" VALUES('00000000-0000-7000-8000-000000000013','backend',X'9427ED93400D3203F25FE4EBAAD2DB2F739A0DBAACCFE9234FCE5C5AA154A49B','["credits:spend"]',NULL,NULL,NULL,1768219200000000,NULL);
CREATE TABLE audit_log (
	id TEXT NOT NULL, 
	at BIGINT NOT NULL, 
	actor_id TEXT NOT NULL, 
	request_id TEXT NOT NULL, 
	action TEXT NOT NULL, 
	target TEXT NOT NULL, 
	"before" TEXT NOT NULL, 
	"after" TEXT NOT NULL, 
	reason TEXT NOT NULL, 
	CONSTRAINT pk_audit_log PRIMARY KEY (id)
);
INSERT INTO "audit_log" VALUES('00000000-0000-7000-8000-000000000014',1768219200000001,'admin-1','00000000-0000-7000-8000-000000000015','plan.change','plan:1','price 990','price 1290','new year, new price');
CREATE TABLE check_in_budgets (
	period TEXT NOT NULL, 
	slice BIGINT NOT NULL, 
	total BIGINT NOT NULL, 
	given BIGINT NOT NULL, 
	room BIGINT NOT NULL, 
	CONSTRAINT pk_check_in_budgets PRIMARY KEY (period, slice), 
	CONSTRAINT ck_check_in_budgets_amounts CHECK (given >= 0 AND room >= 0)
);
CREATE TABLE check_in_rules (
	version BIGINT NOT NULL, 
	is_enabled BOOLEAN NOT NULL, 
	base BIGINT NOT NULL, 
	week TEXT, 
	zone TEXT NOT NULL, 
	award_days BIGINT, 
	milestones TEXT NOT NULL, 
	freezes_at_start BIGINT NOT NULL, 
	freezes_every BIGINT, 
	freezes_most BIGINT NOT NULL, 
	grace_hours BIGINT NOT NULL, 
	budget_account_day BIGINT, 
	budget_day BIGINT, 
	budget_month BIGINT, 
	account_days BIGINT NOT NULL, 
	paid_plan_percent BIGINT NOT NULL, 
	changed_at BIGINT NOT NULL, 
	CONSTRAINT pk_check_in_rules PRIMARY KEY (version), 
	CONSTRAINT ck_check_in_rules_base CHECK (base > 0)
);
INSERT INTO "check_in_rules" VALUES(1,1,10,NULL,'UTC',NULL,'[]',0,NULL,0,0,NULL,NULL,NULL,0,100,1768219200000000);
CREATE TABLE check_ins (
	account_id TEXT NOT NULL, 
	day DATE NOT NULL, 
	zone TEXT NOT NULL, 
	at BIGINT NOT NULL, 
	streak BIGINT NOT NULL, 
	best BIGINT NOT NULL, 
	award BIGINT NOT NULL, 
	milestone BIGINT NOT NULL, 
	withheld BIGINT NOT NULL, 
	freezes BIGINT NOT NULL, 
	freezes_used BIGINT NOT NULL, 
	is_paid BOOLEAN NOT NULL, 
	rules_version BIGINT NOT NULL, 
	grant_id TEXT, 
	CONSTRAINT pk_check_ins PRIMARY KEY (account_id, day), 
	CONSTRAINT ck_check_ins_counts CHECK (streak > 0 AND best >= streak AND award >= milestone AND milestone >= 0), 
	CONSTRAINT ck_check_ins_extras CHECK (withheld >= 0 AND freezes >= 0 AND freezes_used >= 0), 
	CONSTRAINT ck_check_ins_lot CHECK ((award > 0) = (grant_id IS NOT NULL))
);
INSERT INTO "check_ins" VALUES('user-1','2026-01-12','UTC',1768219200000000,1,1,10,0,0,0,0,0,1,'00000000-0000-7000-8000-00000000001f');
CREATE TABLE comparison_rounds (
	channel TEXT NOT NULL, 
	track TEXT NOT NULL, 
	begun_at BIGINT NOT NULL, 
	since_at BIGINT NOT NULL, 
	ended_at BIGINT, 
	part TEXT NOT NULL, 
	position TEXT, 
	compared BIGINT NOT NULL, 
	mended BIGINT NOT NULL, 
	open BIGINT NOT NULL, 
	needs_person BIGINT NOT NULL, 
	drift TEXT NOT NULL, 
	is_unread BOOLEAN NOT NULL, 
	compared_at BIGINT, 
	compared_drift BIGINT NOT NULL, 
	claim TEXT, 
	claimed_until BIGINT, 
	CONSTRAINT pk_comparison_rounds PRIMARY KEY (channel, track), 
	CONSTRAINT ck_comparison_rounds_counts CHECK (compared >= 0 AND mended >= 0 AND open >= 0 AND needs_person >= 0)
);
CREATE TABLE coupon_codes (
	id TEXT NOT NULL, 
	coupon_id TEXT NOT NULL, 
	code TEXT NOT NULL, 
	"key" TEXT NOT NULL, 
	batch TEXT, 
	redemptions_max BIGINT, 
	is_disabled BOOLEAN NOT NULL, 
	taken BIGINT NOT NULL, 
	created_at BIGINT NOT NULL, 
	CONSTRAINT pk_coupon_codes PRIMARY KEY (id), 
	CONSTRAINT uq_coupon_codes_key UNIQUE ("key"), 
	CONSTRAINT fk_coupon_codes_coupons FOREIGN KEY(coupon_id) REFERENCES coupons (id) DEFERRABLE INITIALLY DEFERRED, 
	CONSTRAINT ck_coupon_codes_taken CHECK (taken >= 0 AND (redemptions_max IS NULL OR taken <= redemptions_max))
);
INSERT INTO "coupon_codes" VALUES('00000000-0000-7000-8000-000000000017','00000000-0000-7000-8000-000000000016','C000000000016','C000000000016',NULL,NULL,0,0,1768219200000000);
CREATE TABLE coupons (
	id TEXT NOT NULL, 
	code TEXT NOT NULL, 
	name TEXT NOT NULL, 
	effect TEXT NOT NULL, 
	percent BIGINT, 
	amounts TEXT, 
	credits BIGINT, 
	is_redeemable_alone BOOLEAN NOT NULL, 
	lifetime_days BIGINT, 
	scope TEXT, 
	trial_days BIGINT, 
	periods BIGINT, 
	starts_at BIGINT, 
	ends_at BIGINT, 
	redemptions_max BIGINT, 
	redemptions_per_account_max BIGINT, 
	is_first_purchase_only BOOLEAN NOT NULL, 
	minimums TEXT, 
	item_ids TEXT, 
	account_ids TEXT, 
	is_archived BOOLEAN NOT NULL, 
	taken BIGINT NOT NULL, 
	created_at BIGINT NOT NULL, 
	CONSTRAINT pk_coupons PRIMARY KEY (id), 
	CONSTRAINT uq_coupons_code UNIQUE (code), 
	CONSTRAINT ck_coupons_taken CHECK (taken >= 0 AND (redemptions_max IS NULL OR taken <= redemptions_max)), 
	CONSTRAINT ck_coupons_effect CHECK (percent > 0 AND credits > 0 AND lifetime_days > 0 AND periods > 0), 
	CONSTRAINT ck_coupons_trial CHECK (trial_days > 0)
);
INSERT INTO "coupons" VALUES('00000000-0000-7000-8000-000000000016','C000000000016','Ten per cent','percent_off',10,NULL,NULL,0,NULL,NULL,NULL,1,NULL,NULL,NULL,1,0,NULL,NULL,NULL,0,0,1768219200000000);
CREATE TABLE customers (
	channel TEXT NOT NULL, 
	customer_id TEXT NOT NULL, 
	account_id TEXT, 
	CONSTRAINT pk_customers PRIMARY KEY (channel, customer_id), 
	CONSTRAINT uq_customers_account_id_channel UNIQUE (account_id, channel)
);
INSERT INTO "customers" VALUES('sandbox','cus_1','user-1');
CREATE TABLE deliveries (
	event_id TEXT NOT NULL, 
	endpoint_id TEXT NOT NULL, 
	status TEXT NOT NULL, 
	tries BIGINT NOT NULL, 
	due_at BIGINT NOT NULL, 
	delivered_at BIGINT, 
	attempts TEXT NOT NULL, 
	CONSTRAINT pk_deliveries PRIMARY KEY (event_id, endpoint_id), 
	CONSTRAINT fk_deliveries_outbox FOREIGN KEY(event_id) REFERENCES outbox (id) DEFERRABLE INITIALLY DEFERRED, 
	CONSTRAINT ck_deliveries_tries CHECK (tries >= 0)
);
INSERT INTO "deliveries" VALUES('00000000-0000-7000-8000-000000000012','00000000-0000-7000-8000-000000000011','waiting',0,1768219200000000,NULL,'[]');
CREATE TABLE disputes (
	id TEXT NOT NULL, 
	order_id TEXT NOT NULL, 
	account_id TEXT NOT NULL, 
	channel TEXT NOT NULL, 
	provider_dispute_id TEXT NOT NULL, 
	amount_minor BIGINT NOT NULL, 
	currency TEXT NOT NULL, 
	status TEXT NOT NULL, 
	as_of BIGINT NOT NULL, 
	opened_at BIGINT NOT NULL, 
	changed_at BIGINT NOT NULL, 
	CONSTRAINT pk_disputes PRIMARY KEY (id), 
	CONSTRAINT fk_disputes_orders FOREIGN KEY(order_id) REFERENCES orders (id) DEFERRABLE INITIALLY DEFERRED, 
	CONSTRAINT uq_disputes_channel_provider_dispute_id_order_id UNIQUE (channel, provider_dispute_id, order_id), 
	CONSTRAINT ck_disputes_amount CHECK (amount_minor >= 0)
);
CREATE TABLE endpoints (
	id TEXT NOT NULL, 
	url TEXT NOT NULL, 
	description TEXT NOT NULL, 
	types TEXT NOT NULL, 
	status TEXT NOT NULL, 
	secrets TEXT NOT NULL, 
	failing_since BIGINT, 
	created_at BIGINT NOT NULL, 
	changed_at BIGINT NOT NULL, 
	CONSTRAINT pk_endpoints PRIMARY KEY (id)
);
INSERT INTO "endpoints" VALUES('00000000-0000-7000-8000-000000000011','https://shop.example/events','','[]','on','[{"text": "whsec_YSBzZWNyZXQgb2YgdGhlIGVuZHBvaW50J3Mgb3du", "created_at": "2026-01-12T12:00:00+00:00", "ends_at": null}]',NULL,1768219200000000,1768219200000000);
CREATE TABLE figure_marks (
	name TEXT NOT NULL, 
	position TEXT NOT NULL, 
	CONSTRAINT pk_figure_marks PRIMARY KEY (name)
);
CREATE TABLE figures (
	day DATE NOT NULL, 
	measure TEXT NOT NULL, 
	part TEXT NOT NULL, 
	amount BIGINT NOT NULL, 
	CONSTRAINT pk_figures PRIMARY KEY (day, measure, part)
);
CREATE TABLE grants (
	account_id TEXT NOT NULL, 
	id TEXT NOT NULL, 
	amount BIGINT NOT NULL, 
	remaining BIGINT NOT NULL, 
	source TEXT NOT NULL, 
	category TEXT NOT NULL, 
	priority BIGINT NOT NULL, 
	effective_at BIGINT NOT NULL, 
	expires_at BIGINT, 
	created_at BIGINT NOT NULL, 
	cause TEXT, 
	cost_minor BIGINT, 
	cost_currency TEXT, 
	is_posted BOOLEAN NOT NULL, 
	is_open BOOLEAN NOT NULL, 
	pinned BIGINT NOT NULL, 
	frozen_at BIGINT, 
	voided_at BIGINT, 
	scope TEXT, 
	rollover_max BIGINT, 
	rollover_until BIGINT, 
	rollover_pool TEXT, 
	rolled BIGINT NOT NULL, 
	parent TEXT, 
	stood_still_us BIGINT NOT NULL, 
	CONSTRAINT pk_grants PRIMARY KEY (account_id, id), 
	CONSTRAINT ck_grants_keeps_its_bounds CHECK (amount > 0 AND pinned >= 0 AND remaining >= pinned AND remaining <= amount AND rolled >= 0), 
	CONSTRAINT ck_grants_open_while_something_is_left CHECK (is_open = (remaining > 0 AND (voided_at IS NULL OR is_posted))), 
	CONSTRAINT ck_grants_cost CHECK (cost_minor >= 0)
);
INSERT INTO "grants" VALUES('user-1','00000000-0000-7000-8000-000000000001',100,93,'purchase','paid',10,1768219200000000,NULL,1768219200000000,NULL,NULL,NULL,1,1,10,NULL,NULL,NULL,NULL,NULL,NULL,0,NULL,0);
INSERT INTO "grants" VALUES('user-ü ☕ ''quoted''','00000000-0000-7000-8000-000000000009',100,93,'purchase','paid',10,1768219200000000,NULL,1768219200000000,NULL,NULL,NULL,1,1,10,NULL,NULL,NULL,NULL,NULL,NULL,0,NULL,0);
CREATE TABLE holds (
	account_id TEXT NOT NULL, 
	id TEXT NOT NULL, 
	amount BIGINT NOT NULL, 
	lots TEXT NOT NULL, 
	silence TEXT NOT NULL, 
	type TEXT NOT NULL, 
	purposes TEXT NOT NULL, 
	created_at BIGINT NOT NULL, 
	expires_at BIGINT NOT NULL, 
	reported BIGINT NOT NULL, 
	usage TEXT, 
	salt TEXT NOT NULL, 
	description TEXT NOT NULL, 
	metadata TEXT NOT NULL, 
	state TEXT NOT NULL, 
	is_open BOOLEAN NOT NULL, 
	ended_at BIGINT, 
	captured BIGINT NOT NULL, 
	shortfall BIGINT NOT NULL, 
	transaction_id TEXT, 
	CONSTRAINT pk_holds PRIMARY KEY (account_id, id), 
	CONSTRAINT ck_holds_keeps_its_bounds CHECK (amount > 0 AND reported >= 0 AND captured >= 0 AND shortfall >= 0), 
	CONSTRAINT ck_holds_open_until_it_ends CHECK (is_open = (state = 'open')), 
	CONSTRAINT ck_holds_ends_at_an_instant CHECK (is_open = (ended_at IS NULL))
);
INSERT INTO "holds" VALUES('user-1','00000000-0000-7000-8000-000000000007',10,'[["00000000-0000-7000-8000-000000000001",10]]','release','ai_usage','[]',1768219200000000,1768219500000000,0,NULL,'00000000-0000-7000-8000-000000000008','','','open',1,NULL,0,0,NULL);
INSERT INTO "holds" VALUES('user-ü ☕ ''quoted''','00000000-0000-7000-8000-00000000000f',10,'[["00000000-0000-7000-8000-000000000009",10]]','release','ai_usage','[]',1768219200000000,1768219500000000,0,NULL,'00000000-0000-7000-8000-000000000010','','','open',1,NULL,0,0,NULL);
CREATE TABLE inbox (
	channel TEXT NOT NULL, 
	event_id TEXT NOT NULL, 
	id TEXT NOT NULL, 
	type TEXT NOT NULL, 
	body BLOB NOT NULL, 
	received_at BIGINT NOT NULL, 
	status TEXT NOT NULL, 
	tries BIGINT NOT NULL, 
	next_try_at BIGINT, 
	error TEXT, 
	effects TEXT NOT NULL, 
	applied_at BIGINT, 
	CONSTRAINT pk_inbox PRIMARY KEY (channel, event_id), 
	CONSTRAINT ck_inbox_tries CHECK (tries >= 0)
);
INSERT INTO "inbox" VALUES('sandbox','evt_00000000-0000-7000-8000-000000000021','00000000-0000-7000-8000-000000000020','checkout.paid',X'000102030405060708090A0B0C0D0E0F101112131415161718191A1B1C1D1E1F202122232425262728292A2B2C2D2E2F303132333435363738393A3B3C3D3E3F404142434445464748494A4B4C4D4E4F505152535455565758595A5B5C5D5E5F606162636465666768696A6B6C6D6E6F707172737475767778797A7B7C7D7E7F808182838485868788898A8B8C8D8E8F909192939495969798999A9B9C9D9E9FA0A1A2A3A4A5A6A7A8A9AAABACADAEAFB0B1B2B3B4B5B6B7B8B9BABBBCBDBEBFC0C1C2C3C4C5C6C7C8C9CACBCCCDCECFD0D1D2D3D4D5D6D7D8D9DADBDCDDDEDFE0E1E2E3E4E5E6E7E8E9EAEBECEDEEEFF0F1F2F3F4F5F6F7F8F9FAFBFCFDFEFF',1768219200000000,'received',0,NULL,NULL,'[]',NULL);
INSERT INTO "inbox" VALUES('sandbox','evt_00000000-0000-7000-8000-000000000023','00000000-0000-7000-8000-000000000022','checkout.paid',X'7B22637573746F6D6572223A20226375735F31227D',1768219200000000,'received',0,NULL,NULL,'[]',NULL);
CREATE TABLE inbox_names (
	name BIGINT NOT NULL, 
	inbox_id TEXT NOT NULL, 
	CONSTRAINT pk_inbox_names PRIMARY KEY (name, inbox_id)
);
INSERT INTO "inbox_names" VALUES(8779801723691492764,'00000000-0000-7000-8000-000000000022');
CREATE TABLE ledger_keys (
	owner TEXT NOT NULL, 
	caller TEXT NOT NULL, 
	"key" TEXT NOT NULL, 
	fingerprint TEXT NOT NULL, 
	receipt TEXT NOT NULL, 
	stored_at BIGINT NOT NULL, 
	is_kept_for_ever BOOLEAN NOT NULL, 
	CONSTRAINT pk_ledger_keys PRIMARY KEY (owner, caller, "key"), 
	CONSTRAINT ck_ledger_keys_name_fits CHECK (length(owner) <= 255 AND length(key) <= 255)
);
INSERT INTO "ledger_keys" VALUES('user-1','backend','00000000-0000-7000-8000-000000000006','the request','{"account_id":"user-1","amount":-7,"balance":93,"available":93,"at":"2026-01-12T12:00:00Z","transaction_id":"00000000-0000-7000-8000-000000000005","seq":2}',1768219200000000,0);
INSERT INTO "ledger_keys" VALUES('user-ü ☕ ''quoted''','backend','00000000-0000-7000-8000-00000000000e','the request','{"account_id":"user-ü ☕ ''quoted''","amount":-7,"balance":93,"available":93,"at":"2026-01-12T12:00:00Z","transaction_id":"00000000-0000-7000-8000-00000000000d","seq":2}',1768219200000000,0);
CREATE TABLE ledger_stretches (
	account_id TEXT NOT NULL, 
	number BIGINT NOT NULL, 
	lines BIGINT NOT NULL, 
	ends_at BIGINT NOT NULL, 
	received TEXT NOT NULL, 
	given TEXT NOT NULL, 
	CONSTRAINT pk_ledger_stretches PRIMARY KEY (account_id, number), 
	CONSTRAINT ck_ledger_stretches_counts CHECK (number >= 0 AND lines > 0)
);
CREATE TABLE orders (
	id TEXT NOT NULL, 
	account_id TEXT NOT NULL, 
	type TEXT NOT NULL, 
	item_id TEXT NOT NULL, 
	item_name TEXT NOT NULL, 
	interval TEXT, 
	price_minor BIGINT NOT NULL, 
	currency TEXT NOT NULL, 
	credits BIGINT NOT NULL, 
	status TEXT NOT NULL, 
	channel TEXT NOT NULL, 
	discount_minor BIGINT NOT NULL, 
	tax_minor BIGINT NOT NULL, 
	total_minor BIGINT NOT NULL, 
	collected_minor BIGINT NOT NULL, 
	bonus_credits BIGINT NOT NULL, 
	coupon_code TEXT, 
	credit_codes TEXT, 
	discount_periods BIGINT, 
	created_at BIGINT NOT NULL, 
	expires_at BIGINT, 
	paid_at BIGINT, 
	session_id TEXT, 
	url TEXT, 
	success_url TEXT, 
	cancel_url TEXT, 
	provider_payment_id TEXT, 
	subscription_id TEXT, 
	period_start_at BIGINT, 
	period_end_at BIGINT, 
	second_subscription_id TEXT, 
	receipt_number BIGINT, 
	document_url TEXT, 
	concern TEXT, 
	refunded_minor BIGINT NOT NULL, 
	claims TEXT NOT NULL, 
	trial_days BIGINT NOT NULL, 
	ends_with_group TEXT, 
	CONSTRAINT pk_orders PRIMARY KEY (id), 
	CONSTRAINT ck_orders_line CHECK (price_minor >= 0 AND credits >= 0 AND bonus_credits >= 0), 
	CONSTRAINT ck_orders_discount CHECK (discount_minor >= 0 AND discount_minor <= price_minor), 
	CONSTRAINT ck_orders_totals CHECK (tax_minor >= 0 AND total_minor >= 0 AND collected_minor >= 0), 
	CONSTRAINT ck_orders_refunded CHECK (refunded_minor >= 0 AND refunded_minor <= collected_minor), 
	CONSTRAINT ck_orders_receipt CHECK (receipt_number IS NULL OR (receipt_number > 0 AND paid_at IS NOT NULL)), 
	CONSTRAINT uq_orders_receipt_number UNIQUE (receipt_number)
);
INSERT INTO "orders" VALUES('00000000-0000-7000-8000-00000000001b','user-1','credits','00000000-0000-7000-8000-00000000001a','Small',NULL,500,'USD',500,'pending','sandbox',0,0,500,0,0,NULL,NULL,1,1768219200000000,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,0,'[]',0,NULL);
CREATE TABLE outbox (
	id TEXT NOT NULL, 
	account_id TEXT, 
	type TEXT NOT NULL, 
	at BIGINT NOT NULL, 
	payload TEXT NOT NULL, 
	is_new BOOLEAN DEFAULT 1 NOT NULL, 
	CONSTRAINT pk_outbox PRIMARY KEY (id)
);
INSERT INTO "outbox" VALUES('00000000-0000-7000-8000-000000000012','user-1','order.paid',1768219200000000,'{"id":"00000000-0000-7000-8000-000000000012","type":"order.paid","version":1,"timestamp":"2026-01-12T12:00:00Z","account_id":"user-1","data":{"order_id":"order-1"}}',1);
CREATE TABLE packs (
	id TEXT NOT NULL, 
	name TEXT NOT NULL, 
	credits BIGINT NOT NULL, 
	price_minor BIGINT NOT NULL, 
	currency TEXT NOT NULL, 
	is_on_sale BOOLEAN NOT NULL, 
	items TEXT NOT NULL, 
	requires_group TEXT, 
	ends_with_plan BOOLEAN NOT NULL, 
	CONSTRAINT pk_packs PRIMARY KEY (id), 
	CONSTRAINT ck_packs_amounts CHECK (credits > 0 AND price_minor >= 0)
);
INSERT INTO "packs" VALUES('00000000-0000-7000-8000-000000000019','Small',500,500,'USD',1,'[]',NULL,0);
CREATE TABLE payments (
	channel TEXT NOT NULL, 
	provider_payment_id TEXT NOT NULL, 
	order_id TEXT NOT NULL, 
	net_minor BIGINT NOT NULL, 
	tax_minor BIGINT NOT NULL, 
	collected_minor BIGINT NOT NULL, 
	currency TEXT NOT NULL, 
	paid_at BIGINT NOT NULL, 
	part_of TEXT, 
	CONSTRAINT pk_payments PRIMARY KEY (channel, provider_payment_id), 
	CONSTRAINT fk_payments_orders FOREIGN KEY(order_id) REFERENCES orders (id) DEFERRABLE INITIALLY DEFERRED, 
	CONSTRAINT ck_payments_amounts CHECK (net_minor >= 0 AND tax_minor >= 0 AND collected_minor >= 0)
);
CREATE TABLE plan_changes (
	id TEXT NOT NULL, 
	subscription_id TEXT NOT NULL, 
	account_id TEXT NOT NULL, 
	"before" TEXT NOT NULL, 
	"after" TEXT NOT NULL, 
	status TEXT NOT NULL, 
	is_open BOOLEAN NOT NULL, 
	begins_period BOOLEAN NOT NULL, 
	at BIGINT NOT NULL, 
	effective_at BIGINT NOT NULL, 
	month_ends_at BIGINT NOT NULL, 
	due_minor BIGINT NOT NULL, 
	credits BIGINT NOT NULL, 
	taken_back BIGINT NOT NULL, 
	reckoning TEXT, 
	order_id TEXT NOT NULL, 
	asked_at BIGINT NOT NULL, 
	ask_at BIGINT, 
	settled_at BIGINT, 
	failure TEXT NOT NULL, 
	by_seller BOOLEAN NOT NULL, 
	CONSTRAINT pk_plan_changes PRIMARY KEY (id), 
	CONSTRAINT ck_plan_changes_amounts CHECK (taken_back >= 0)
);
CREATE TABLE plan_versions (
	plan_id TEXT NOT NULL, 
	number BIGINT NOT NULL, 
	"plan" TEXT NOT NULL, 
	published_at BIGINT NOT NULL, 
	published_by TEXT NOT NULL, 
	CONSTRAINT pk_plan_versions PRIMARY KEY (plan_id, number)
);
CREATE TABLE plans (
	id TEXT NOT NULL, 
	name TEXT NOT NULL, 
	description TEXT NOT NULL, 
	price_monthly_minor BIGINT NOT NULL, 
	price_yearly_minor BIGINT, 
	currency TEXT NOT NULL, 
	credits_included BIGINT NOT NULL, 
	features TEXT NOT NULL, 
	plan_group TEXT NOT NULL, 
	is_on_sale BOOLEAN NOT NULL, 
	items TEXT NOT NULL, 
	rules TEXT NOT NULL, 
	CONSTRAINT pk_plans PRIMARY KEY (id), 
	CONSTRAINT ck_plans_prices CHECK (price_monthly_minor >= 0 AND price_yearly_minor >= 0), 
	CONSTRAINT ck_plans_credits CHECK (credits_included >= 0)
);
INSERT INTO "plans" VALUES('00000000-0000-7000-8000-000000000018','Pro','',990,9900,'USD',1000,'[]','default',1,'[]','{"grace_days":null,"rollover":null,"trial":null}');
CREATE TABLE proofs (
	due_at BIGINT NOT NULL, 
	begun_at BIGINT NOT NULL, 
	ended_at BIGINT, 
	after_account_id TEXT, 
	accounts BIGINT NOT NULL, 
	lines BIGINT NOT NULL, 
	breaches_total BIGINT NOT NULL, 
	breaches TEXT NOT NULL, 
	claim TEXT, 
	claimed_until BIGINT, 
	CONSTRAINT pk_proofs PRIMARY KEY (due_at), 
	CONSTRAINT ck_proofs_counts CHECK (accounts >= 0 AND lines >= 0 AND breaches_total >= 0)
);
CREATE TABLE rate_cards (
	version BIGINT NOT NULL, 
	rounding TEXT NOT NULL, 
	effective_from BIGINT NOT NULL, 
	published_at BIGINT NOT NULL, 
	note TEXT NOT NULL, 
	rates_count BIGINT NOT NULL, 
	CONSTRAINT pk_rate_cards PRIMARY KEY (version), 
	CONSTRAINT ck_rate_cards_counts CHECK (version > 0 AND rates_count > 0), 
	CONSTRAINT ck_rate_cards_instants CHECK (effective_from >= published_at)
);
CREATE TABLE rates (
	version BIGINT NOT NULL, 
	pattern TEXT NOT NULL, 
	kind TEXT NOT NULL, 
	credits TEXT NOT NULL, 
	per BIGINT NOT NULL, 
	CONSTRAINT pk_rates PRIMARY KEY (version, pattern, kind), 
	CONSTRAINT fk_rates_rate_cards FOREIGN KEY(version) REFERENCES rate_cards (version), 
	CONSTRAINT ck_rates_per CHECK (per > 0)
);
CREATE TABLE receipt_counters (
	series TEXT NOT NULL, 
	last BIGINT NOT NULL, 
	CONSTRAINT pk_receipt_counters PRIMARY KEY (series), 
	CONSTRAINT ck_receipt_counters_last CHECK (last > 0)
);
CREATE TABLE reconciliations (
	id TEXT NOT NULL, 
	began_at BIGINT NOT NULL, 
	ended_at BIGINT NOT NULL, 
	started_by TEXT NOT NULL, 
	request_id TEXT NOT NULL, 
	reason TEXT NOT NULL, 
	mends BOOLEAN NOT NULL, 
	channels TEXT NOT NULL, 
	unread TEXT NOT NULL, 
	compared BIGINT NOT NULL, 
	mended BIGINT NOT NULL, 
	open BIGINT NOT NULL, 
	needs_person BIGINT NOT NULL, 
	is_unclean BOOLEAN NOT NULL, 
	drift TEXT NOT NULL, 
	CONSTRAINT pk_reconciliations PRIMARY KEY (id)
);
CREATE TABLE redemptions (
	id TEXT NOT NULL, 
	coupon_id TEXT NOT NULL, 
	code TEXT NOT NULL, 
	account_id TEXT NOT NULL, 
	order_id TEXT, 
	discount_minor BIGINT NOT NULL, 
	discount_periods BIGINT, 
	currency TEXT, 
	bonus_credits BIGINT NOT NULL, 
	lifetime_days BIGINT, 
	scope TEXT, 
	trial_days BIGINT NOT NULL, 
	is_first_purchase BOOLEAN NOT NULL, 
	status TEXT NOT NULL, 
	reserved_at BIGINT NOT NULL, 
	settled_at BIGINT, 
	CONSTRAINT pk_redemptions PRIMARY KEY (id), 
	CONSTRAINT uq_redemptions_order_id_coupon_id UNIQUE (order_id, coupon_id), 
	CONSTRAINT fk_redemptions_coupons FOREIGN KEY(coupon_id) REFERENCES coupons (id) DEFERRABLE INITIALLY DEFERRED, 
	CONSTRAINT ck_redemptions_benefit CHECK (discount_minor >= 0 AND bonus_credits >= 0 AND trial_days >= 0)
);
CREATE TABLE refunds (
	id TEXT NOT NULL, 
	order_id TEXT NOT NULL, 
	account_id TEXT NOT NULL, 
	channel TEXT NOT NULL, 
	amount_minor BIGINT NOT NULL, 
	state TEXT NOT NULL, 
	kind TEXT NOT NULL, 
	reason TEXT NOT NULL, 
	provider_refund_id TEXT, 
	failure TEXT, 
	created_at BIGINT NOT NULL, 
	changed_at BIGINT NOT NULL, 
	asked BIGINT NOT NULL, 
	ask_at BIGINT, 
	CONSTRAINT pk_refunds PRIMARY KEY (id), 
	CONSTRAINT fk_refunds_orders FOREIGN KEY(order_id) REFERENCES orders (id) DEFERRABLE INITIALLY DEFERRED, 
	CONSTRAINT uq_refunds_channel_provider_refund_id_order_id UNIQUE (channel, provider_refund_id, order_id), 
	CONSTRAINT ck_refunds_amounts CHECK (amount_minor >= 0 AND asked >= 0)
);
CREATE TABLE sandbox_records (
	kind TEXT NOT NULL, 
	id TEXT NOT NULL, 
	body TEXT NOT NULL, 
	due_at BIGINT, 
	CONSTRAINT pk_sandbox_records PRIMARY KEY (kind, id)
);
INSERT INTO "sandbox_records" VALUES('customer','1','{}',1768219200000000);
CREATE TABLE sessions (
	digest BLOB NOT NULL, 
	actor_id TEXT NOT NULL, 
	role TEXT NOT NULL, 
	api_key_id TEXT, 
	opened_at BIGINT NOT NULL, 
	expires_at BIGINT NOT NULL, 
	CONSTRAINT pk_sessions PRIMARY KEY (digest)
);
CREATE TABLE subscriptions (
	id TEXT NOT NULL, 
	account_id TEXT NOT NULL, 
	plan_id TEXT NOT NULL, 
	plan_name TEXT NOT NULL, 
	plan_group TEXT NOT NULL, 
	interval TEXT NOT NULL, 
	price_minor BIGINT NOT NULL, 
	currency TEXT NOT NULL, 
	credits_per_month BIGINT NOT NULL, 
	status TEXT NOT NULL, 
	is_live BOOLEAN NOT NULL, 
	period_start_at BIGINT NOT NULL, 
	period_end_at BIGINT NOT NULL, 
	anchor_at BIGINT NOT NULL, 
	credits_from_at BIGINT NOT NULL, 
	cancel_at_period_end BOOLEAN NOT NULL, 
	channel TEXT NOT NULL, 
	provider_subscription_id TEXT, 
	reference TEXT, 
	order_id TEXT NOT NULL, 
	started_at BIGINT NOT NULL, 
	paying_from_at BIGINT, 
	ended_at BIGINT, 
	reported_at BIGINT, 
	collected_at BIGINT, 
	rules TEXT NOT NULL, 
	course TEXT NOT NULL, 
	due_at BIGINT, 
	credits_due_at BIGINT, 
	credits_until_at BIGINT, 
	CONSTRAINT pk_subscriptions PRIMARY KEY (id), 
	CONSTRAINT uq_subscriptions_channel_provider_subscription_id UNIQUE (channel, provider_subscription_id), 
	CONSTRAINT ck_subscriptions_amounts CHECK (price_minor >= 0 AND credits_per_month >= 0), 
	CONSTRAINT ck_subscriptions_period CHECK (period_start_at < period_end_at)
);
INSERT INTO "subscriptions" VALUES('00000000-0000-7000-8000-00000000001c','user-1','00000000-0000-7000-8000-00000000001d','Pro','default','monthly',0,'USD',1000,'active',1,1768219200000000,1770897600000000,1768219200000000,1770897600000000,0,'sandbox',NULL,NULL,'00000000-0000-7000-8000-00000000001e',1768219200000000,NULL,NULL,NULL,NULL,'{"grace_days":null,"rollover":null,"trial":null}','{"add_ons":[],"not_before":null,"notice_at":null,"overdue":null,"resume_at":null,"trial_credits":0,"trial_ends_at":null,"until":null}',NULL,NULL,NULL);
CREATE TABLE transaction_texts (
	account_id TEXT NOT NULL, 
	seq BIGINT NOT NULL, 
	salt TEXT NOT NULL, 
	description TEXT NOT NULL, 
	metadata TEXT NOT NULL, 
	CONSTRAINT pk_transaction_texts PRIMARY KEY (account_id, seq)
);
INSERT INTO "transaction_texts" VALUES('user-1',1,'00000000-0000-7000-8000-000000000002','','');
INSERT INTO "transaction_texts" VALUES('user-1',2,'00000000-0000-7000-8000-000000000004','','');
INSERT INTO "transaction_texts" VALUES('user-ü ☕ ''quoted''',1,'00000000-0000-7000-8000-00000000000a','','');
INSERT INTO "transaction_texts" VALUES('user-ü ☕ ''quoted''',2,'00000000-0000-7000-8000-00000000000c','','');
CREATE TABLE transactions (
	account_id TEXT NOT NULL, 
	seq BIGINT NOT NULL, 
	id TEXT NOT NULL, 
	type TEXT NOT NULL, 
	debit TEXT NOT NULL, 
	credit TEXT NOT NULL, 
	amount BIGINT NOT NULL, 
	balance_after BIGINT NOT NULL, 
	at BIGINT NOT NULL, 
	cause TEXT, 
	allocations TEXT NOT NULL, 
	usage TEXT, 
	text_digest BLOB NOT NULL, 
	hash BLOB NOT NULL, 
	CONSTRAINT pk_transactions PRIMARY KEY (account_id, seq), 
	CONSTRAINT uq_transactions_id UNIQUE (id), 
	CONSTRAINT ck_transactions_amounts CHECK (seq > 0 AND amount > 0), 
	CONSTRAINT ck_transactions_one_side_is_the_wallet CHECK ((debit = 'wallet') <> (credit = 'wallet'))
);
INSERT INTO "transactions" VALUES('user-1',1,'00000000-0000-7000-8000-000000000003','purchase','sales','wallet',100,100,1768219200000000,NULL,'[["00000000-0000-7000-8000-000000000001",100,"815ef859b8e03900f4006248a80e7e47"]]',NULL,X'8EA27CEC9941F7FCB7BF761E9DFAA277C663D5186FD6CD46EDDEA98FBDD50DB1',X'A101FEEB577C44584E783CE9EDE0A0B803D8085D2CB0C3FEE9372CEC9F270182');
INSERT INTO "transactions" VALUES('user-1',2,'00000000-0000-7000-8000-000000000005','ai_usage','wallet','usage',7,93,1768219200000000,NULL,'[["00000000-0000-7000-8000-000000000001",7]]',NULL,X'128B9E5DE959843371A5141E792C558AC3685D6E15342ECA8E37412B32E3791E',X'EBC75D0E093EBE64363EF132ED6CF759D0AE7B493F7D75649A1B5AB0C8A21857');
INSERT INTO "transactions" VALUES('user-ü ☕ ''quoted''',1,'00000000-0000-7000-8000-00000000000b','purchase','sales','wallet',100,100,1768219200000000,NULL,'[["00000000-0000-7000-8000-000000000009",100,"179003f4091c685cbed31a6894593e66"]]',NULL,X'B53AE0DEEE688448FAF4BFC5BC464FDE669BC9AB5F495E0778EDE3B0447A0CD4',X'C7932C92A81A852F75DCD6ED691EE87A49EB5A811A8992B516ECDFC9C3AA95E1');
INSERT INTO "transactions" VALUES('user-ü ☕ ''quoted''',2,'00000000-0000-7000-8000-00000000000d','ai_usage','wallet','usage',7,93,1768219200000000,NULL,'[["00000000-0000-7000-8000-000000000009",7]]',NULL,X'B5E035A447DCCACED59860052DF7646354DAA03B634CABEDFC814693193587D1',X'6EFF3F54DBC985FBB7220844419FBAFC099F5586A166E8EC366C461B24D2CEBB');
CREATE TABLE trials (
	plan_group TEXT NOT NULL, 
	holder TEXT NOT NULL, 
	account_id TEXT NOT NULL, 
	promised_until BIGINT, 
	CONSTRAINT pk_trials PRIMARY KEY (plan_group, holder)
);
CREATE TABLE wallets (
	account_id TEXT NOT NULL, 
	version BIGINT NOT NULL, 
	seq BIGINT NOT NULL, 
	posted BIGINT NOT NULL, 
	held BIGINT NOT NULL, 
	last_hash BLOB NOT NULL, 
	last_at BIGINT, 
	spent_on DATE, 
	spent BIGINT NOT NULL, 
	overdrawn BIGINT NOT NULL, 
	overdraft_max BIGINT, 
	is_frozen BOOLEAN NOT NULL, 
	watch TEXT, 
	CONSTRAINT pk_wallets PRIMARY KEY (account_id), 
	CONSTRAINT ck_wallets_name_fits CHECK (length(account_id) <= 255), 
	CONSTRAINT ck_wallets_counts CHECK (version >= 0 AND seq >= 0 AND spent >= 0), 
	CONSTRAINT ck_wallets_never_below_zero CHECK (posted + overdrawn >= 0 AND overdrawn >= 0 AND held >= 0)
);
INSERT INTO "wallets" VALUES('user-1',3,2,93,10,X'EBC75D0E093EBE64363EF132ED6CF759D0AE7B493F7D75649A1B5AB0C8A21857',1768219200000000,'2026-01-12',17,0,0,0,NULL);
INSERT INTO "wallets" VALUES('user-ü ☕ ''quoted''',3,2,93,10,X'6EFF3F54DBC985FBB7220844419FBAFC099F5586A166E8EC366C461B24D2CEBB',1768219200000000,'2026-01-12',17,0,0,0,NULL);
CREATE INDEX ix_grants_newest ON grants (id);
CREATE INDEX ix_grants_expiring ON grants (expires_at) WHERE is_open = 1;
CREATE INDEX ix_grants_waiting ON grants (effective_at) WHERE is_open = 1 AND is_posted = 0;
CREATE INDEX ix_grants_open ON grants (account_id) WHERE is_open = 1;
CREATE INDEX ix_holds_open ON holds (account_id) WHERE is_open = 1;
CREATE INDEX ix_holds_given_back ON holds (account_id, state, id) WHERE state IN ('released', 'expired');
CREATE INDEX ix_holds_silent ON holds (expires_at) WHERE is_open = 1;
CREATE INDEX ix_transactions_rare_type ON transactions (account_id, type, seq) WHERE type <> 'ai_usage';
CREATE INDEX ix_transactions_usage_refund ON transactions (account_id, cause) WHERE type = 'usage_refund';
CREATE TRIGGER transactions_refuse_update BEFORE UPDATE ON transactions BEGIN SELECT RAISE(ABORT, 'transactions are never changed and never deleted'); END;
CREATE TRIGGER transactions_refuse_delete BEFORE DELETE ON transactions BEGIN SELECT RAISE(ABORT, 'transactions are never changed and never deleted'); END;
CREATE INDEX ix_ledger_keys_forgettable ON ledger_keys (stored_at) WHERE is_kept_for_ever = 0;
CREATE INDEX ix_answers_seen ON answers (seen_at) WHERE seen_at IS NOT NULL;
CREATE INDEX ix_answers_new ON answers (owner, caller, "key") WHERE seen_at IS NULL AND is_kept_for_ever = 0;
CREATE INDEX ix_redemptions_coupon_id_id ON redemptions (coupon_id, id);
CREATE INDEX ix_redemptions_account_id_id ON redemptions (account_id, id);
CREATE INDEX ix_redemptions_coupon_id_account_id ON redemptions (coupon_id, account_id);
CREATE INDEX ix_orders_paid ON orders (paid_at) WHERE paid_at IS NOT NULL;
CREATE INDEX ix_orders_beside ON orders (channel, second_subscription_id, id) WHERE second_subscription_id IS NOT NULL;
CREATE INDEX ix_orders_status_id ON orders (status, id);
CREATE INDEX ix_orders_open ON orders (expires_at) WHERE status IN ('pending', 'failed');
CREATE INDEX ix_orders_account_id_id ON orders (account_id, id);
CREATE INDEX ix_orders_unpaid ON orders (account_id, id) WHERE status IN ('pending', 'failed');
CREATE INDEX ix_orders_period ON orders (subscription_id, period_start_at) WHERE period_start_at IS NOT NULL;
CREATE INDEX ix_orders_concern ON orders (channel, id) WHERE concern IS NOT NULL;
CREATE INDEX ix_payments_together ON payments (channel, part_of, order_id) WHERE part_of IS NOT NULL;
CREATE INDEX ix_payments_order_id ON payments (order_id);
CREATE INDEX ix_refunds_order_id_id ON refunds (order_id, id);
CREATE INDEX ix_refunds_open ON refunds (ask_at) WHERE state IN ('requested', 'pending');
CREATE INDEX ix_disputes_order_id_id ON disputes (order_id, id);
CREATE INDEX ix_disputes_status_id ON disputes (status, id);
CREATE INDEX ix_inbox_waiting ON inbox (received_at) WHERE status IN ('received', 'failed');
CREATE INDEX ix_inbox_status_id ON inbox (status, id);
CREATE UNIQUE INDEX ix_inbox_id ON inbox (id);
CREATE INDEX ix_inbox_bodies ON inbox (received_at) WHERE length(body) > 0;
CREATE INDEX ix_subscriptions_plan_id_id ON subscriptions (plan_id, id);
CREATE INDEX ix_subscriptions_credits ON subscriptions (credits_due_at) WHERE credits_due_at IS NOT NULL;
CREATE INDEX ix_subscriptions_period ON subscriptions (period_end_at) WHERE is_live = 1;
CREATE INDEX ix_subscriptions_due ON subscriptions (due_at) WHERE due_at IS NOT NULL;
CREATE INDEX ix_subscriptions_ended ON subscriptions (ended_at) WHERE ended_at IS NOT NULL;
CREATE INDEX ix_subscriptions_account_id_id ON subscriptions (account_id, id);
CREATE INDEX ix_subscriptions_paying ON subscriptions (paying_from_at) WHERE is_live = 1;
CREATE INDEX ix_subscriptions_status_id ON subscriptions (status, id);
CREATE UNIQUE INDEX ux_subscriptions_live ON subscriptions (account_id, plan_group) WHERE is_live = 1;
CREATE INDEX ix_accounts_email ON accounts (email);
CREATE INDEX ix_audit_log_target_id ON audit_log (target, id);
CREATE TRIGGER audit_log_refuse_update BEFORE UPDATE ON audit_log BEGIN SELECT RAISE(ABORT, 'audit_log are never changed and never deleted'); END;
CREATE TRIGGER audit_log_refuse_delete BEFORE DELETE ON audit_log BEGIN SELECT RAISE(ABORT, 'audit_log are never changed and never deleted'); END;
CREATE INDEX ix_sandbox_records_kind_due_at_id ON sandbox_records (kind, due_at, id) WHERE due_at IS NOT NULL;
CREATE TRIGGER rate_cards_refuse_update BEFORE UPDATE ON rate_cards BEGIN SELECT RAISE(ABORT, 'rate_cards are never changed and never deleted'); END;
CREATE TRIGGER rate_cards_refuse_delete BEFORE DELETE ON rate_cards BEGIN SELECT RAISE(ABORT, 'rate_cards are never changed and never deleted'); END;
CREATE TRIGGER rates_refuse_update BEFORE UPDATE ON rates BEGIN SELECT RAISE(ABORT, 'rates are never changed and never deleted'); END;
CREATE TRIGGER rates_refuse_delete BEFORE DELETE ON rates BEGIN SELECT RAISE(ABORT, 'rates are never changed and never deleted'); END;
CREATE INDEX ix_outbox_account_id_id ON outbox (account_id, id);
CREATE INDEX ix_outbox_new ON outbox (id) WHERE is_new = 1;
CREATE INDEX ix_deliveries_due ON deliveries (endpoint_id, due_at) WHERE status = 'waiting';
CREATE INDEX ix_sessions_expires_at ON sessions (expires_at);
CREATE UNIQUE INDEX ux_plan_changes_open ON plan_changes (subscription_id) WHERE is_open = 1;
CREATE INDEX ix_plan_changes_subscription_id_id ON plan_changes (subscription_id, id);
CREATE INDEX ix_plan_changes_ask ON plan_changes (ask_at, id) WHERE is_open = 1;
CREATE INDEX ix_trials_account_id_plan_group ON trials (account_id, plan_group);
CREATE INDEX ix_coupon_codes_coupon_id_id ON coupon_codes (coupon_id, id);
CREATE INDEX ix_reconciliations_ended_at ON reconciliations (ended_at);
CREATE INDEX ix_reconciliations_unclean ON reconciliations (id) WHERE is_unclean = 1;
CREATE INDEX ix_orders_created ON orders (created_at);
CREATE INDEX ix_inbox_received ON inbox (received_at);
CREATE INDEX ix_transactions_at ON transactions (at);
CREATE INDEX ix_outbox_at ON outbox (at);
CREATE INDEX ix_inbox_names_inbox_id ON inbox_names (inbox_id);
COMMIT;
