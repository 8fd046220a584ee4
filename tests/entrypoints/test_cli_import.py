"""`billing import`: CSV in, line by line, beside a store and beside a running service."""

from pathlib import Path

import pytest

from entrypoints.commands.import_csv import Kind, rows_of
from entrypoints.commands.refusals import CommandRefused
from tests.support.command_line import billing

HEAD = "account_id,key,amount,category,cost_amount,cost_currency"


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("", "lacks account_id, amount"),
        ("account_id\nuser-1", "lacks amount"),
        ("account_id,amount,colour\nuser-1,1,red", "has colour"),
        ("account_id,amount,amount\nuser-1,1,2", "names a column twice"),
        ("account_id,amount\n", "has no rows"),
        ("account_id,amount\nuser-1,1,2", "line 2 has not as many cells"),
        ("account_id,amount\nuser-1", "line 2 has not as many cells"),
        ("account_id,amount\nuser-1,1\nuser-2,1\nuser-1,1", "line 4 has the account and key of"),
        ('account_id,amount\n"user-1"x,1', "is no CSV"),
    ],
)
def test_a_file_of_another_form_is_refused_as_a_whole(text: str, problem: str) -> None:
    with pytest.raises(CommandRefused, match=problem):
        rows_of(Kind.BALANCES, text)


def test_cells_become_the_values_that_are_sent() -> None:
    (row,) = rows_of(Kind.BALANCES, f"{HEAD}\nuser-1, bought ,70,paid,490,EUR")
    (bare,) = rows_of(Kind.BALANCES, "account_id,amount\nuser-1,many")

    assert row == {
        "line": 2,
        "account_id": "user-1",
        "key": "bought",
        "amount": 70,
        "category": "paid",
        "cost": {"amount": 490, "currency": "EUR"},
    }
    assert bare == {"line": 2, "account_id": "user-1", "key": "opening", "amount": "many"}


async def test_a_file_is_tried_and_then_brought_in_once(tmp_path: Path) -> None:
    file = tmp_path / "balances.csv"
    file.write_text("account_id,amount\nuser-1,70\nuser-2,-5\nuser-3,many\n", encoding="utf-8")
    variables = {"BILLING_DATABASE_URL": f"sqlite:///{tmp_path}/billing.db"}
    await billing(tmp_path, "migrate", variables=variables)

    async def run(*options: str) -> tuple[int, str]:
        command = ("import", "balances", str(file), *options)
        ran = await billing(tmp_path, *command, variables=variables)
        return ran.code, "\n".join(ran.out)

    tried = await run()
    applied = await run("--apply")
    again = await run("--apply")

    assert [code for code, _ in (tried, applied, again)] == [1, 1, 1]
    assert "line 2: user-1: would be brought in: 70 credits (promotional)" in tried[1]
    assert "line 3: user-2: refused: amount" in tried[1]
    assert "line 4: user-3: refused: amount" in tried[1]
    assert "Nothing was changed" in tried[1]
    assert "3 rows: 1 brought in, 0 is there already, 2 refused." in applied[1]
    assert "3 rows: 0 brought in, 1 is there already, 2 refused." in again[1]
