import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import cast

import pytest
from attrs import define, field

from application.ports.unit_of_work import BeginRead, UnitOfWork
from domain.access.ids import ApiKeyId
from domain.access.role import Scope
from entrypoints.http.key_ring import REMEMBERED_S, KeyRing
from tests.entrypoints.http.sample import NOW, KeysOnly


@define
class Stopwatch:
    seconds: float = 0.0

    def __call__(self) -> float:
        return self.seconds


@define
class Ring:
    """A ring over a store with one key in it."""

    store: KeysOnly = field(factory=KeysOnly)
    stopwatch: Stopwatch = field(factory=Stopwatch)

    def of_keys(self) -> KeyRing:
        return KeyRing(cast("BeginRead", self.store.begin), self.stopwatch)

    def revoke(self, key_id: ApiKeyId) -> None:
        self.store.keys[key_id] = self.store.keys[key_id].revoked(NOW)


ID = ApiKeyId("key-1")


async def test_a_key_is_looked_up_once_within_two_seconds() -> None:
    ring = Ring()
    key = ring.store.add(Scope.CREDITS_READ)
    keys = ring.of_keys()

    found = [await keys.find(key) for _ in range(5)]

    assert found == [ring.store.keys[ID]] * 5
    assert ring.store.asked == 1
    assert REMEMBERED_S <= 2


async def test_a_key_revoked_elsewhere_stops_working_within_two_seconds() -> None:
    ring = Ring()
    key = ring.store.add(Scope.CREDITS_READ)
    keys = ring.of_keys()
    await keys.find(key)

    ring.revoke(ID)
    ring.stopwatch.seconds = REMEMBERED_S

    assert await keys.find(key) is None


async def test_a_key_revoked_here_stops_working_at_once() -> None:
    ring = Ring()
    key = ring.store.add(Scope.CREDITS_READ)
    keys = ring.of_keys()
    await keys.find(key)

    ring.revoke(ID)
    keys.forget(ID)

    assert await keys.find(key) is None


async def test_a_lookup_that_a_revocation_overtakes_is_not_remembered() -> None:
    ring = Ring()
    key = ring.store.add(Scope.CREDITS_READ)
    read, go_on = asyncio.Event(), asyncio.Event()

    @asynccontextmanager
    async def slowly() -> AsyncIterator[UnitOfWork]:
        async with ring.store.begin() as work:
            yield work
            read.set()
            await go_on.wait()

    keys = KeyRing(slowly, ring.stopwatch)
    finding = asyncio.ensure_future(keys.find(key))
    await read.wait()
    ring.revoke(ID)
    keys.forget(ID)
    go_on.set()
    await finding

    assert await keys.find(key) is None


async def test_all_who_ask_while_a_key_is_looked_up_wait_for_that_one_query() -> None:
    ring = Ring()
    key = ring.store.add(Scope.CREDITS_READ)
    go_on = asyncio.Event()

    @asynccontextmanager
    async def slowly() -> AsyncIterator[UnitOfWork]:
        await go_on.wait()
        async with ring.store.begin() as work:
            yield work

    keys = KeyRing(slowly, ring.stopwatch)
    asking = [asyncio.create_task(keys.find(key)) for _ in range(20)]
    await asyncio.sleep(0)
    asking[0].cancel()
    go_on.set()
    found = await asyncio.gather(*asking[1:])

    assert found == [ring.store.keys[ID]] * 19
    assert ring.store.asked == 1


async def test_a_store_that_fails_once_is_asked_again_by_the_next_request() -> None:
    ring = Ring()
    key = ring.store.add(Scope.CREDITS_READ)
    faults = [OSError("gone")]

    @asynccontextmanager
    async def at_first_not() -> AsyncIterator[UnitOfWork]:
        if faults:
            raise faults.pop()
        async with ring.store.begin() as work:
            yield work

    keys = KeyRing(at_first_not, ring.stopwatch)
    with pytest.raises(OSError, match="gone"):
        await keys.find(key)

    assert await keys.find(key) == ring.store.keys[ID]


@pytest.mark.parametrize(
    "written",
    [
        "",
        "bk_",
        "bk__secret-of-key-1",
        "bk_key-1",
        "bk_key-1_",
        "bk_key-1_wrong",
        "bk_key-1_secret-of-key-1x",
        "bk_key-1_secret-of-key-1 ",
        "bk_KEY-1_secret-of-key-1",
        "BK_key-1_secret-of-key-1",
        "bk_key-2_secret-of-key-1",
        "bk_key-1\x00_secret-of-key-1",
        "bk_" + "k" * 1000 + "_secret",
    ],
)
async def test_what_is_not_exactly_the_key_is_not_the_key(written: str) -> None:
    ring = Ring()
    right = ring.store.add(Scope.CREDITS_READ)
    keys = ring.of_keys()

    assert await keys.find(written) is None
    assert await keys.find(right) is not None
