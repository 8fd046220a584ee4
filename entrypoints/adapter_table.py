"""How each adapter is made from the settings: a new store or provider is one more line here."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import cache
from typing import Any

from aiohttp import TraceConfig

from adapters.system import new_id, new_secret, system_clock
from application.ports.papers import DrawPaper, Paper
from application.ports.provider import Provider, Providers
from application.ports.sandbox import Sandbox
from application.ports.store import Store
from application.ports.system import Clock
from domain.payments.ids import Channel
from entrypoints.commands.refusals import CommandRefused
from entrypoints.environment import SettingsError
from entrypoints.logs import log_alarm
from entrypoints.settings import CREEM, SANDBOX, STRIPE, Settings, StoreKind


def memory_store() -> Store:
    from adapters.stores.memory.store import MemoryStore

    return MemoryStore()


def sqlite_store(settings: Settings) -> Store:
    from adapters.stores.sql.sqlite import open_sqlite

    return open_sqlite(settings.sqlite_path)


def postgres_store(settings: Settings) -> Store:
    from adapters.stores.sql.postgres import open_postgres

    return open_postgres(settings.database_url)


async def migrate(settings: Settings) -> None:
    """Bring the configured store to this code's schema; an SQLite file is backed up first.

    Raises StoreInUse, SchemaMismatch.
    """
    match settings.store_kind:
        case StoreKind.MEMORY:
            return
        case StoreKind.SQLITE:
            from adapters.stores.sql.sqlite import migrate_sqlite

            await migrate_sqlite(settings.sqlite_path)
        case StoreKind.POSTGRES:
            from adapters.stores.sql.postgres import migrate_postgres

            await migrate_postgres(settings.database_url)


def store_noted(settings: Settings) -> str | None:
    """Return what the operator is to know about the store's own software, if there is anything."""
    if settings.store_kind is not StoreKind.SQLITE:
        return None
    from adapters.stores.sql.sqlite_file import wal_fault_noted

    return wal_fault_noted()


async def copy_between(source: str, target: str, progress: Callable[[str, int], None]) -> Any:
    """Copy a whole store; return the tables. Raises StoreInUse, SchemaMismatch, CommandRefused."""
    from adapters.stores.sql.copying import CopyDiffers, CopyRefused, copy_store

    try:
        return await copy_store(source, target, progress)
    except (CopyRefused, CopyDiffers) as refusal:
        raise CommandRefused(str(refusal)) from refusal


def _webhook_secrets(settings: Settings, channel: Channel) -> tuple[str, ...]:
    """Return the channel's webhook secrets: two are valid together while one replaces the other."""
    given = settings.channel_setting(channel, "webhook_secret").reveal()
    return tuple(part.strip() for part in given.split(",") if part.strip())


def quote_seal_of(settings: Settings) -> Any:
    from adapters.quote_seal import SignedQuotes

    secret = settings.quote_secret
    return SignedQuotes(None if secret is None else secret.reveal())


def webhook_sender_of(settings: Settings) -> Any:
    from adapters.name_lookup import OwnThreadsResolver
    from adapters.outgoing_webhooks import WebhookSender

    return WebhookSender(may_be_private=settings.has_private_endpoints, resolver=OwnThreadsResolver)


def draw_paper_of(settings: Settings) -> DrawPaper:
    """Return how papers are drawn; what draws them is read with the first paper."""

    @cache
    def drawing() -> DrawPaper:
        from adapters.papers.drawing import PaperDrawing

        return PaperDrawing(more_fonts=settings.customers.receipt_fonts)

    async def draw(paper: Paper) -> bytes:
        return await drawing()(paper)

    return draw


def sandbox_post_of(settings: Settings) -> Any:
    from adapters.providers.sandbox.delivery import WebhookPost

    return WebhookPost(url=f"{settings.self_url}/payment/webhook/{SANDBOX}")


def _sandbox_provider(
    settings: Settings, store: Store, clock: Clock, watched_by: Sequence[TraceConfig]
) -> Provider:
    from adapters.providers.sandbox.provider import SandboxProvider

    return SandboxProvider(
        begin=store.begin,
        public_url=settings.public_url,
        secrets=_webhook_secrets(settings, SANDBOX),
        clock=clock,
        wall_clock=system_clock,
        new_id=new_id,
        new_secret=new_secret,
    )


def sandbox_of(settings: Settings, store: Store, clock: Clock, post: Any) -> Sandbox | None:
    """Return the buyer's side of the sandbox, or None where the channel is not configured."""
    if SANDBOX not in settings.channels:
        return None
    from adapters.providers.sandbox.sandbox import StoredSandbox
    from adapters.providers.sandbox.webhooks import SandboxWebhooks

    webhooks = SandboxWebhooks(
        begin=store.begin,
        read=store.read,
        post=post,
        secrets=_webhook_secrets(settings, SANDBOX),
        wall_clock=system_clock,
        new_id=new_id,
        alarm=log_alarm,
    )
    return StoredSandbox(
        begin=store.begin, read=store.read, webhooks=webhooks, clock=clock, wall_clock=system_clock
    )


def _stripe_provider(
    settings: Settings, store: Store, clock: Clock, watched_by: Sequence[TraceConfig]
) -> Provider:
    from adapters.providers.stripe.calls import stripe_calls
    from adapters.providers.stripe.provider import StripeProvider, key_fits

    key = settings.channel_setting(STRIPE, "secret_key").reveal()
    if not key_fits(key, is_live=settings.is_live):
        raise SettingsError("BILLING_STRIPE_SECRET_KEY", f"is no key of mode {settings.mode.value}")
    return StripeProvider(
        calls=stripe_calls(
            key, api_base=settings.channel_option(STRIPE, "api_base"), watched_by=watched_by
        ),
        secrets=_webhook_secrets(settings, STRIPE),
        is_live=settings.is_live,
        has_automatic_tax=settings.channel_switch(STRIPE, "automatic_tax"),
        clock=clock,
        wall_clock=system_clock,
        new_id=new_id,
    )


def _creem_provider(
    settings: Settings, store: Store, clock: Clock, watched_by: Sequence[TraceConfig]
) -> Provider:
    from adapters.providers.creem.client import creem_client
    from adapters.providers.creem.mode import CreemMode, mode_of_key
    from adapters.providers.creem.provider import CreemProvider

    key = settings.channel_setting(CREEM, "api_key").reveal()
    mode = CreemMode(settings.mode.value)
    if mode_of_key(key) is not mode:
        raise SettingsError("BILLING_CREEM_API_KEY", f"is no key of mode {settings.mode.value}")
    return CreemProvider(
        client=creem_client(
            key, mode, api_base=settings.channel_option(CREEM, "api_base"), watched_by=watched_by
        ),
        secrets=_webhook_secrets(settings, CREEM),
        mode=mode,
        clock=clock,
        wall_clock=system_clock,
        new_id=new_id,
    )


PROVIDERS: Mapping[Channel, Callable[[Settings, Store, Clock, Sequence[TraceConfig]], Provider]] = {
    SANDBOX: _sandbox_provider,
    STRIPE: _stripe_provider,
    CREEM: _creem_provider,
}
"""How each channel's adapter is made; a new provider is one more line."""


def providers_of(
    settings: Settings, store: Store, clock: Clock, watches: Callable[[str], Sequence[TraceConfig]]
) -> Providers:
    made: dict[Channel, Provider] = {}
    for channel in settings.channels:
        if channel not in PROVIDERS:
            known = ", ".join(sorted(PROVIDERS))
            problem = f"names '{channel}', which is not a provider here; known: {known}"
            raise SettingsError("BILLING_CHANNELS", problem)
        made[channel] = PROVIDERS[channel](settings, store, clock, watches(channel))
    return made
