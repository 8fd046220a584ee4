"""Reading one variable at a time, strictly, so that a wrong one stops the start with one line."""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable, Mapping, Sequence
from ipaddress import ip_address, ip_network
from pathlib import Path
from typing import TypeVar
from urllib.parse import urlsplit

import iso4217
from attrs import frozen

from domain.payments.return_url import origin_of
from entrypoints.http.peer import Network
from entrypoints.http.token_keys import SECRET_BYTES_MIN

T = TypeVar("T")
Default = TypeVar("Default")

_FILE = "_FILE"
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.:-]{0,252}")
_PORT = re.compile(r"[1-9][0-9]{0,4}")
_STORES = ("sqlite:///", "postgresql://", "memory://")
_SERVERS = re.compile(r"(?:\[[0-9A-Fa-f:.]+\]|[^][:/?#@,]*)(?::[0-9]{1,5})?")


class SettingsError(Exception):
    """A setting is missing or wrong. Its one line names the variable and never shows the value."""

    def __init__(self, name: str, problem: str) -> None:
        super().__init__(f"{name} {problem}")
        self.name = name


@frozen
class Variable:
    """A setting as the documentation lists it: its name, its meaning, what it is if left out."""

    name: str
    meaning: str
    default: str = "unset"


@frozen
class Environment:
    """The variables of the process. An empty one counts as unset."""

    _variables: Mapping[str, str]

    def get(self, name: str, read: Callable[[str], T], default: Default) -> T | Default:
        """Return a variable's value as `read` understands it. Raises SettingsError."""
        text = self._text(name)
        if text is None:
            return default
        try:
            return read(text)
        except ValueError as wrong:
            raise SettingsError(name, str(wrong)) from wrong

    def require(self, name: str, read: Callable[[str], T]) -> T:
        """Return a variable's value. Raises SettingsError if it is missing or wrong."""
        value = self.get(name, read, None)
        if value is None:
            raise SettingsError(name, "is required")
        return value

    def under(self, prefix: str) -> Mapping[str, str]:
        """Return every variable with this prefix, by the rest of its name in lower case."""
        names = {name.removesuffix(_FILE) for name in self._variables if name.startswith(prefix)}
        found = {name.removeprefix(prefix).lower(): self._text(name) for name in sorted(names)}
        return {key: text for key, text in found.items() if key and text is not None}

    def refuse_misspelt(self, known: Sequence[Variable]) -> None:
        """Refuse a variable that is none of ours but nearly one. Raises SettingsError."""
        names = [variable.name for variable in known]
        for given in sorted(self._variables):
            name = given.removesuffix(_FILE)
            if not name.startswith("BILLING_") or name in names:
                continue
            near = difflib.get_close_matches(name, names, n=1, cutoff=0.9)
            if near:
                raise SettingsError(given, f"is not a setting; did you mean {near[0]}?")

    def _text(self, name: str) -> str | None:
        given, path = self._variables.get(name, "").strip(), self._variables.get(name + _FILE, "")
        if given and path:
            raise SettingsError(name, f"is set twice: also as {name}{_FILE}")
        if not path:
            return given or None
        try:
            return Path(path).read_text(encoding="utf-8").strip() or None
        except (OSError, ValueError) as unreadable:
            problem = f"names a file that cannot be read ({type(unreadable).__name__})"
            raise SettingsError(name + _FILE, problem) from unreadable


def as_text(text: str) -> str:
    """Take any printable text."""
    if not text.isprintable():
        raise ValueError("must be printable text")
    return text


def as_name(text: str) -> str:
    """Take a name: of a host, a channel, a claim."""
    if not _NAME.fullmatch(text):
        raise ValueError("must be a plain name")
    return text


def as_host(text: str) -> str:
    """Take an address to listen on, of either kind, or the name of one."""
    try:
        return str(ip_address(text))
    except ValueError:
        return as_name(text)


def as_secret(text: str) -> str:
    """Take a secret that is long enough to sign with."""
    if len(text.encode()) < SECRET_BYTES_MIN:
        raise ValueError(f"must have at least {SECRET_BYTES_MIN} bytes")
    return text


def as_port(text: str) -> int:
    """Take a TCP port."""
    if not _PORT.fullmatch(text) or int(text) > 65535:
        raise ValueError("must be a port from 1 to 65535")
    return int(text)


def as_currency(text: str) -> str:
    """Take a currency that exists."""
    if text not in {currency.code for currency in iso4217.Currency}:
        raise ValueError("must be an ISO 4217 currency code such as USD")
    return text


def as_database_url(text: str) -> str:
    """Take the address of a store of a known kind; whether it opens is the store's to say."""
    if not text.startswith(_STORES) or text in _STORES[:2]:
        raise ValueError("must begin with sqlite:///, postgresql:// or memory://")
    if text.startswith("memory://") and text != "memory://":
        raise ValueError("must be memory:// alone: that store has no name")
    if text.startswith("postgresql://"):
        # A driver that trips over it would repeat a part of it, and that may be of the password.
        servers = re.split(r"[/?#]", text.removeprefix("postgresql://"))[0].rpartition("@")[2]
        if not all(_SERVERS.fullmatch(server) for server in servers.split(",")):
            raise ValueError(
                "must read postgresql://USER:PASSWORD@HOST:PORT/NAME; in a password, write "
                "/ as %2F, ? as %3F, # as %23 and @ as %40"
            )
    return text


def as_public_url(text: str) -> str:
    """Take an http or https address, without a slash at its end."""
    plain = text.rstrip("/")
    if origin_of(plain) is None or "?" in plain or "#" in plain:
        raise ValueError("must be a plain http or https URL")
    return plain


def as_https_url(text: str) -> str:
    """Take an address that nobody on the way can change: https, or this machine."""
    origin = origin_of(text)
    if origin is None or not is_safe(origin):
        raise ValueError("must be an https URL (http only for this machine)")
    return text


def as_origins(text: str) -> tuple[str, ...]:
    """Take exact origins, as browsers send them."""
    origins = tuple(part.strip() for part in text.split(",") if part.strip())
    for origin in origins:
        if origin_of(origin) != origin:
            raise ValueError("must list exact origins such as https://shop.example")
    return origins


def as_return_origins(text: str) -> tuple[str, ...]:
    """Take exact origins to which nobody on the way can listen: https, or this machine."""
    origins = as_origins(text)
    if not all(is_safe(origin) for origin in origins):
        raise ValueError("must list https origins (http only for this machine)")
    return origins


def as_networks(text: str) -> tuple[Network, ...]:
    """Take addresses and networks."""
    try:
        return tuple(ip_network(part.strip()) for part in text.split(",") if part.strip())
    except ValueError:
        raise ValueError("must list addresses or networks such as 10.0.0.0/8") from None


def as_switch(text: str) -> bool:
    """Take yes or no."""
    if text not in {"true", "false"}:
        raise ValueError("must be true or false")
    return text == "true"


def as_pace(text: str) -> int:
    """Take every how many seconds something is done."""
    if not text.isascii() or not text.isdigit() or not 1 <= int(text) <= 86_400:
        raise ValueError("must be a whole number of seconds from 1 to 86400")
    return int(text)


def is_safe(origin: str) -> bool:
    """Say whether nobody on the way can listen: https, or this machine."""
    parts = urlsplit(origin)
    return parts.scheme == "https" or _is_loopback(parts.hostname or "")


def _is_loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
