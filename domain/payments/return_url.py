"""Where a buyer may be sent back to: only to origins the operator has named.

Anything else would make our checkout an open redirect that lends its good name to strangers.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from urllib.parse import urlsplit

from domain.payments.errors import ReturnUrlRefused

LENGTH_MAX = 2048
_DEFAULT_PORTS = {"https": 443, "http": 80}
# A name or a bracketed address and perhaps a port: no user, no escapes, nothing after a bracket.
_HOST_AND_PORT = re.compile(r"(?:[A-Za-z0-9._-]+|\[[0-9A-Fa-f:.]+\])(?::[0-9]+)?")


def check_return_url(path: str, url: str, origins: Collection[str]) -> None:
    """Accept a URL on one of the exact origins (`https://shop.example`, port included if unusual).

    `path` names the field in a refusal. Browsers mend odd URLs in ways a parser does not see, so
    whatever is not plain is refused before it is parsed. Raises ReturnUrlRefused.
    """
    problem = _problem(url, origins)
    if problem is not None:
        raise ReturnUrlRefused(path=path, problem=problem)


def origin_of(url: str) -> str | None:
    """Return `scheme://host[:port]` of a plain absolute URL in its normal form, or None."""
    if not _is_plain(url):
        return None
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        return None
    host = parts.hostname
    if parts.scheme not in _DEFAULT_PORTS or not host or host.endswith("."):
        return None
    if not _HOST_AND_PORT.fullmatch(parts.netloc):
        return None
    shown = f"[{host}]" if ":" in host else host
    if port is None or port == _DEFAULT_PORTS[parts.scheme]:
        return f"{parts.scheme}://{shown}"
    return f"{parts.scheme}://{shown}:{port}"


def _problem(url: str, origins: Collection[str]) -> str | None:
    if len(url) > LENGTH_MAX:
        return f"must be at most {LENGTH_MAX} characters"
    origin = origin_of(url)
    if origin is None:
        return "must be a plain absolute http or https URL"
    if not origins:
        return "no return origins are configured here (BILLING_RETURN_ORIGINS)"
    if origin not in origins:
        return f"the origin {origin} is not among the configured return origins"
    return None


def _is_plain(url: str) -> bool:
    """Say whether the URL has the form every reader takes the same way."""
    lowered = url[:8].lower()
    if not lowered.startswith(("https://", "http://")) or url[: len("http")] != "http":
        return False
    return all(" " < character < "\x7f" and character not in '\\<>"`^|' for character in url)
