"""Good requests about what is kept of people."""

from collections.abc import Mapping

from domain.credits.ids import AccountId
from tests.entrypoints.good_request import Good
from tests.support.app import Service
from tests.support.builders.access import an_account
from tests.support.builders.credits import SOMEBODY

ERASED = AccountId("user-erased")


async def good_privacy(service: Service) -> Mapping[str, Good]:
    """Let there be an account that may be erased, beside the one that everything happens to."""
    async with service.store.begin() as work:
        await work.accounts.save(an_account(id=ERASED, created_at=service.clock.now))
        await work.commit()
    why = {"reason": "Asked for by the customer", "force": False}
    return {
        "GET /admin/accounts/{id}/export": Good(path=f"/admin/accounts/{SOMEBODY}/export"),
        "POST /admin/accounts/{id}/erase": Good(
            path=f"/admin/accounts/{ERASED}/erase", body=why, other={**why, "force": True}
        ),
    }
