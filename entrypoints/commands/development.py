"""`billing up` without any configuration: secrets made once, kept beside the work in `.billing/`.

What the environment sets always counts; this only fills in what it leaves open. The same is done
for `billing token` and its kin in a second shell, so that they find the service that `up` started.
"""

from __future__ import annotations

import json
import os
import secrets
from collections.abc import Mapping
from pathlib import Path

from domain.payments.return_url import origin_of
from entrypoints.environment import SettingsError
from entrypoints.settings import Mode, Settings, load_settings

FOLDER = Path(".billing")

_SECRETS = "secrets.json"
_LAST = "last-up.json"
_API_KEY = "api-key"

# Where the service is found: what `up` was told of it is told again to a second shell.
_WHERE = (
    "BILLING_DATABASE_URL",
    "BILLING_HOST",
    "BILLING_PORT",
    "BILLING_PUBLIC_URL",
    "BILLING_CLOCK",
)
_LOGIN = ("BILLING_JWT_SECRET", "BILLING_JWT_JWKS_URL")
_FRONT_END = "http://localhost:3000"


def settings_for_up(environment: Mapping[str, str], folder: Path = FOLDER) -> Settings:
    """Return the settings of `billing up`, and remember them for a second shell.

    Raises SettingsError.
    """
    if _is_set(environment, "BILLING_JWT_JWKS_URL"):
        problem = "cannot be used with `billing up`, which signs tokens; see `billing serve`"
        raise SettingsError("BILLING_JWT_JWKS_URL", problem)
    if environment.get("BILLING_MODE", "").strip() not in {"", Mode.TEST.value}:
        raise SettingsError("BILLING_MODE", "must be test for `billing up`; see `billing serve`")
    settings = load_settings(_filled(environment, _secrets(folder), folder))
    where = {name: environment[name] for name in _WHERE if environment.get(name)}
    _write(folder / _LAST, json.dumps(where, indent=2))
    return settings


def settings_beside_up(environment: Mapping[str, str], folder: Path = FOLDER) -> Settings:
    """Return the settings of a command that works on a service.

    Where the environment configures none, it is the one that `billing up` last started here.
    Raises SettingsError.
    """
    is_test = environment.get("BILLING_MODE", "").strip() == Mode.TEST.value
    if not is_test and any(_is_set(environment, name) for name in (*_LOGIN, "BILLING_MODE")):
        # A service that is configured must never be taken for one of development.
        return load_settings(environment)
    made = _read(folder / _SECRETS)
    if made is None:
        return load_settings(environment)
    last = _read(folder / _LAST) or {}
    return load_settings(_filled({**last, **environment}, made, folder))


def kept_api_key(folder: Path = FOLDER) -> str | None:
    """Return the backend's key that an earlier `billing up` made, if there is one."""
    path = folder / _API_KEY
    return path.read_text(encoding="utf-8").strip() if path.exists() else None


def keep_api_key(key: str, folder: Path = FOLDER) -> None:
    """Keep the backend's key for the next `billing up` on the same store."""
    _write(folder / _API_KEY, f"{key}\n")


def _filled(
    environment: Mapping[str, str], made: Mapping[str, str], folder: Path
) -> Mapping[str, str]:
    """Return the environment with everything that development needs and it leaves open."""
    filled = {
        "BILLING_MODE": "test",
        "BILLING_CHANNELS": "sandbox",
        "BILLING_PRIVATE_ENDPOINTS": "true",
        "BILLING_CUSTOMER_PAGE": "on",
        "BILLING_DATABASE_URL": f"sqlite:///{folder / 'billing.db'}",
        **made,
    }
    if _is_set(environment, "BILLING_JWT_JWKS_URL"):
        del filled["BILLING_JWT_SECRET"]
    filled = {name: value for name, value in filled.items() if not _is_set(environment, name)}
    filled |= {name: value for name, value in environment.items() if value.strip()}
    if not _is_set(environment, "BILLING_RETURN_ORIGINS"):
        filled["BILLING_RETURN_ORIGINS"] = ",".join(_origins(load_settings(filled)))
    return filled


def _origins(settings: Settings) -> list[str]:
    """Return where buyers may come back to: this service, and a front end in development."""
    local = f"http://localhost:{settings.port}"
    origins = [settings.self_url, local, _FRONT_END]
    public = origin_of(settings.public_url)
    if public is not None and public.startswith("https://"):
        origins.insert(0, public)
    return list(dict.fromkeys(origins))


def _secrets(folder: Path) -> Mapping[str, str]:
    """Return the development secrets, made by whoever comes first."""
    path = folder / _SECRETS
    found = _read(path)
    if found is not None:
        return found
    made = {
        "BILLING_JWT_SECRET": secrets.token_urlsafe(32),
        "BILLING_JWT_ISSUER": "billing-development",
        "BILLING_JWT_AUDIENCE": "billing-users",
        "BILLING_JWT_ADMIN_AUDIENCE": "billing-admins",
        "BILLING_SANDBOX_WEBHOOK_SECRET": secrets.token_urlsafe(32),
    }
    _write(path, json.dumps(made, indent=2))
    return made


def _is_set(environment: Mapping[str, str], name: str) -> bool:
    return any(environment.get(each, "").strip() for each in (name, f"{name}_FILE"))


def _read(path: Path) -> dict[str, str] | None:
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        return None
    try:
        found = json.loads(text)
    except ValueError:
        found = None
    if not isinstance(found, dict) or not all(isinstance(v, str) for v in found.values()):
        raise SettingsError(str(path), "cannot be read; remove it, and `billing up` makes another")
    return found


def _write(path: Path, text: str) -> None:
    """Write a file that only its owner can read; it appears under its name when it is whole."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    unfinished = path.with_name(f"{path.name}.{os.getpid()}")
    descriptor = os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(text)
    unfinished.replace(path)
