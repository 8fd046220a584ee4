"""The ledger's statements on PostgreSQL, each one round trip.

They take arrays and look every element up by its key. The inner queries with a LIMIT or OFFSET
are fences: they keep the planner from turning the look-ups into a scan of a whole table.
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


def _list(names: Sequence[str], prefix: str = "") -> str:
    return ", ".join(prefix + name for name in names)


def _unnested(names: Sequence[str], first: int, alias: str) -> str:
    """Return arrays, numbered from the first, as the rows of a table."""
    arrays = ", ".join(
        f"${first + place}::{_KINDS.get(name, 'text')}[]" for place, name in enumerate(names)
    )
    return f"unnest({arrays}) AS {alias} ({_list(names)})"


def _excluded(names: Sequence[str]) -> str:
    return ", ".join(f"{name} = excluded.{name}" for name in names)


_STORED_VERSION = (
    "coalesce((SELECT w.version FROM wallets AS w WHERE w.account_id = judged.account_id), 0)"
)
_NOT_ANSWERED = "NOT EXISTS (SELECT FROM known WHERE known.account_id = judged.account_id)"

_ASKED_FROM = 1
_WALLETS_FROM = _ASKED_FROM + len(ASKED)
_GRANTS_FROM = _WALLETS_FROM + len(WALLET)
_LINES_FROM = _GRANTS_FROM + len(GRANT)
_TEXTS_FROM = _LINES_FROM + len(LINE)
_RECEIPTS_FROM = _TEXTS_FROM + len(TEXT)
_UNCHANGED_FROM = _RECEIPTS_FROM + len(RECEIPT)
_HOLDS_AT = _UNCHANGED_FROM + len(UNCHANGED)
_EVENTS_AT = _HOLDS_AT + 1

_EPOCH = "timestamptz '1970-01-01 00:00:00Z'"


def _as_json(name: str) -> str:
    """Return a column as JSON holds it: an instant is a number of microseconds."""
    if _KINDS.get(name) != "timestamptz":
        return f"h.{name}"
    return f"(extract(epoch FROM h.{name}) * 1000000)::bigint"


def _from_json(name: str, place: int) -> str:
    """Return the element of a JSON array that holds a column, as its own type."""
    kind = _KINDS.get(name, "text")
    if kind != "timestamptz":
        return f"(row ->> {place})::{kind} AS {name}"
    micros = f"(row ->> {place})::bigint"
    return f"{_EPOCH} + {micros} * interval '1 microsecond' AS {name}"


# Most wallets hold nothing, and most batches change no hold and tell nothing: all holds are one
# JSON text, and all events another, so that they cost the others one value each, and none of the
# look-ups that arrays would.
_OPEN_HOLDS = f"""
    CASE WHEN w.held > 0 THEN (
        SELECT json_agg(json_build_array({", ".join(_as_json(name) for name in HOLD)}))::text
        FROM holds AS h WHERE h.account_id = w.account_id AND h.is_open
    ) END
"""  # noqa: S608 -- made of our own column names


def _handed(names: Sequence[str], place: int) -> str:
    """Return a JSON text of arrays, the parameter at a place, as the rows of a table."""
    columns = ", ".join(_from_json(name, place) for place, name in enumerate(names))
    elements = f"json_array_elements(${place}::json) AS handed (row)"
    return f"(SELECT {columns} FROM {elements})"  # noqa: S608 -- as above


# Existing and new wallets go through one upsert in id order, so that batches that share wallets
# lock them in one order. `version` is the one the wallet gets; it has to follow the stored one.
# Whatever belongs to a wallet is joined to the wallets that were written, so that it is written
# with its wallet or not at all.
WRITE = f"""
WITH known AS MATERIALIZED (
    SELECT {_list(ASKED, "asked.")}, stored.fingerprint, stored.receipt
    FROM {_unnested(ASKED, _ASKED_FROM, "asked")}
    CROSS JOIN LATERAL (
        SELECT k.fingerprint, k.receipt FROM ledger_keys AS k
        WHERE k.owner = asked.owner AND k.caller = asked.caller AND k.key = asked.key LIMIT 1
    ) AS stored
), written AS (
    INSERT INTO wallets AS stored ({_list(WALLET)})
    SELECT {_list(WALLET)}
    FROM {_unnested(WALLET, _WALLETS_FROM, "judged")}
    WHERE {_STORED_VERSION} = judged.version - 1 AND {_NOT_ANSWERED}
    ORDER BY judged.account_id COLLATE "C"
    ON CONFLICT (account_id) DO UPDATE SET {_excluded(WALLET_CHANGES)}
    WHERE stored.version = excluded.version - 1
    RETURNING stored.account_id
), written_grants AS (
    INSERT INTO grants ({_list(GRANT)})
    SELECT {_list(GRANT, "g.")}
    FROM {_unnested(GRANT, _GRANTS_FROM, "g")} JOIN written USING (account_id)
    ON CONFLICT (account_id, id) DO UPDATE SET {_excluded(GRANT_CHANGES)}
), written_holds AS (
    INSERT INTO holds ({_list(HOLD)})
    SELECT {_list(HOLD, "h.")}
    FROM {_handed(HOLD, _HOLDS_AT)} AS h JOIN written USING (account_id)
    ON CONFLICT (account_id, id) DO UPDATE SET {_excluded(HOLD_CHANGES)}
), written_lines AS (
    INSERT INTO transactions ({_list(LINE)})
    SELECT {_list(LINE, "t.")}
    FROM {_unnested(LINE, _LINES_FROM, "t")} JOIN written USING (account_id)
), written_texts AS (
    INSERT INTO transaction_texts ({_list(TEXT)})
    SELECT {_list(TEXT, "x.")}
    FROM {_unnested(TEXT, _TEXTS_FROM, "x")} JOIN written USING (account_id)
), written_keys AS (
    INSERT INTO ledger_keys ({_list(KEY)})
    SELECT {_list(KEY, "k.")}
    FROM {_unnested(RECEIPT, _RECEIPTS_FROM, "k")} JOIN written USING (account_id)
), written_events AS (
    INSERT INTO outbox ({_list(EVENT)})
    SELECT {_list(EVENT, "e.")}
    FROM {_handed(EVENT, _EVENTS_AT)} AS e JOIN written USING (account_id)
)
SELECT 'written', account_id, NULL, NULL, NULL, NULL FROM written
UNION ALL
SELECT 'known', owner, caller, key, fingerprint, receipt FROM known
UNION ALL
SELECT 'unchanged', judged.account_id, NULL, NULL, NULL, NULL
FROM {_unnested(UNCHANGED, _UNCHANGED_FROM, "judged")}
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
