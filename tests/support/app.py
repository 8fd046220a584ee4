"""The whole service on the memory store, served, with callers of every kind."""

from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from io import BytesIO
from typing import Any, cast

import attrs
import msgspec
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer
from attrs import define, field, frozen
from joserfc import jwt
from joserfc.jwk import OctKey
from multidict import CIMultiDictProxy

from adapters.stores.memory.store import MemoryStore
from adapters.stores.memory.table import Table
from application.access.issue_api_key import IssuingApiKey, ListingApiKeys, RevokingApiKey
from application.access.keep_account import KeepingAccount, NotingProfile, ReadingAccount
from application.credits.adjust_credits import AdjustingCredits
from application.credits.list_transactions import ListingTransactions, SearchingTransactions
from application.credits.read_balance import ReadingBalance, WalletReads
from application.credits.spend_credits import SpendingCredits
from application.credits.verify_ledger import VerifyingLedger
from application.group_commit import GroupCommit
from application.payments.apply_event import ApplyEvent, ApplyingEvent
from application.payments.list_orders import ListingOrders, ReadingOrder, SearchingOrders
from application.payments.receive_event import ReceivingEvent
from application.payments.start_checkout import StartingCheckout
from application.payments.sweep_orders import SweepingOrders
from application.ports.credits import Ledger
from application.promotions.change_check_in_rules import ChangingCheckInRules, ReadingCheckInRules
from application.promotions.check_in import CheckingIn
from application.promotions.preview_coupon import PreviewingCoupon
from application.promotions.publish_coupon import CreatingCoupon, ListingCoupons
from application.promotions.read_check_in import ReadingCheckIn
from application.subscriptions.open_portal import OpeningPortal
from application.subscriptions.publish_pack import ListingPacks, PublishingPack
from application.subscriptions.publish_plan import ListingPlans, PublishingPlan
from application.subscriptions.read_subscription import ReadingSubscription
from domain.access.api_key import ApiKey, written
from domain.access.role import Role, Scope
from domain.credits.ids import AccountId
from domain.payments.ids import Channel
from entrypoints.http.access import AccessApi
from entrypoints.http.admin_access import AdminAccessApi
from entrypoints.http.admin_check_in import AdminCheckInApi
from entrypoints.http.admin_coupons import AdminCouponsApi
from entrypoints.http.admin_credits import AdminCreditsApi
from entrypoints.http.admin_packs import AdminPacksApi
from entrypoints.http.admin_payments import AdminPaymentsApi
from entrypoints.http.admin_plans import AdminPlansApi
from entrypoints.http.app import build_app
from entrypoints.http.auth import Gate
from entrypoints.http.credits import CreditsApi
from entrypoints.http.endpoint import Api, Endpoint
from entrypoints.http.health import Readiness
from entrypoints.http.key_ring import KeyRing
from entrypoints.http.minting import DevelopmentTokens
from entrypoints.http.payments import PaymentsApi
from entrypoints.http.promotions import PromotionsApi
from entrypoints.http.subscriptions import SubscriptionsApi
from entrypoints.http.token_keys import SharedSecret
from entrypoints.http.tokens import LoginTokens, SessionTokens, TokenRules, Tokens
from entrypoints.http.webhooks import WebhooksApi
from tests.support.builders.access import an_api_key
from tests.support.builders.credits import SOMEBODY, grant_terms, granted
from tests.support.clock import NOON, CountedIds, SettableClock, fresh_id
from tests.support.provider import FakeProvider

Client = TestClient[web.Request, web.Application]

SHOP = "https://shop.example"
TOKEN_SECRET = "a secret of the product's login, long enough"
SESSION_SECRET = "a secret for sessions alone, and long enough too"
TOKEN_RULES = TokenRules(
    issuer="https://login.example", audience="shop", admin_audience="shop-admin"
)


def _seconds() -> float:
    return NOON.timestamp()


SESSIONS = SessionTokens(secret=SESSION_SECRET, seconds=_seconds)
LOGIN = DevelopmentTokens(rules=TOKEN_RULES, secret=TOKEN_SECRET, seconds=_seconds)


@frozen(kw_only=True)
class Answer:
    """What came back: the status, the headers, the JSON."""

    status: int
    headers: CIMultiDictProxy[str]
    body: dict[str, Any]

    @property
    def data(self) -> Any:
        """The `data` of an answer that was given."""
        assert self.body["success"] is True, self.body
        return self.body["data"]

    @property
    def error(self) -> dict[str, Any]:
        """The `error` of a refusal."""
        assert self.body["success"] is False, self.body
        return cast("dict[str, Any]", self.body["error"])

    @property
    def code(self) -> str | None:
        """The code of a refusal, or None if it is none."""
        return self.error["code"] if self.body["success"] is False else None

    @property
    def paths(self) -> list[str]:
        """The values of the request that a refusal names."""
        return [each["path"] for each in self.error.get("details", {}).get("fields", ())]

    @property
    def is_replay(self) -> bool:
        """Whether this is a repeated request's first answer."""
        return self.headers.get("Idempotency-Replayed") == "true"


@frozen(kw_only=True)
class Caller:
    """Somebody who asks, with the credential they hold."""

    client: Client = field(repr=False)
    credential: str | None = None

    async def get(self, path: str, **query: str | int) -> Answer:
        """Send a GET with a query."""
        return await self.send("GET", path, query=query)

    async def post(self, path: str, body: object = None, *, key: str | None = None) -> Answer:
        """Send a POST with a JSON body, if there is one, under an idempotency key, if there is."""
        return await self.send("POST", path, body, key=key)

    async def put(self, path: str, body: object = None) -> Answer:
        """Send a PUT with a JSON body."""
        return await self.send("PUT", path, body)

    async def delete(self, path: str) -> Answer:
        """Send a DELETE."""
        return await self.send("DELETE", path)

    async def send(
        self,
        method: str,
        path: str,
        body: object = None,
        *,
        query: Mapping[str, str | int] | str | None = None,
        key: str | None = None,
        headers: Mapping[str, str] | None = None,
        raw: bytes | None = None,
    ) -> Answer:
        """Send a request; `raw` is a body as it stands."""
        sent = dict(headers or {})
        if self.credential is not None:
            sent["Authorization"] = f"Bearer {self.credential}"
        if key is not None:
            sent["Idempotency-Key"] = key
        if body is not None:
            raw = msgspec.json.encode(body)
        if raw is not None:
            sent.setdefault("Content-Type", "application/json")
        data = None if raw is None else BytesIO(raw)
        async with self.client.request(
            method, path, data=data, params=query, headers=sent
        ) as response:
            return Answer(
                status=response.status, headers=response.headers, body=await response.json()
            )


@define(kw_only=True)
class Service:
    """The service and everything a test may want to move or look at."""

    store: MemoryStore
    clock: SettableClock
    provider: FakeProvider
    group: GroupCommit
    apis: tuple[Api, ...]
    alarms: list[str]
    client: Client

    @property
    def endpoints(self) -> Sequence[Endpoint]:
        """Every row of the API but health and documentation."""
        return [endpoint for api in self.apis for endpoint in api.endpoints()]

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

    @property
    def sweep_orders(self) -> SweepingOrders:
        """Return the sweep of orders, as the worker runs it."""
        return SweepingOrders(begin=self.store.begin, read=self.store.read, clock=self.clock)

    def kept(self) -> Mapping[str, object]:
        """Return everything the store holds, to be compared with what it holds later."""
        tables = cast("dict[str, Table[Any]]", attrs.asdict(self.store.tables, recurse=False))
        return {name: dict(table.main.values) for name, table in tables.items()}


@asynccontextmanager
async def a_service(
    *,
    ledger: Callable[[Ledger], Ledger] = lambda ledger: ledger,
    sessions: SessionTokens | None = SESSIONS,
    return_origins: tuple[str, ...] = (SHOP,),
) -> AsyncIterator[Service]:
    """Serve the whole API. `ledger` may put something in front of the store's own."""
    async with MemoryStore() as store:
        clock = SettableClock()
        provider = FakeProvider()
        new_id = CountedIds()
        group = GroupCommit(ledger=ledger(store.ledger), clock=clock, new_id=new_id)
        key_ring = KeyRing(store.read)
        alarms: list[str] = []
        parts = _Parts(
            store=store,
            clock=clock,
            new_id=new_id,
            provider=provider,
            group=group,
            key_ring=key_ring,
            sessions=sessions,
            return_origins=return_origins,
            alarms=alarms,
        )
        apis = (*parts.customer_apis(), *parts.admin_apis())
        login = LoginTokens(rules=TOKEN_RULES, keys=SharedSecret(TOKEN_SECRET), seconds=_seconds)
        app = build_app(
            apis,
            gate=Gate(tokens=Tokens(login=login, sessions=sessions), key_ring=key_ring),
            readiness=Readiness(ping=_pong),
            public_url="http://localhost:8080",
            version="0.0.0",
        )
        async with TestClient(TestServer(app)) as client:
            yield Service(
                store=store,
                clock=clock,
                provider=provider,
                group=group,
                apis=apis,
                alarms=alarms,
                client=client,
            )


async def _pong() -> None:
    """The store is in this process, and so it answers."""


@frozen(kw_only=True)
class _Parts:
    store: MemoryStore
    clock: SettableClock
    new_id: CountedIds
    provider: FakeProvider
    group: GroupCommit
    key_ring: KeyRing
    sessions: SessionTokens | None
    return_origins: tuple[str, ...]
    alarms: list[str]

    def customer_apis(self) -> tuple[Api, ...]:
        store, clock, new_id = self.store, self.clock, self.new_id
        providers = {self.provider.channel: self.provider}
        note = NotingProfile(begin=store.begin, read=store.read, clock=clock)
        return (
            CreditsApi(
                read_balance=ReadingBalance(wallets=WalletReads(ledger=store.ledger), clock=clock),
                list_transactions=ListingTransactions(statements=store.statements),
                spend_credits=SpendingCredits(commit=self.group, new_id=new_id),
            ),
            PromotionsApi(
                check_in=CheckingIn(begin=store.begin, clock=clock, new_id=new_id),
                read_check_in=ReadingCheckIn(read=store.read, clock=clock),
                preview_coupon=PreviewingCoupon(read=store.read, clock=clock),
                note_profile=note,
            ),
            PaymentsApi(
                start_checkout=StartingCheckout(
                    begin=store.begin,
                    read=store.read,
                    providers=providers,
                    return_origins=self.return_origins,
                    clock=clock,
                    new_id=new_id,
                ),
                list_orders=ListingOrders(read=store.read),
                read_order=ReadingOrder(read=store.read),
                note_profile=note,
            ),
            SubscriptionsApi(
                list_plans=ListingPlans(read=store.read),
                list_packs=ListingPacks(read=store.read),
                read_subscription=ReadingSubscription(read=store.read),
                open_portal=OpeningPortal(
                    read=store.read, providers=providers, return_origins=self.return_origins
                ),
            ),
            AccessApi(
                keep_account=KeepingAccount(begin=store.begin, clock=clock),
                read_account=ReadingAccount(read=store.read),
                sessions=self.sessions,
            ),
            WebhooksApi(receive_event=self._receiving()),
        )

    def admin_apis(self) -> tuple[Api, ...]:
        store, clock, new_id = self.store, self.clock, self.new_id
        return (
            AdminCreditsApi(
                search_transactions=SearchingTransactions(statements=store.statements),
                adjust_credits=AdjustingCredits(begin=store.begin, clock=clock, new_id=new_id),
                verify_ledger=VerifyingLedger(records=store.records),
            ),
            AdminCouponsApi(
                create_coupon=CreatingCoupon(begin=store.begin, clock=clock, new_id=new_id),
                list_coupons=ListingCoupons(read=store.read),
            ),
            AdminCheckInApi(
                read_check_in_rules=ReadingCheckInRules(read=store.read, clock=clock),
                change_check_in_rules=ChangingCheckInRules(
                    begin=store.begin, clock=clock, new_id=new_id
                ),
            ),
            AdminPaymentsApi(search_orders=SearchingOrders(read=store.read)),
            AdminPlansApi(
                publish_plan=PublishingPlan(begin=store.begin, clock=clock, new_id=new_id),
                list_plans=ListingPlans(read=store.read),
                currency_default="EUR",
            ),
            AdminPacksApi(
                publish_pack=PublishingPack(begin=store.begin, clock=clock, new_id=new_id),
                list_packs=ListingPacks(read=store.read),
                currency_default="EUR",
            ),
            AdminAccessApi(
                issue_api_key=IssuingApiKey(
                    begin=store.begin,
                    clock=clock,
                    new_id=new_id,
                    new_secret=lambda: f"new-secret-{fresh_id()}",
                ),
                list_api_keys=ListingApiKeys(read=store.read),
                revoke_api_key=RevokingApiKey(begin=store.begin, clock=clock, new_id=new_id),
                key_ring=self.key_ring,
            ),
        )

    def _receiving(self) -> ReceivingEvent:
        providers = {self.provider.channel: self.provider}

        def alarm(told: str, fault: BaseException) -> None:
            self.alarms.append(f"{told}: {fault}")

        applying = ApplyingEvent(
            begin=self.store.begin,
            providers=providers,
            clock=self.clock,
            new_id=self.new_id,
            alarm=alarm,
        )

        async def apply(channel: Channel, event_id: str) -> object:
            return await applying(ApplyEvent(channel=channel, event_id=event_id))

        return ReceivingEvent(
            begin=self.store.begin,
            providers=providers,
            apply=apply,
            clock=self.clock,
            alarm=alarm,
        )
