from ipaddress import ip_network
from pathlib import Path

import pytest

from domain.credits.claw_back import Shortfall
from domain.payments.ids import Channel
from domain.subscriptions.change import Timing
from domain.subscriptions.dunning import DunningEnd, DunningRules
from entrypoints.environment import SettingsError
from entrypoints.secret import Secret
from entrypoints.settings import VARIABLES, ClockKind, Login, Mode, Settings, load_settings
from entrypoints.subscription_settings import SubscriptionLives

SECRET = "0123456789abcdef0123456789abcdef"
LOGIN = {
    "BILLING_JWT_SECRET": SECRET,
    "BILLING_JWT_ISSUER": "https://login.example",
    "BILLING_JWT_AUDIENCE": "shop",
}


def test_without_any_variable_the_defaults_hold() -> None:
    assert load_settings({}) == Settings(
        database_url="sqlite:///billing.db",
        host="127.0.0.1",
        port=8080,
        public_url="http://127.0.0.1:8080",
        mode=Mode.LIVE,
        channels=(),
        channel_settings={},
        cors_origins=frozenset(),
        return_origins=(),
        currency="USD",
        trusted_proxies=(),
        login=None,
        session_secret=None,
    )


def test_every_variable_is_read() -> None:
    settings = load_settings(
        {
            **LOGIN,
            "BILLING_DATABASE_URL": "postgresql://billing:pass@db/billing",
            "BILLING_HOST": "10.1.2.3",
            "BILLING_PORT": "9000",
            "BILLING_PUBLIC_URL": "https://billing.example/",
            "BILLING_MODE": "test",
            "BILLING_CHANNELS": "stripe, sandbox",
            "BILLING_STRIPE_SECRET_KEY": "sk",
            "BILLING_CREEM_API_KEY": "of a channel that is not used",
            "BILLING_CORS_ORIGINS": "https://shop.example,http://localhost:3000",
            "BILLING_RETURN_ORIGINS": "https://shop.example, http://127.0.0.1:3000",
            "BILLING_CURRENCY": "JPY",
            "BILLING_TRUSTED_PROXIES": "10.0.0.0/8, ::1",
            "BILLING_JWT_ACCOUNT_CLAIM": "org_id",
            "BILLING_JWT_ADMIN_AUDIENCE": "shop-admin",
            "BILLING_SESSION_SECRET": SECRET[::-1],
            "BILLING_QUOTE_SECRET": SECRET.upper(),
            "BILLING_UPGRADE_AT": "at_period_end",
            "BILLING_DOWNGRADE_AT": "now",
            "BILLING_TRIAL_KEY": SECRET.lower(),
            "BILLING_DUNNING_GRACE_DAYS": "14",
            "BILLING_DUNNING_NOTICE_DAYS": "2, 7",
            "BILLING_DUNNING_END": "pause",
        }
    )

    assert settings == Settings(
        database_url="postgresql://billing:pass@db/billing",
        host="10.1.2.3",
        port=9000,
        public_url="https://billing.example",
        mode=Mode.TEST,
        channels=(Channel("stripe"), Channel("sandbox")),
        channel_settings={
            Channel("stripe"): {"secret_key": Secret("sk")},
            Channel("sandbox"): {},
        },
        cors_origins=frozenset({"https://shop.example", "http://localhost:3000"}),
        return_origins=("https://shop.example", "http://127.0.0.1:3000"),
        currency="JPY",
        trusted_proxies=(ip_network("10.0.0.0/8"), ip_network("::1")),
        login=Login(
            secret=Secret(SECRET),
            jwks_url=None,
            issuer="https://login.example",
            audience="shop",
            account_claim="org_id",
            admin_audience="shop-admin",
        ),
        session_secret=Secret(SECRET[::-1]),
        quote_secret=Secret(SECRET.upper()),
        lives=SubscriptionLives(
            trial_key=SECRET.lower(),
            dunning=DunningRules(grace_days=14, notice_days=(2, 7), end=DunningEnd.PAUSE),
            upgrade_at=Timing.AT_PERIOD_END,
            downgrade_at=Timing.NOW,
        ),
    )


def test_the_public_url_follows_the_port() -> None:
    assert load_settings({"BILLING_PORT": "81"}).public_url == "http://127.0.0.1:81"


def test_session_tokens_use_the_shared_secret_but_not_published_keys() -> None:
    published = {
        **LOGIN,
        "BILLING_JWT_SECRET": "",
        "BILLING_JWT_JWKS_URL": "https://login.example/keys",
    }

    assert load_settings(LOGIN).session_secret == Secret(SECRET)
    assert load_settings(LOGIN).quote_secret == Secret(SECRET)
    assert load_settings(published).session_secret is None


def test_a_variable_may_stand_in_a_file(tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_text(f"{SECRET}\n")
    key = tmp_path / "key"
    key.write_text("sk\n")

    settings = load_settings(
        {
            **LOGIN,
            "BILLING_JWT_SECRET": "",
            "BILLING_JWT_SECRET_FILE": str(secret),
            "BILLING_CHANNELS": "stripe",
            "BILLING_STRIPE_SECRET_KEY_FILE": str(key),
        }
    )

    assert settings.login is not None
    assert settings.login.secret == Secret(SECRET)
    assert settings.channel_settings == {Channel("stripe"): {"secret_key": Secret("sk")}}


def test_a_secret_is_never_shown() -> None:
    settings = load_settings(
        {
            **LOGIN,
            "BILLING_DATABASE_URL": "postgresql://billing:hunter2@db/billing",
            "BILLING_CHANNELS": "stripe",
            "BILLING_STRIPE_SECRET_KEY": "sk_live_1",
        }
    )

    for shown in (repr(settings), str(settings)):
        assert SECRET not in shown
        assert "hunter2" not in shown
        assert "sk_live_1" not in shown
    assert Secret(SECRET).reveal() == SECRET


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("BILLING_DATABASE_URL", "mysql://db"),
        ("BILLING_DATABASE_URL", "sqlite:///"),
        ("BILLING_DATABASE_URL", "billing.db"),
        ("BILLING_DATABASE_URL", "memory://x"),
        ("BILLING_DATABASE_URL", "postgresql://billing:hunter2@db:port/billing"),
        ("BILLING_DATABASE_URL", "postgresql://billing:hunter/2@db/billing"),
        ("BILLING_DATABASE_URL", "postgresql://billing:hunter2@[::1/billing"),
        ("BILLING_HOST", "a host"),
        ("BILLING_PORT", "0"),
        ("BILLING_PORT", "65536"),
        ("BILLING_PORT", "80a"),
        ("BILLING_PORT", "+80"),
        ("BILLING_PORT", "٨٠"),
        ("BILLING_PUBLIC_URL", "billing.example"),
        ("BILLING_PUBLIC_URL", "https://user@billing.example"),
        ("BILLING_PUBLIC_URL", "https://billing.example?a"),
        ("BILLING_MODE", "prod"),
        ("BILLING_CHANNELS", "stripe,stripe"),
        ("BILLING_CHANNELS", "stripe creem"),
        ("BILLING_CHANNELS", "sandbox"),
        ("BILLING_CORS_ORIGINS", "*"),
        ("BILLING_CORS_ORIGINS", "null"),
        ("BILLING_CORS_ORIGINS", "https://shop.example/"),
        ("BILLING_CORS_ORIGINS", "https://shop.example:443"),
        ("BILLING_CORS_ORIGINS", "shop.example"),
        ("BILLING_RETURN_ORIGINS", "http://shop.example"),
        ("BILLING_RETURN_ORIGINS", "https://shop.example,http://10.0.0.1"),
        ("BILLING_RETURN_ORIGINS", "http://localhost.evil.example"),
        ("BILLING_CURRENCY", "usd"),
        ("BILLING_CURRENCY", "XYZ"),
        ("BILLING_TRUSTED_PROXIES", "10.0.0.1/8"),
        ("BILLING_TRUSTED_PROXIES", "proxy"),
        ("BILLING_JWT_SECRET", SECRET[1:]),
        ("BILLING_JWT_JWKS_URL", "http://login.example/keys"),
        ("BILLING_JWT_JWKS_URL", "ftp://login.example/keys"),
        ("BILLING_JWT_SECRET_FILE", "/nowhere/at/all"),
        ("BILLING_SESSION_SECRET", "short"),
        ("BILLING_CLOCK", "Virtual"),
        ("BILLING_CLOCK", "virtual"),
        ("BILLING_REFUND_SHORTFALL", "Owe"),
        ("BILLING_REFUND_SHORTFALL", "keep"),
        ("BILLING_UPGRADE_AT", "later"),
        ("BILLING_DOWNGRADE_AT", "Now"),
        ("BILLING_QUOTE_SECRET", "short"),
    ],
)
def test_a_wrong_setting_is_one_line_that_names_it(name: str, value: str) -> None:
    with pytest.raises(SettingsError) as wrong:
        load_settings({name: value})

    assert str(wrong.value).startswith(f"{name} ")
    assert "\n" not in str(wrong.value)


@pytest.mark.parametrize(
    ("changed", "named"),
    [
        ({"BILLING_JWT_ISSUER": ""}, "BILLING_JWT_ISSUER"),
        ({"BILLING_JWT_AUDIENCE": " "}, "BILLING_JWT_AUDIENCE"),
        ({"BILLING_JWT_ADMIN_AUDIENCE": "shop"}, "BILLING_JWT_ADMIN_AUDIENCE"),
        ({"BILLING_JWT_JWKS_URL": "https://login.example/keys"}, "BILLING_JWT_JWKS_URL"),
        ({"BILLING_JWT_SECRET_FILE": "/run/secret"}, "BILLING_JWT_SECRET"),
        ({"BILLING_JWT_ISUER": "x"}, "BILLING_JWT_ISUER"),
        ({"BILLING_CHANNLES": "stripe"}, "BILLING_CHANNLES"),
    ],
)
def test_settings_that_do_not_go_together_name_one_of_them(
    changed: dict[str, str], named: str
) -> None:
    with pytest.raises(SettingsError) as wrong:
        load_settings({**LOGIN, **changed})

    assert str(wrong.value).startswith(f"{named} ")


def test_no_error_shows_a_secret() -> None:
    with pytest.raises(SettingsError) as wrong:
        load_settings({"BILLING_JWT_SECRET": "hunter2"})

    assert "hunter2" not in f"{wrong.value} {wrong.value.__cause__}"


def test_variables_of_channels_and_of_others_are_left_alone() -> None:
    load_settings(
        {
            "BILLING_STRIPE_SECRET_KEY": "sk",
            "BILLING_SANDBOX_SECRET": "s",
            "BILLING_TEST_POSTGRES_DSN": "postgresql://",
            "PATH": "/usr/bin",
        }
    )


def test_the_list_of_variables_names_each_once_and_says_what_it_means() -> None:
    names = [variable.name for variable in VARIABLES]

    assert len(set(names)) == len(names)
    assert all(variable.meaning.endswith(".") for variable in VARIABLES)


@pytest.mark.parametrize(("given", "seconds"), [("1", 1), ("86400", 86400)])
def test_providers_are_asked_at_the_pace_that_is_set(given: str, seconds: int) -> None:
    assert load_settings({"BILLING_RECONCILE_SECONDS": given}).reconcile_seconds == seconds


@pytest.mark.parametrize("given", ["0", "-1", "86401", "1.5", "hourly", "٣"])
def test_a_pace_that_is_none_is_refused(given: str) -> None:
    with pytest.raises(SettingsError, match="BILLING_RECONCILE_SECONDS must be a whole number"):
        load_settings({"BILLING_RECONCILE_SECONDS": given})


@pytest.mark.parametrize("policy", Shortfall)
def test_what_becomes_of_spent_credits_is_a_setting_and_they_are_owed_unless_said(
    policy: Shortfall,
) -> None:
    said = load_settings({"BILLING_REFUND_SHORTFALL": policy.value})

    assert said.refund_shortfall is policy
    assert load_settings({}).refund_shortfall is Shortfall.OWE


@pytest.mark.parametrize(
    "url",
    [
        "postgresql://billing:hun%2Fter%402@db/billing",
        "postgresql://billing@db:5432/billing?sslmode=require",
        "postgresql://[::1]:5432/billing",
        "postgresql://one:5432,two:5433/billing",
        "postgresql:///billing?host=/run/postgresql",
        "postgresql://%2Frun%2Fpostgresql/billing",
    ],
)
def test_every_way_to_name_a_postgresql_server_is_taken(url: str) -> None:
    assert load_settings({"BILLING_DATABASE_URL": url}).database_url == url


@pytest.mark.parametrize(("given", "days"), [("7", 7), ("30", 30), ("3650", 3650)])
def test_events_are_kept_for_so_long_as_is_set(given: str, days: int) -> None:
    assert load_settings({"BILLING_EVENT_DAYS": given}).operating.event_days == days


@pytest.mark.parametrize("given", ["6", "3651", "-30", "1.5", "month", "٣٠"])
def test_events_are_never_forgotten_while_they_may_still_be_tried(given: str) -> None:
    with pytest.raises(SettingsError, match="BILLING_EVENT_DAYS must be a whole number of days"):
        load_settings({"BILLING_EVENT_DAYS": given})


def test_events_go_to_private_addresses_in_development_alone() -> None:
    private = {"BILLING_PRIVATE_ENDPOINTS": "true"}

    assert load_settings({**private, "BILLING_MODE": "test"}).has_private_endpoints
    assert not load_settings({"BILLING_MODE": "test"}).has_private_endpoints
    with pytest.raises(SettingsError, match="BILLING_PRIVATE_ENDPOINTS"):
        load_settings(private)
    with pytest.raises(SettingsError, match="must be true or false"):
        load_settings({"BILLING_PRIVATE_ENDPOINTS": "yes", "BILLING_MODE": "test"})


def test_a_virtual_clock_needs_test_mode_and_no_provider_that_lives_by_the_real_time() -> None:
    virtual = {"BILLING_MODE": "test", "BILLING_CLOCK": "virtual"}

    assert load_settings({**virtual, "BILLING_CHANNELS": "sandbox"}).clock_kind is ClockKind.VIRTUAL
    assert load_settings(virtual).clock_kind is ClockKind.VIRTUAL
    assert load_settings({}).clock_kind is ClockKind.REAL
    for refused in ({"BILLING_MODE": "live"}, {"BILLING_CHANNELS": "sandbox,stripe"}):
        with pytest.raises(SettingsError, match=r"^BILLING_CLOCK "):
            load_settings({**virtual, **refused})


@pytest.mark.parametrize(
    ("name", "given"),
    [
        ("BILLING_DUNNING_GRACE_DAYS", "-1"),
        ("BILLING_DUNNING_GRACE_DAYS", "366"),
        ("BILLING_DUNNING_NOTICE_DAYS", "0"),
        ("BILLING_DUNNING_NOTICE_DAYS", "1,,2"),
        ("BILLING_DUNNING_END", "wait"),
        ("BILLING_TRIAL_KEY", "short"),
    ],
)
def test_a_setting_of_subscriptions_that_makes_no_sense_is_refused(name: str, given: str) -> None:
    with pytest.raises(SettingsError, match=name):
        load_settings({name: given})


def test_no_notice_is_told_where_none_is_said() -> None:
    settings = load_settings({"BILLING_DUNNING_NOTICE_DAYS": "none"})

    assert settings.lives.dunning.notice_days == ()


def test_addresses_are_hashed_with_a_key_of_its_own_unless_one_is_said() -> None:
    derived = load_settings(LOGIN).lives.trial_key

    assert len(derived) == 64
    assert SECRET not in derived
    assert derived not in repr(load_settings(LOGIN))
