"""What a connection says to the service, request by request, and what it makes of the answers."""

from __future__ import annotations

import random
import secrets
from collections.abc import Callable, Generator, Iterator
from typing import TypeAlias

import msgspec
from attrs import frozen

from benchmarks.accounts import (
    HOT,
    NOBODY,
    PAGE,
    Range,
    account_named,
    account_of_spend,
    key_of_spend,
    spend_body,
)

Conversation: TypeAlias = Generator[bytes, bytes, None]
"""Yields requests and is sent the bodies of their answers."""

_encode = msgspec.json.encode
_HOLD_SECONDS = 60


@frozen(kw_only=True)
class Talk:
    """What is to be said, by whom, and about which accounts.

    `kind` names one of the conversations below. `past` is how many spends the database has seen,
    for those who repeat one or read the hot account's pages; `accounts` how many made them.
    """

    kind: str
    port: int
    credential: str = ""
    among: Range = NOBODY
    past: int = 0
    accounts: int = 1
    is_each_once: bool = False


@frozen(kw_only=True)
class Kind:
    """A way of talking: so many requests make up one piece of work, all answered so."""

    begin: Callable[[Talk, Iterator[str]], Conversation]
    requests: int = 1
    status: bytes = b"200"


def accounts_of(talk: Talk) -> Iterator[str]:
    """Yield the accounts to be asked about: at random for ever, or each of them once."""
    if talk.is_each_once:
        last = talk.among.first + talk.among.count
        yield from (account_named(number) for number in range(talk.among.first, last))
        return
    chance = random.Random()
    while True:
        yield account_named(talk.among.first + chance.randrange(talk.among.count))


def _hello(talk: Talk, accounts: Iterator[str]) -> Conversation:
    request = _get(talk, "/hello")
    for _ in accounts:
        yield request


def _balance(talk: Talk, accounts: Iterator[str]) -> Conversation:
    for account in accounts:
        yield _get(talk, f"/credits/balance?account_id={account}")


def _page(talk: Talk, accounts: Iterator[str]) -> Conversation:
    for account in accounts:
        yield _get(talk, f"/credits/transactions?account_id={account}&limit={PAGE}")


def _hot_page(talk: Talk, accounts: Iterator[str]) -> Conversation:
    """Read the newest page of the account that has most."""
    request = _get(talk, f"/credits/transactions?account_id={HOT}&limit={PAGE}")
    for _ in accounts:
        yield request


def _deep_page(talk: Talk, accounts: Iterator[str]) -> Conversation:
    """Read any page of the account that has most, however far down it lies."""
    lines = talk.past // 100
    for _ in accounts:
        offset = random.randrange(max(1, lines - PAGE))
        path = f"/credits/transactions?account_id={HOT}&limit={PAGE}&offset={offset}"
        yield _get(talk, path)


def _spend(talk: Talk, accounts: Iterator[str]) -> Conversation:
    for account in accounts:
        yield _post(talk, "/credits/spend", spend_body(account), _new_key())


def _spend_hot(talk: Talk, accounts: Iterator[str]) -> Conversation:
    for _ in accounts:
        yield _post(talk, "/credits/spend", spend_body(HOT), _new_key())


def _replay(talk: Talk, accounts: Iterator[str]) -> Conversation:
    """Repeat spends of the past, which have their first answers."""
    for _ in accounts:
        number = random.randrange(talk.past)
        account = account_of_spend(number, talk.accounts)
        yield _post(talk, "/credits/spend", spend_body(account), key_of_spend(number))


def _hold_and_capture(talk: Talk, accounts: Iterator[str]) -> Conversation:
    for account in accounts:
        body = {"account_id": account, "amount": 2, "ttl_s": _HOLD_SECONDS}
        answer = yield _post(talk, "/credits/holds", body, _new_key())
        hold_id = msgspec.json.decode(answer)["data"]["id"]
        ended = {"account_id": account, "amount": 1}
        yield _post(talk, f"/credits/holds/{hold_id}/capture", ended, _new_key())


KINDS: dict[str, Kind] = {
    "hello": Kind(begin=_hello),
    "balance": Kind(begin=_balance),
    "page": Kind(begin=_page),
    "hot_page": Kind(begin=_hot_page),
    "deep_page": Kind(begin=_deep_page),
    "spend": Kind(begin=_spend, status=b"201"),
    "spend_hot": Kind(begin=_spend_hot, status=b"201"),
    "replay": Kind(begin=_replay, status=b"201"),
    "hold_and_capture": Kind(begin=_hold_and_capture, requests=2, status=b"20"),
}


def _new_key() -> str:
    return secrets.token_hex(16)


def _get(talk: Talk, path: str) -> bytes:
    return b"GET %b HTTP/1.1\r\n%b\r\n" % (path.encode(), _headers(talk))


def _post(talk: Talk, path: str, body: object, key: str) -> bytes:
    sent = _encode(body)
    return b"POST %b HTTP/1.1\r\n%bIdempotency-Key: %b\r\n%bContent-Length: %d\r\n\r\n%b" % (
        path.encode(),
        _headers(talk),
        key.encode(),
        b"Content-Type: application/json\r\n",
        len(sent),
        sent,
    )


def _headers(talk: Talk) -> bytes:
    return b"Host: 127.0.0.1:%d\r\nAuthorization: Bearer %b\r\n" % (
        talk.port,
        talk.credential.encode(),
    )
