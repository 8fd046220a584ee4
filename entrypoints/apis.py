"""The table of what is served over HTTP: every group of endpoints, over the use cases it calls."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from entrypoints.http.access import AccessApi
from entrypoints.http.admin_access import AdminAccessApi
from entrypoints.http.admin_check_in import AdminCheckInApi
from entrypoints.http.admin_clock import AdminClockApi
from entrypoints.http.admin_comp import AdminCompApi
from entrypoints.http.admin_coupon_codes import AdminCouponCodesApi
from entrypoints.http.admin_coupons import AdminCouponsApi
from entrypoints.http.admin_credits import AdminCreditsApi
from entrypoints.http.admin_disputes import AdminDisputesApi
from entrypoints.http.admin_endpoints import AdminEndpointsApi
from entrypoints.http.admin_events import AdminEventsApi
from entrypoints.http.admin_freezes import AdminFreezesApi
from entrypoints.http.admin_grants import AdminGrantsApi
from entrypoints.http.admin_health import AdminHealthApi
from entrypoints.http.admin_import import AdminImportApi
from entrypoints.http.admin_limits import AdminLimitsApi
from entrypoints.http.admin_overview import AdminOverviewApi
from entrypoints.http.admin_packs import AdminPacksApi
from entrypoints.http.admin_payments import AdminPaymentsApi
from entrypoints.http.admin_plan_changes import AdminPlanChangesApi
from entrypoints.http.admin_plan_versions import AdminPlanVersionsApi
from entrypoints.http.admin_plans import AdminPlansApi
from entrypoints.http.admin_privacy import AdminPrivacyApi
from entrypoints.http.admin_rates import AdminRatesApi
from entrypoints.http.admin_reconcile import AdminReconcileApi
from entrypoints.http.admin_reconciliations import AdminReconciliationsApi
from entrypoints.http.admin_sandbox import AdminSandboxApi
from entrypoints.http.admin_subscriptions import AdminSubscriptionsApi
from entrypoints.http.admin_webhooks import AdminWebhooksApi
from entrypoints.http.check_in import CheckInApi
from entrypoints.http.credits import CreditsApi
from entrypoints.http.endpoint import Api
from entrypoints.http.estimate import EstimateApi
from entrypoints.http.explain import ExplainApi
from entrypoints.http.grants import GrantsApi
from entrypoints.http.holds import HoldsApi
from entrypoints.http.home import HomeApi
from entrypoints.http.payments import PaymentsApi
from entrypoints.http.plan_changes import PlanChangesApi
from entrypoints.http.promotions import PromotionsApi
from entrypoints.http.receipts import ReceiptsApi
from entrypoints.http.sandbox import SandboxApi
from entrypoints.http.spend import SpendApi
from entrypoints.http.subscription_wishes import SubscriptionWishesApi
from entrypoints.http.subscriptions import SubscriptionsApi
from entrypoints.http.usage_refunds import UsageRefundsApi
from entrypoints.http.webhooks import WebhooksApi
from entrypoints.receipts_out import receipts_of

if TYPE_CHECKING:
    from entrypoints.container import Container


def apis_of(made: Container) -> tuple[Api, ...]:
    """Return every group of endpoints, in the order the documentation shows them."""
    return (_home(made), *_customers(made), *_admins(made), *_sandbox(made))


def _home(made: Container) -> Api:
    settings = made.settings()
    return HomeApi(public_url=settings.public_url, has_customer_page=settings.customers.has_page)


def _customers(made: Container) -> Iterator[Api]:
    lots, subscribing = made.holds_and_lots(), made.subscribing()
    yield CreditsApi(
        read_balance=made.read_balance(),
        list_transactions=made.list_transactions(),
    )
    yield EstimateApi(estimate_usage=made.estimate_usage())
    yield SpendApi(spend_credits=made.spend_credits(), spend_batch=made.spend_batch())
    yield HoldsApi(
        place_hold=lots.place_hold,
        extend_hold=lots.extend_hold,
        capture_hold=lots.capture_hold,
        release_hold=lots.release_hold,
        read_hold=lots.read_hold,
        list_holds=lots.list_holds,
    )
    yield UsageRefundsApi(refund_usage=lots.refund_usage)
    yield GrantsApi(grant_credits=made.grant_credits(), list_grants=lots.list_grants)
    yield ExplainApi(
        explain_balance=made.explain_balance(), explain_transaction=made.explain_transaction()
    )
    yield PaymentsApi(
        start_checkout=made.start_checkout(),
        confirm_checkout=made.confirm_checkout(),
        list_orders=made.list_orders(),
        read_order=made.read_order(),
        note_profile=made.note_profile(),
        guesses=made.guesses(),
    )
    yield ReceiptsApi(receipts=receipts_of(made))
    yield SubscriptionsApi(
        list_plans=made.list_plans(),
        list_packs=made.list_packs(),
        read_subscription=made.read_subscription(),
        open_portal=subscribing.open_portal,
    )
    yield SubscriptionWishesApi(fulfil_wish=made.fulfil_wish())
    yield PlanChangesApi(
        preview_change=subscribing.preview_change, change_plan=subscribing.change_plan
    )
    yield CheckInApi(
        check_in=made.check_in(),
        read_check_in=made.read_check_in(),
        read_check_in_calendar=made.read_check_in_calendar(),
        note_profile=made.note_profile(),
    )
    coupons = made.coupon_desk()
    yield PromotionsApi(
        preview_coupon=coupons.preview_coupon,
        redeem_code=coupons.redeem_code,
        guesses=made.guesses(),
    )
    yield WebhooksApi(receive_event=made.receive_event())
    yield AccessApi(
        keep_account=made.keep_account(),
        read_account=made.read_account(),
        read_balance=made.read_balance(),
        sessions=made.session_tokens(),
    )


def _admins(made: Container) -> Iterator[Api]:
    lots, subscribing = made.holds_and_lots(), made.subscribing()
    currency = made.settings().currency
    yield AdminOverviewApi(read_overview=made.read_overview())
    yield AdminPlansApi(
        publish_plan=made.publish_plan(),
        list_plans=made.list_plans(),
        compare_prices=made.compare_prices(),
        currency_default=currency,
    )
    yield AdminPlanVersionsApi(
        list_plan_versions=subscribing.list_plan_versions, migrate_plan=subscribing.migrate_plan
    )
    yield AdminPacksApi(
        publish_pack=made.publish_pack(),
        list_packs=made.list_packs(),
        compare_prices=made.compare_prices(),
        currency_default=currency,
    )
    coupons = made.coupon_desk()
    yield AdminCouponsApi(
        create_coupon=coupons.create_coupon,
        change_coupon=coupons.change_coupon,
        archive_coupon=coupons.archive_coupon,
        check_coupon=coupons.check_coupon,
        list_coupons=coupons.list_coupons,
        read_coupon=coupons.read_coupon,
        list_redemptions=coupons.list_redemptions,
    )
    yield AdminCouponCodesApi(
        make_codes=coupons.make_codes,
        disable_code=coupons.disable_code,
        list_codes=coupons.list_codes,
        codes_file=coupons.codes_file,
    )
    yield AdminCreditsApi(
        search_transactions=made.search_transactions(),
        adjust_credits=made.adjust_credits(),
        verify_ledger=made.verify_ledger(),
        verify_counters=made.coupon_desk().verify_counters,
    )
    yield AdminFreezesApi(set_freeze=lots.set_freeze)
    yield AdminRatesApi(
        list_rates=made.list_rates(),
        read_rates=made.read_rates(),
        publish_rates=made.publish_rates(),
    )
    yield AdminGrantsApi(
        list_grants=lots.list_grants,
        give_grant=lots.give_grant,
        void_grant=lots.void_grant,
    )
    yield AdminLimitsApi(
        set_overdraft=lots.set_overdraft,
        set_alerts=lots.set_alerts,
        read_alerts=lots.read_alerts,
    )
    operations = made.operations()
    yield AdminPrivacyApi(
        export_account=operations.export_account, erase_account=operations.erase_account
    )
    yield AdminImportApi(
        import_balances=operations.import_balances,
        import_subscribers=operations.import_subscribers,
    )
    yield AdminPaymentsApi(
        search_orders=made.search_orders(),
        inspect_order=made.inspect_order(),
        refund_order=made.refund_order(),
        settle_order=made.settle_order(),
    )
    yield AdminDisputesApi(
        list_disputes=made.list_disputes(), resolve_dispute=made.resolve_dispute()
    )
    yield AdminSubscriptionsApi(
        search_subscriptions=made.search_subscriptions(),
        inspect_subscription=made.inspect_subscription(),
        fulfil_wish=made.fulfil_wish(),
    )
    yield AdminCompApi(comp_subscription=made.subscription_life().comp_subscription)
    yield AdminPlanChangesApi(
        preview_change=subscribing.preview_change, change_plan=subscribing.change_plan
    )
    yield AdminWebhooksApi(
        list_events=made.list_events(),
        read_event=made.read_event(),
        replay_events=made.replay_events(),
    )
    yield AdminReconcileApi(reconcile=made.reconcile(), compare_prices=made.compare_prices())
    yield AdminReconciliationsApi(
        list_reconciliations=operations.list_reconciliations,
        read_reconciliation=operations.read_reconciliation,
    )
    events = made.events_out()
    yield AdminEndpointsApi(
        list_endpoints=events.list_endpoints,
        read_endpoint=events.read_endpoint,
        create_endpoint=events.create_endpoint,
        change_endpoint=events.change_endpoint,
        switch_endpoint=events.switch_endpoint,
        delete_endpoint=events.delete_endpoint,
        rotate_secret=events.rotate_secret,
        send_test_event=events.send_test_event,
    )
    yield AdminEventsApi(
        list_outgoing=events.list_outgoing,
        read_outgoing=events.read_outgoing,
        redeliver_events=events.redeliver_events,
    )
    yield AdminCheckInApi(
        read_check_in_rules=made.read_check_in_rules(),
        change_check_in_rules=made.change_check_in_rules(),
        simulate_check_in=made.simulate_check_in(),
    )
    yield AdminHealthApi(
        readiness=made.readiness(),
        stuck_jobs=made.telemetry().tallies.stuck_jobs,
        read_proofs=operations.read_proofs,
    )
    yield AdminClockApi(read_clock=made.read_clock(), advance_clock=made.advance_clock())
    yield AdminAccessApi(
        issue_api_key=made.issue_api_key(),
        list_api_keys=made.list_api_keys(),
        revoke_api_key=made.revoke_api_key(),
        key_ring=made.key_ring(),
    )


def _sandbox(made: Container) -> Iterator[Api]:
    sandbox = made.sandbox()
    if sandbox is not None:
        yield SandboxApi(sandbox=sandbox)
        yield AdminSandboxApi(sandbox=sandbox)
