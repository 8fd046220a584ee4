"""What the customers of the demo world use the product for, and what that costs in credits."""

from __future__ import annotations

import json
import random
from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta

from attrs import frozen

from application.credits.spend_credits import SpendCredits
from domain.credits.transaction import AI_USAGE, TransactionType
from entrypoints.demo.keys import key_of
from entrypoints.demo.lives import Life

BUCKETS_A_DAY = 3
_BUCKET = timedelta(hours=24) / BUCKETS_A_DAY


@frozen(kw_only=True)
class Model:
    """A model of the product's: what it does, and how many credits a call takes."""

    name: str
    work: str
    credits_least: int
    credits_most: int
    weight: int
    type: TransactionType = AI_USAGE


_MODELS: Sequence[Model] = (
    Model(name="chat-large", work="Chat completion", credits_least=8, credits_most=90, weight=40),
    Model(name="chat-small", work="Chat completion", credits_least=1, credits_most=9, weight=35),
    Model(name="embed-1", work="Embedding", credits_least=1, credits_most=4, weight=12),
    Model(
        name="image-1",
        work="Image",
        credits_least=40,
        credits_most=120,
        weight=9,
        type=TransactionType("image_generation"),
    ),
    Model(
        name="speech-1",
        work="Transcription",
        credits_least=6,
        credits_most=60,
        weight=4,
        type=TransactionType("transcription"),
    ),
)


@frozen(kw_only=True)
class Usage:
    """What many customers spend in one part of a day; it is sent all at once."""

    at: datetime
    spends: Sequence[SpendCredits]


def usage(ends_on: date, day: date, lives: Sequence[Life]) -> list[Usage]:
    """Return a day's usage, the same whenever it is asked for."""
    chance = random.Random(f"{ends_on.isoformat()}/usage/{day.isoformat()}")  # noqa: S311 - a story
    buckets: list[list[SpendCredits]] = [[] for _ in range(BUCKETS_A_DAY)]
    for life in lives:
        if life.joined_on < day and chance.randrange(100) < life.usage_percent:
            bucket = chance.randrange(BUCKETS_A_DAY)
            for turn in range(chance.randrange(1, 3)):
                buckets[bucket].append(_spend(chance, life, day, turn))
    start = datetime.combine(day, time(), tzinfo=UTC)
    return [
        Usage(at=start + _BUCKET * index + _BUCKET * chance.random(), spends=spends)
        for index, spends in enumerate(buckets)
        if spends
    ]


def _spend(chance: random.Random, life: Life, day: date, turn: int) -> SpendCredits:
    model = chance.choices(_MODELS, [each.weight for each in _MODELS])[0]
    amount = chance.randint(model.credits_least, model.credits_most) * life.calls
    asked = {
        "model": model.name,
        "calls": life.calls,
        "input_tokens": amount * chance.randrange(60, 140),
        "output_tokens": amount * chance.randrange(10, 50),
    }
    return SpendCredits(
        account_id=life.account_id,
        amount=amount,
        type=model.type,
        description=f"{model.work} ({model.name})",
        metadata=json.dumps(asked, separators=(",", ":")),
        key=key_of(life.account_id, f"usage:{day.isoformat()}:{turn}"),
    )
