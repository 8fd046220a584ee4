"""The table of what the console shows: every section, over the use cases it calls."""

from __future__ import annotations

from collections.abc import Iterator
from importlib.metadata import version
from typing import TYPE_CHECKING

from entrypoints.console.app import Console
from entrypoints.console.audit import AuditPages
from entrypoints.console.check_in import CheckInPages
from entrypoints.console.coupon_codes import CouponCodePages
from entrypoints.console.coupons import CouponPages
from entrypoints.console.customer_actions import CustomerActions
from entrypoints.console.customer_grants import CustomerGrantPages
from entrypoints.console.customer_plans import CustomerPlanPages
from entrypoints.console.customers import CustomerPages
from entrypoints.console.disputes import DisputePages
from entrypoints.console.endpoints import EndpointPages
from entrypoints.console.events import EventPages
from entrypoints.console.health import SHORTFALLS, HealthPages
from entrypoints.console.holds import HoldPages
from entrypoints.console.keys import KeyPages
from entrypoints.console.look import Look
from entrypoints.console.orders import OrderPages
from entrypoints.console.overview import OverviewPages
from entrypoints.console.packs import PackPages
from entrypoints.console.page import Section
from entrypoints.console.plan_versions import PlanVersionPages
from entrypoints.console.plans import PlanPages
from entrypoints.console.privacy import PrivacyPages
from entrypoints.console.rates import RatePages
from entrypoints.console.receipts import ReceiptPages
from entrypoints.console.reconciliation import ReconciliationPages
from entrypoints.console.shelf import Shelf
from entrypoints.console.subscriptions import SubscriptionPages
from entrypoints.console.transactions import TransactionPages
from entrypoints.console.webhooks import WebhookPages
from entrypoints.receipts_out import receipts_of

if TYPE_CHECKING:
    from entrypoints.container import Container


def console_of(made: Container) -> Console:
    """Return the console of a running service."""
    settings = made.settings()
    return Console(
        sections=(*_customers(made), *_catalogue(made), *_operations(made)),
        gate=made.gate(),
        open_session=made.open_session(),
        read_session=made.read_session(),
        end_session=made.end_session(),
        look=Look(public_url=settings.public_url, is_live=settings.is_live),
    )


def _customers(made: Container) -> Iterator[Section]:
    yield OverviewPages(read_overview=made.read_overview())
    yield CustomerPages(
        find_customers=made.find_customers(),
        read_customer=made.read_customer(),
        explain_balance=made.explain_balance(),
        explain_transaction=made.explain_transaction(),
    )
    lots = made.holds_and_lots()
    yield CustomerActions(
        adjust_credits=made.adjust_credits(),
        preview_adjustment=made.preview_adjustment(),
        set_freeze=lots.set_freeze,
    )
    yield CustomerGrantPages(give_grant=lots.give_grant)
    yield HoldPages(
        list_holds=lots.list_holds,
        read_hold=lots.read_hold,
        release_hold=lots.release_hold_by_hand,
    )
    yield SubscriptionPages(
        inspect_subscription=made.inspect_subscription(), fulfil_wish=made.fulfil_wish()
    )
    subscribing = made.subscribing()
    yield CustomerPlanPages(
        inspect_subscription=made.inspect_subscription(),
        preview_change=subscribing.preview_change,
        change_plan=subscribing.change_plan,
        comp_subscription=made.subscription_life().comp_subscription,
        shelf=_shelf(made),
    )
    kept = made.operations()
    yield PrivacyPages(export_account=kept.export_account, erase_account=kept.erase_account)
    yield OrderPages(
        search_orders=made.search_orders(),
        inspect_order=made.inspect_order(),
        refund_order=made.refund_order(),
    )
    yield ReceiptPages(receipts=receipts_of(made))
    yield TransactionPages(search_transactions=made.search_transactions())
    yield DisputePages(
        list_disputes=made.list_disputes(),
        resolve_dispute=made.resolve_dispute(),
        inspect_order=made.inspect_order(),
    )


def _shelf(made: Container) -> Shelf:
    return Shelf(list_plans=made.list_plans(), list_packs=made.list_packs())


def _catalogue(made: Container) -> Iterator[Section]:
    currency, subscribing = made.settings().currency, made.subscribing()
    yield PlanPages(
        list_plans=made.list_plans(),
        publish_plan=made.publish_plan(),
        read_plan=made.read_plan(),
        number_plans=subscribing.number_plans,
        currency_default=currency,
    )
    yield PlanVersionPages(
        read_plan=made.read_plan(),
        count_holders=subscribing.count_holders,
        migrate_plan=subscribing.migrate_plan,
    )
    yield PackPages(
        list_packs=made.list_packs(),
        publish_pack=made.publish_pack(),
        read_pack=made.read_pack(),
        currency_default=currency,
    )
    yield RatePages(
        list_rates=made.list_rates(),
        read_rates=made.read_rates(),
        publish_rates=made.publish_rates(),
    )
    coupons = made.coupon_desk()
    yield CouponPages(
        list_coupons=coupons.list_coupons,
        read_coupon=coupons.read_coupon,
        create_coupon=coupons.create_coupon,
        change_coupon=coupons.change_coupon,
        archive_coupon=coupons.archive_coupon,
        list_redemptions=coupons.list_redemptions,
        shelf=_shelf(made),
        clock=made.clock(),
    )
    yield CouponCodePages(
        read_coupon=coupons.read_coupon,
        list_codes=coupons.list_codes,
        make_codes=coupons.make_codes,
        disable_code=coupons.disable_code,
        codes_file=coupons.codes_file,
    )
    yield CheckInPages(
        read_rules=made.read_check_in_rules(),
        change_rules=made.change_check_in_rules(),
        simulate=made.simulate_check_in(),
    )


def _operations(made: Container) -> Iterator[Section]:
    settings = made.settings()
    yield WebhookPages(
        list_events=made.list_events(),
        read_event=made.read_event(),
        replay_events=made.replay_events(),
        channels=settings.channels,
    )
    yield from _told(made)
    operations = made.operations()
    yield ReconciliationPages(
        reconcile=made.reconcile(),
        list_reconciliations=operations.list_reconciliations,
        read_reconciliation=operations.read_reconciliation,
        channels=settings.channels,
    )
    yield AuditPages(list_audit=made.list_audit())
    yield KeyPages(
        list_api_keys=made.list_api_keys(),
        issue_api_key=made.issue_api_key(),
        revoke_api_key=made.revoke_api_key(),
        key_ring=made.key_ring(),
    )
    yield HealthPages(
        readiness=made.readiness(),
        stuck_jobs=made.telemetry().tallies.stuck_jobs,
        read_proofs=made.operations().read_proofs,
        facts={
            "Version": version("billing"),
            "Mode": settings.mode.value,
            "Store": settings.store_kind.value,
            "Channels": ", ".join(settings.channels) or "none",
            "Public address": settings.public_url,
            "Currency of new plans and packs": settings.currency,
            "Spent credits whose payment goes back": SHORTFALLS[settings.refund_shortfall],
        },
    )


def _told(made: Container) -> Iterator[Section]:
    events = made.events_out()
    yield EventPages(
        list_outgoing=events.list_outgoing,
        read_outgoing=events.read_outgoing,
        redeliver_events=events.redeliver_events,
        list_endpoints=events.list_endpoints,
    )
    yield EndpointPages(
        list_endpoints=events.list_endpoints,
        read_endpoint=events.read_endpoint,
        create_endpoint=events.create_endpoint,
        change_endpoint=events.change_endpoint,
        switch_endpoint=events.switch_endpoint,
        delete_endpoint=events.delete_endpoint,
        rotate_secret=events.rotate_secret,
        send_test_event=events.send_test_event,
    )
