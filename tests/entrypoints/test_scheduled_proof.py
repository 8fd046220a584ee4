"""The nightly proof as it is seen from outside: alarms, the log, gauges, the console, the API."""

from collections.abc import AsyncIterator

import pytest
from attrs import evolve
from structlog.testing import capture_logs

from domain.credits.ids import AccountId
from entrypoints.scheduled import PROOF_ACCOUNTS, ScheduledProof
from entrypoints.telemetry.wiring import metrics_of
from tests.entrypoints.console.browser import signed_in
from tests.support.app import Service, a_service
from tests.support.builders.credits import SOMEBODY, SOMEBODY_ELSE


@pytest.fixture
async def service() -> AsyncIterator[Service]:
    """The service, with two accounts that hold something."""
    async with a_service() as running:
        await running.give(100)
        await running.give(50, SOMEBODY_ELSE)
        yield running


def forge(service: Service, account_id: AccountId = SOMEBODY) -> None:
    """Change a line behind the store's back."""
    lines = service.store.tables.transactions.main.values
    lines[account_id, 1] = evolve(lines[account_id, 1], amount=99)


def proof_of(service: Service) -> ScheduledProof:
    return service.container.due_work().proof


async def gauges(service: Service) -> dict[str, float]:
    text = (await metrics_of(service.container).text()).decode()
    samples = (line.split() for line in text.splitlines() if line.startswith("billing_verify_"))
    return {name: float(value) for name, value in samples}


async def test_a_whole_ledger_is_proved_without_an_alarm_and_logged(service: Service) -> None:
    with capture_logs() as logged:
        left = await proof_of(service).run()

    assert (left, service.alarms) == (0, [])
    assert logged == [
        {
            "event": "ledger_proved",
            "log_level": "info",
            "accounts": 2,
            "lines": 2,
            "breaches": 0,
            "seconds": 0.0,
        }
    ]


async def test_every_broken_rule_is_an_alarm_that_names_its_place(service: Service) -> None:
    forge(service)

    await proof_of(service).run()
    await proof_of(service).run()

    place = f"the ledger breaks a rule: account {SOMEBODY}, seq "
    assert service.alarms
    assert all(each.startswith(place) for each in service.alarms)
    assert any("seq 1: hash_chain_is_whole: found " in each for each in service.alarms)
    assert len(set(service.alarms)) == len(service.alarms)


async def test_the_gauges_tell_what_any_process_has_proved(service: Service) -> None:
    assert await gauges(service) == {}
    forge(service)

    await proof_of(service).run()

    told = await gauges(service)
    assert told["billing_verify_breaches"] == len(service.alarms)
    assert told["billing_verify_lines"] == 2
    assert told["billing_verify_timestamp_seconds"] == service.wall_clock.now.timestamp()


async def test_the_gauges_tell_what_was_proved_last_by_hand_or_not(service: Service) -> None:
    await proof_of(service).run()
    forge(service)
    service.wall_clock.advance(hours=1)
    await service.as_admin().post("/admin/verify")

    by_hand = await gauges(service)
    assert by_hand["billing_verify_breaches"] > 0
    assert by_hand["billing_verify_timestamp_seconds"] == service.wall_clock.now.timestamp()


async def test_an_admin_reads_when_it_was_how_long_it_took_and_what_it_found(
    service: Service,
) -> None:
    before = (await service.as_admin().get("/admin/health")).data
    forge(service)
    await proof_of(service).run()

    after = (await service.as_admin().get("/admin/health")).data

    assert before == {
        "is_ready": True,
        "reason": None,
        "stuck_jobs": [],
        "last_proof": None,
        "proof_under_way": None,
        "next_proof_due_at": "2026-01-13T03:00:00Z",
    }
    last = after["last_proof"]
    assert {name: last[name] for name in ("due_at", "begun_at", "ended_at", "seconds")} == {
        "due_at": "2026-01-12T03:00:00Z",
        "begun_at": "2026-01-12T12:00:00Z",
        "ended_at": "2026-01-12T12:00:00Z",
        "seconds": 0.0,
    }
    assert (last["accounts"], last["lines"]) == (2, 2)
    assert last["breaches_total"] == len(last["breaches"]) == len(service.alarms)
    assert last["breaches"][0]["account_id"] == SOMEBODY


async def test_the_console_shows_a_ledger_never_proved_and_a_clean_one(service: Service) -> None:
    browser = await signed_in(service)
    never = (await browser.get("/health")).text
    await proof_of(service).run()
    clean = (await browser.get("/health")).text

    assert "Never yet" in never
    assert "Clean" in clean


async def test_the_console_names_every_place_of_a_broken_ledger(service: Service) -> None:
    forge(service)
    await proof_of(service).run()

    broken = (await (await signed_in(service)).get("/health")).text

    assert "Broken" in broken
    assert "Hash chain is whole" in broken
    assert SOMEBODY in broken


async def test_a_round_that_is_still_under_way_is_shown_as_such(service: Service) -> None:
    for number in range(PROOF_ACCOUNTS):
        await service.give(1, AccountId(f"many-{number}"))
    await proof_of(service).run()

    shown = (await service.as_admin().get("/admin/health")).data

    assert shown["last_proof"] is None
    assert shown["proof_under_way"]["accounts"] == PROOF_ACCOUNTS
    assert shown["proof_under_way"]["seconds"] is None
    assert "Under way" in (await (await signed_in(service)).get("/health")).text
