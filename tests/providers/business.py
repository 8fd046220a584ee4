"""The whole service as the container wires it, its adapters pointed at the providers' fakes."""

from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import datetime

import attrs
from aiohttp.test_utils import TestClient, TestServer
from aiohttp.typedefs import Middleware
from attrs import define, field

from adapters.providers.creem.provider import CreemProvider
from adapters.providers.stripe.provider import StripeProvider
from adapters.system import system_seconds
from application.credits.verify_ledger import VerifyLedger
from application.payments.confirm_checkout import ConfirmCheckout
from application.payments.drain_inbox import DrainInbox
from application.payments.receive_event import ReceiveEvent
from application.payments.reconcile import Reconcile, Reconciled
from application.payments.refund_order import RefundOrder
from application.payments.start_checkout import StartCheckout
from application.payments.sweep_orders import SweepOrders
from application.ports.idempotency import Caller as KeyCaller
from application.ports.idempotency import RequestKey
from application.ports.provider import Provider
from application.ports.store import Store
from application.promotions.verify_counters import VerifyCounters
from application.subscriptions.carry_out_changes import CarryOutChanges
from application.subscriptions.change_plan import ChangePlan
from application.subscriptions.issue_due_credits import IssueDueCredits
from application.subscriptions.preview_change import PreviewChange
from domain.access.audit import Actor
from domain.access.role import Role
from domain.credits.ids import AccountId
from domain.payments.ids import Channel, OrderId
from domain.payments.order import Order, OrderType
from domain.period import Interval
from domain.promotions.coupon import Coupon
from domain.subscriptions.catalogue import Pack, Plan
from entrypoints.container import Container
from entrypoints.http.minting import DevelopmentTokens
from entrypoints.http.tokens import TokenRules
from entrypoints.service import application, connected
from entrypoints.settings import load_settings
from tests.providers.impatience import IMPATIENT
from tests.providers.till import News, Till
from tests.support.builders.promotions import a_code
from tests.support.callers import Answer, Caller, Client
from tests.support.clock import CountedIds, SettableClock
from tests.support.turns import unhurried

SHOP = "https://shop.example"
ADMIN = Actor(id="admin-1", request_id="request-1")
_LOGIN_SECRET = "a secret of the product's login, long enough"
_RULES = TokenRules(issuer="https://login.example", audience="shop", admin_audience="shop-admin")
_LOGIN = DevelopmentTokens(rules=_RULES, secret=_LOGIN_SECRET, seconds=system_seconds)
_TOKEN_SECONDS = 3600


@define(kw_only=True)
class Business:
    """The service, the tills it sells through, and one clock for all of them."""

    container: Container
    store: Store
    clock: SettableClock
    tills: Mapping[Channel, Till]
    alarms: list[str] = field(factory=list)
    _client: Client | None = None

    # Through the front door.

    @property
    def client(self) -> Client:
        """Whoever asks over HTTP; there only where the service is served."""
        assert self._client is not None
        return self._client

    def as_user(self, account_id: str) -> Caller:
        """Return the user of an account."""
        return Caller(client=self.client, credential=_LOGIN.user(account_id, _TOKEN_SECONDS))

    def as_owner(self) -> Caller:
        """Return an admin who may do everything."""
        return Caller(
            client=self.client, credential=_LOGIN.admin("owner", Role.OWNER, _TOKEN_SECONDS)
        )

    async def post(self, channel: Channel, news: News) -> Answer:
        """Post a webhook as the provider does."""
        caller = Caller(client=self.client)
        path = f"/payment/webhook/{channel}"
        return await caller.send("POST", path, raw=news.body, headers=news.headers)

    # Through the use cases, for whoever is in a hurry.

    async def offers(self, *things: Plan | Pack | Coupon) -> None:
        """Put things on sale."""
        async with self.store.begin() as work:
            for thing in things:
                if isinstance(thing, Plan):
                    await work.plans.add(thing)
                elif isinstance(thing, Pack):
                    await work.packs.add(thing)
                else:
                    await work.coupons.add(thing, a_code(thing))
            await work.commit()

    async def buy(
        self,
        account_id: AccountId,
        channel: Channel,
        thing: Plan | Pack,
        interval: Interval = Interval.MONTHLY,
        coupon_code: str | None = None,
        key: str | None = None,
    ) -> Order:
        """Start a checkout, and return its order."""
        is_plan = isinstance(thing, Plan)
        command = StartCheckout(
            account_id=account_id,
            channel=channel,
            item=thing.id,
            type=OrderType.SUBSCRIPTION if is_plan else OrderType.CREDITS,
            interval=interval,
            coupon_code=coupon_code,
            success_url=f"{SHOP}/done",
            cancel_url=f"{SHOP}/plans",
            key=None if key is None else self._key(account_id, key),
        )
        return (await self.container.start_checkout()(command)).order

    async def receive(self, channel: Channel, news: News) -> None:
        """Take a webhook in."""
        await self.container.receive_event()(
            ReceiveEvent(channel=channel, body=news.body, headers=news.headers)
        )

    async def receive_all(self, till: Till, news: Iterable[News] | None = None) -> None:
        """Take in these webhooks of a till, or all it has for us."""
        for each in till.news() if news is None else news:
            await self.receive(till.channel, each)

    async def comes_back(self, order: Order) -> Order:
        """Let the buyer come back from a checkout."""
        return await self.container.confirm_checkout()(
            ConfirmCheckout(account_id=order.account_id, order_id=order.id)
        )

    async def quotes(self, account_id: AccountId, plan: Plan, interval: Interval) -> str:
        """Ask what another plan would cost an account, and return the quote."""
        preview = self.container.subscribing().preview_change
        asked = PreviewChange(plan_id=plan.id, interval=interval, account_id=account_id)
        return (await preview(asked)).sealed

    async def changes(self, account_id: AccountId, quote: str) -> None:
        """Take a quote up for an account."""
        actor = Actor(id=f"account:{account_id}", request_id="request-1")
        command = ChangePlan(quote=quote, account_id=account_id, actor=actor)
        await self.container.subscribing().change_plan(command)

    async def refund(self, order_id: OrderId, amount_minor: int | None, key: str) -> None:
        """Give money back as an admin."""
        command = RefundOrder(
            order_id=order_id,
            amount_minor=amount_minor,
            reason="asked for",
            actor=ADMIN,
            key=self._key("admin", key),
        )
        await self.container.refund_order()(command)

    async def reconcile(self, since: datetime | None = None) -> Reconciled:
        """Compare with the providers and mend what differs, as the worker does every hour."""
        command = Reconcile(
            since=since, is_to_be_applied=True, reason="webhooks were lost", actor=ADMIN
        )
        found: Reconciled = await self.container.reconcile()(command)
        return found

    async def work(self, rounds: int = 4) -> None:
        """Let the worker try what waits, do what is due, give up what ran out, for a while."""
        for _ in range(rounds):
            self.clock.advance(seconds=40)
            await self.container.drain_inbox()(DrainInbox())
            await self.container.subscribing().carry_out_changes(CarryOutChanges())
            await self.container.issue_due_credits()(IssueDueCredits())
            await self.container.sweep_orders()(SweepOrders())

    # What there is to see.

    async def order(self, order_id: OrderId) -> Order:
        """Return an order as it stands."""
        async with self.store.read() as work:
            return await work.orders.find(order_id)

    async def balance(self, account_id: AccountId) -> int:
        """Return what an account has."""
        wallet = (await self.store.ledger.load([account_id]))[account_id]
        return wallet.balance(self.clock())

    async def is_proved(self) -> bool:
        """Say whether the whole ledger keeps every rule, and every counter counts its rows."""
        found = await self.container.verify_ledger()(VerifyLedger())
        counted = await self.container.coupon_desk().verify_counters(VerifyCounters())
        return not found.breaches and not counted.miscounts

    def _key(self, owner: str, key: str) -> RequestKey:
        return RequestKey(owner=owner, caller=KeyCaller.ADMIN, key=key, fingerprint=key)


@asynccontextmanager
async def a_business(
    *tills: Till,
    clock: SettableClock,
    database_url: str = "memory://",
    store: Store | None = None,
    middlewares: Sequence[Middleware] = (),
    is_served: bool = False,
    faults_max: int | None = None,
) -> AsyncIterator[Business]:
    """Run a service that sells through these tills.

    A store that is given is open already, and stays so. With `faults_max` the adapters soon lose
    patience, and their breakers open after so many faults. A request of ours or an answer of the
    fake's that breaks the provider's own documents fails whatever ran in here.
    """
    async with AsyncExitStack() as opening:
        addresses: dict[Channel, str] = {}
        for till in tills:
            server = TestServer(till.app(middlewares))
            await opening.enter_async_context(server)
            addresses[till.channel] = str(server.make_url("")).rstrip("/")
        given = variables_for(tills, addresses, database_url)
        container = Container(settings=load_settings(given))
        alarms = _put_under_control(container, clock)
        kept = store
        if kept is None:
            kept = await opening.enter_async_context(container.store())
        assert kept is not None
        # Whoever starts the service again finds the same store.
        container.store.override(kept)
        found = {
            channel: _living_by(provider, clock)
            for channel, provider in container.payment_providers().items()
        }
        if faults_max is not None:
            for channel, address in addresses.items():
                impatient = IMPATIENT[channel](address, clock, faults_max=faults_max)
                found[channel] = await opening.enter_async_context(impatient)
        container.payment_providers.override(found)
        await opening.enter_async_context(connected(container))
        client = None
        if is_served:
            serving = TestClient(TestServer(application(container)))
            client = await opening.enter_async_context(serving)
        yield Business(
            container=container,
            store=kept,
            clock=clock,
            tills={till.channel: till for till in tills},
            alarms=alarms,
            client=client,
        )
    for till in tills:
        assert not till.problems, "\n".join(till.problems)


def variables_for(
    tills: Sequence[Till], addresses: Mapping[Channel, str], database_url: str
) -> Mapping[str, str]:
    """Return the environment of a service that sells through these tills."""
    variables = {
        "BILLING_DATABASE_URL": database_url,
        "BILLING_MODE": "test",
        "BILLING_CHANNELS": ",".join(till.channel for till in tills),
        "BILLING_RETURN_ORIGINS": SHOP,
        "BILLING_CURRENCY": "EUR",
        "BILLING_JWT_SECRET": _LOGIN_SECRET,
        "BILLING_JWT_ISSUER": _RULES.issuer,
        "BILLING_JWT_AUDIENCE": _RULES.audience,
        "BILLING_JWT_ADMIN_AUDIENCE": str(_RULES.admin_audience),
    }
    for till in tills:
        variables |= till.settings
        variables[f"BILLING_{till.channel.upper()}_API_BASE"] = addresses[till.channel]
    return variables


def _put_under_control(container: Container, clock: SettableClock) -> list[str]:
    """Give the service our clock, counted ids, an alarm that we can read, and nobody a wait."""
    alarms: list[str] = []

    def alarm(told: str, fault: BaseException) -> None:
        alarms.append(f"{told}: {fault}")

    container.provider_turns.override(unhurried())
    container.clock.override(clock)
    container.wall_clock.override(clock)
    container.new_id.override(CountedIds())
    container.alarm.override(alarm)
    return alarms


def _living_by(provider: Provider, clock: SettableClock) -> Provider:
    """Return the adapter as it was wired, but for the real time, which is ours here as well."""
    assert isinstance(provider, StripeProvider | CreemProvider)
    return attrs.evolve(provider, wall_clock=clock)
