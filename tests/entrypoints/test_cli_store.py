"""Commands that work on the store itself: the demo world, keys, and the proof of the ledger."""

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from tests.support.command_line import Ran, billing

STORE = {
    "BILLING_DATABASE_URL": "sqlite:///billing.db",
    "BILLING_MODE": "test",
    "BILLING_CHANNELS": "sandbox",
    "BILLING_SANDBOX_WEBHOOK_SECRET": "a secret that only this test knows",
    "BILLING_RETURN_ORIGINS": "http://localhost:3000",
}


async def on_store(folder: Path, *arguments: str) -> Ran:
    return await billing(folder, *arguments, variables=STORE)


async def test_the_demo_world_is_built_once(tmp_path: Path) -> None:
    first = await on_store(tmp_path, "demo", "--customers", "5")
    second = await on_store(tmp_path, "demo", "--customers", "9")

    assert (first.code, second.code) == (0, 0)
    assert "5 customers" in first.out[-1]
    assert "was built" in first.out[-1]
    assert "5 customers" in second.out[-1]
    assert "nothing was changed" in second.out[-1]


async def test_a_whole_ledger_is_verified_with_figures(tmp_path: Path) -> None:
    await on_store(tmp_path, "demo", "--customers", "5")

    ran = await on_store(tmp_path, "verify")

    assert (ran.code, ran.err) == (0, [])
    assert ran.out[0].startswith("The ledger is whole")
    for word in ("accounts", "lines", "credits outstanding", "seconds"):
        assert word in ran.out[1]


async def test_a_line_that_was_tampered_with_is_named_and_the_exit_code_is_1(
    tmp_path: Path,
) -> None:
    await on_store(tmp_path, "demo", "--customers", "5")
    tamper(tmp_path / "billing.db")

    ran = await on_store(tmp_path, "verify")

    assert ran.code == 1
    assert ran.out[0].startswith("The ledger is broken")
    assert any(
        line.startswith("account demo-001, seq 2: hash_chain_is_whole: ") for line in ran.out
    )


async def test_a_key_is_made_listed_and_revoked(tmp_path: Path) -> None:
    await on_store(tmp_path, "migrate")

    made = await on_store(
        tmp_path, "keys", "create", "--name", "backend", "--scopes", "credits:read,credits:spend"
    )
    owner = await on_store(tmp_path, "keys", "create", "--name", "first owner", "--role", "owner")
    key_id = made.out[-1].split("_")[1]
    listed = await on_store(tmp_path, "keys", "list")
    revoked = await on_store(tmp_path, "keys", "revoke", key_id)
    after = await on_store(tmp_path, "keys", "list")

    assert made.out[-1].startswith("bk_")
    assert owner.out[-1].startswith("bk_")
    assert len(listed.out) == 3
    assert "first owner" in listed.out[1]
    assert all(word in listed.out[2] for word in (key_id, "backend", "credits:read, credits:spend"))
    assert revoked.code == 0
    assert after.out[2].rstrip() != listed.out[2].rstrip()


@pytest.mark.parametrize("name", ["[/x]", "[red]stop[/red]", ":smile:"])
async def test_a_keys_name_is_shown_as_it_was_given(tmp_path: Path, name: str) -> None:
    await on_store(tmp_path, "migrate")
    await on_store(tmp_path, "keys", "create", "--name", name, "--role", "viewer")

    listed = await on_store(tmp_path, "keys", "list")

    assert listed.code == 0, listed.err
    assert listed.out[1].split()[1] == name


async def test_a_key_that_does_not_exist_cannot_be_revoked(tmp_path: Path) -> None:
    await on_store(tmp_path, "migrate")

    ran = await on_store(tmp_path, "keys", "revoke", "no-such-key")

    assert (ran.code, ran.err) == (2, ["billing: There is no such API key."])


def tamper(path: Path) -> None:
    """Change an amount behind the service's back, past the triggers that would refuse it."""
    with closing(sqlite3.connect(path)) as database:
        triggers = database.execute(
            "SELECT name FROM sqlite_master WHERE type = 'trigger' AND tbl_name = 'transactions'"
        ).fetchall()
        assert triggers
        for (name,) in triggers:
            database.execute(f"DROP TRIGGER {name}")
        changed = database.execute(
            "UPDATE transactions SET amount = amount + 1 WHERE account_id = 'demo-001' AND seq = 2"
        )
        assert changed.rowcount == 1
        database.commit()
