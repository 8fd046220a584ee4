"""The environment, read once, into frozen values. Nothing else in the service looks at it.

Each variable may also be given as NAME_FILE, the path of a file that holds the value: that is how
secrets reach a container without standing in its environment.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from enum import Enum
from hashlib import sha256

from attrs import Factory, field, frozen

from domain.credits.claw_back import Shortfall
from domain.payments.ids import Channel
from domain.subscriptions.dunning import GRACE_DAYS_MAX, NOTICES_MAX, DunningEnd, DunningRules
from entrypoints.environment import (
    Environment,
    SettingsError,
    Variable,
    as_currency,
    as_database_url,
    as_host,
    as_https_url,
    as_name,
    as_networks,
    as_origins,
    as_port,
    as_public_url,
    as_return_origins,
    as_secret,
    as_text,
)
from entrypoints.http.peer import Network

SANDBOX = Channel("sandbox")
STRIPE = Channel("stripe")
CREEM = Channel("creem")


class Mode(Enum):
    """Whether money moves. The sandbox, the virtual clock and development tokens need `test`."""

    LIVE = "live"
    TEST = "test"


class ClockKind(Enum):
    """By which time billing lives: the real one, or one that an owner may move ahead."""

    REAL = "real"
    VIRTUAL = "virtual"


class StoreKind(Enum):
    """The kinds of store that can be configured."""

    MEMORY = "memory"
    SQLITE = "sqlite"
    POSTGRES = "postgres"


@frozen
class Secret:
    """A text that is never shown: not in a log, an error or a dump of the settings."""

    _text: str = field(repr=False)

    def reveal(self) -> str:
        """Return the text, for the one place that needs it."""
        return self._text


VARIABLES: Sequence[Variable] = (
    Variable(
        "BILLING_DATABASE_URL",
        "Where everything is kept: sqlite:///FILE, postgresql://USER:PASSWORD@HOST/NAME, "
        "or memory:// (gone when the process ends).",
        "sqlite:///billing.db",
    ),
    Variable("BILLING_HOST", "The address the service listens on.", "127.0.0.1"),
    Variable("BILLING_PORT", "The port the service listens on.", "8080"),
    Variable(
        "BILLING_PUBLIC_URL",
        "The address under which browsers and providers reach the service.",
        "http://127.0.0.1:<port>",
    ),
    Variable(
        "BILLING_MODE",
        "live, or test: only test has the sandbox channel, the virtual clock and `billing token`.",
        "live",
    ),
    Variable(
        "BILLING_CLOCK",
        "real, or virtual: a billing clock that an owner may move ahead, to watch a year go by; "
        "needs BILLING_MODE=test, and no channel but the sandbox.",
        "real",
    ),
    Variable("BILLING_CHANNELS", "The payment providers, comma-separated: stripe, creem, sandbox."),
    Variable(
        "BILLING_CORS_ORIGINS",
        "The origins whose pages may call customers' routes from a browser, comma-separated.",
    ),
    Variable("BILLING_CURRENCY", "The currency of new plans and packs, as ISO 4217 code.", "USD"),
    Variable(
        "BILLING_TRUSTED_PROXIES",
        "Networks whose X-Forwarded-For is believed, comma-separated: 10.0.0.0/8.",
    ),
    Variable(
        "BILLING_JWT_SECRET",
        "The secret, of at least 32 bytes, that the product signs its users' tokens with (HS256).",
    ),
    Variable(
        "BILLING_JWT_JWKS_URL",
        "Instead of a secret: where the product's login publishes its keys (RS256, ES256, EdDSA).",
    ),
    Variable("BILLING_JWT_ISSUER", "The `iss` that a token must have."),
    Variable("BILLING_JWT_AUDIENCE", "The `aud` that a user's token must have."),
    Variable("BILLING_JWT_ACCOUNT_CLAIM", "The claim that names the account.", "sub"),
    Variable(
        "BILLING_JWT_ADMIN_AUDIENCE",
        "The `aud` that an admin's token must have; without it admins need API keys with a role.",
    ),
    Variable(
        "BILLING_SESSION_SECRET",
        "The secret, of at least 32 bytes, that POST /sessions signs short tokens with.",
        "derived from BILLING_JWT_SECRET",
    ),
    Variable(
        "BILLING_TRIAL_KEY",
        "The secret, of at least 32 bytes, that e-mail addresses are hashed with, so that a person "
        "has one trial. Whoever changes it lets everybody have another.",
        "derived from BILLING_SESSION_SECRET",
    ),
    Variable(
        "BILLING_RETURN_ORIGINS",
        "The origins that buyers may be sent back to after a checkout, comma-separated.",
    ),
    Variable(
        "BILLING_SPEND_KEY_DAYS",
        "How many days the idempotency key of a spend is remembered, at least 30. Keys under which "
        "credits came in are kept for ever.",
        "30",
    ),
    Variable(
        "BILLING_EVENT_DAYS",
        "How many days outgoing events are kept with their deliveries, at least 7; so long they "
        "can be sent again.",
        "30",
    ),
    Variable(
        "BILLING_PRIVATE_ENDPOINTS",
        "true lets outgoing events go to private addresses and over plain http, for development; "
        "needs BILLING_MODE=test.",
        "false",
    ),
    Variable(
        "BILLING_REFUND_SHORTFALL",
        "What becomes of credits that were spent when their payment goes back: owe (later credits "
        "fill the hole first), forgive, or freeze (the account spends no more until an admin has "
        "looked at it).",
        "owe",
    ),
    Variable(
        "BILLING_DUNNING_GRACE_DAYS",
        "How many days benefits stay when a renewal is overdue, from 0; a plan may have its own.",
        "7",
    ),
    Variable(
        "BILLING_DUNNING_NOTICE_DAYS",
        "On which days within the grace `subscription.payment_overdue` is told, comma-separated; "
        "none says that it never is.",
        "1,3,6",
    ),
    Variable(
        "BILLING_DUNNING_END",
        "What follows the grace: cancel (at the provider; the subscription expires) or pause (its "
        "benefits end, and it waits to be paid or cancelled).",
        "cancel",
    ),
    Variable(
        "BILLING_RECONCILE_SECONDS",
        "Every how many seconds the payment providers are asked what their webhooks did not tell.",
        "3600",
    ),
    Variable(
        "BILLING_<CHANNEL>_<KEY>",
        "What a payment provider needs, such as BILLING_STRIPE_SECRET_KEY. Webhook secrets may be "
        "two, comma-separated, during rotation.",
    ),
)
"""Every setting there is, for the documentation and for `--help`."""


@frozen(kw_only=True)
class Login:
    """How the product's own tokens are checked: with its secret, or with the keys it publishes."""

    secret: Secret | None
    jwks_url: str | None
    issuer: str
    audience: str
    account_claim: str
    admin_audience: str | None


@frozen(kw_only=True)
class Settings:
    """Everything that is configured. `channel_settings` are by channel and by key in lower case."""

    database_url: str = field(repr=False)
    host: str
    port: int
    public_url: str
    mode: Mode
    channels: tuple[Channel, ...]
    channel_settings: Mapping[Channel, Mapping[str, Secret]]
    cors_origins: frozenset[str]
    return_origins: tuple[str, ...]
    currency: str
    trusted_proxies: tuple[Network, ...]
    login: Login | None
    session_secret: Secret | None
    trial_key: Secret | None = None
    spend_key_days: int = 30
    event_days: int = 30
    has_private_endpoints: bool = False
    reconcile_seconds: int = 3600
    refund_shortfall: Shortfall = Shortfall.OWE
    clock_kind: ClockKind = ClockKind.REAL
    dunning: DunningRules = Factory(DunningRules)

    @property
    def trial_key_text(self) -> str:
        """The key that addresses are hashed with, or nothing, if no secret is configured at all."""
        if self.trial_key is not None:
            return self.trial_key.reveal()
        if self.session_secret is None:
            return ""
        return sha256(f"trials:{self.session_secret.reveal()}".encode()).hexdigest()

    @property
    def store_kind(self) -> StoreKind:
        """Which kind of store the database URL names."""
        scheme = self.database_url.partition(":")[0]
        return StoreKind.POSTGRES if scheme == "postgresql" else StoreKind(scheme)

    @property
    def sqlite_path(self) -> str:
        """The file of an SQLite store: what follows the three slashes."""
        return self.database_url.removeprefix("sqlite:///")

    @property
    def self_url(self) -> str:
        """The address under which this process reaches itself, whatever stands in front of it."""
        everywhere = {"0.0.0.0": "127.0.0.1", "::": "[::1]"}  # noqa: S104 - compared, not bound
        host = everywhere.get(self.host, f"[{self.host}]" if ":" in self.host else self.host)
        return f"http://{host}:{self.port}"

    @property
    def is_live(self) -> bool:
        """Say whether real money moves."""
        return self.mode is Mode.LIVE

    def channel_option(self, channel: Channel, key: str) -> str | None:
        """Return what may be said about a payment provider, or None if it is left unsaid."""
        found = self.channel_settings.get(channel, {}).get(key)
        return None if found is None else found.reveal()

    def channel_switch(self, channel: Channel, key: str) -> bool:
        """Return whether something is switched on. Raises SettingsError if that is unclear."""
        said = self.channel_option(channel, key) or "false"
        if said not in {"true", "false"}:
            name = f"BILLING_{channel.upper()}_{key.upper()}"
            raise SettingsError(name, "must be true or false")
        return said == "true"

    def channel_setting(self, channel: Channel, key: str) -> Secret:
        """Return what a payment provider needs. Raises SettingsError if it is not set."""
        found = self.channel_settings.get(channel, {}).get(key)
        if found is None:
            name = f"BILLING_{channel.upper()}_{key.upper()}"
            raise SettingsError(name, f"is required by the channel '{channel}'")
        return found


def load_settings(variables: Mapping[str, str]) -> Settings:
    """Return what the environment says. Raises SettingsError naming the first fault."""
    environment = Environment(variables)
    environment.refuse_misspelt(VARIABLES)
    port = environment.get("BILLING_PORT", as_port, 8080)
    mode = environment.get("BILLING_MODE", _as_mode, Mode.LIVE)
    channels = environment.get("BILLING_CHANNELS", _as_channels, ())
    if SANDBOX in channels and mode is not Mode.TEST:
        raise SettingsError("BILLING_CHANNELS", "has sandbox, which needs BILLING_MODE=test")
    clock_kind = _clock_kind(environment, mode, channels)
    login = _login(environment)
    has_private_endpoints = environment.get("BILLING_PRIVATE_ENDPOINTS", _as_switch, False)
    if has_private_endpoints and mode is not Mode.TEST:
        raise SettingsError(
            "BILLING_PRIVATE_ENDPOINTS", "is for development: needs BILLING_MODE=test"
        )
    return Settings(
        database_url=environment.get(
            "BILLING_DATABASE_URL", as_database_url, "sqlite:///billing.db"
        ),
        host=environment.get("BILLING_HOST", as_host, "127.0.0.1"),
        port=port,
        public_url=environment.get("BILLING_PUBLIC_URL", as_public_url, f"http://127.0.0.1:{port}"),
        mode=mode,
        clock_kind=clock_kind,
        channels=channels,
        channel_settings={channel: _of_channel(environment, channel) for channel in channels},
        cors_origins=frozenset(environment.get("BILLING_CORS_ORIGINS", as_origins, ())),
        return_origins=environment.get("BILLING_RETURN_ORIGINS", as_return_origins, ()),
        currency=environment.get("BILLING_CURRENCY", as_currency, "USD"),
        trusted_proxies=environment.get("BILLING_TRUSTED_PROXIES", as_networks, ()),
        login=login,
        spend_key_days=environment.get("BILLING_SPEND_KEY_DAYS", _as_key_days, 30),
        event_days=environment.get("BILLING_EVENT_DAYS", _as_event_days, 30),
        has_private_endpoints=has_private_endpoints,
        reconcile_seconds=environment.get("BILLING_RECONCILE_SECONDS", _as_pace, 3600),
        refund_shortfall=environment.get("BILLING_REFUND_SHORTFALL", _as_shortfall, Shortfall.OWE),
        session_secret=_secret(environment, "BILLING_SESSION_SECRET")
        or (login.secret if login is not None else None),
        trial_key=_secret(environment, "BILLING_TRIAL_KEY"),
        dunning=_dunning(environment),
    )


def _clock_kind(environment: Environment, mode: Mode, channels: tuple[Channel, ...]) -> ClockKind:
    """Return the kind of clock. Providers outside live by the real time, whatever we say."""
    kind = environment.get("BILLING_CLOCK", _as_clock_kind, ClockKind.REAL)
    if kind is ClockKind.VIRTUAL and mode is not Mode.TEST:
        raise SettingsError("BILLING_CLOCK", "is virtual, which needs BILLING_MODE=test")
    if kind is ClockKind.VIRTUAL and not set(channels) <= {SANDBOX}:
        raise SettingsError("BILLING_CLOCK", "is virtual, which allows no channel but sandbox")
    return kind


def _dunning(environment: Environment) -> DunningRules:
    usual = DunningRules()
    return DunningRules(
        grace_days=environment.get("BILLING_DUNNING_GRACE_DAYS", _as_grace, usual.grace_days),
        notice_days=environment.get("BILLING_DUNNING_NOTICE_DAYS", _as_days, usual.notice_days),
        end=environment.get("BILLING_DUNNING_END", _as_dunning_end, usual.end),
    )


def _login(environment: Environment) -> Login | None:
    secret = _secret(environment, "BILLING_JWT_SECRET")
    jwks_url = environment.get("BILLING_JWT_JWKS_URL", as_https_url, None)
    if secret is None and jwks_url is None:
        return None
    if secret is not None and jwks_url is not None:
        problem = "cannot be set together with BILLING_JWT_SECRET: tokens are checked in one way"
        raise SettingsError("BILLING_JWT_JWKS_URL", problem)
    audience = environment.require("BILLING_JWT_AUDIENCE", as_text)
    admin_audience = environment.get("BILLING_JWT_ADMIN_AUDIENCE", as_text, None)
    if admin_audience == audience:
        raise SettingsError("BILLING_JWT_ADMIN_AUDIENCE", "must differ from BILLING_JWT_AUDIENCE")
    return Login(
        secret=secret,
        jwks_url=jwks_url,
        issuer=environment.require("BILLING_JWT_ISSUER", as_text),
        audience=audience,
        account_claim=environment.get("BILLING_JWT_ACCOUNT_CLAIM", as_text, "sub"),
        admin_audience=admin_audience,
    )


def _secret(environment: Environment, name: str) -> Secret | None:
    text = environment.get(name, as_secret, None)
    return None if text is None else Secret(text)


def _of_channel(environment: Environment, channel: Channel) -> Mapping[str, Secret]:
    found = environment.under(f"BILLING_{channel.upper()}_")
    return {key: Secret(text) for key, text in found.items()}


def _as_key_days(text: str) -> int:
    if not text.isascii() or not text.isdigit() or not 30 <= int(text) <= 3650:
        raise ValueError("must be a whole number of days from 30 to 3650")
    return int(text)


def _as_event_days(text: str) -> int:
    if not text.isascii() or not text.isdigit() or not 7 <= int(text) <= 3650:
        raise ValueError("must be a whole number of days from 7 to 3650")
    return int(text)


def _as_grace(text: str) -> int:
    if not text.isascii() or not text.isdigit() or int(text) > GRACE_DAYS_MAX:
        raise ValueError(f"must be a whole number of days from 0 to {GRACE_DAYS_MAX}")
    return int(text)


def _as_days(text: str) -> tuple[int, ...]:
    parts = [] if text == "none" else [part.strip() for part in text.split(",")]
    days = tuple(int(part) for part in parts if part.isascii() and part.isdigit())
    is_right = len(days) == len(parts) <= NOTICES_MAX
    if not is_right or not all(1 <= day <= GRACE_DAYS_MAX for day in days):
        raise ValueError(f"must be none, or at most {NOTICES_MAX} days from 1 to {GRACE_DAYS_MAX}")
    return days


def _as_dunning_end(text: str) -> DunningEnd:
    try:
        return DunningEnd(text)
    except ValueError:
        raise ValueError("must be cancel or pause") from None


def _as_switch(text: str) -> bool:
    if text not in {"true", "false"}:
        raise ValueError("must be true or false")
    return text == "true"


def _as_pace(text: str) -> int:
    if not text.isascii() or not text.isdigit() or not 1 <= int(text) <= 86_400:
        raise ValueError("must be a whole number of seconds from 1 to 86400")
    return int(text)


def _as_shortfall(text: str) -> Shortfall:
    try:
        return Shortfall(text)
    except ValueError:
        raise ValueError("must be owe, forgive or freeze") from None


def _as_clock_kind(text: str) -> ClockKind:
    try:
        return ClockKind(text)
    except ValueError:
        raise ValueError("must be real or virtual") from None


def _as_mode(text: str) -> Mode:
    try:
        return Mode(text)
    except ValueError:
        raise ValueError("must be live or test") from None


def _as_channels(text: str) -> tuple[Channel, ...]:
    names = [part.strip() for part in text.split(",") if part.strip()]
    if len(set(names)) < len(names):
        raise ValueError("names a channel twice")
    return tuple(Channel(as_name(name)) for name in names)
