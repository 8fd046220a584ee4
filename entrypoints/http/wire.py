"""What handlers read and answer: `read` a body, `read_query`, take a `path_id`; then `reply`."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from functools import cache
from typing import Any, TypeVar

import msgspec
from aiohttp import web
from attrs import AttrsInstance, fields_dict

from application.ports.paging import Page, PageRequest
from domain.errors import NotFound
from entrypoints.http import every_answer
from entrypoints.http.endpoint import ENDPOINT
from entrypoints.http.json_body import parse_object, problem_of_text, read_bytes
from entrypoints.http.paging import PageMeta
from entrypoints.http.refusals import InvalidRequest, Problem
from entrypoints.http.structure import into, into_query

T = TypeVar("T")
Query = TypeVar("Query", bound=AttrsInstance)
Item = TypeVar("Item")

REPLAYED = "Idempotency-Replayed"

PARSED_BODY: web.RequestKey[dict[str, Any]] = web.RequestKey("parsed_body", dict)
"""The JSON object of the body, once it was read: an idempotency key is bound to it."""

_JSON = "application/json"
_encode = msgspec.json.Encoder().encode
_UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")


async def read(request: web.Request, body: type[T]) -> T:
    """Return the request's JSON body as the given class.

    No body at all is read as `{}`, so that an endpoint whose fields are all optional can be called
    without one. Raises InvalidRequest with every problem, BodyTooLarge.
    """
    raw = await read_bytes(request, request[ENDPOINT].bytes_max)
    # The usual words are looked at first: taking a type apart costs more than reading the body.
    if raw and not (request.headers.get("Content-Type") == _JSON or request.content_type == _JSON):
        problem = Problem(path="Content-Type", problem="must be application/json")
        raise InvalidRequest(fields=(problem,))
    parsed = parse_object(raw) if raw else {}
    request[PARSED_BODY] = parsed
    return into(body, parsed)


async def read_raw(request: web.Request) -> bytes:
    """Return the body byte by byte as it came, as a signature covers it. Raises BodyTooLarge."""
    return await read_bytes(request, request[ENDPOINT].bytes_max)


def read_query(request: web.Request, query: type[Query]) -> Query:
    """Return the query string as the given class. Raises InvalidRequest with every problem.

    A name given twice is refused: which of the two counts would be anybody's guess. `account_id`
    is left to `account_of` where the class does not ask for it.
    """
    given = request.query
    values: dict[str, str] = {}
    problems: list[Problem] = []
    for name, value in given.items():
        problem = "is given twice" if name in values else _problem_of_pair(name + value)
        if problem is None:
            values[name] = value
        else:
            problems.append(Problem(path=name.replace("\x00", "?"), problem=problem))
    if problems:
        raise InvalidRequest(fields=problems)
    if request[ENDPOINT].takes_account_in_query and not _asks_for_account(query):
        values.pop("account_id", None)
    return into_query(query, values)


def _problem_of_pair(text: str) -> str | None:
    problem = problem_of_text(text)
    return "is not UTF-8" if problem is None and "\ufffd" in text else problem


@cache
def _asks_for_account(query: type[AttrsInstance]) -> bool:
    return "account_id" in fields_dict(query)


def path_id(request: web.Request, refusal: Callable[[str], NotFound], name: str = "id") -> str:
    """Return an id of ours from the path.

    What is not even shaped like one is refused just as an unknown one is, and never reaches the
    store: `path_id(request, lambda given: OrderNotFound(order_id=OrderId(given)))`.
    """
    given = request.match_info[name]
    if not _UUID.fullmatch(given):
        raise refusal(given)
    return given


def reply(
    view: object,
    *,
    status: int = 200,
    replayed: bool = False,
    headers: Mapping[str, str] | None = None,
) -> web.Response:
    """Answer one view. `replayed` says that this is a repeated request's first answer."""
    return _answer({"success": True, "data": view}, status, replayed, headers)


def reply_list(views: Iterable[object], meta: PageMeta) -> web.Response:
    """Answer views and what is to say about their page."""
    return _answer({"success": True, "data": tuple(views), "meta": meta}, 200, False, None)


def reply_page(
    page: Page[Item], view_of: Callable[[Item], object], asked: PageRequest
) -> web.Response:
    """Answer a page of things as views, in order."""
    meta = PageMeta(
        limit=asked.limit,
        offset=None if asked.after is not None or page.total is None else asked.offset,
        total=page.total,
        next=page.next,
    )
    return reply_list((view_of(item) for item in page.items), meta)


def reply_all(views: Iterable[object]) -> web.Response:
    """Answer a list that is short by nature and therefore not paged, such as the plans on sale."""
    every = tuple(views)
    meta = PageMeta(limit=len(every), offset=0, total=len(every), next=None)
    return reply_list(every, meta)


def _answer(
    envelope: Mapping[str, object],
    status: int,
    replayed: bool,
    headers: Mapping[str, str] | None,
) -> web.Response:
    response = web.Response(body=_encode(envelope), status=status, headers=every_answer.JSON)
    if headers is not None:
        response.headers.update(headers)
    if replayed:
        response.headers[REPLAYED] = "true"
    return response
