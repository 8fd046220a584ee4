"""The service's process: what the container makes, over a store that outlives it."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime
from typing import Any

from attrs import define, field
from dependency_injector import providers

from application.ports.store import Store
from application.wallets.group_commit import GroupCommit
from entrypoints.container import Container
from entrypoints.settings import load_settings
from tests.prove.simulation.faulty_provider import FaultyProvider
from tests.prove.simulation.faulty_store import FaultyStore, Life
from tests.prove.simulation.provider_books import ProviderBooks
from tests.prove.simulation.provider_records import CHANNEL
from tests.prove.simulation.receivers import Receivers
from tests.prove.simulation.swarm import Fortune
from tests.support.clock import CountedIds

Plant = Callable[[Container, Life], None]
"""Make a service wrong on purpose, in every life that it has."""

_VARIABLES: Mapping[str, str] = {
    "BILLING_DATABASE_URL": "memory://",
    "BILLING_MODE": "test",
    "BILLING_CHANNELS": "sandbox",
    "BILLING_RETURN_ORIGINS": "https://shop.example",
    "BILLING_JWT_SECRET": "a secret of the product's login, long enough",
    "BILLING_JWT_ISSUER": "https://login.example",
    "BILLING_JWT_AUDIENCE": "shop",
}
_SETTINGS = load_settings(_VARIABLES)


def nothing(container: Container, life: Life) -> None:
    """Plant nothing."""


async def no_pause(seconds: float) -> None:
    """Wait as long as it takes others to have their turn: real time plays no part here."""
    await asyncio.sleep(0)


@define(eq=False, kw_only=True)
class Service:
    """One process at a time. `alarms` is what its operators were told, over all lives."""

    store: Store
    books: ProviderBooks
    receivers: Receivers
    fortune: Fortune
    clock: Callable[[], datetime]
    plant: Plant = nothing
    has_lists: bool = False
    lives: int = 0
    alarms: list[tuple[str, BaseException]] = field(factory=list)
    _ids: CountedIds = field(factory=CountedIds)
    made: Container = field(factory=lambda: Container(settings=_SETTINGS), init=False)
    life: Life = field(init=False)

    def __attrs_post_init__(self) -> None:
        self._begin_life()

    async def begin_anew(self) -> None:
        """Drop all that the process had in memory, and start another over the same store."""
        self.life.is_over = True
        mine = asyncio.current_task()
        left = [task for task in asyncio.all_tasks() if task is not mine]
        for task in left:
            task.cancel()
        await asyncio.gather(*left, return_exceptions=True)
        self._begin_life()

    async def drain(self) -> None:
        """Let the group commit finish what callers did not wait for."""
        commit: GroupCommit = self.made.group_commit()
        await commit.drain()

    def _begin_life(self) -> None:
        """Make everything anew: all that a process remembers hangs on what the container made."""
        self.lives += 1
        self.life = Life(fortune=self.fortune)
        container = self.made
        container.reset_singletons()
        parts: Mapping[str, Any] = {
            "store": FaultyStore(self.store, self.life),
            "clock": self.clock,
            "wall_clock": self.clock,
            "stopwatch": self._seconds,
            "new_id": self._ids,
            "new_secret": self._secret,
            "chance": self.fortune.chance,
            "alarm": self._alarm,
            "sandbox": None,
            "payment_providers": {
                CHANNEL: FaultyProvider(books=self.books, life=self.life, lists=self.has_lists),
            },
            "webhook_sender": self.receivers,
        }
        for name, part in parts.items():
            overridden: providers.Provider[Any] = getattr(container, name)
            overridden.reset_override()
            overridden.override(providers.Object(part))
        container.group_commit().pause = no_pause
        self.plant(container, self.life)

    def _alarm(self, told: str, fault: BaseException) -> None:
        self.alarms.append((told, fault))

    def _secret(self) -> str:
        return f"secret-{self._ids().replace('-', '')}"

    def _seconds(self) -> float:
        return self.books.clock().timestamp()


Asked = Callable[[Container], Awaitable[Any]]
"""What somebody wants of the service, whichever life of it answers."""
