"""The tables of the page on operating, held against the service itself."""

import inspect
import re
from collections.abc import Mapping, Sequence
from math import ceil
from pathlib import Path
from types import ModuleType

import pytest

from adapters.providers.creem.reading import PAGE_SIZE as CREEM_PAGE
from adapters.providers.stripe.listing import PAGE as STRIPE_PAGE
from adapters.stores.sql.sqlite_file import has_wal_fault
from application.credits.steps.account_proof import LINES_AT_ONCE
from application.ports.paging import LIMIT_MAX
from application.wallets.group_commit import QUEUE_MAX
from application.wallets.waiting_commands import GROUP_MAX
from domain.amount import AMOUNT_MAX
from domain.credits import proof
from domain.payments.inbox import TRIES_MAX
from domain.promotions import proof as proof_of_counters
from entrypoints import adapter_table
from entrypoints.cli import app, keys
from entrypoints.cli_catalogue import plans
from entrypoints.cli_clock import clock
from entrypoints.cli_import import bring_in
from entrypoints.cli_rates import rates
from entrypoints.container import Container
from entrypoints.environment import SettingsError
from entrypoints.http.credits import METADATA_BYTES_MAX
from entrypoints.http.endpoint import BODY_BYTES_MAX, WEBHOOK_BYTES_MAX
from entrypoints.http.idempotency import KEY_LENGTH_MAX
from entrypoints.http.json_body import BODY_SECONDS_MAX, DEPTH_MAX
from entrypoints.http.server import IDLE_SECONDS_MAX
from entrypoints.http.tokens import SESSION_TTL_S_MAX
from entrypoints.http.values import ACCOUNT_ID_LENGTH_MAX
from entrypoints.scheduled import PROOF_ACCOUNTS, PROOF_LINES, QUESTIONS
from entrypoints.settings import VARIABLES, load_settings
from entrypoints.worker import BATCH
from tests.docs.pages import Row, as_rows, page, plain
from tests.docs.test_api import SETTINGS

OPERATING = page("operating")

LIMITS: Mapping[str, float] = {
    "a body": BODY_BYTES_MAX,
    "a webhook": WEBHOOK_BYTES_MAX,
    "levels of nesting in a body": DEPTH_MAX,
    "a page of a list": LIMIT_MAX,
    "`metadata` of a spend, as JSON": METADATA_BYTES_MAX,
    "an idempotency key": KEY_LENGTH_MAX,
    "an account id": ACCOUNT_ID_LENGTH_MAX,
    "a number of credits, a price": AMOUNT_MAX,
    "a session token's life": SESSION_TTL_S_MAX,
    "wallet commands waiting in a process, before it answers 503 `busy`": QUEUE_MAX,
    "wallet commands in one commit": GROUP_MAX,
    "tries of an event before it is dead": TRIES_MAX,
    "a connection without a request, or a request's head on its way": IDLE_SECONDS_MAX,
    "a request's body on its way": BODY_SECONDS_MAX,
}


def settings_rows() -> list[Row]:
    return [
        (
            f"`{each.name}`",
            f"`{each.default}`" if each.default != "unset" else "",
            each.meaning.replace("|", "\\|"),
        )
        for each in VARIABLES
    ]


def job_rows() -> list[tuple[str, str]]:
    jobs = Container(settings=SETTINGS).due_work().jobs()
    return [(job.name, _pace(job.every_seconds)) for job in jobs]


def _pace(seconds: float) -> str:
    hours, minutes = seconds / 3600, seconds / 60
    if hours >= 1:
        return "hour" if hours == 1 else f"{hours:g} hours"
    if minutes >= 1:
        return "minute" if minutes == 1 else f"{minutes:g} minutes"
    return "second" if seconds == 1 else f"{seconds:g} seconds"


def test_every_setting_stands_in_the_table_as_it_is() -> None:
    said = OPERATING.table("variable", "default", "meaning")

    assert said == settings_rows(), f"docs/operating.md should say:\n{as_rows(settings_rows())}"


def test_every_setting_of_a_channel_stands_in_the_table() -> None:
    source = inspect.getsource(adapter_table)
    asked = re.findall(r'channel_(setting|option|switch)\(([A-Z]+), "(\w+)"\)', source)
    signed = re.findall(r"_webhook_secrets\(settings, ([A-Z]+)\)", source)

    said = {
        (plain(name), needed == "yes")
        for name, needed, _ in OPERATING.table("setting of a channel", "needed")
    }

    assert said == {
        *((f"BILLING_{channel}_{key.upper()}", how == "setting") for how, channel, key in asked),
        *((f"BILLING_{channel}_WEBHOOK_SECRET", True) for channel in signed),
    }


def test_every_job_of_the_worker_stands_in_the_table_with_its_pace() -> None:
    said = OPERATING.table("job", "every", "what")

    assert [row[:2] for row in said] == job_rows()
    assert f"batches of {BATCH}" in OPERATING.text


def test_the_limits_are_those_of_the_code() -> None:
    said = {limit: int(value.split()[0]) for limit, value in OPERATING.table("limit", "value")}

    assert said == LIMITS


ANSWER_SECONDS = 0.3
"""How long a provider takes for an answer, as the page assumes."""

WRITE_SECONDS = 0.005
"""How long a unit of work takes the store, as the page assumes."""

SUBSCRIPTIONS = 50_000


def test_how_long_comparing_takes_is_reckoned_from_the_sizes_in_the_code() -> None:
    said = " ".join(OPERATING.text.split())
    jobs = Container(settings=SETTINGS).due_work().jobs()
    (rest,) = (job.every_seconds for job in jobs if job.name == "reconciliation")
    stretch = QUESTIONS * ANSWER_SECONDS + rest
    calls = [SUBSCRIPTIONS / size for size in (STRIPE_PAGE, CREEM_PAGE)]
    minutes = [ceil(each / QUESTIONS * stretch / 60) for each in calls]
    in_an_hour = 3600 / stretch * QUESTIONS

    assert f"asks a provider {QUESTIONS} times (`QUESTIONS`)" in said
    assert f"followed by a rest of {rest:g} seconds" in said
    assert f"answers in {ANSWER_SECONDS} seconds, a stretch takes {stretch:g} seconds" in said
    assert (
        f"a pass over {SUBSCRIPTIONS:,} subscriptions, {calls[0]:,.0f} calls at Stripe and "
        f"{calls[1]:,.0f} at Creem, takes {minutes[0]} and {minutes[1]} minutes"
    ) in said
    assert (
        f"in an hour {in_an_hour:,.0f} things can be asked about one by one "
        f"(at Creem {in_an_hour * CREEM_PAGE:,.0f} payments be listed)"
    ) in said
    assert (
        f"at {WRITE_SECONDS * 1000:g} milliseconds each, {SUBSCRIPTIONS:,} of them take "
        f"{SUBSCRIPTIONS * WRITE_SECONDS / 60:.0f} minutes more"
    ) in said


def test_the_nightly_proof_goes_in_the_steps_of_the_code() -> None:
    said = " ".join(OPERATING.text.split())

    assert f"stretch ends with {PROOF_ACCOUNTS} accounts or {PROOF_LINES:,} lines" in said
    assert f"lines are read {LINES_AT_ONCE} at a time" in said


def test_every_command_stands_in_the_table() -> None:
    rows = OPERATING.table("command", "what it is for")
    shown = [command for row in rows for command in re.findall(r"`([^`]+)`", row[0])]
    named = {word for command in shown for word in command.split() if word.isalpha()} - {"billing"}

    commands = {name for name in app if not name.startswith("-")}
    of_keys = {name for name in keys if not name.startswith("-")}
    of_rates = {name for name in rates if not name.startswith("-")}
    of_clock = {name for name in clock if not name.startswith("-")}
    of_plans = {name for name in plans if not name.startswith("-")}
    of_import = {name for name in bring_in if not name.startswith("-")}

    assert named == commands | of_keys | of_rates | of_clock | of_import | of_plans


def test_every_rule_that_a_ledger_can_break_stands_in_the_table() -> None:
    rows = OPERATING.table("rule", "broken means")

    assert _rules_in(rows) == _rules_named_by(proof)


def test_every_rule_that_a_counter_can_break_stands_in_the_table() -> None:
    rows = OPERATING.table("rule of a counter", "broken means")

    assert _rules_in(rows) == _rules_named_by(proof_of_counters)


def _rules_in(rows: Sequence[Row]) -> set[str]:
    return {rule for row in rows for rule in re.findall(r"`([a-z_]+)`", row[0])}


def _rules_named_by(module: ModuleType) -> set[str]:
    source = Path(str(module.__file__)).read_text(encoding="utf-8")
    return set(re.findall(r'"([a-z]+(?:_[a-z]+)+)"', source))


def test_the_versions_with_the_fault_are_those_of_the_code() -> None:
    said = re.findall(r"\d+\.\d+\.\d+", OPERATING.text.partition("**The warning about WAL.**")[2])
    first_good, *also_good = [tuple(map(int, version.split("."))) for version in said[:3]]

    assert not has_wal_fault(first_good)
    assert has_wal_fault((first_good[0], first_good[1], first_good[2] - 1))
    assert not any(has_wal_fault(version) for version in also_good)


def read_environment(text: str) -> dict[str, str]:
    lines = [line for line in text.splitlines() if line and not line.startswith("#")]
    return {name: value for name, _, value in (line.partition("=") for line in lines)}


def test_the_environment_for_production_is_a_valid_one() -> None:
    blocks = [block for block in OPERATING.blocks if block.language == "ini"]

    environment = read_environment(blocks[0].text)
    settings = load_settings(environment)

    assert settings.return_origins == ("https://app.example.com",)
    for name in ("BILLING_JWT_ISSUER", "BILLING_JWT_AUDIENCE"):
        with pytest.raises(SettingsError, match=name):
            load_settings({**environment, name: ""})
