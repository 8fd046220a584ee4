"""The whole service as the container wires it, on the memory store, with callers of every kind."""

from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Any, cast

import attrs
from aiohttp.test_utils import TestClient, TestServer
from attrs import define
from dependency_injector import providers
from joserfc import jwt
from joserfc.jwk import OctKey

from adapters.stores.memory.store import MemoryStore
from adapters.stores.memory.table import Table
from adapters.virtual_clock import SteeredClock
from application.credits.read_balance import WalletReads
from application.payments.steps.fulfilment import NO_PROVIDER, fulfil_free, fulfil_payment
from application.payments.sweep_orders import SweepingOrders
from application.ports.credits import Ledger
from application.wallets.granting import begin_granting
from application.wallets.group_commit import GroupCommit
from domain.access.api_key import ApiKey, written
from domain.access.role import Role, Scope
from domain.credits.ids import AccountId
from domain.payments.order import Order
from entrypoints.container import Container
from entrypoints.http.endpoint import Api, Endpoint
from entrypoints.http.minting import DevelopmentTokens
from entrypoints.http.token_keys import SharedSecret
from entrypoints.http.tokens import LoginTokens, SessionTokens, TokenRules
from entrypoints.service import application
from entrypoints.settings import load_settings
from tests.support.builders.access import an_api_key
from tests.support.builders.credits import SOMEBODY, grant_terms, granted
from tests.support.builders.payments import a_payment, an_order, an_order_line
from tests.support.callers import Caller, Client
from tests.support.clock import NOON, CountedIds, SettableClock, fresh_id
from tests.support.signing_provider import SigningProvider

SHOP = "https://shop.example"
TOKEN_SECRET = "a secret of the product's login, long enough"
SESSION_SECRET = "a secret for sessions alone, and long enough too"
TOKEN_RULES = TokenRules(
    issuer="https://login.example", audience="shop", admin_audience="shop-admin"
)
VARIABLES: Mapping[str, str] = {
    "BILLING_DATABASE_URL": "memory://",
    "BILLING_RETURN_ORIGINS": SHOP,
    "BILLING_CURRENCY": "EUR",
    "BILLING_QUOTE_SECRET": "a secret for quotes alone, and long enough too",
}


def _seconds() -> float:
    return NOON.timestamp()


SESSIONS = SessionTokens(secret=SESSION_SECRET, seconds=_seconds)
LOGIN = DevelopmentTokens(rules=TOKEN_RULES, secret=TOKEN_SECRET, seconds=_seconds)


@define(kw_only=True)
class Service:
    """The service and everything a test may want to move or look at."""

    store: MemoryStore
    clock: SettableClock
    wall_clock: SettableClock
    provider: SigningProvider
    container: Container
    alarms: list[str]
    client: Client

    @property
    def endpoints(self) -> Sequence[Endpoint]:
        """Every row of the API but health and documentation."""
        apis: Sequence[Api] = self.container.apis()
        return [endpoint for api in apis for endpoint in api.endpoints()]

    @property
    def group(self) -> GroupCommit:
        """The queue that wallet commands go through."""
        return self.container.group_commit()

    def as_nobody(self) -> Caller:
        """Return somebody without a credential."""
        return Caller(client=self.client)

    def bearing(self, credential: str) -> Caller:
        """Return somebody who presents this credential."""
        return Caller(client=self.client, credential=credential)

    def as_user(
        self, account_id: str = SOMEBODY, *, email: str | None = None, zone: str | None = None
    ) -> Caller:
        """Return a user of the product, by a token of its login with these claims."""
        said = {"email": email, "zoneinfo": zone}
        claims: dict[str, Any] = {
            "iss": TOKEN_RULES.issuer,
            "aud": TOKEN_RULES.audience,
            "sub": account_id,
            "exp": int(_seconds()) + 600,
        }
        claims |= {name: value for name, value in said.items() if value is not None}
        key = OctKey.import_key(TOKEN_SECRET)
        return self.bearing(jwt.encode({"alg": "HS256"}, claims, key))

    def as_admin(self, role: Role = Role.OWNER, subject: str = "admin-1") -> Caller:
        """Return an admin, by a token of the admin audience."""
        return self.bearing(LOGIN.admin(subject, role, ttl_s=600))

    async def as_backend(
        self,
        *scopes: Scope,
        role: Role | None = None,
        spend_max: int | None = None,
        spend_max_per_day: int | None = None,
    ) -> Caller:
        """Return the product's backend, by a new key with the scopes; with a role, an admin."""
        secret = f"secret-{fresh_id()}"
        key = an_api_key(
            secret=secret,
            scopes=frozenset(scopes),
            role=role,
            spend_max=spend_max,
            spend_max_per_day=spend_max_per_day,
        )
        await self.keep(key)
        return self.bearing(written(key.id, secret))

    async def keep(self, key: ApiKey) -> None:
        """Keep an API key."""
        async with self.store.begin() as work:
            await work.api_keys.add(key)
            await work.commit()

    async def give(self, amount: int, account_id: AccountId = SOMEBODY) -> None:
        """Give an account credits that never expire."""
        async with self.store.begin() as work:
            wallet = await work.wallets.take(account_id)
            await work.wallets.save(granted(wallet, grant_terms(amount=amount), now=self.clock.now))
            await work.commit()

    async def paid(
        self, account_id: AccountId = SOMEBODY, *, net_minor: int = 500, tax_minor: int = 0
    ) -> Order:
        """Let an account have bought 500 credits, for 5.00 unless said otherwise."""
        ordered = an_order(account_id=account_id, line=an_order_line(price_minor=net_minor))
        payment = a_payment(net_minor=net_minor, tax_minor=tax_minor, paid_at=self.clock.now)
        async with self.store.begin() as work:
            await work.orders.add(ordered)
            granting = await begin_granting(work, account_id, self.clock.now, fresh_id)
            if net_minor == 0:
                await fulfil_free(granting, ordered)
            else:
                await fulfil_payment(granting, ordered, payment, NO_PROVIDER)
            await work.commit()
        async with self.store.read() as work:
            return await work.orders.find(ordered.id)

    @property
    def sweep_orders(self) -> SweepingOrders:
        """Return the sweep of orders, as the worker runs it."""
        return self.container.sweep_orders()

    def kept(self) -> Mapping[str, object]:
        """Return everything the store holds, to be compared with what it holds later.

        That the providers were compared with is left out: it is noted however little was found.
        """
        tables = cast("dict[str, Table[Any]]", attrs.asdict(self.store.tables, recurse=False))
        del tables["reconciliations"]
        return {name: dict(table.main.values) for name, table in tables.items()}


@asynccontextmanager
async def a_service(
    *,
    ledger: Callable[[Ledger], Ledger] = lambda ledger: ledger,
    sessions: SessionTokens | None = SESSIONS,
    settings: Mapping[str, str] | None = None,
    prepare: Callable[[Container], None] = lambda _: None,
) -> AsyncIterator[Service]:
    """Serve the whole API. `ledger` may put something in front of the store's own.

    Its clock is virtual, ahead of the settable one once it has been moved. `prepare` may change
    what the container makes.
    """
    container = Container(settings=load_settings({**VARIABLES, **(settings or {})}))
    clock, new_id, provider = SettableClock(), CountedIds(), SigningProvider()
    wall_clock = SettableClock()
    store: MemoryStore = container.store()
    alarms: list[str] = []

    def alarm(told: str, fault: BaseException) -> None:
        alarms.append(f"{told}: {fault}")

    def new_secret() -> str:
        return f"new-secret-{fresh_id()}"

    login = LoginTokens(rules=TOKEN_RULES, keys=SharedSecret(TOKEN_SECRET), seconds=_seconds)
    in_front = ledger(store.ledger)
    steered = SteeredClock(wall_clock=clock)
    container.clock.override(steered)
    container.steered_clock.override(steered)
    container.wall_clock.override(wall_clock)
    container.new_id.override(new_id)
    container.new_secret.override(new_secret)
    container.alarm.override(alarm)
    container.group_commit.override(GroupCommit(ledger=in_front, clock=steered, new_id=new_id))
    container.wallet_reads.override(WalletReads(ledger=in_front))
    container.payment_providers.override({provider.channel: provider})
    container.session_tokens.override(providers.Object(sessions))
    container.login_tokens.override(login)
    prepare(container)
    async with store, TestClient(TestServer(application(container))) as client:
        yield Service(
            store=store,
            clock=clock,
            wall_clock=wall_clock,
            provider=provider,
            container=container,
            alarms=alarms,
            client=client,
        )
