"""What a unit of usage costs: the card in force, its versions, and the next one."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from aiohttp import web
from attrs import evolve, frozen

from application.credits.list_rates import (
    ListingRates,
    ListRates,
    RatesRead,
    ReadingRates,
    ReadRates,
)
from application.credits.publish_rates import PublishingRates, RatesPublished
from domain.access.role import Right
from domain.credits.errors import RatesNotFound
from domain.credits.rated import Rounding
from domain.credits.usage import UsageKind
from domain.errors import BillingError, InvalidField
from entrypoints.console.forms import STEP, Filled, Given, Reading, refused
from entrypoints.console.lists import page_of
from entrypoints.console.page import Page, Visit
from entrypoints.http.rates import RatesBody
from entrypoints.http.refusals import InvalidRequest, Problem

_FIELDS = ("rates", "rounding", "note", "effective_from")
_VERSION = re.compile(r"[1-9][0-9]{0,8}")
_IN_LINE = re.compile(r"rates\[(\d+)\]\.?(\w*)")
_LINE_LENGTH = 4


@frozen(kw_only=True)
class RatePages:
    """Rate cards. A card is written one rate a line: model, kind, credits, per so many units."""

    list_rates: ListingRates
    read_rates: ReadingRates
    publish_rates: PublishingRates

    def pages(self) -> Sequence[Page]:
        """Return the card with its versions, and the form of the next one."""
        new, credit = "/rates/new", Right.CREDIT
        return (
            Page(method="GET", path="/rates", handler=self.get_rates, right=Right.READ),
            Page(method="GET", path=new, handler=self.get_new, right=credit),
            Page(method="POST", path=new, handler=self.post_new, right=credit),
        )

    async def get_rates(self, visit: Visit) -> web.Response:
        """Show the card in force, or the version that the address names."""
        named = visit.query.get("version", "")
        if named and not _VERSION.fullmatch(named):
            raise RatesNotFound(version=named)
        found = await self.read_rates(ReadRates(version=int(named) if named else None))
        return visit.shown(
            "rates.html",
            found=found,
            card=found.card,
            is_named=bool(named),
            page=await self.list_rates(ListRates(page=page_of(visit))),
            may_credit=visit.may(Right.CREDIT),
        )

    async def get_new(self, visit: Visit) -> web.Response:
        """Show the card in force as lines, to be changed."""
        return self._form(visit, Filled(values=_values(await self.read_rates(ReadRates()))))

    async def post_new(self, visit: Visit) -> web.Response:
        """Show what would change; publish it when that has been seen."""
        given = await visit.given()
        try:
            body = _body(given)
            if given.text(STEP) == "change":
                return self._form(visit, Filled(values=given.values))
            command = body.command(visit.actor, visit.key(given))
            if given.text(STEP) == "publish":
                published = await self.publish_rates(command)
                return visit.go("/rates", notice="rates-published", version=_version(published))
            preview = await self.publish_rates(evolve(command, is_preview=True, key=None))
        except BillingError as refusal:
            return self._form(visit, refused(given, _by_line(refusal), fields=_FIELDS), 400)
        return visit.shown(
            "rates-preview.html",
            preview=preview,
            form=Filled(values=given.values, once=given.text("once")),
        )

    def _form(self, visit: Visit, form: Filled, status: int = 200) -> web.Response:
        return visit.shown(
            "rates-new.html", status=status, form=form, roundings=Rounding, kinds=UsageKind
        )


def _version(published: RatesPublished) -> str:
    return str(published.card.version)


def _body(given: Given) -> RatesBody:
    reading = Reading(given)
    return reading.body(
        RatesBody,
        {
            "rates": _lines(reading.text("rates") or ""),
            "rounding": reading.text("rounding"),
            "note": reading.text("note"),
            "effective_from": reading.instant("effective_from"),
            # Whoever published since the form was opened is not overwritten.
            "expected_version": reading.whole("expected_version"),
        },
    )


def _lines(text: str) -> Sequence[Mapping[str, object]]:
    """Return the rates of a text, one a line. Raises InvalidField."""
    made: list[Mapping[str, object]] = []
    for number, line in enumerate(text.splitlines(), 1):
        cells = line.split()
        if not cells:
            continue
        if len(cells) != _LINE_LENGTH or not cells[3].isdecimal():
            problem = f"line {number} must be a model, a kind, its credits, and for how many units"
            raise InvalidField(path="rates", problem=problem)
        model, kind, price, per = cells
        made.append({"model": model, "kind": kind, "credits": price, "per": int(per[:12])})
    return made


def _by_line(refusal: BillingError) -> BillingError:
    """Return a refusal in which a rate is named by its line: `rates[2].kind` as “rate 3, kind”."""
    if isinstance(refusal, InvalidField):
        problem = _of_line(Problem(path=refusal.path, problem=refusal.problem))
        return InvalidField(path=problem.path, problem=problem.problem)
    if isinstance(refusal, InvalidRequest):
        return InvalidRequest(fields=[_of_line(each) for each in refusal.fields])
    return refusal


def _of_line(problem: Problem) -> Problem:
    found = _IN_LINE.fullmatch(problem.path)
    if found is None:
        return problem
    where = f"rate {int(found[1]) + 1}" + (f", {found[2]}" if found[2] else "")
    return Problem(path="rates", problem=f"{where}: {problem.problem}")


def _values(found: RatesRead) -> Mapping[str, str]:
    card = found.card
    width = max((len(rate.pattern) for rate in card.rates), default=0)
    lines = [
        f"{rate.pattern:<{width}}  {rate.kind.value:<12}  {rate.credits_text:>8}  {rate.per}"
        for rate in card.rates
    ]
    return {
        "rates": "\n".join(lines),
        "rounding": card.rounding.value,
        "expected_version": str(card.version),
    }
