"""How everything is put together: use cases over the adapters that `adapter_table.py` chooses."""

from __future__ import annotations

import asyncio

from dependency_injector import containers, providers
from dependency_injector.providers import Singleton

from adapters.system import (
    chance,
    new_id,
    new_secret,
    system_clock,
    system_seconds,
    system_stopwatch,
)
from adapters.virtual_clock import SteeredClock
from application.access.find_customers import FindingCustomers
from application.access.issue_api_key import IssuingApiKey, ListingApiKeys, RevokingApiKey
from application.access.keep_account import KeepingAccount, NotingProfile, ReadingAccount
from application.access.list_audit import ListingAudit
from application.access.read_customer import ReadingCustomer
from application.access.sign_in import EndingSession, OpeningSession, ReadingSession
from application.clock.advance_clock import AdvancingClock
from application.clock.read_clock import ReadingClock
from application.credits.adjust_credits import AdjustingCredits, PreviewingAdjustment
from application.credits.estimate_usage import EstimatingUsage
from application.credits.explain import ExplainingBalance, ExplainingTransaction
from application.credits.grant_credits import GrantingCredits
from application.credits.list_rates import ListingRates, ReadingRates
from application.credits.list_transactions import ListingTransactions, SearchingTransactions
from application.credits.publish_rates import PublishingRates
from application.credits.read_balance import ReadingBalance, WalletReads
from application.credits.spend_credits import SpendingBatch, SpendingCredits
from application.credits.steps.charging import Charging
from application.credits.steps.rate_desk import RateDesk
from application.credits.sweep_expired import SweepingExpired
from application.credits.verify_ledger import VerifyingLedger
from application.figures.count_figures import CountingFigures
from application.figures.read_overview import ReadingOverview
from application.payments.apply_event import ApplyingEvent
from application.payments.chase_refunds import ChasingRefunds
from application.payments.confirm_checkout import ConfirmingCheckout
from application.payments.drain_inbox import DrainingInbox
from application.payments.list_orders import (
    InspectingOrder,
    ListingOrders,
    ReadingOrder,
    SearchingOrders,
)
from application.payments.receive_event import ReceivingEvent
from application.payments.reconcile import Reconciling
from application.payments.refund_order import RefundingOrder
from application.payments.replay_events import ListingEvents, ReadingEvent, ReplayingEvents
from application.payments.resolve_dispute import ListingDisputes, ResolvingDispute
from application.payments.settle_order import SettlingOrder
from application.payments.start_checkout import StartingCheckout
from application.payments.steps.provider_turns import ProviderTurns
from application.payments.sweep_orders import SweepingOrders
from application.promotions.change_check_in_rules import ChangingCheckInRules, ReadingCheckInRules
from application.promotions.check_in import CheckingIn
from application.promotions.read_check_in import ReadingCheckIn
from application.promotions.read_check_in_calendar import ReadingCheckInCalendar
from application.promotions.simulate_check_in import SimulatingCheckIn
from application.subscriptions.compare_prices import ComparingPrices
from application.subscriptions.fulfil_wish import FulfillingWish
from application.subscriptions.issue_due_credits import IssuingDueCredits
from application.subscriptions.publish_pack import ListingPacks, PublishingPack
from application.subscriptions.publish_plan import ListingPlans, PublishingPlan
from application.subscriptions.read_catalogue import ReadingPack, ReadingPlan
from application.subscriptions.read_subscription import ReadingSubscription
from application.subscriptions.search_subscriptions import (
    InspectingSubscription,
    SearchingSubscriptions,
)
from application.wallets.group_commit import GroupCommit
from application.wallets.settling import Settlement
from entrypoints.adapter_table import (
    memory_store,
    postgres_store,
    providers_of,
    quote_seal_of,
    sandbox_of,
    sandbox_post_of,
    sqlite_store,
    webhook_sender_of,
)
from entrypoints.apis import apis_of
from entrypoints.console.sections import console_of
from entrypoints.coupon_desk import coupon_desk_of
from entrypoints.due_work import due_work_of, worker_of
from entrypoints.events_out import events_out_of
from entrypoints.holds_and_lots import holds_and_lots_of
from entrypoints.http.auth import Gate
from entrypoints.http.key_ring import KeyRing
from entrypoints.http.tokens import Tokens
from entrypoints.logs import log_alarm
from entrypoints.operations import operations_of
from entrypoints.settings import Settings
from entrypoints.sign_in import login_tokens_of, session_tokens_of
from entrypoints.subscribing import subscribing_of
from entrypoints.subscription_life import subscription_life_of
from entrypoints.telemetry.wiring import readiness_of, seen_store, telemetry_of, tracing_of
from entrypoints.throttles import guesses_of


class Container(containers.DeclarativeContainer):
    """The table of what is made of what. Synchronous throughout: nothing here is opened.

    Made once a process: `Container(settings=settings)`. What must be opened and closed is a context
    manager that `entrypoints/service.py` enters.
    """

    __self__ = providers.Self()

    settings: providers.Provider[Settings] = providers.Dependency(instance_of=Settings)
    wall_clock = providers.Object(system_clock)
    virtual_clock = Singleton(SteeredClock, wall_clock=wall_clock)
    steered_clock = providers.Selector(
        settings.provided.clock_kind.value, real=providers.Object(None), virtual=virtual_clock
    )
    clock = providers.Selector(
        settings.provided.clock_kind.value, real=wall_clock, virtual=virtual_clock
    )
    stopwatch = providers.Object(system_stopwatch)
    new_id = providers.Object(new_id)
    new_secret = providers.Object(new_secret)
    chance = providers.Object(chance)
    alarm = providers.Object(log_alarm)
    shortfall = settings.provided.refund_shortfall

    tracing = Singleton(tracing_of, settings)
    telemetry = Singleton(telemetry_of, __self__)
    bare_store = providers.Selector(
        settings.provided.store_kind.value,
        memory=Singleton(memory_store),
        sqlite=Singleton(sqlite_store, settings),
        postgres=Singleton(postgres_store, settings),
    )
    store = Singleton(seen_store, bare_store, tracing)
    begin = store.provided.begin
    read = store.provided.read
    records = store.provided.records
    group_commit = Singleton(
        GroupCommit,
        ledger=store.provided.ledger,
        clock=clock,
        new_id=new_id,
        decides_ahead=settings.provided.store_kind.works_apart,
    )

    sandbox_post = Singleton(sandbox_post_of, settings)
    sandbox = Singleton(sandbox_of, settings, store, clock, sandbox_post)
    payment_providers = Singleton(providers_of, settings, store, clock, telemetry.provided.watches)

    # Credits.
    wallet_reads = Singleton(WalletReads, ledger=store.provided.ledger)
    read_balance = Singleton(ReadingBalance, wallets=wallet_reads, clock=clock)
    rate_desk = Singleton(RateDesk, read=read, stopwatch=stopwatch)
    charging = Singleton(Charging, desk=rate_desk, clock=clock)
    spend_credits = Singleton(
        SpendingCredits, commit=group_commit, charging=charging, new_id=new_id
    )
    spend_batch = Singleton(SpendingBatch, commit=group_commit, charging=charging, new_id=new_id)
    estimate_usage = Singleton(EstimatingUsage, desk=rate_desk, wallet=wallet_reads, clock=clock)
    publish_rates = Singleton(
        PublishingRates, begin=begin, read=read, desk=rate_desk, clock=clock, new_id=new_id
    )
    list_rates = Singleton(ListingRates, read=read)
    read_rates = Singleton(ReadingRates, read=read, clock=clock)
    list_transactions = Singleton(ListingTransactions, statements=store.provided.statements)
    search_transactions = Singleton(SearchingTransactions, statements=store.provided.statements)
    adjust_credits = Singleton(AdjustingCredits, begin=begin, clock=clock, new_id=new_id)
    preview_adjustment = Singleton(
        PreviewingAdjustment, wallets=wallet_reads, clock=clock, new_id=new_id
    )
    grant_credits = Singleton(GrantingCredits, commit=group_commit, new_id=new_id)
    holds_and_lots = Singleton(holds_and_lots_of, __self__)
    settlement = Singleton(
        Settlement, ledger=store.provided.ledger, commit=group_commit, clock=clock
    )
    explain_balance = Singleton(
        ExplainingBalance,
        begin=begin,
        records=records,
        read=read,
        settlement=settlement,
        clock=clock,
    )
    explain_transaction = Singleton(ExplainingTransaction, read=read)
    verify_ledger = Singleton(VerifyingLedger, records=records, told=telemetry.provided.proved)
    sweep_expired = Singleton(SweepingExpired, records=records, commit=group_commit, clock=clock)
    operations = Singleton(operations_of, __self__)

    # Promotions.
    check_in = Singleton(CheckingIn, begin=begin, clock=clock, new_id=new_id)
    read_check_in = Singleton(ReadingCheckIn, read=read, clock=clock)
    read_check_in_calendar = Singleton(ReadingCheckInCalendar, read=read, clock=clock)
    simulate_check_in = Singleton(SimulatingCheckIn, read=read, clock=clock)
    read_check_in_rules = Singleton(ReadingCheckInRules, read=read, clock=clock)
    change_check_in_rules = Singleton(ChangingCheckInRules, begin=begin, clock=clock, new_id=new_id)
    coupon_desk = Singleton(coupon_desk_of, __self__)
    guesses = Singleton(guesses_of, __self__)

    # Payments.
    provider_turns = Singleton(ProviderTurns, stopwatch=stopwatch)
    start_checkout = Singleton(
        StartingCheckout,
        begin=begin,
        read=read,
        providers=payment_providers,
        return_origins=settings.provided.return_origins,
        clock=clock,
        new_id=new_id,
        alarm=alarm,
        shortfall=shortfall,
        trial_key=settings.provided.lives.trial_key,
    )
    apply_event = Singleton(
        ApplyingEvent,
        begin=begin,
        providers=payment_providers,
        clock=clock,
        new_id=new_id,
        alarm=alarm,
        shortfall=shortfall,
    )
    apply_now = apply_event.provided.due
    apply_delivered = apply_event.provided.delivered
    receive_event = Singleton(
        ReceivingEvent,
        begin=begin,
        providers=payment_providers,
        apply=apply_delivered,
        clock=clock,
        new_id=new_id,
        alarm=alarm,
    )
    drain_inbox = Singleton(DrainingInbox, read=read, apply=apply_now, clock=clock)
    sweep_orders = Singleton(SweepingOrders, begin=begin, read=read, clock=clock, new_id=new_id)
    list_events = Singleton(ListingEvents, read=read)
    read_event = Singleton(ReadingEvent, read=read)
    replay_events = Singleton(
        ReplayingEvents, begin=begin, read=read, apply=apply_now, clock=clock, new_id=new_id
    )
    confirm_checkout = Singleton(
        ConfirmingCheckout,
        begin=begin,
        read=read,
        providers=payment_providers,
        clock=clock,
        new_id=new_id,
        alarm=alarm,
        shortfall=shortfall,
        turns=provider_turns,
    )
    reconcile = Singleton(
        Reconciling,
        begin=begin,
        read=read,
        providers=payment_providers,
        clock=clock,
        wall_clock=wall_clock,
        new_id=new_id,
        alarm=alarm,
        shortfall=shortfall,
    )
    refund_order = Singleton(
        RefundingOrder,
        begin=begin,
        read=read,
        providers=payment_providers,
        clock=clock,
        new_id=new_id,
        shortfall=shortfall,
    )
    chase_refunds = Singleton(
        ChasingRefunds,
        begin=begin,
        read=read,
        providers=payment_providers,
        clock=clock,
        new_id=new_id,
        alarm=alarm,
        shortfall=shortfall,
    )
    settle_order = Singleton(SettlingOrder, begin=begin, clock=clock, new_id=new_id)
    resolve_dispute = Singleton(
        ResolvingDispute, begin=begin, clock=clock, new_id=new_id, shortfall=shortfall
    )
    list_disputes = Singleton(ListingDisputes, read=read)
    inspect_order = Singleton(InspectingOrder, read=read)
    list_orders = Singleton(ListingOrders, read=read)
    read_order = Singleton(ReadingOrder, read=read)
    search_orders = Singleton(SearchingOrders, read=read)

    # Subscriptions.
    publish_plan = Singleton(PublishingPlan, begin=begin, clock=clock, new_id=new_id)
    list_plans = Singleton(ListingPlans, read=read)
    read_plan = Singleton(ReadingPlan, read=read)
    publish_pack = Singleton(PublishingPack, begin=begin, clock=clock, new_id=new_id)
    list_packs = Singleton(ListingPacks, read=read)
    read_pack = Singleton(ReadingPack, read=read)
    read_subscription = Singleton(ReadingSubscription, read=read)
    search_subscriptions = Singleton(SearchingSubscriptions, read=read)
    inspect_subscription = Singleton(InspectingSubscription, read=read)
    fulfil_wish = Singleton(
        FulfillingWish,
        begin=begin,
        read=read,
        providers=payment_providers,
        clock=clock,
        new_id=new_id,
        alarm=alarm,
    )
    quote_seal = Singleton(quote_seal_of, settings)
    subscribing = Singleton(subscribing_of, __self__)
    compare_prices = Singleton(ComparingPrices, read=read, providers=payment_providers)
    subscription_life = Singleton(subscription_life_of, __self__)
    issue_due_credits = Singleton(
        IssuingDueCredits, begin=begin, read=read, clock=clock, new_id=new_id
    )

    # Events out.
    webhook_sender = Singleton(webhook_sender_of, settings)
    events_out = Singleton(events_out_of, __self__)

    # Access.
    keep_account = Singleton(KeepingAccount, begin=begin, clock=clock)
    read_account = Singleton(ReadingAccount, read=read)
    note_profile = Singleton(NotingProfile, begin=begin, read=read, clock=clock)
    issue_api_key = Singleton(
        IssuingApiKey, begin=begin, clock=clock, new_id=new_id, new_secret=new_secret
    )
    list_api_keys = Singleton(ListingApiKeys, read=read)
    revoke_api_key = Singleton(RevokingApiKey, begin=begin, clock=clock, new_id=new_id)
    list_audit = Singleton(ListingAudit, read=read)
    find_customers = Singleton(
        FindingCustomers,
        read=read,
        ledger=store.provided.ledger,
        providers=payment_providers,
        clock=clock,
    )
    read_customer = Singleton(
        ReadingCustomer,
        read=read,
        ledger=store.provided.ledger,
        statements=store.provided.statements,
        clock=clock,
    )
    open_session = Singleton(OpeningSession, begin=begin, clock=wall_clock, new_secret=new_secret)
    read_session = Singleton(ReadingSession, read=read, clock=wall_clock)
    end_session = Singleton(EndingSession, begin=begin)

    # Figures.
    count_figures = Singleton(
        CountingFigures, begin=begin, read=read, clock=clock, wall_clock=wall_clock
    )
    read_overview = Singleton(ReadingOverview, read=read, clock=clock)

    # Due work, and time.
    turn = Singleton(asyncio.Lock)
    due_work = Singleton(due_work_of, __self__)
    worker = Singleton(worker_of, __self__)
    read_clock = Singleton(ReadingClock, clock=clock, virtual_clock=steered_clock)
    advance_clock = Singleton(
        AdvancingClock,
        begin=begin,
        read=read,
        clock=steered_clock,
        new_id=new_id,
        sandbox=sandbox,
        steps=due_work.provided.steps.call(),
        turn=turn,
        alarm=alarm,
    )

    # HTTP.
    key_ring = Singleton(KeyRing, read)
    session_tokens = Singleton(session_tokens_of, settings, system_seconds)
    login_tokens = Singleton(login_tokens_of, settings, system_seconds)
    gate = Singleton(
        Gate,
        tokens=Singleton(Tokens, login=login_tokens, sessions=session_tokens),
        key_ring=key_ring,
    )
    readiness = Singleton(readiness_of, __self__)
    apis = Singleton(apis_of, __self__)
    console = Singleton(console_of, __self__)
