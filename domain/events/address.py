"""Where events may be sent: public addresses alone, unless a developer has said otherwise.

A service that posts to any address it is given is a way into the network it stands in (OWASP API7,
server-side request forgery). What is written is judged when an endpoint is kept; what a name
resolves to is judged once more, on the very address that is about to be connected to.
"""

from __future__ import annotations

import re
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network

from domain.errors import InvalidField

URL_LENGTH_MAX = 2048

# No user, no escapes, no backslash, nothing in the host that two parsers could read differently.
_PLAIN_URL = re.compile(
    r"(?P<scheme>https?)://"
    r"(?P<host>[A-Za-z0-9](?:[A-Za-z0-9.-]*[A-Za-z0-9])?|\[[0-9A-Fa-f:.]+\])"
    r"(?::(?P<port>[0-9]{1,5}))?"
    r"(?:[/?][!$&'()*+,;=:@/?A-Za-z0-9._~%-]*)?"
)
# A host whose last label is a number is an address in disguise: 2130706433, 0x7f.1, 127.1.
_NUMERIC_END = re.compile(r"(?:.*\.)?(?:[0-9]+|0[xX][0-9A-Fa-f]*)")
_LOCAL_NAMES = (".localhost", ".local", ".internal", ".home.arpa", ".localdomain")

# What the library calls global and nobody outside should be reached by, or through.
_NOT_FOR_US = tuple(
    ip_network(text)
    for text in (
        "192.88.99.0/24",  # the old relay from IPv6 to IPv4
        "168.63.129.16/32",  # a cloud's own services, under a public number
        "64:ff9b::/96",  # translated to IPv4, private addresses included
        "64:ff9b:1::/48",
        "2002::/16",  # 6to4 carries an IPv4 address
        "2001::/32",  # Teredo carries two
        "fec0::/10",  # site-local of old
    )
)


def check_endpoint_url(url: str, *, may_be_private: bool) -> None:
    """Accept an address that events may be sent to. Raises InvalidField.

    With `may_be_private`, for development, plain http and addresses of this machine are taken, too.
    """
    problem = _problem(url, may_be_private=may_be_private)
    if problem is not None:
        raise InvalidField(path="url", problem=problem)


def is_public(address: str) -> bool:
    """Say whether an IP address is one of the open internet; what is no address is not."""
    try:
        parsed = ip_address(address.partition("%")[0])
    except ValueError:
        return False
    if isinstance(parsed, IPv6Address):
        inner = _embedded(parsed)
        if inner is not None:
            return is_public(str(inner))
    is_reachable = parsed.is_global and not parsed.is_multicast and not parsed.is_reserved
    return is_reachable and not any(
        parsed in network for network in _NOT_FOR_US if network.version == parsed.version
    )


def _embedded(address: IPv6Address) -> IPv4Address | None:
    """Return the IPv4 address that an IPv6 one only spells differently (`::ffff:…`, `::…`)."""
    if address.ipv4_mapped is not None:
        return address.ipv4_mapped
    number = int(address)
    return IPv4Address(number) if 1 < number <= 0xFFFF_FFFF else None


def _problem(url: str, *, may_be_private: bool) -> str | None:
    if len(url) > URL_LENGTH_MAX:
        return f"must have at most {URL_LENGTH_MAX} characters"
    plain = _PLAIN_URL.fullmatch(url)
    if plain is None:
        return "must be a plain https URL, without user, fragment or unusual characters"
    if plain["port"] is not None and not 0 < int(plain["port"]) <= 65535:
        return "must have a port from 1 to 65535"
    host = plain["host"].lower()
    if host.startswith("[") and ":" not in host:
        return "must have an IPv6 address in brackets"
    if may_be_private:
        return None
    if plain["scheme"] != "https":
        return "must be an https URL"
    return _problem_of_host(host.strip("[]"))


def _problem_of_host(host: str) -> str | None:
    if _is_address(host):
        return None if is_public(host) else "must not be an address of a private network"
    is_numeric = _NUMERIC_END.fullmatch(host) is not None
    if "." not in host or is_numeric or host.endswith(_LOCAL_NAMES):
        return "must name a host of the open internet"
    return None


def _is_address(host: str) -> bool:
    try:
        ip_address(host)
    except ValueError:
        return False
    return True
