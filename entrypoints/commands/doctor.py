"""`billing doctor`: whether everything is in place to sell, and what to do where it is not."""

from __future__ import annotations

from collections.abc import AsyncGenerator, AsyncIterator, Callable, Iterator, Sequence
from datetime import datetime, timedelta
from ipaddress import ip_address
from urllib.parse import urlsplit

from attrs import evolve, frozen

from application.access.issue_api_key import ListApiKeys
from application.ports.paging import LIMIT_MAX, PageRequest
from application.ports.provider import Capability, Provider
from application.subscriptions.compare_prices import ComparePrices
from domain.errors import BillingError
from domain.payments.ids import Channel
from entrypoints.commands.reach import reached
from entrypoints.commands.refusals import CommandRefused, line_of
from entrypoints.commands.remote import RunningService
from entrypoints.container import Container
from entrypoints.environment import SettingsError
from entrypoints.service import connected
from entrypoints.settings import SANDBOX, Mode, Settings

_ASKED_BACK = timedelta(hours=1)
_SKEW_MAX = timedelta(seconds=30)
_WEBHOOK_SECRET = "webhook_secret"  # noqa: S105 - the name of a setting


@frozen(kw_only=True)
class Check:
    """One thing that was looked at, and what is said of it: if it is not fine, what to do."""

    name: str
    is_fine: bool
    said: str


async def examine(load: Callable[[], Settings], admin_key: str | None) -> Sequence[Check]:
    """Look at everything, and return what was seen, in order."""
    try:
        settings = load()
    except SettingsError as wrong:
        return [_wrong("settings", str(wrong))]
    channels = list(check_channels(settings))
    checks = [
        _fine("settings", f"mode {settings.mode.value}"),
        check_public_url(settings),
        check_return_origins(settings),
        *channels,
    ]
    if all(each.is_fine for each in channels):
        checks += await check_providers(Container(settings=settings))
    return [*checks, *await _check_store(settings, admin_key)]


def check_public_url(settings: Settings) -> Check:
    """Look whether browsers and providers can reach the service as they should."""
    name, url = "public address", settings.public_url
    parts = urlsplit(url)
    if settings.mode is Mode.LIVE and (parts.scheme != "https" or _is_here(parts.hostname or "")):
        problem = f"{url} cannot be used live: set BILLING_PUBLIC_URL to a public https address"
        return _wrong(name, problem)
    return _fine(name, url)


def check_return_origins(settings: Settings) -> Check:
    """Look whether buyers have somewhere to come back to."""
    name = "return origins"
    if settings.channels and not settings.return_origins:
        problem = "no checkout can be started: set BILLING_RETURN_ORIGINS to your pages' origins"
        return _wrong(name, problem)
    return _fine(name, ", ".join(settings.return_origins) or "none are needed")


def check_channels(settings: Settings) -> Iterator[Check]:
    """Look whether each payment provider has all that it needs, and a key of the right mode."""
    if not settings.channels:
        yield _fine("channels", "none: set BILLING_CHANNELS to sell something")
    for channel in settings.channels:
        yield _check_webhooks(settings, channel)
        made = _check_made(settings, channel)
        if made is not None:
            yield made


async def check_providers(container: Container) -> Sequence[Check]:
    """Look whether each provider that can be read answers, and lets the key read what is needed."""
    now: datetime = container.wall_clock()()
    checks: list[Check] = []
    async with connected(container) as found:
        for provider in found.values():
            # The sandbox lives in the service's own store, which answers for itself.
            if Capability.READ in provider.capabilities and provider.channel != SANDBOX:
                answer = await _check_answer(provider, now - _ASKED_BACK)
                checks.append(answer)
                if answer.is_fine:
                    checks += await _check_rights(provider)
                checks += check_clock(provider.channel, container.wall_clock()(), provider.told_at)
    return checks


def check_clock(whose: str, ours: datetime, theirs: datetime | None) -> Iterator[Check]:
    """Compare our clock with another's that was just read; where there is none, say nothing.

    Webhooks are believed for five minutes by our clock, and a clock that is off lets lots expire
    and periods begin at the wrong instant: what is off by more than a moment is said long before.
    """
    if theirs is None:
        return
    name, ahead = f"{whose}: clock", ours - theirs
    if abs(ahead) <= _SKEW_MAX:
        yield _fine(name, f"agrees with ours to {_SKEW_MAX.seconds} s")
        return
    seconds, way = round(abs(ahead).total_seconds()), "ahead" if ahead > timedelta(0) else "behind"
    problem = (
        f"ours is {seconds} s {way}: let both be set over the network (NTP); from 300 s on, "
        "webhooks are refused"
    )
    yield _wrong(name, problem)


async def check_inside(
    settings: Settings, place: Container | RunningService
) -> AsyncIterator[Check]:
    """Look at what is kept: whether an admin can get in, and whether prices agree."""
    yield await _check_admins(settings, place)
    problems = await _prices(place)
    for problem in problems:
        yield _wrong("prices", problem)
    if not problems:
        yield _fine("prices", "they agree with the providers'")


async def _check_store(settings: Settings, admin_key: str | None) -> Sequence[Check]:
    kind = settings.store_kind.value
    try:
        async with reached(settings, admin_key) as place:
            if isinstance(place, RunningService):
                await place.ask("GET", "/readyz")
                seen = _fine("store", f"{kind}, held by the service at {place.url}")
            else:
                seen = _fine("store", f"{kind}, its schema is current")
            clock = await _check_stores_clock(place)
            return [seen, *clock, *[each async for each in check_inside(settings, place)]]
    except Exception as fault:
        line = line_of(fault)
        if line is None:
            raise
        name = "service" if isinstance(fault, CommandRefused) else "store"
        return [_wrong(name, line)]


async def _check_stores_clock(place: Container | RunningService) -> Sequence[Check]:
    if isinstance(place, RunningService):
        # It keeps its store in a file or in memory, by the clock of its own machine.
        return []
    theirs: datetime | None = await place.store().read_clock()
    return list(check_clock("store", place.wall_clock()(), theirs))


async def _check_admins(settings: Settings, place: Container | RunningService) -> Check:
    name = "admins"
    if settings.login is not None and settings.login.admin_audience is not None:
        return _fine(name, "by tokens of the product's login")
    if await _has_admin_key(place):
        return _fine(name, "by an API key with a role")
    problem = "nobody can get in: run `billing keys create --name NAME --role owner`"
    return _wrong(name, problem)


async def _has_admin_key(place: Container | RunningService) -> bool:
    if isinstance(place, RunningService):
        keys = await place.every("/admin/keys")
        return any(key["role"] and key["revoked_at"] is None for key in keys)
    after: str | None = None
    while True:
        request = PageRequest(limit=LIMIT_MAX, after=after)
        page = await place.list_api_keys()(ListApiKeys(page=request))
        if any(key.role is not None and key.revoked_at is None for key in page.items):
            return True
        after = page.next
        if after is None:
            return False


async def _prices(place: Container | RunningService) -> Sequence[str]:
    if isinstance(place, RunningService):
        return [
            f"{each['item_name']} ({each['reference']} at {each['channel']}): {each['problem']}"
            for each in await place.ask("GET", "/admin/prices")
        ]
    try:
        async with connected(place):
            return [str(each) for each in await place.compare_prices()(ComparePrices())]
    except SettingsError as wrong:
        return [f"cannot be compared: {wrong}"]


def _check_webhooks(settings: Settings, channel: Channel) -> Check:
    name = f"{channel}: webhooks"
    endpoint = f"{settings.public_url}/payment/webhook/{channel}"
    if settings.channel_option(channel, _WEBHOOK_SECRET) is not None:
        return _fine(name, f"expected at {endpoint}")
    found_at = f"what {channel} shows for the endpoint {endpoint}"
    value = "a long random text" if channel == SANDBOX else found_at
    return _wrong(name, f"set {_variable(channel, _WEBHOOK_SECRET)} to {value}")


def _check_made(settings: Settings, channel: Channel) -> Check | None:
    """Make this one provider alone, so that a fault in another does not hide one of its own."""
    name = f"{channel}: settings"
    try:
        Container(settings=evolve(settings, channels=(channel,))).payment_providers()
    except SettingsError as wrong:
        if wrong.name == _variable(channel, _WEBHOOK_SECRET):
            return None
        return _wrong(name, str(wrong))
    return _fine(name, f"complete, for mode {settings.mode.value}")


def _variable(channel: Channel, key: str) -> str:
    return f"BILLING_{channel}_{key}".upper()


async def _check_answer(provider: Provider, since: datetime) -> Check:
    name = f"{provider.channel}: answers"
    try:
        events = provider.pull(since)
        await anext(events, None)
        if isinstance(events, AsyncGenerator):
            await events.aclose()
    except BillingError as refusal:
        return _wrong(name, f"it does not: {refusal} Look at the key and the network.")
    return _fine(name, "it takes the key")


async def _check_rights(provider: Provider) -> Sequence[Check]:
    """Try each right that a restricted key may lack; say nothing where there are none."""
    name = f"{provider.channel}: rights"
    try:
        tried = await provider.try_rights()
    except BillingError as refusal:
        return [_wrong(name, f"they could not be tried: {refusal}")]
    lacking = [f"{each.name} ({each.refusal})" for each in tried if each.refusal is not None]
    if lacking:
        problem = f"the key may not read {', '.join(lacking)}: give it that right, or another key"
        return [_wrong(name, problem)]
    return [_fine(name, "the key may read all that is needed")] if tried else []


def _is_here(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost" or host.endswith(".localhost")


def _fine(name: str, said: str) -> Check:
    return Check(name=name, is_fine=True, said=said)


def _wrong(name: str, said: str) -> Check:
    return Check(name=name, is_fine=False, said=said)
