"""Every list refuses a cursor that it cannot have given out."""

from collections.abc import Awaitable, Callable

import pytest

from application.ports.credits import TransactionFilter
from application.ports.paging import PageRequest
from application.ports.payments import OrderFilter
from application.ports.store import Store
from domain.errors import InvalidField
from tests.adapters.stores.steps import look
from tests.support.builders.credits import SOMEBODY

AN_ID = "019a0000-0000-7000-8000-000000000001"

Ask = Callable[[Store, PageRequest], Awaitable[object]]

LISTS: dict[str, Ask] = {
    "transactions of all accounts": lambda store, request: store.statements.search(
        TransactionFilter(), request
    ),
    "orders": lambda store, request: look(store, lambda work: work.orders.page(SOMEBODY, request)),
    "orders of all accounts": lambda store, request: look(
        store, lambda work: work.orders.search(OrderFilter(), request)
    ),
    "orders of one account": lambda store, request: look(
        store, lambda work: work.orders.search(OrderFilter(account_id=SOMEBODY), request)
    ),
    "plans": lambda store, request: look(store, lambda work: work.plans.page(request)),
    "packs": lambda store, request: look(store, lambda work: work.packs.page(request)),
    "coupons": lambda store, request: look(store, lambda work: work.coupons.page(request)),
    "keys": lambda store, request: look(store, lambda work: work.api_keys.page(request)),
}


@pytest.mark.parametrize(
    "after", ["ü", "\x00", "a\nb", "\ud800", "x" * 101, "x", "1", "0" * 36, f"{AN_ID}\n"]
)
@pytest.mark.parametrize("ask", [pytest.param(ask, id=name) for name, ask in LISTS.items()])
async def test_a_cursor_that_cannot_be_an_id_is_refused(store: Store, ask: Ask, after: str) -> None:
    with pytest.raises(InvalidField) as refused:
        await ask(store, PageRequest(after=after))

    assert refused.value.path == "after"
