"""Serve as `billing serve` does, but wrongly: the argument names in which way."""

import asyncio
import logging
import os
import signal
import sys
from collections.abc import Callable, Mapping

from dependency_injector.providers import Singleton
from uvloop import new_event_loop

from application.ports.credits import Ledger
from application.wallets import group_commit
from application.wallets.group_commit import GroupCommit
from entrypoints.container import Container
from entrypoints.logs import configure
from entrypoints.service import run_service
from entrypoints.settings import load_settings
from tests.prove.planted.wrong_ledgers import (
    ForgetfulLedger,
    HastyLedger,
    HopefulLedger,
    UnguardedLedger,
)
from tests.prove.planted.wrong_payments import crediting_by_event_id
from tests.prove.planted.wrong_store import unlocked_store

Plant = Callable[[], None]


def _with_ledger(wrong: Callable[[Ledger], Ledger]) -> Plant:
    def plant() -> None:
        wrong_commit = Singleton(
            GroupCommit,
            ledger=Singleton(wrong, Container.store.provided.ledger),
            clock=Container.clock,
            new_id=Container.new_id,
        )
        Container.group_commit.override(wrong_commit)

    return plant


def _by_event_id() -> None:
    Container.apply_event.override(crediting_by_event_id(Container.apply_event))


def _without_locks() -> None:
    Container.store.override(Singleton(unlocked_store, Container.settings))


def _nothing() -> None:
    """Plant nothing: what is wrong lies elsewhere, or nowhere."""


def _never_giving_way() -> None:
    group_commit.STALE_ROUNDS_MAX = 1_000_000_000


PLANTS: Mapping[str, Plant] = {
    "right": _nothing,
    "unguarded": _with_ledger(UnguardedLedger),
    "hasty": _with_ledger(HastyLedger),
    "forgetful": _with_ledger(ForgetfulLedger),
    "hopeful": _with_ledger(HopefulLedger),
    "by-event-id": _by_event_id,
    "unlocked": _without_locks,
    "stubborn": _never_giving_way,
    "rude": _nothing,
}
"""What can be wrong. `rude` leaves at once when it is told to leave."""


async def serve(name: str) -> None:
    """Serve with something planted."""
    PLANTS[name]()

    async def ready() -> None:
        if name == "rude":
            asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, os._exit, 0)

    await run_service(load_settings(os.environ), on_ready=ready)


if __name__ == "__main__":
    configure(logging.INFO)
    with asyncio.Runner(loop_factory=new_event_loop) as runner:
        runner.run(serve(sys.argv[1]))
