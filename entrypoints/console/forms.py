"""Forms: what was typed, what is wrong with it, and how it becomes a body of the API.

A form is read into the very classes that the API reads, so what is refused there is refused here,
with its message beside the field.
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal, InvalidOperation
from typing import TypeVar

from aiohttp import web
from attrs import Factory, define, field, frozen
from multidict import MultiMapping

from domain.amount import AMOUNT_MAX
from domain.errors import BillingError, Busy, InvalidField
from entrypoints.http.currencies import decimals_of
from entrypoints.http.json_body import problem_of_text
from entrypoints.http.refusals import InvalidRequest, Problem
from entrypoints.http.structure import into

Body = TypeVar("Body")

ONCE = "once"
"""The field under which a form's action happens once."""

TOKEN = "form_token"  # noqa: S105 - the field's name
"""The field by which a form shows that it is one of ours."""

STEP = "step"
_NOT_SAID = frozenset({TOKEN, STEP})
_LENGTH_MAX = 20_000
_ENCODING = "application/x-www-form-urlencoded"
REASON_LENGTH_MAX = 500
_AMOUNT_LINE = re.compile(r"(?P<amount>[0-9]+(\.[0-9]+)?)\s*(?P<currency>[A-Za-z]{3})")
_LIMIT = re.compile(r"int (?P<way><=|>=) (?P<limit>-?[0-9]+)")
_LIMITS = {"<=": "at most", ">=": "at least"}
_LOCAL_INSTANT = re.compile(r"\d{4}-\d{2}-\d{2}(T\d{2}:\d{2}(:\d{2})?)?")


@frozen
class Given:
    """What a form was sent with. Files are not taken."""

    fields: MultiMapping[object]

    def text(self, name: str) -> str:
        """Return a field's text without outer spaces, or nothing if it is missing."""
        value = self.fields.get(name, "")
        return value.strip()[:_LENGTH_MAX] if isinstance(value, str) else ""

    def texts(self, name: str) -> Sequence[str]:
        """Return every value of a field that may be chosen several times."""
        return [value for value in self.fields.getall(name, []) if isinstance(value, str)]

    @property
    def said(self) -> Sequence[tuple[str, str]]:
        """What the form asks for, in order: all but what makes it a form of ours."""
        pairs = [(name, value) for name, value in self.fields.items() if name not in _NOT_SAID]
        return [(name, value) for name, value in pairs if isinstance(value, str)]

    @property
    def values(self) -> Mapping[str, str]:
        """Every field's text, to be shown again."""
        return {name: self.text(name) for name in self.fields}


@frozen(kw_only=True)
class Filled:
    """A form as it is shown: values, what is wrong with each, and what is wrong with the whole."""

    values: Mapping[str, str]
    chosen: Mapping[str, Sequence[str]] = field(factory=dict)
    problems: Mapping[str, str] = field(factory=dict)
    message: str = ""
    once: str = field(factory=lambda: secrets.token_urlsafe(18))

    def value(self, name: str) -> str:
        """Return what stands in a field."""
        return self.values.get(name, "")

    def problem(self, name: str) -> str:
        """Return what is wrong with a field, or nothing."""
        return self.problems.get(name, "")


async def given_to(request: web.Request) -> Given:
    """Return what the form holds that was sent. Raises InvalidField if it cannot be read.

    None of our forms sends files, so only the plain encoding of forms is read.
    """
    if request.content_type != _ENCODING:
        raise InvalidField(path="form", problem=f"must be sent as {_ENCODING}")
    try:
        return Given(await request.post())
    except ValueError as unreadable:
        raise InvalidField(path="form", problem="cannot be read") from unreadable


def refused(given: Given, refusal: BillingError, *, fields: Sequence[str]) -> Filled:
    """Return a form to be shown again with what was refused, beside the fields it has.

    What could not be done just now may be tried again as it is; whatever else was refused is
    another request when it comes again.
    """
    problems, others = _problems(refusal), [] if _problems(refusal) else [str(refusal)]
    beside: dict[str, str] = {}
    for problem in problems:
        name = problem.path.partition("[")[0].partition(".")[0]
        if name in fields:
            beside.setdefault(name, _sentence(problem.problem))
        else:
            others.append(f"{problem.path}: {problem.problem}")
    message = "; ".join(others) or "Please look at the marked fields."
    names = {name: given.texts(name) for name in given.fields}
    once = {"once": given.text(ONCE)} if isinstance(refusal, Busy) and given.text(ONCE) else {}
    return Filled(values=given.values, chosen=names, problems=beside, message=message, **once)


def reason_of(given: Given) -> str:
    """Return why something is changed where nobody has to say so. Raises InvalidField."""
    reason = given.text("reason")
    if not reason.isprintable() or len(reason) > REASON_LENGTH_MAX:
        problem = f"must be at most {REASON_LENGTH_MAX} printable characters"
        raise InvalidField(path="reason", problem=problem)
    return reason


def _problems(refusal: BillingError) -> Sequence[Problem]:
    match refusal:
        case InvalidRequest():
            return refusal.fields
        case InvalidField():
            return (Problem(path=refusal.path, problem=refusal.problem),)
        case _:
            return ()


def _sentence(problem: str) -> str:
    """Return a problem as it stands beside a field, its limit as people write numbers."""
    problem = _LIMIT.sub(lambda at: f"{_LIMITS[at['way']]} {int(at['limit']):,}", problem)
    return f"{problem[:1].upper()}{problem[1:]}."


@define
class Reading:
    """Reads a form's fields as the values of a JSON body, and gathers what is wrong."""

    given: Given
    problems: list[Problem] = Factory(list)

    def text(self, name: str) -> str | None:
        """Return a text, or None if nothing was typed."""
        text = self.given.text(name)
        problem = problem_of_text(text)
        if problem is not None:
            self.refuse(name, problem)
            return None
        return text or None

    def whole(self, name: str) -> int | None:
        """Return a whole number; spaces and commas between its digits are overlooked."""
        text = re.sub(r"[\s,_’']", "", self.given.text(name))
        if not text:
            return None
        if not re.fullmatch(r"[+-]?[0-9]{1,18}", text):
            self.refuse(name, "must be a whole number")
            return None
        return int(text)

    def minor(self, name: str, currency: str | None) -> int | None:
        """Return an amount of money in minor units: `9.99` is 999 where there are two decimals."""
        text = self.given.text(name).replace(" ", "")
        return self._minor(name, text, currency or "") if text else None

    def amounts(self, name: str) -> Sequence[Mapping[str, object]]:
        """Return amounts of money, one a line, such as `9.99 USD`, as the API takes them."""
        found: list[Mapping[str, object]] = []
        for line in filter(None, map(str.strip, self.given.text(name).splitlines())):
            amount = _AMOUNT_LINE.fullmatch(line)
            if amount is None:
                self.refuse(name, f"must be lines such as 9.99 USD; {line[:20]} is none")
                return ()
            minor = self._minor(name, amount["amount"], amount["currency"].upper())
            found.append({"amount": minor, "currency": amount["currency"].upper()})
        return () if any(each["amount"] is None for each in found) else found

    def lines(self, name: str) -> Sequence[str]:
        """Return the lines of a text that hold anything."""
        text = self.text(name) or ""
        return [line.strip() for line in text.splitlines() if line.strip()]

    def instant(self, name: str) -> str | None:
        """Return an instant as the API writes it; what is typed is in UTC."""
        text = self.given.text(name)
        if not text:
            return None
        if not _LOCAL_INSTANT.fullmatch(text):
            self.refuse(name, "must be a day, or a day with a time, as 2026-04-15T10:00")
            return None
        day, _, time = text.partition("T")
        parts = [*time.split(":"), "00"] if time.count(":") == 1 else time.split(":")
        return f"{day}T{':'.join(parts) if time else '00:00:00'}Z"

    def is_chosen(self, name: str) -> bool:
        """Say whether a box is ticked."""
        return name in self.given.fields

    def body(
        self,
        kind: type[Body],
        values: Mapping[str, object],
        nullable: Mapping[str, object] | None = None,
        sense: Callable[[Body], object] = lambda _: None,
    ) -> Body:
        """Return the API's body: what is left empty takes its default, or none where it may.

        `sense` is what the domain makes of a body that is whole; what it refuses stands beside the
        rest. Raises InvalidRequest with every problem.
        """
        said = {name: value for name, value in values.items() if value is not None}
        said |= nullable or {}
        try:
            made = into(kind, said)
            sense(made)
        except InvalidRequest as refusal:
            known = {problem.path for problem in self.problems}
            more = [problem for problem in refusal.fields if problem.path not in known]
            raise InvalidRequest(fields=[*self.problems, *more]) from refusal
        except InvalidField as refusal:
            more = [Problem(path=refusal.path, problem=refusal.problem)]
            raise InvalidRequest(fields=[*self.problems, *more]) from refusal
        self.check()
        return made

    def refuse(self, name: str, problem: str) -> None:
        """Note what is wrong with a field."""
        self.problems.append(Problem(path=name, problem=problem))

    def check(self) -> None:
        """Raises InvalidRequest if anything was wrong."""
        if self.problems:
            raise InvalidRequest(fields=tuple(self.problems))

    def _minor(self, name: str, text: str, currency: str) -> int | None:
        decimals = decimals_of(currency)
        try:
            scaled = Decimal(text).scaleb(decimals)
        except InvalidOperation:
            self.refuse(name, "must be an amount such as 9.99")
            return None
        if not scaled.is_finite() or scaled != scaled.to_integral_value():
            self.refuse(name, f"may have {decimals} decimals at most")
            return None
        if abs(scaled) > AMOUNT_MAX:
            self.refuse(name, "is too large")
            return None
        return int(scaled)
