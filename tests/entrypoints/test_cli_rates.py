"""`billing rates` on the store itself: shown, exported, and published after a look."""

import json
from pathlib import Path

import pytest

from tests.support.command_line import Ran, billing

STORE = {"BILLING_DATABASE_URL": "sqlite:///billing.db"}

CARD = """{
  "rounding": "up",
  "note": "Grüße",
  "rates": [
    {"model": "*", "kind": "input", "credits": "5", "per": 1000},
    {"model": "gpt-4o", "kind": "input", "credits": "2.5", "per": 1000}
  ]
}"""


async def rates(folder: Path, *arguments: str, card: str = CARD) -> Ran:
    (folder / "rates.json").write_text(card)
    return await billing(folder, "rates", *arguments, variables=STORE)


@pytest.fixture
async def folder(tmp_path: Path) -> Path:
    """A folder with an empty store in it."""
    await billing(tmp_path, "migrate", variables=STORE)
    return tmp_path


async def test_without_rates_there_is_nothing_to_show_or_to_export(folder: Path) -> None:
    shown = await rates(folder, "show")
    exported = await rates(folder, "export")
    unknown = await rates(folder, "show", "1")

    assert (shown.code, len(shown.out)) == (0, 1)
    assert shown.out[0].startswith("No rates are in force")
    assert (exported.code, exported.out) == (2, [])
    assert exported.err[0].startswith("billing: no rates are in force")
    assert (unknown.code, unknown.err) == (2, ["billing: There is no such version of the rates."])


async def test_a_file_is_looked_at_before_it_is_published(folder: Path) -> None:
    seen = await rates(folder, "import", "rates.json")
    shown = await rates(folder, "show")

    assert seen.code == 0
    assert [line.split() for line in seen.out[1:3]] == [
        ["*", "input", "none", "5", "per", "1,000"],
        ["gpt-4o", "input", "none", "2.5", "per", "1,000"],
    ]
    assert seen.out[3] == "2 changes, rounded up. Nothing was changed; --apply publishes it."
    assert shown.out[0].startswith("No rates are in force")


async def test_what_is_published_is_exported_as_it_was_written(folder: Path) -> None:
    applied = await rates(folder, "import", "rates.json", "--apply")
    exported = await rates(folder, "export")
    again = await rates(folder, "import", "rates.json")

    assert applied.code == 0, applied.err
    assert "2 changes, rounded up: published as version 1" in applied.out[-1]
    assert "\n".join(exported.out) == CARD
    assert again.out == ["0 changes, rounded up. Nothing was changed; --apply publishes it."]


async def test_a_card_for_later_is_shown_by_its_version(folder: Path) -> None:
    applied = await rates(
        folder,
        *("import", "rates.json", "--apply", "--effective-from", "2999-01-01T00:00:00Z"),
    )
    in_force = await rates(folder, "show")
    later = await rates(folder, "show", "1")

    assert "in force from 2999-01-01T00:00:00Z" in applied.out[-1]
    assert in_force.out[0].startswith("No rates are in force")
    assert later.out[0] == "Version 1, rounded up, in force from 2999-01-01T00:00:00Z"
    assert later.out[1] == "Grüße"


@pytest.mark.parametrize(
    ("card", "said"),
    [
        ("{", "body: is not JSON"),
        ("[]", "body: must be a JSON object"),
        ("{}", "rates: is required"),
        (CARD.replace('"5"', "5"), "rates[0].credits"),
        (CARD.replace("1000}\n", "60}\n"), "rates[1].per"),
        (CARD.replace("gpt-4o", "*"), "two for '*' and input"),
        (json.dumps({**json.loads(CARD), "version": 3}), "version: is not known here"),
        (json.dumps({**json.loads(CARD), "expected_version": 3}), "at version 0 now"),
    ],
    ids=str,
)
async def test_a_file_that_makes_no_sense_is_refused_in_one_line(
    folder: Path, card: str, said: str
) -> None:
    ran = await rates(folder, "import", "rates.json", "--apply", card=card)

    assert (ran.code, ran.out, len(ran.err)) == (2, [], 1)
    assert said in ran.err[0]
