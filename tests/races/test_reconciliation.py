"""Webhook, return page and reconciliation at once, on real databases: a payment counts once."""

from pathlib import Path

import pytest

from adapters.stores.sql.postgres import migrate_postgres
from tests.providers.goods import HASTY
from tests.races.till_races import a_counter, race_of_all_ways_to_hear

ROUNDS = 2


@pytest.mark.parametrize("provider", HASTY)
async def test_a_payment_heard_of_in_every_way_at_once_is_credited_once_on_sqlite(
    provider: str, folder: Path
) -> None:
    async with a_counter(provider, [f"sqlite:///{folder / 'billing.db'}"], folder) as counter:
        for _ in range(ROUNDS):
            assert await race_of_all_ways_to_hear(counter) == []


@pytest.mark.parametrize("provider", HASTY)
async def test_a_payment_heard_of_in_every_way_at_once_is_credited_once_by_two_services(
    provider: str, postgres_dsn: str, folder: Path
) -> None:
    await migrate_postgres(postgres_dsn)
    async with a_counter(provider, [postgres_dsn, postgres_dsn], folder) as counter:
        for _ in range(ROUNDS):
            assert await race_of_all_ways_to_hear(counter) == []
