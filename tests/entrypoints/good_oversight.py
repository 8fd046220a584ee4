"""Good requests for the endpoints by which an operator sees how things go."""

from collections.abc import Mapping

from tests.entrypoints.good_request import Body, Good
from tests.support.builders.payments import SANDBOX
from tests.support.callers import Caller

RECONCILIATION: Body = {
    "channel": SANDBOX,
    "since": "2026-01-01T00:00:00Z",
    "apply": True,
    "reason": "The endpoint was down",
}


async def good_oversight(owner: Caller) -> Mapping[str, Good]:
    """Compare with the provider once; return the figures, and comparing with the providers."""
    run_id = (await owner.post("/admin/reconcile", RECONCILIATION)).data["run_id"]
    return {
        "GET /admin/overview": Good(path="/admin/overview?days=90"),
        "POST /admin/reconcile": Good(path="/admin/reconcile", body=RECONCILIATION),
        "GET /admin/prices": Good(path="/admin/prices"),
        "GET /admin/reconciliations": Good(path="/admin/reconciliations"),
        "GET /admin/reconciliations/{id}": Good(path=f"/admin/reconciliations/{run_id}"),
    }
