"""Stream an answer of a model through a hold: python stream_an_answer.py URL KEY ACCOUNT.

The model here only pretends. Kill this in the middle: the customer is charged for what had been
reported by the last sign of life, and the rest comes back by itself.
"""

from __future__ import annotations

import asyncio
import sys
from collections.abc import AsyncIterator

from billing_client import BillingClient

WORDS = 60
CREDITS_A_WORD = 3
PAUSE_S = 0.25
TTL_S = 3


async def answer_of_the_model() -> AsyncIterator[str]:
    """Pretend to think, word by word."""
    for number in range(1, WORDS + 1):
        await asyncio.sleep(PAUSE_S)
        yield f"word {number}"


async def main(url: str, key: str, account_id: str) -> None:
    """Charge every word as it comes, and say so."""
    most = WORDS * CREDITS_A_WORD
    async with (
        BillingClient(url=url, key=key) as billing,
        billing.hold(account_id, most, ttl_s=TTL_S, description="A pretended answer") as hold,
    ):
        print(f"hold {hold.id}", flush=True)
        cost = 0
        async for word in answer_of_the_model():
            cost += CREDITS_A_WORD
            hold.report(cost)
            print(f"{word}: {cost} credits", flush=True)
            if not hold.is_covered:
                break
    print(f"charged {hold.settled.captured if hold.settled else 'by the service itself'}")


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:4]))
