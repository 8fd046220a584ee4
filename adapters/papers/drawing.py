"""A paper as PDF: one column on A4, as many pages as it takes."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from functools import cache
from io import BytesIO
from pathlib import Path

from attrs import Factory, define, frozen
from reportlab.lib.colors import Color, HexColor
from reportlab.lib.pagesizes import A4
from reportlab.pdfgen.canvas import Canvas

from adapters.papers.fonts import Fonts
from application.ports.papers import Amount, Paper

_WIDTH, _HEIGHT = A4
_LEFT, _RIGHT = 56.0, _WIDTH - 56.0
_TOP, _BOTTOM = _HEIGHT - 64.0, 72.0
_COLUMN = (_RIGHT - _LEFT) / 2

_INK = HexColor("#1a1d21")
_QUIET = HexColor("#5b6470")
_RULE = HexColor("#d5dae1")
_LINK = HexColor("#1f5fbf")
_STAMP = HexColor("#8a5a00")
_STAMP_BACK = HexColor("#fdf3dc")

_TEXT, _SMALL, _TITLE = 9.5, 8.0, 22.0
_LEADING = 1.5


@frozen(kw_only=True)
class PaperDrawing:
    """Draw papers one after the other, away from the loop: a page takes some tens of milliseconds.

    `more_fonts` are asked for signs that the fonts which travel with the service lack.
    """

    more_fonts: tuple[Path, ...] = ()
    turn: asyncio.Lock = Factory(asyncio.Lock)

    async def __call__(self, paper: Paper) -> bytes:
        async with self.turn:
            return await asyncio.to_thread(draw, paper, self.more_fonts)


def draw(paper: Paper, more_fonts: tuple[Path, ...] = ()) -> bytes:
    """Return the paper as PDF; nothing in it depends on when or where it is drawn."""
    buffer = BytesIO()
    canvas = Canvas(buffer, pagesize=A4, invariant=1)
    canvas.setTitle(f"{paper.title} {paper.number}")
    canvas.setCreator("billing")
    canvas.setProducer("billing")
    sheet = Sheet(canvas=canvas, fonts=_fonts(more_fonts), number=paper.number)
    sheet.paper(paper)
    sheet.end()
    canvas.save()
    return buffer.getvalue()


@cache
def _fonts(more: tuple[Path, ...]) -> Fonts:
    return Fonts.opened(more)


@define(kw_only=True)
class Sheet:
    """The page being drawn: `y` is how far down it has come, in points from below."""

    canvas: Canvas
    fonts: Fonts
    number: str
    y: float = _TOP
    page: int = 1

    def paper(self, paper: Paper) -> None:
        """Draw all parts, from above to below."""
        self._write(paper.title, _LEFT, size=_TITLE, is_bold=True)
        self._write_right(paper.number, _RIGHT, size=_TITLE * 0.6, color=_QUIET)
        self.y -= 26
        if paper.stamp is not None:
            self._stamp(paper.stamp)
        self._columns(paper.parties)
        self._facts(paper.facts)
        self._amounts(paper.lines, paper.sums)
        self._notes(paper.notes, paper.link)

    def end(self) -> None:
        """Finish the last page."""
        self._foot()
        self.canvas.showPage()

    def _stamp(self, text: str) -> None:
        lines = list(self.fonts.wrapped(text, _TEXT, _RIGHT - _LEFT - 24))
        height = 14 + len(lines) * _TEXT * _LEADING
        self.canvas.setFillColor(_STAMP_BACK)
        self.canvas.roundRect(
            _LEFT, self.y - height + 12, _RIGHT - _LEFT, height, 5, stroke=0, fill=1
        )
        self.y -= 7
        for line in lines:
            self._write(line, _LEFT + 12, color=_STAMP)
            self.y -= _TEXT * _LEADING
        self.y -= 18

    def _columns(self, columns: Sequence[tuple[str, Sequence[str]]]) -> None:
        top, lowest = self.y, self.y
        for place, (title, texts) in enumerate(columns):
            self.y, left = top, _LEFT + place * _COLUMN
            self._write(title, left, size=_SMALL, color=_QUIET)
            self.y -= _TEXT * _LEADING + 2
            for at, text in enumerate(texts):
                for line in self.fonts.wrapped(text, _TEXT, _COLUMN - 20, is_bold=at == 0):
                    self._write(line, left, is_bold=at == 0)
                    self.y -= _TEXT * _LEADING
            lowest = min(lowest, self.y)
        self.y = lowest - 10

    def _facts(self, facts: Sequence[tuple[str, str]]) -> None:
        for label, value in facts:
            lines = list(self.fonts.wrapped(value, _TEXT, _RIGHT - _LEFT - 120)) or [""]
            self._room_for(len(lines))
            self._write(label, _LEFT, color=_QUIET)
            for line in lines:
                self._write(line, _LEFT + 120)
                self.y -= _TEXT * _LEADING
        self.y -= 16

    def _amounts(self, lines: Sequence[Amount], sums: Sequence[Amount]) -> None:
        self._write("Description", _LEFT, size=_SMALL, color=_QUIET)
        self._write_right("Amount", _RIGHT, size=_SMALL, color=_QUIET)
        self.y -= 8
        self._rule()
        for amount in lines:
            self._amount(amount, _LEFT)
        self.y += 8
        self._rule()
        for amount in sums:
            self._amount(amount, _LEFT + _COLUMN)
        self.y -= 14

    def _amount(self, amount: Amount, left: float) -> None:
        width = _RIGHT - left - 96
        texts = list(self.fonts.wrapped(amount.label, _TEXT, width, is_bold=amount.is_sum))
        details = list(self.fonts.wrapped(amount.detail, _SMALL, width))
        self._room_for(len(texts) + len(details))
        if amount.is_sum:
            self._rule(left)
        self._write_right(amount.amount, _RIGHT, is_bold=amount.is_sum)
        for text in texts:
            self._write(text, left, is_bold=amount.is_sum)
            self.y -= _TEXT * _LEADING
        for detail in details:
            self._write(detail, left, size=_SMALL, color=_QUIET)
            self.y -= _SMALL * _LEADING
        self.y -= 4

    def _notes(self, notes: Sequence[str], link: tuple[str, str] | None) -> None:
        for note in notes:
            lines = list(self.fonts.wrapped(note, _SMALL, _RIGHT - _LEFT))
            self._room_for(len(lines))
            for line in lines:
                self._write(line, _LEFT, size=_SMALL, color=_QUIET)
                self.y -= _SMALL * _LEADING
            self.y -= 3
        if link is not None:
            label, url = link
            self._room_for(1)
            self._write(label, _LEFT, size=_SMALL, color=_LINK)
            right = _LEFT + self.fonts.width(label, _SMALL)
            self.canvas.linkURL(url, (_LEFT, self.y - 3, right, self.y + _SMALL), relative=0)

    def _rule(self, left: float = _LEFT) -> None:
        self.canvas.setStrokeColor(_RULE)
        self.canvas.setLineWidth(0.7)
        self.canvas.line(left, self.y, _RIGHT, self.y)
        self.y -= 16

    def _room_for(self, lines: int) -> None:
        """Go on on another page if so many lines have no place on this one."""
        if self.y - lines * _TEXT * _LEADING > _BOTTOM:
            return
        self._foot()
        self.canvas.showPage()
        self.page += 1
        self.y = _TOP

    def _foot(self) -> None:
        self.y = _BOTTOM - 36
        self._write_right(f"{self.number}, page {self.page}", _RIGHT, size=_SMALL, color=_QUIET)

    def _write(
        self,
        text: str,
        left: float,
        *,
        size: float = _TEXT,
        is_bold: bool = False,
        color: Color = _INK,
    ) -> None:
        self.canvas.setFillColor(color)
        for run in self.fonts.runs(text, is_bold=is_bold):
            self.canvas.setFont(run.font, size)
            self.canvas.drawString(left, self.y, run.text)
            left += float(self.canvas.stringWidth(run.text, run.font, size))

    def _write_right(
        self,
        text: str,
        right: float,
        *,
        size: float = _TEXT,
        is_bold: bool = False,
        color: Color = _INK,
    ) -> None:
        left = right - self.fonts.width(text, size, is_bold=is_bold)
        self._write(text, left, size=size, is_bold=is_bold, color=color)
