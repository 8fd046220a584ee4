"""The environment, read once, into frozen values. Nothing else in the service looks at it.

Each variable may also be given as NAME_FILE, the path of a file that holds the value: that is how
secrets reach a container without standing in its environment.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from enum import Enum

from attrs import field, frozen

from domain.credits.claw_back import Shortfall
from domain.payments.ids import Channel
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
    as_pace,
    as_port,
    as_public_url,
    as_return_origins,
    as_secret,
    as_switch,
    as_text,
)
from entrypoints.http.peer import Network
from entrypoints.operating_settings import OPERATING_VARIABLES, Operating, operating_of
from entrypoints.secret import Secret
from entrypoints.settings_for_customers import (
    CUSTOMER_VARIABLES,
    ForCustomers,
    for_customers,
    with_page,
)
from entrypoints.subscription_settings import (
    SUBSCRIPTION_VARIABLES,
    SubscriptionLives,
    subscription_lives,
)

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

    @property
    def works_apart(self) -> bool:
        """Say whether it is another process that writes, so that this one may go on meanwhile."""
        return self is StoreKind.POSTGRES


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
        "BILLING_QUOTE_SECRET",
        "The secret, of at least 32 bytes, that quotes for changes of plan are signed with; a new "
        "one ends the quotes of the last fifteen minutes.",
        "derived from BILLING_SESSION_SECRET",
    ),
    Variable(
        "BILLING_RETURN_ORIGINS",
        "The origins that buyers may be sent back to after a checkout, comma-separated.",
    ),
    *OPERATING_VARIABLES,
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
        "BILLING_COUPON_GUESSES",
        "How many coupon codes that do nothing an account may try in an hour, from 1 to 10000; an "
        "address may try ten times as many. Each process counts by itself.",
        "20",
    ),
    Variable(
        "BILLING_RECONCILE_SECONDS",
        "Every how many seconds a round of comparing with a payment provider begins, at the "
        "earliest.",
        "3600",
    ),
    *SUBSCRIPTION_VARIABLES,
    *CUSTOMER_VARIABLES,
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
    operating: Operating = field(factory=Operating)
    quote_secret: Secret | None = None
    has_private_endpoints: bool = False
    coupon_guesses: int = 20
    reconcile_seconds: int = 3600
    refund_shortfall: Shortfall = Shortfall.OWE
    clock_kind: ClockKind = ClockKind.REAL
    customers: ForCustomers = field(factory=ForCustomers)
    lives: SubscriptionLives = field(factory=SubscriptionLives)

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
    login, customers = _login(environment), for_customers(environment)
    public_url = environment.get("BILLING_PUBLIC_URL", as_public_url, f"http://127.0.0.1:{port}")
    return_origins = environment.get("BILLING_RETURN_ORIGINS", as_return_origins, ())
    session_secret = _secret(environment, "BILLING_SESSION_SECRET") or (
        login.secret if login is not None else None
    )
    has_private_endpoints = environment.get("BILLING_PRIVATE_ENDPOINTS", as_switch, False)
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
        public_url=public_url,
        mode=mode,
        clock_kind=clock_kind,
        channels=channels,
        channel_settings={channel: _of_channel(environment, channel) for channel in channels},
        cors_origins=frozenset(environment.get("BILLING_CORS_ORIGINS", as_origins, ())),
        return_origins=with_page(return_origins, customers, public_url),
        currency=environment.get("BILLING_CURRENCY", as_currency, "USD"),
        trusted_proxies=environment.get("BILLING_TRUSTED_PROXIES", as_networks, ()),
        login=login,
        operating=operating_of(environment),
        has_private_endpoints=has_private_endpoints,
        coupon_guesses=environment.get("BILLING_COUPON_GUESSES", _as_guesses, 20),
        reconcile_seconds=environment.get("BILLING_RECONCILE_SECONDS", as_pace, 3600),
        refund_shortfall=environment.get("BILLING_REFUND_SHORTFALL", _as_shortfall, Shortfall.OWE),
        customers=customers,
        session_secret=session_secret,
        lives=subscription_lives(
            environment, None if session_secret is None else session_secret.reveal()
        ),
        quote_secret=_secret(environment, "BILLING_QUOTE_SECRET") or session_secret,
    )


def _clock_kind(environment: Environment, mode: Mode, channels: tuple[Channel, ...]) -> ClockKind:
    """Return the kind of clock. Providers outside live by the real time, whatever we say."""
    kind = environment.get("BILLING_CLOCK", _as_clock_kind, ClockKind.REAL)
    if kind is ClockKind.VIRTUAL and mode is not Mode.TEST:
        raise SettingsError("BILLING_CLOCK", "is virtual, which needs BILLING_MODE=test")
    if kind is ClockKind.VIRTUAL and not set(channels) <= {SANDBOX}:
        raise SettingsError("BILLING_CLOCK", "is virtual, which allows no channel but sandbox")
    return kind


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


def _as_guesses(text: str) -> int:
    if not text.isascii() or not text.isdigit() or not 1 <= int(text) <= 10_000:
        raise ValueError("must be a whole number from 1 to 10000")
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
