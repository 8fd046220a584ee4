"""The one place that knows which adapter stands behind which port."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Any

import structlog
from dependency_injector import containers, providers
from dependency_injector.providers import Singleton

from adapters.system import new_id, new_secret, system_clock, system_seconds
from application.access.issue_api_key import IssuingApiKey, ListingApiKeys, RevokingApiKey
from application.access.keep_account import KeepingAccount, NotingProfile, ReadingAccount
from application.credits.adjust_credits import AdjustingCredits
from application.credits.forget_keys import ForgettingKeys
from application.credits.list_transactions import ListingTransactions, SearchingTransactions
from application.credits.read_balance import ReadingBalance, WalletReads
from application.credits.spend_credits import SpendingCredits
from application.credits.sweep_expired import SweepingExpired
from application.credits.verify_ledger import VerifyingLedger
from application.group_commit import GroupCommit
from application.payments.apply_event import ApplyEvent, ApplyingEvent
from application.payments.drain_inbox import DrainingInbox
from application.payments.list_orders import ListingOrders, ReadingOrder, SearchingOrders
from application.payments.receive_event import ReceivingEvent
from application.payments.start_checkout import StartingCheckout
from application.payments.sweep_orders import SweepingOrders
from application.ports.payments import ApplyNow
from application.ports.provider import Provider, Providers
from application.ports.sandbox import Sandbox
from application.ports.store import Store
from application.ports.system import Clock
from application.promotions.change_check_in_rules import (
    ChangingCheckInRules,
    ReadingCheckInRules,
)
from application.promotions.check_in import CheckingIn
from application.promotions.preview_coupon import PreviewingCoupon
from application.promotions.publish_coupon import CreatingCoupon, ListingCoupons
from application.promotions.read_check_in import ReadingCheckIn
from application.subscriptions.issue_due_credits import IssuingDueCredits
from application.subscriptions.open_portal import OpeningPortal
from application.subscriptions.publish_pack import ListingPacks, PublishingPack
from application.subscriptions.publish_plan import ListingPlans, PublishingPlan
from application.subscriptions.read_subscription import ReadingSubscription
from domain.payments.ids import Channel
from entrypoints.environment import SettingsError
from entrypoints.http.access import AccessApi
from entrypoints.http.admin_access import AdminAccessApi
from entrypoints.http.admin_check_in import AdminCheckInApi
from entrypoints.http.admin_coupons import AdminCouponsApi
from entrypoints.http.admin_credits import AdminCreditsApi
from entrypoints.http.admin_packs import AdminPacksApi
from entrypoints.http.admin_payments import AdminPaymentsApi
from entrypoints.http.admin_plans import AdminPlansApi
from entrypoints.http.auth import Gate
from entrypoints.http.credits import CreditsApi
from entrypoints.http.endpoint import Api
from entrypoints.http.health import Readiness
from entrypoints.http.key_ring import KeyRing
from entrypoints.http.payments import PaymentsApi
from entrypoints.http.promotions import PromotionsApi
from entrypoints.http.sandbox import SandboxApi
from entrypoints.http.subscriptions import SubscriptionsApi
from entrypoints.http.tokens import Tokens
from entrypoints.http.webhooks import WebhooksApi
from entrypoints.settings import SANDBOX, Settings, StoreKind
from entrypoints.sign_in import login_tokens_of, session_tokens_of
from entrypoints.worker import DueWork, Worker

_log = structlog.get_logger("billing")


def _memory_store() -> Store:
    from adapters.stores.memory.store import MemoryStore

    return MemoryStore()


def _sqlite_store(settings: Settings) -> Store:
    from adapters.stores.sql.sqlite import open_sqlite

    return open_sqlite(settings.sqlite_path)


def _postgres_store(settings: Settings) -> Store:
    from adapters.stores.sql.postgres import open_postgres

    return open_postgres(settings.database_url)


async def migrate(settings: Settings) -> None:
    """Bring the configured store to this code's schema; an SQLite file is backed up first.

    Raises StoreInUse, SchemaMismatch.
    """
    match settings.store_kind:
        case StoreKind.MEMORY:
            return
        case StoreKind.SQLITE:
            from adapters.stores.sql.sqlite import migrate_sqlite

            await migrate_sqlite(settings.sqlite_path)
        case StoreKind.POSTGRES:
            from adapters.stores.sql.postgres import migrate_postgres

            await migrate_postgres(settings.database_url)


def _alarm(message: str, fault: BaseException) -> None:
    _log.error(message, exc_info=fault)


def _webhook_secrets(settings: Settings, channel: Channel) -> tuple[str, ...]:
    """Return the channel's webhook secrets: two are valid together while one replaces the other."""
    given = settings.channel_setting(channel, "webhook_secret").reveal()
    return tuple(part.strip() for part in given.split(",") if part.strip())


def _sandbox_post(settings: Settings) -> Any:
    from adapters.providers.sandbox.delivery import WebhookPost

    return WebhookPost(url=f"{settings.self_url}/payment/webhook/{SANDBOX}")


def _sandbox_provider(settings: Settings, store: Store, clock: Clock) -> Provider:
    from adapters.providers.sandbox.provider import SandboxProvider

    return SandboxProvider(
        begin=store.begin,
        public_url=settings.public_url,
        secrets=_webhook_secrets(settings, SANDBOX),
        clock=clock,
        wall_clock=system_clock,
        new_secret=new_secret,
    )


def _sandbox(settings: Settings, store: Store, clock: Clock, post: Any) -> Sandbox | None:
    """Return the buyer's side of the sandbox, or None where the channel is not configured."""
    if SANDBOX not in settings.channels:
        return None
    from adapters.providers.sandbox.sandbox import StoredSandbox
    from adapters.providers.sandbox.webhooks import SandboxWebhooks

    webhooks = SandboxWebhooks(
        begin=store.begin,
        read=store.read,
        post=post,
        secrets=_webhook_secrets(settings, SANDBOX),
        wall_clock=system_clock,
        new_id=new_id,
        alarm=_alarm,
    )
    return StoredSandbox(
        begin=store.begin, read=store.read, webhooks=webhooks, clock=clock, wall_clock=system_clock
    )


PROVIDERS: Mapping[Channel, Callable[[Settings, Store, Clock], Provider]] = {
    SANDBOX: _sandbox_provider
}
"""How each channel's adapter is made; a new provider is one more line."""


def _providers(settings: Settings, store: Store, clock: Clock) -> Providers:
    made: dict[Channel, Provider] = {}
    for channel in settings.channels:
        if channel not in PROVIDERS:
            known = ", ".join(sorted(PROVIDERS))
            problem = f"names '{channel}', which is not a provider here; known: {known}"
            raise SettingsError("BILLING_CHANNELS", problem)
        made[channel] = PROVIDERS[channel](settings, store, clock)
    return made


def _apply_now(applying: ApplyingEvent) -> ApplyNow:
    async def apply(channel: Channel, event_id: str) -> object:
        return await applying(ApplyEvent(channel=channel, event_id=event_id))

    return apply


def _apis(*apis: Api | None) -> tuple[Api, ...]:
    return tuple(api for api in apis if api is not None)


def _sandbox_api(sandbox: Sandbox | None) -> Api | None:
    return None if sandbox is None else SandboxApi(sandbox=sandbox)


class Container(containers.DeclarativeContainer):
    """The table of what is made of what. Synchronous throughout: nothing here is opened.

    Made once a process: `Container(settings=settings)`. What must be opened and closed is a context
    manager that `entrypoints/service.py` enters.
    """

    settings: providers.Provider[Settings] = providers.Dependency(instance_of=Settings)
    clock = providers.Object(system_clock)
    new_id = providers.Object(new_id)
    new_secret = providers.Object(new_secret)
    alarm = providers.Object(_alarm)

    store = providers.Selector(
        settings.provided.store_kind.value,
        memory=Singleton(_memory_store),
        sqlite=Singleton(_sqlite_store, settings),
        postgres=Singleton(_postgres_store, settings),
    )
    begin = store.provided.begin
    read = store.provided.read
    group_commit = Singleton(GroupCommit, ledger=store.provided.ledger, clock=clock, new_id=new_id)

    sandbox_post = Singleton(_sandbox_post, settings)
    sandbox = Singleton(_sandbox, settings, store, clock, sandbox_post)
    payment_providers = Singleton(_providers, settings, store, clock)

    # Credits.
    wallet_reads = Singleton(WalletReads, ledger=store.provided.ledger)
    read_balance = Singleton(ReadingBalance, wallets=wallet_reads, clock=clock)
    spend_credits = Singleton(SpendingCredits, commit=group_commit, new_id=new_id)
    list_transactions = Singleton(ListingTransactions, statements=store.provided.statements)
    search_transactions = Singleton(SearchingTransactions, statements=store.provided.statements)
    adjust_credits = Singleton(AdjustingCredits, begin=begin, clock=clock, new_id=new_id)
    verify_ledger = Singleton(VerifyingLedger, records=store.provided.records)
    sweep_expired = Singleton(
        SweepingExpired, records=store.provided.records, commit=group_commit, clock=clock
    )
    forget_keys = Singleton(
        ForgettingKeys,
        records=store.provided.records,
        clock=clock,
        kept_for=Singleton(timedelta, days=settings.provided.spend_key_days),
    )

    # Promotions.
    check_in = Singleton(CheckingIn, begin=begin, clock=clock, new_id=new_id)
    read_check_in = Singleton(ReadingCheckIn, read=read, clock=clock)
    read_check_in_rules = Singleton(ReadingCheckInRules, read=read, clock=clock)
    change_check_in_rules = Singleton(ChangingCheckInRules, begin=begin, clock=clock, new_id=new_id)
    create_coupon = Singleton(CreatingCoupon, begin=begin, clock=clock, new_id=new_id)
    list_coupons = Singleton(ListingCoupons, read=read)
    preview_coupon = Singleton(PreviewingCoupon, read=read, clock=clock)

    # Payments.
    start_checkout = Singleton(
        StartingCheckout,
        begin=begin,
        read=read,
        providers=payment_providers,
        return_origins=settings.provided.return_origins,
        clock=clock,
        new_id=new_id,
    )
    apply_event = Singleton(
        ApplyingEvent,
        begin=begin,
        read=read,
        providers=payment_providers,
        clock=clock,
        new_id=new_id,
        alarm=alarm,
    )
    apply_now = Singleton(_apply_now, apply_event)
    receive_event = Singleton(
        ReceivingEvent,
        begin=begin,
        providers=payment_providers,
        apply=apply_now,
        clock=clock,
        new_id=new_id,
        alarm=alarm,
    )
    drain_inbox = Singleton(DrainingInbox, read=read, apply=apply_now, clock=clock)
    sweep_orders = Singleton(SweepingOrders, begin=begin, read=read, clock=clock)
    list_orders = Singleton(ListingOrders, read=read)
    read_order = Singleton(ReadingOrder, read=read)
    search_orders = Singleton(SearchingOrders, read=read)

    # Subscriptions.
    publish_plan = Singleton(PublishingPlan, begin=begin, clock=clock, new_id=new_id)
    list_plans = Singleton(ListingPlans, read=read)
    publish_pack = Singleton(PublishingPack, begin=begin, clock=clock, new_id=new_id)
    list_packs = Singleton(ListingPacks, read=read)
    read_subscription = Singleton(ReadingSubscription, read=read)
    open_portal = Singleton(
        OpeningPortal,
        read=read,
        providers=payment_providers,
        return_origins=settings.provided.return_origins,
    )
    issue_due_credits = Singleton(
        IssuingDueCredits, begin=begin, read=read, clock=clock, new_id=new_id
    )

    # Access.
    keep_account = Singleton(KeepingAccount, begin=begin, clock=clock)
    read_account = Singleton(ReadingAccount, read=read)
    note_profile = Singleton(NotingProfile, begin=begin, read=read, clock=clock)
    issue_api_key = Singleton(
        IssuingApiKey, begin=begin, clock=clock, new_id=new_id, new_secret=new_secret
    )
    list_api_keys = Singleton(ListingApiKeys, read=read)
    revoke_api_key = Singleton(RevokingApiKey, begin=begin, clock=clock, new_id=new_id)

    # HTTP.
    key_ring = Singleton(KeyRing, read)
    session_tokens = Singleton(session_tokens_of, settings, system_seconds)
    login_tokens = Singleton(login_tokens_of, settings, system_seconds)
    gate = Singleton(
        Gate,
        tokens=Singleton(Tokens, login=login_tokens, sessions=session_tokens),
        key_ring=key_ring,
    )
    readiness = Singleton(Readiness, ping=store.provided.ping)
    apis = Singleton(
        _apis,
        Singleton(
            CreditsApi,
            read_balance=read_balance,
            list_transactions=list_transactions,
            spend_credits=spend_credits,
        ),
        Singleton(
            PaymentsApi,
            start_checkout=start_checkout,
            list_orders=list_orders,
            read_order=read_order,
            note_profile=note_profile,
        ),
        Singleton(
            SubscriptionsApi,
            list_plans=list_plans,
            list_packs=list_packs,
            read_subscription=read_subscription,
            open_portal=open_portal,
        ),
        Singleton(
            PromotionsApi,
            check_in=check_in,
            read_check_in=read_check_in,
            preview_coupon=preview_coupon,
            note_profile=note_profile,
        ),
        Singleton(WebhooksApi, receive_event=receive_event),
        Singleton(
            AccessApi,
            keep_account=keep_account,
            read_account=read_account,
            sessions=session_tokens,
        ),
        Singleton(
            AdminPlansApi,
            publish_plan=publish_plan,
            list_plans=list_plans,
            currency_default=settings.provided.currency,
        ),
        Singleton(
            AdminPacksApi,
            publish_pack=publish_pack,
            list_packs=list_packs,
            currency_default=settings.provided.currency,
        ),
        Singleton(AdminCouponsApi, create_coupon=create_coupon, list_coupons=list_coupons),
        Singleton(
            AdminCreditsApi,
            search_transactions=search_transactions,
            adjust_credits=adjust_credits,
            verify_ledger=verify_ledger,
        ),
        Singleton(AdminPaymentsApi, search_orders=search_orders),
        Singleton(
            AdminCheckInApi,
            read_check_in_rules=read_check_in_rules,
            change_check_in_rules=change_check_in_rules,
        ),
        Singleton(
            AdminAccessApi,
            issue_api_key=issue_api_key,
            list_api_keys=list_api_keys,
            revoke_api_key=revoke_api_key,
            key_ring=key_ring,
        ),
        Singleton(_sandbox_api, sandbox),
    )

    # Due work.
    due_work = Singleton(
        DueWork,
        sweeping_expired=sweep_expired,
        issuing_due_credits=issue_due_credits,
        sweeping_orders=sweep_orders,
        draining_inbox=drain_inbox,
        forgetting_keys=forget_keys,
        sandbox=sandbox,
    )
    worker = Singleton(Worker, jobs=due_work.provided.jobs.call(), alarm=alarm)
