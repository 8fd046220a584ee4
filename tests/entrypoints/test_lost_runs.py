"""A comparison with the providers that the store would not keep: said by API, console and CLI."""

import sqlite3
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from adapters.stores.sql.sqlite import migrate_sqlite
from tests.entrypoints.console.browser import signed_in
from tests.entrypoints.test_routes_admin_reconcile import APPLY, balance, lost
from tests.support.app import Service, a_service
from tests.support.signing_provider import paid_event

_REFUSE = (
    "CREATE TRIGGER full BEFORE INSERT ON reconciliations "
    "BEGIN SELECT RAISE(ABORT, 'there is no room'); END"
)


@pytest.fixture
async def service(tmp_path: Path) -> AsyncIterator[Service]:
    """The service, over a file that takes everything but runs of comparing."""
    path = tmp_path / "billing.db"
    await migrate_sqlite(str(path))
    with sqlite3.connect(path) as database:
        database.execute(_REFUSE)
    database.close()
    async with a_service(settings={"BILLING_DATABASE_URL": f"sqlite:///{path}"}) as running:
        yield running


async def test_what_it_mended_is_answered_with_the_word_that_it_is_not_kept(
    service: Service,
) -> None:
    await lost(service)

    answer = await service.as_admin().post("/admin/reconcile", APPLY)

    assert answer.status == 200
    assert (answer.data["run_id"], answer.data["not_kept"]) == (None, True)
    assert [each["is_applied"] for each in answer.data["drift"]] == [True]
    assert await balance(service) == 500
    assert service.alarms[0].startswith("a comparison with the providers cannot be kept: ")


async def test_the_scheduled_run_raises_its_alarms_all_the_same(service: Service) -> None:
    service.provider.undelivered.append(paid_event("nobody-ordered-this", net_minor=500))

    await service.container.due_work().reconciliation.run()

    assert any("needs a person" in each for each in service.alarms)


async def test_the_console_says_so_beside_what_it_found(service: Service) -> None:
    await lost(service)
    owner = await signed_in(service)

    page = await owner.fill("/reconciliation", step="apply", reason="The endpoint was down")

    assert page.status == 200
    assert "This run was not kept" in page.text
