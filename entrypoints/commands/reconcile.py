"""`billing reconcile`: what providers know and we do not, shown, and mended where that is asked."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

from attrs import frozen

from application.payments.reconcile import Reconcile
from domain.access.audit import Actor
from domain.errors import InvalidField
from domain.payments.ids import Channel
from domain.payments.reconciliation import Drift
from entrypoints.commands.reach import reached
from entrypoints.commands.refusals import CommandRefused
from entrypoints.commands.remote import RunningService
from entrypoints.commands.token import SUBJECT
from entrypoints.container import Container
from entrypoints.service import connected, stop_on_signals
from entrypoints.settings import Mode, Settings

_REASON = "billing reconcile"
_POLL_SECONDS = 3.0
_OVERLAP = timedelta(minutes=5)
_AGO = re.compile(r"([1-9][0-9]{0,3})([mhd])")
_UNITS = {"m": "minutes", "h": "hours", "d": "days"}


@frozen(kw_only=True)
class Wanted:
    """What is to be compared, and whether differences are to be mended."""

    channel: str | None
    since: datetime | None
    is_to_be_applied: bool
    is_polling: bool = False


@frozen(kw_only=True)
class Differences:
    """How much was compared, and the differences: the first of `total`.

    All are counted by what became of them, those beyond the first ones too: `mended`, left `open`
    since nothing was to be mended, or such that one `needs_person`. Where the run `is_lost`, the
    list of runs lacks it; what was mended is mended all the same.
    """

    compared: int
    drift: tuple[Drift, ...]
    mended: int
    open: int
    needs_person: int
    is_lost: bool

    @property
    def total(self) -> int:
        """How many differences were found."""
        return self.mended + self.open + self.needs_person

    @property
    def is_clean(self) -> bool:
        """Say whether nothing is left to be mended."""
        return self.open == 0 and self.needs_person == 0


def since_named(text: str, settings: Settings) -> datetime:
    """Return the instant of `4d`, `12h`, `30m`, a day, or an instant. Raises InvalidField."""
    ago = _AGO.fullmatch(text)
    if ago is not None:
        now: datetime = Container(settings=settings).wall_clock()()
        return now - timedelta(**{_UNITS[ago[2]]: int(ago[1])})
    try:
        instant = datetime.fromisoformat(text)
        # Near the first and the last day there are instants that no day of UTC holds.
        return instant.replace(tzinfo=UTC) if instant.tzinfo is None else instant.astimezone(UTC)
    except (ValueError, OverflowError):
        problem = "must be a day (2026-11-01), an instant (2026-11-01T12:00Z), or so long ago (4d)"
        raise InvalidField(path="--since", problem=problem) from None


async def reconcile(settings: Settings, admin_key: str | None, wanted: Wanted) -> Differences:
    """Compare on the store itself, or have the service do so that holds it.

    Raises ChannelUnknown, CapabilityMissing.
    """
    async with _reached(settings, admin_key) as place:
        return await _compared(place, wanted)


async def watch(
    settings: Settings,
    admin_key: str | None,
    wanted: Wanted,
    show: Callable[[Differences], None],
) -> None:
    """Compare and mend every few seconds, in place of webhooks that cannot come in, until Ctrl-C.

    Raises CommandRefused where real money moves: there, webhooks have to come in.
    """
    if settings.mode is not Mode.TEST:
        raise CommandRefused("--watch is for development: it needs BILLING_MODE=test")
    stop = stop_on_signals()
    async with _reached(settings, admin_key) as place:
        since = wanted.since
        while not stop.is_set():
            began_at: datetime = Container(settings=settings).wall_clock()()
            found = await _compared(
                place,
                Wanted(channel=wanted.channel, since=since, is_to_be_applied=True, is_polling=True),
            )
            if found.drift:
                show(found)
            since = began_at - _OVERLAP
            await _wait(stop)


@asynccontextmanager
async def _reached(
    settings: Settings, admin_key: str | None
) -> AsyncIterator[Container | RunningService]:
    """Reach the store, with the providers connected where we are the ones to ask them."""
    async with reached(settings, admin_key) as place, AsyncExitStack() as opening:
        if not isinstance(place, RunningService):
            await opening.enter_async_context(connected(place))
        yield place


async def _compared(place: Container | RunningService, wanted: Wanted) -> Differences:
    if isinstance(place, RunningService):
        return _answered(await place.ask("POST", "/admin/reconcile", _body(wanted)))
    found = await place.reconcile()(
        Reconcile(
            channel=None if wanted.channel is None else Channel(wanted.channel),
            since=wanted.since,
            is_to_be_applied=wanted.is_to_be_applied,
            reason=_REASON,
            actor=Actor(id=SUBJECT),
            is_polling=wanted.is_polling,
        )
    )
    return Differences(
        compared=found.compared,
        drift=tuple(found.drift),
        mended=found.mended,
        open=found.open,
        needs_person=found.needs_person,
        is_lost=found.is_lost,
    )


def _body(wanted: Wanted) -> dict[str, object]:
    return {
        "channel": wanted.channel,
        "since": None if wanted.since is None else wanted.since.isoformat(),
        "apply": wanted.is_to_be_applied,
        "reason": _REASON,
        "polling": wanted.is_polling,
    }


def _answered(answer: Mapping[str, Any]) -> Differences:
    return Differences(
        compared=answer["compared"],
        drift=tuple(
            Drift(
                channel=Channel(each["channel"]),
                about=each["about"],
                proposal=tuple(each["proposal"]),
                problem=each["problem"],
                is_applied=each["is_applied"],
            )
            for each in answer["drift"]
        ),
        mended=answer["mended"],
        open=answer["open"],
        needs_person=answer["needs_person"],
        is_lost=answer["not_kept"],
    )


async def _wait(stop: asyncio.Event) -> None:
    try:
        async with asyncio.timeout(_POLL_SECONDS):
            await stop.wait()
    except TimeoutError:
        return
