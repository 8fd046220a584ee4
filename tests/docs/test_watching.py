"""The page on watching names every metric there is, and no other."""

import re
from datetime import datetime

from prometheus_client.parser import text_string_to_metric_families

from application.figures.read_backlogs import BacklogsRead, Waiting
from application.wallets.commit_tally import CommitTally
from entrypoints.telemetry.exposition import Snapshot, exposition_of
from entrypoints.telemetry.tallies import Comparison, Proof, Tallies
from tests.docs.pages import page
from tests.support.clock import NOON

WATCHING = page("watching")
_WAITING = Waiting(count=1, seconds=2.0)


def _a_snapshot(at: datetime = NOON) -> Snapshot:
    tallies = Tallies(
        proof=Proof(at=at, accounts=1, lines=2, breaches=0),
        comparisons={("stripe", "news"): Comparison(at=at, drift=0, is_read=True)},
    )
    tallies.call("stripe", "2xx", 0.2)
    tallies.job("expiries").succeeded_at = at
    return Snapshot(
        version="0.1.0",
        tallies=tallies,
        commits=CommitTally(),
        queued=0,
        backlogs=BacklogsRead(
            inbox=_WAITING, dead_webhooks=0, outbox=_WAITING, deliveries=_WAITING
        ),
    )


def _told() -> dict[str, str]:
    families = text_string_to_metric_families(exposition_of(_a_snapshot()).decode())
    return {
        each.name + ("_total" if each.type == "counter" else ""): each.type
        for each in families
        if each.name.startswith("billing_")
    }


def test_every_metric_stands_in_the_table_with_its_kind() -> None:
    rows = re.findall(r"^\| `(billing_[a-z_]+)` \| (\w+) \|", WATCHING.text, re.MULTILINE)

    assert dict(rows) == _told()
    assert len(rows) == len(_told())


def test_every_alert_asks_for_metrics_that_there_are() -> None:
    rules = next(block.text for block in WATCHING.blocks if "alert:" in block.text)
    asked = set(re.findall(r"billing_[a-z_]+", rules))

    known = set(_told())
    assert asked
    for name in asked:
        assert name.removesuffix("_bucket") in known, name


def test_counts_of_a_class_never_fall_as_its_bound_grows() -> None:
    text = exposition_of(_a_snapshot()).decode()
    for family in text_string_to_metric_families(text):
        if family.type != "histogram":
            continue
        counts = [sample.value for sample in family.samples if sample.name.endswith("_bucket")]
        assert counts == sorted(counts), family.name
