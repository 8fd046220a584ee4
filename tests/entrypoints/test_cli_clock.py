"""`billing clock`, where it can do nothing: one line says why."""

from pathlib import Path

from tests.support.command_line import billing, free_port


async def test_how_far_to_go_has_to_be_said(tmp_path: Path) -> None:
    ran = await billing(tmp_path, "clock", "advance")

    assert (ran.code, ran.out) == (2, [])
    assert ran.err == ["billing: say how far: one of --days, --seconds and --to"]


async def test_without_a_running_service_there_is_no_clock_to_show(tmp_path: Path) -> None:
    nowhere = {"BILLING_PORT": str(free_port())}
    ran = await billing(tmp_path, "clock", "show", "--key", "any", variables=nowhere)

    assert (ran.code, ran.out) == (2, [])
    assert ran.err[0].startswith("billing: no answer from http://127.0.0.1:")
