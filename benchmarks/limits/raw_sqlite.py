"""The limit of SQLite: the same durable work by hand, one transaction for each debit.

Run as a program it is handed the path of a file, which it makes, and the number of accounts.
"""

from __future__ import annotations

import random
import secrets
import sqlite3
import sys
import time

import uvloop
from attrs import frozen

from benchmarks.measured import Sample, sample_of
from benchmarks.programs import answer_orders

_TABLES = """
CREATE TABLE limit_accounts (
    id INTEGER PRIMARY KEY, balance INTEGER NOT NULL CHECK (balance >= 0), held INTEGER NOT NULL
);
CREATE TABLE limit_entries (
    id INTEGER PRIMARY KEY, account_id INTEGER NOT NULL, amount INTEGER NOT NULL,
    balance_after INTEGER NOT NULL, key TEXT NOT NULL UNIQUE, at INTEGER NOT NULL
);
"""
_DEBIT = (
    "UPDATE limit_accounts SET balance = balance - 1 WHERE id = ? AND balance - held >= 1"
    " RETURNING balance"
)
_ENTRY = (
    "INSERT INTO limit_entries (account_id, amount, balance_after, key, at) VALUES (?, -1, ?, ?, ?)"
)


@frozen(kw_only=True)
class ByHand:
    """An order: debit by hand for so long."""

    seconds: float


def _opened(path: str, accounts: int) -> sqlite3.Connection:
    raw = sqlite3.connect(path, isolation_level=None, cached_statements=512)
    raw.execute("PRAGMA journal_mode = WAL")
    raw.execute("PRAGMA synchronous = FULL")
    raw.executescript(_TABLES)
    raw.execute("BEGIN IMMEDIATE")
    rows = ((number, 1_000_000_000, 0) for number in range(accounts))
    raw.executemany("INSERT INTO limit_accounts VALUES (?, ?, ?)", rows)
    raw.execute("COMMIT")
    return raw


def _debit(raw: sqlite3.Connection, account: int) -> None:
    raw.execute("BEGIN IMMEDIATE")
    (balance,) = raw.execute(_DEBIT, (account,)).fetchone()
    raw.execute(_ENTRY, (account, balance, secrets.token_hex(16), time.monotonic_ns()))
    raw.execute("COMMIT")


async def _main(path: str, accounts: int) -> None:
    raw = _opened(path, accounts)

    async def carry_out(order: ByHand) -> Sample:
        latencies: list[float] = []
        began, cpu_before = time.perf_counter(), time.process_time()
        last = began
        while last < began + order.seconds:
            _debit(raw, random.randrange(accounts))
            now = time.perf_counter()
            latencies.append(now - last)
            last = now
        return sample_of(latencies, last - began, cpu_s=time.process_time() - cpu_before)

    await answer_orders(ByHand, carry_out)
    raw.close()


if __name__ == "__main__":
    uvloop.run(_main(sys.argv[1], int(sys.argv[2])))
