"""What whole requests cost the database, counted: round trips, hops, and what they never ask."""

import asyncio
import gc
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import cast

from aiohttp.test_utils import TestClient, TestServer
from attrs import frozen
from cattrs import BaseConverter
from dependency_injector import containers

from adapters.stores.sql.sqlite import SqliteStore
from application.access.find_customers import FindCustomers, FindingCustomers
from application.access.issue_api_key import IssueApiKey
from application.ports.paging import PageRequest
from domain.access.audit import Actor
from domain.access.role import Scope
from domain.credits.ids import AccountId
from entrypoints.container import Container
from entrypoints.service import application, opened
from entrypoints.settings import load_settings
from tests.adapters.sql.relay import relayed
from tests.adapters.stores.steps import funded
from tests.support.callers import Answer, Caller
from tests.support.clock import fresh_id

ACCOUNTS = [AccountId(f"user-{number}") for number in range(64)]


@frozen(kw_only=True)
class Served:
    """The service as it is configured, and a backend that may do everything."""

    container: Container
    backend: Caller

    async def fund(self) -> None:
        """Give every account credits."""
        for account_id in ACCOUNTS:
            await funded(self.container.store(), account_id)

    async def spend(self, account_id: AccountId) -> Answer:
        """Spend one credit, under a new key."""
        body = {"account_id": account_id, "amount": 1}
        return await self.backend.post("/credits/spend", body, key=fresh_id())

    async def balance(self, account_id: AccountId) -> Answer:
        """Read a balance."""
        return await self.backend.get("/credits/balance", account_id=account_id)

    async def page(self, account_id: AccountId) -> Answer:
        """Read a page of transactions."""
        return await self.backend.get("/credits/transactions", account_id=account_id, offset=0)


@asynccontextmanager
async def served(address: str) -> AsyncIterator[Served]:
    """Serve a database that has our schema, to a backend whose key is looked up as ever."""
    container = Container(settings=load_settings({"BILLING_DATABASE_URL": address}))
    async with opened(container), TestClient(TestServer(application(container))) as client:
        issued = await container.issue_api_key()(
            IssueApiKey(name="counted", scopes=frozenset(Scope), actor=Actor(id="test"))
        )
        yield Served(container=container, backend=Caller(client=client, credential=issued.secret))


async def test_a_warm_spend_a_balance_and_a_page_are_one_round_trip_each(
    postgres_dsn: str,
) -> None:
    async with relayed(postgres_dsn) as (address, relay), served(address) as service:
        await service.fund()
        asked = {}
        for ask in (service.spend, service.balance, service.page):
            await ask(ACCOUNTS[0])
            relay.round_trips = 0
            answer = await ask(ACCOUNTS[0])
            assert answer.status in {200, 201}
            asked[ask.__name__] = relay.round_trips

    assert asked == {"spend": 1, "balance": 1, "page": 1}


async def test_a_list_of_customers_takes_no_more_round_trips_for_many_than_for_one(
    postgres_dsn: str,
) -> None:
    async with relayed(postgres_dsn) as (address, relay), served(address) as service:
        await service.fund()
        made = service.container
        find = FindingCustomers(
            read=made.read(), ledger=made.store().ledger, providers={}, clock=made.clock()
        )
        asked = {}
        # Each twice: a statement is prepared when it is met first.
        for limit in (1, 1, len(ACCOUNTS), len(ACCOUNTS)):
            relay.round_trips = 0
            page = await find(FindCustomers(text="", page=PageRequest(limit=limit)))
            asked[len(page.items)] = relay.round_trips

    assert asked[len(ACCOUNTS)] == asked[1]


async def test_sixty_four_spends_at_once_are_at_most_four_round_trips(postgres_dsn: str) -> None:
    async with relayed(postgres_dsn) as (address, relay), served(address) as service:
        await service.fund()
        await asyncio.gather(*(service.spend(each) for each in ACCOUNTS))
        relay.round_trips = 0
        answers = await asyncio.gather(*(service.spend(each) for each in ACCOUNTS))
        round_trips = relay.round_trips

    assert [answer.status for answer in answers] == [201] * 64
    assert round_trips <= 4


async def test_balances_asked_for_at_once_share_their_round_trips(postgres_dsn: str) -> None:
    async with relayed(postgres_dsn) as (address, relay), served(address) as service:
        await service.fund()
        await service.balance(ACCOUNTS[0])
        relay.round_trips = 0
        await asyncio.gather(*(service.balance(each) for each in ACCOUNTS))
        round_trips = relay.round_trips

    assert round_trips <= 8


async def test_on_sqlite_a_spend_is_one_hop_and_whoever_reads_makes_none(sqlite_path: str) -> None:
    async with served(f"sqlite:///{sqlite_path}") as service:
        await service.fund()
        writer = cast("SqliteStore", service.container.store()).writer
        await service.spend(ACCOUNTS[0])
        hops = {}
        for ask in (service.spend, service.balance, service.page):
            before = writer.hops
            await ask(ACCOUNTS[0])
            hops[ask.__name__] = writer.hops - before

    assert hops == {"spend": 1, "balance": 0, "page": 0}


async def test_no_request_about_credits_counts_skips_or_adds_up(sqlite_path: str) -> None:
    said: list[str] = []
    async with served(f"sqlite:///{sqlite_path}") as service:
        await service.fund()
        store = cast("SqliteStore", service.container.store())
        store.reader.connection.set_trace_callback(said.append)
        await store.writer.hop(lambda: store.writer.raw.set_trace_callback(said.append))
        for ask in (service.spend, service.balance, service.page):
            await ask(ACCOUNTS[0])

    asked = [text.upper() for text in said if "FROM" in text.upper() or "INTO" in text.upper()]
    assert asked
    for text in asked:
        assert "SUM(" not in text
        assert "COUNT(" not in text
        assert "OFFSET" not in text


async def test_requests_make_no_container_and_no_converter(sqlite_path: str) -> None:
    async with served(f"sqlite:///{sqlite_path}") as service:
        await service.fund()
        await _ask_everything(service)
        before = _made()
        for _ in range(10):
            await _ask_everything(service)
        after = _made()
        spending = {id(service.container.spend_credits()) for _ in range(3)}

    assert after == before
    assert before["converters"] > 0
    assert len(spending) == 1


async def _ask_everything(service: Served) -> None:
    for ask in (service.spend, service.balance, service.page):
        await ask(ACCOUNTS[0])
    assert (await service.backend.post("/credits/spend", {"amount": "1"}, key="k")).status == 400


def _made() -> dict[str, int]:
    """Count what ought to be made once a process."""
    # What a module has frozen out of collections is still counted among all objects.
    gc.collect()
    found = gc.get_objects()
    return {
        "containers": sum(isinstance(each, containers.DynamicContainer) for each in found),
        "converters": sum(isinstance(each, BaseConverter) for each in found),
    }
