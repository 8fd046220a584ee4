"""Good requests for the endpoints by which an operator sees how things go."""

from collections.abc import Mapping

from tests.entrypoints.good_request import Body, Good
from tests.support.builders.payments import SANDBOX

RECONCILIATION: Body = {
    "channel": SANDBOX,
    "since": "2026-01-01T00:00:00Z",
    "apply": True,
    "reason": "The endpoint was down",
}


def good_oversight() -> Mapping[str, Good]:
    """Return the figures, and comparing with the providers."""
    return {
        "GET /admin/overview": Good(path="/admin/overview?days=90"),
        "POST /admin/reconcile": Good(path="/admin/reconcile", body=RECONCILIATION),
        "GET /admin/prices": Good(path="/admin/prices"),
    }
