"""The address a request comes from, through proxies that the operator trusts and no others."""

from __future__ import annotations

from collections.abc import Sequence
from ipaddress import IPv4Network, IPv6Network, ip_address

from aiohttp import web

Network = IPv4Network | IPv6Network


def address_of(request: web.Request, trusted: Sequence[Network]) -> str:
    """Return the caller's address.

    X-Forwarded-For is read from its end, as far as each address that wrote a part of it is a
    trusted proxy: what stands before that could have been written by anybody.
    """
    address = request.remote or ""
    forwarded = [
        part.strip()
        for line in request.headers.getall("X-Forwarded-For", [])
        for part in line.split(",")
    ]
    while forwarded and _is_trusted(address, trusted):
        address = forwarded.pop()
    return address if _is_address(address) else "unknown"


def _is_trusted(address: str, trusted: Sequence[Network]) -> bool:
    return _is_address(address) and any(ip_address(address) in network for network in trusted)


def _is_address(text: str) -> bool:
    try:
        ip_address(text)
    except ValueError:
        return False
    return True
