"""From the bytes of a request to a JSON object that is safe to look at.

What JSON allows but no store keeps or no two readers agree on is refused here, before anybody
reads a field: keys given twice, NUL characters, halves of surrogate pairs, NaN, endless nesting.
"""

from __future__ import annotations

import asyncio
import json
import math
from collections.abc import Iterator
from typing import Any, NoReturn

from aiohttp import web

from entrypoints.http.refusals import BodyTooLarge, InvalidRequest, Problem, RequestRefused

DEPTH_MAX = 32
BODY_SECONDS_MAX = 30.0
"""How long a body may take to arrive: who sends a byte a minute holds no connection for hours."""
BODY = "body"
"""The path of a problem that concerns the whole body."""


async def read_bytes(
    request: web.Request, bytes_max: int, seconds_max: float = BODY_SECONDS_MAX
) -> bytes:
    """Return the raw body. Raises BodyTooLarge as soon as it is known to be, RequestRefused."""
    if request.headers.get("Content-Encoding", "identity") != "identity":
        raise _refused("Content-Encoding", "must be left out: bodies are read as they come")
    if (request.content_length or 0) > bytes_max:
        raise BodyTooLarge(bytes_max=bytes_max)
    if not request.can_read_body:
        return b""
    if request.content.is_eof() and request.content.exception() is None:
        # A small body comes with its head, and nobody has to be waited for.
        raw = request.content.read_nowait()
        if len(raw) > bytes_max:
            raise BodyTooLarge(bytes_max=bytes_max)
        return raw
    read = bytearray()
    try:
        async with asyncio.timeout(seconds_max):
            async for chunk in request.content.iter_any():
                read += chunk
                if len(read) > bytes_max:
                    raise BodyTooLarge(bytes_max=bytes_max)
    except (ConnectionError, TimeoutError, web.RequestPayloadError) as broken:
        # The sender broke off, dawdled, or sent no HTTP: their fault, and most likely nobody hears.
        raise RequestRefused from broken
    return bytes(read)


def parse_object(raw: bytes) -> dict[str, Any]:
    """Return the JSON object that the bytes hold. Raises InvalidRequest."""
    try:
        value = _decode(raw.decode())
    except RecursionError as too_deep:
        raise _refused(BODY, f"is nested more than {DEPTH_MAX} deep") from too_deep
    except ValueError as not_json:
        raise _refused(BODY, _reason(not_json)) from not_json
    if not isinstance(value, dict):
        raise _refused(BODY, "must be a JSON object")
    _check_contents(raw, value)
    return value


def _check_contents(raw: bytes, value: dict[str, Any]) -> None:
    # What is looked for needs an escape, or many brackets, to be written down: most bodies have
    # neither and need no walk.
    if b"\\u" not in raw and raw.count(b"{") + raw.count(b"[") <= DEPTH_MAX:
        return
    problems = tuple(_problems_in(value, "", DEPTH_MAX))
    if problems:
        raise InvalidRequest(fields=problems)


def _problems_in(value: object, path: str, depth_left: int) -> Iterator[Problem]:
    if isinstance(value, str):
        problem = problem_of_text(value)
        if problem is not None:
            yield Problem(path=path or BODY, problem=problem)
        return
    if isinstance(value, dict | list) and depth_left == 0:
        yield Problem(path=BODY, problem=f"is nested more than {DEPTH_MAX} deep")
        return
    if isinstance(value, dict):
        for key, item in value.items():
            problem = problem_of_text(key)
            if problem is not None:
                yield Problem(path=path or BODY, problem=f"has a key that {problem}")
            else:
                yield from _problems_in(item, f"{path}.{key}" if path else key, depth_left - 1)
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from _problems_in(item, f"{path}[{index}]", depth_left - 1)


def problem_of_text(text: str) -> str | None:
    """Say what keeps a text from being stored, or None if nothing does."""
    if "\x00" in text:
        return "holds a NUL character"
    if not text.isascii():
        try:
            text.encode()
        except UnicodeEncodeError:
            return "holds half of a surrogate pair"
    return None


def _each_key_once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        problem = "is given twice" if problem_of_text(twice) is None else "a key is given twice"
        raise _refused(twice if problem == "is given twice" else BODY, problem)
    return found


def _no_constant(name: str) -> NoReturn:
    raise _refused(BODY, f"is not JSON: {name} is no number there")


def _finite(text: str) -> float:
    value = float(text)
    if not math.isfinite(value):
        raise _refused(BODY, "holds a number that is too large")
    return value


_decode = json.JSONDecoder(
    object_pairs_hook=_each_key_once, parse_constant=_no_constant, parse_float=_finite
).decode


def _reason(not_json: ValueError) -> str:
    match not_json:
        case UnicodeDecodeError():
            return "is not UTF-8"
        case json.JSONDecodeError():
            return f"is not JSON: {not_json.msg} (line {not_json.lineno}, column {not_json.colno})"
        case _:  # more digits than Python reads at once
            return "holds a number that is too large"


def _refused(path: str, problem: str) -> InvalidRequest:
    return InvalidRequest(fields=(Problem(path=path, problem=problem),))
