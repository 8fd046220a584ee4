"""The ledger's statements on PostgreSQL, each one round trip.

They look every row they are handed up by its key. The inner queries with a LIMIT or OFFSET are
fences: they keep the planner from turning the look-ups into a scan of a whole table.
"""

from __future__ import annotations

from collections.abc import Sequence

from adapters.stores.sql.event_rows import EVENT
from adapters.stores.sql.hold_rows import HOLD, HOLD_CHANGES
from adapters.stores.sql.ledger_rows import (
    GRANT,
    GRANT_CHANGES,
    KEY,
    LINE,
    TEXT,
    WALLET,
    WALLET_CHANGES,
)

_KINDS = {
    "version": "bigint",
    "seq": "bigint",
    "posted": "bigint",
    "held": "bigint",
    "last_hash": "bytea",
    "last_at": "timestamptz",
    "spent_on": "date",
    "spent": "bigint",
    "overdrawn": "bigint",
    "overdraft_max": "bigint",
    "is_frozen": "boolean",
    "amount": "bigint",
    "remaining": "bigint",
    "priority": "bigint",
    "effective_at": "timestamptz",
    "expires_at": "timestamptz",
    "created_at": "timestamptz",
    "cost_minor": "bigint",
    "is_posted": "boolean",
    "is_open": "boolean",
    "pinned": "bigint",
    "frozen_at": "timestamptz",
    "voided_at": "timestamptz",
    "rollover_max": "bigint",
    "rollover_until": "timestamptz",
    "rolled": "bigint",
    "stood_still_us": "bigint",
    "reported": "bigint",
    "ended_at": "timestamptz",
    "captured": "bigint",
    "shortfall": "bigint",
    "balance_after": "bigint",
    "at": "timestamptz",
    "text_digest": "bytea",
    "hash": "bytea",
    "stored_at": "timestamptz",
    "is_kept_for_ever": "boolean",
}
"""The types of columns; all others are text."""

# What a statement is handed about keys: the account whose wallet a known key holds back.
ASKED = ("account_id", "owner", "caller", "key")
UNCHANGED = ("account_id", "version")
RECEIPT = ("account_id", *KEY)
WRITTEN_LINE = (*LINE, *TEXT[2:])
"""A transaction with its text, which goes into a table of its own."""


def _list(names: Sequence[str], prefix: str = "") -> str:
    return ", ".join(prefix + name for name in names)


def _handed(names: Sequence[str], place: int, alias: str) -> str:
    """Return a JSON text of rows, the parameter at a place, as the rows of a table."""
    columns = ", ".join(
        f"(row ->> {at})::{_KINDS.get(name, 'text')} AS {name}" for at, name in enumerate(names)
    )
    rows = f"jsonb_array_elements(${place}::jsonb) AS handed (row)"
    return f"(SELECT {columns} FROM {rows}) AS {alias}"  # noqa: S608 -- made of our own names


def _excluded(names: Sequence[str]) -> str:
    return ", ".join(f"{name} = excluded.{name}" for name in names)


_STORED_VERSION = (
    "coalesce((SELECT w.version FROM wallets AS w WHERE w.account_id = judged.account_id), 0)"
)
_NOT_ANSWERED = "NOT EXISTS (SELECT FROM known WHERE known.account_id = judged.account_id)"

_ASKED, _WALLETS, _GRANTS, _HOLDS, _LINES, _KEYS, _EVENTS, _UNCHANGED = range(1, 9)


def _as_json(name: str) -> str:
    """Return a column as the JSON of a load holds it: an instant is a number of microseconds."""
    if _KINDS.get(name) != "timestamptz":
        return f"h.{name}"
    return f"(extract(epoch FROM h.{name}) * 1000000)::bigint"


# Most wallets hold nothing: all holds of one are a JSON text, which costs the others nothing.
_OPEN_HOLDS = f"""
    CASE WHEN w.held > 0 THEN (
        SELECT json_agg(json_build_array({", ".join(_as_json(name) for name in HOLD)}))::text
        FROM holds AS h WHERE h.account_id = w.account_id AND h.is_open
    ) END
"""  # noqa: S608 -- made of our own column names


# Existing and new wallets go through one upsert in id order, so that batches that share wallets
# lock them in one order. `version` is the one the wallet gets; it has to follow the stored one.
# Whatever belongs to a wallet is joined to the wallets that were written, so that it is written
# with its wallet or not at all.
WRITE = f"""
WITH handed_keys AS MATERIALIZED (
    SELECT * FROM {_handed(RECEIPT, _KEYS, "k")}
), known AS MATERIALIZED (
    SELECT {_list(ASKED, "asked.")}, stored.fingerprint, stored.receipt
    FROM (
        SELECT {_list(ASKED)} FROM handed_keys
        UNION ALL SELECT {_list(ASKED)} FROM {_handed(ASKED, _ASKED, "others")}
    ) AS asked
    CROSS JOIN LATERAL (
        SELECT k.fingerprint, k.receipt FROM ledger_keys AS k
        WHERE k.owner = asked.owner AND k.caller = asked.caller AND k.key = asked.key LIMIT 1
    ) AS stored
), written AS (
    INSERT INTO wallets AS stored ({_list(WALLET)})
    SELECT {_list(WALLET)}
    FROM {_handed(WALLET, _WALLETS, "judged")}
    WHERE {_STORED_VERSION} = judged.version - 1 AND {_NOT_ANSWERED}
    ORDER BY judged.account_id COLLATE "C"
    ON CONFLICT (account_id) DO UPDATE SET {_excluded(WALLET_CHANGES)}
    WHERE stored.version = excluded.version - 1
    RETURNING stored.account_id
), written_grants AS (
    INSERT INTO grants ({_list(GRANT)})
    SELECT {_list(GRANT, "g.")}
    FROM {_handed(GRANT, _GRANTS, "g")} JOIN written USING (account_id)
    ON CONFLICT (account_id, id) DO UPDATE SET {_excluded(GRANT_CHANGES)}
), written_holds AS (
    INSERT INTO holds ({_list(HOLD)})
    SELECT {_list(HOLD, "h.")}
    FROM {_handed(HOLD, _HOLDS, "h")} JOIN written USING (account_id)
    ON CONFLICT (account_id, id) DO UPDATE SET {_excluded(HOLD_CHANGES)}
), lines AS MATERIALIZED (
    SELECT {_list(WRITTEN_LINE, "t.")}
    FROM {_handed(WRITTEN_LINE, _LINES, "t")} JOIN written USING (account_id)
), written_lines AS (
    INSERT INTO transactions ({_list(LINE)}) SELECT {_list(LINE)} FROM lines
), written_texts AS (
    INSERT INTO transaction_texts ({_list(TEXT)}) SELECT {_list(TEXT)} FROM lines
), written_keys AS (
    INSERT INTO ledger_keys ({_list(KEY)})
    SELECT {_list(KEY, "k.")} FROM handed_keys AS k JOIN written USING (account_id)
), written_events AS (
    INSERT INTO outbox ({_list(EVENT)})
    SELECT {_list(EVENT, "e.")}
    FROM {_handed(EVENT, _EVENTS, "e")} JOIN written USING (account_id)
)
SELECT 'written', account_id, NULL, NULL, NULL, NULL FROM written
UNION ALL
SELECT 'known', owner, caller, key, fingerprint, receipt FROM known
UNION ALL
SELECT 'unchanged', judged.account_id, NULL, NULL, NULL, NULL
FROM {_handed(UNCHANGED, _UNCHANGED, "judged")}
WHERE {_STORED_VERSION} = judged.version AND {_NOT_ANSWERED}
"""  # noqa: S608 -- made of our own column names

LOAD = f"""
SELECT {_list(WALLET, "w.")}, {_OPEN_HOLDS}, {_list(GRANT, "g.")}
FROM unnest($1::text[]) AS asked (account_id)
CROSS JOIN LATERAL (
    SELECT * FROM wallets WHERE wallets.account_id = asked.account_id LIMIT 1
) AS w
LEFT JOIN LATERAL (
    SELECT * FROM grants WHERE grants.account_id = asked.account_id AND grants.is_open OFFSET 0
) AS g ON true
"""  # noqa: S608 -- as above

# Makes the rows that are not there yet and locks all of them in id order, changing nothing.
LOCK = f"""
INSERT INTO wallets AS stored ({_list(WALLET)})
SELECT account_id, 0, 0, 0, 0, $2::bytea, NULL, NULL, 0, 0, 0, false, NULL
FROM unnest($1::text[]) AS asked (account_id)
ORDER BY asked.account_id COLLATE "C"
ON CONFLICT (account_id) DO UPDATE SET version = stored.version
"""  # noqa: S608 -- as above
