"""Keys under which the demo world's writes are remembered: building it twice adds nothing."""

from __future__ import annotations

from application.ports.idempotency import Caller, RequestKey

DEMO = "demo-world"


def key_of(owner: str, name: str) -> RequestKey:
    """Return the key of one write, about an account or about the world itself."""
    return RequestKey(owner=owner, caller=Caller.SYSTEM, key=f"demo:{name}", fingerprint=DEMO)
