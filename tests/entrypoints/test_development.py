"""What `billing up` fills in, and what a second shell beside it finds."""

from pathlib import Path

import pytest

from entrypoints.commands.development import settings_beside_up, settings_for_up
from entrypoints.environment import SettingsError
from entrypoints.settings import Mode, Settings, StoreKind


def secret_of(settings: Settings) -> str:
    assert settings.login is not None
    assert settings.login.secret is not None
    return settings.login.secret.reveal()


def test_without_any_configuration_everything_is_filled_in(tmp_path: Path) -> None:
    settings = settings_for_up({}, tmp_path)

    assert settings.mode is Mode.TEST
    assert settings.channels == ("sandbox",)
    assert settings.database_url == f"sqlite:///{tmp_path}/billing.db"
    assert len(secret_of(settings)) >= 32
    assert settings.channel_setting(settings.channels[0], "webhook_secret").reveal()
    assert settings.return_origins == (
        "http://127.0.0.1:8080",
        "http://localhost:8080",
        "http://localhost:3000",
    )


def test_what_the_environment_sets_counts(tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_text("a secret of the product, long enough")
    settings = settings_for_up(
        {
            "BILLING_DATABASE_URL": "memory://",
            "BILLING_PORT": "9000",
            "BILLING_JWT_SECRET_FILE": str(secret),
            "BILLING_JWT_ISSUER": "the product",
            "BILLING_RETURN_ORIGINS": "https://shop.example",
        },
        tmp_path,
    )

    assert settings.store_kind is StoreKind.MEMORY
    assert settings.port == 9000
    assert secret_of(settings) == "a secret of the product, long enough"
    assert settings.login is not None
    assert settings.login.issuer == "the product"
    assert settings.return_origins == ("https://shop.example", "http://127.0.0.1:9000")


def test_a_public_address_is_one_that_buyers_may_come_back_to(tmp_path: Path) -> None:
    settings = settings_for_up({"BILLING_PUBLIC_URL": "https://billing.example"}, tmp_path)

    assert settings.return_origins[0] == "https://billing.example"


def test_secrets_are_made_once(tmp_path: Path) -> None:
    first = settings_for_up({}, tmp_path)
    second = settings_for_up({}, tmp_path)

    assert secret_of(first) == secret_of(second)


@pytest.mark.parametrize(
    ("variables", "named"),
    [
        ({"BILLING_MODE": "live"}, "BILLING_MODE"),
        ({"BILLING_JWT_JWKS_URL": "https://login.example/keys"}, "BILLING_JWT_JWKS_URL"),
    ],
)
def test_up_is_for_development_alone(variables: dict[str, str], named: str, tmp_path: Path) -> None:
    with pytest.raises(SettingsError) as refused:
        settings_for_up(variables, tmp_path)

    assert refused.value.name == named


def test_a_second_shell_finds_what_up_was_started_with(tmp_path: Path) -> None:
    told = {
        "BILLING_DATABASE_URL": "memory://",
        "BILLING_PORT": "9000",
        "BILLING_HOST": "localhost",
    }
    started = settings_for_up(told, tmp_path)

    beside = settings_beside_up({}, tmp_path)

    assert beside == started
    assert beside.self_url == "http://localhost:9000"


def test_a_second_shell_may_say_otherwise(tmp_path: Path) -> None:
    settings_for_up({"BILLING_PORT": "9000"}, tmp_path)

    beside = settings_beside_up({"BILLING_PORT": "9001", "BILLING_MODE": "test"}, tmp_path)

    assert beside.port == 9001
    assert beside.login is not None


@pytest.mark.parametrize(
    "configured",
    [
        {"BILLING_MODE": "live"},
        {
            "BILLING_JWT_SECRET": "a secret of the product, long enough",
            "BILLING_JWT_ISSUER": "the product",
            "BILLING_JWT_AUDIENCE": "users",
        },
    ],
)
def test_a_configured_service_is_never_taken_for_one_of_development(
    configured: dict[str, str], tmp_path: Path
) -> None:
    settings_for_up({}, tmp_path)

    beside = settings_beside_up(configured, tmp_path)

    assert beside.mode is Mode.LIVE
    assert beside.database_url == "sqlite:///billing.db"


def test_where_up_never_ran_the_environment_stands_alone(tmp_path: Path) -> None:
    beside = settings_beside_up({}, tmp_path)

    assert beside.login is None
    assert list(tmp_path.iterdir()) == []
