"""The fonts papers are drawn with, and which of them has a sign.

DejaVu Sans travels with the service: it has the Latin, Greek, Cyrillic, Armenian and Georgian
alphabets, and the signs of currencies. Whoever runs the service may name more fonts, for Chinese,
Japanese or Korean. What has to be shaped, or is written from right to left, is refused: drawn sign
after sign it could not be read.
"""

from __future__ import annotations

import gzip
import unicodedata
from collections.abc import Iterator, Sequence
from io import BytesIO
from pathlib import Path

from attrs import frozen
from reportlab.pdfbase.pdfmetrics import registerFont, stringWidth
from reportlab.pdfbase.ttfonts import TTFError, TTFont

from domain.payments.errors import ReceiptUnprintable

_HERE = Path(__file__).parent / "fonts"
_REGULAR, _BOLD = "DejaVuSans", "DejaVuSans-Bold"

# Scripts whose signs change with their neighbours: of India, Tibet, Burma, Cambodia, Mongolia.
_SHAPED = ((0x0900, 0x0DFF), (0x0F00, 0x109F), (0x1780, 0x18AF))
_FROM_RIGHT = frozenset({"R", "AL", "AN", "RLE", "RLO", "RLI"})
# Pictures and what steers them say nothing that the words beside them do not.
_DECORATION = frozenset({"So", "Sk", "Cf"})


@frozen(kw_only=True)
class Run:
    """Signs in a row that one font has."""

    font: str
    text: str


@frozen(kw_only=True)
class Fonts:
    """The fonts at hand, first choice first, one row for plain and one for bold text."""

    plain: tuple[TTFont, ...]
    bold: tuple[TTFont, ...]

    @staticmethod
    def opened(more: Sequence[Path] = ()) -> Fonts:
        """Read the fonts, once a process. Raises OSError or TTFError for one that is no font."""
        others = tuple(_registered(f"More{place}", path) for place, path in enumerate(more))
        return Fonts(
            plain=(_registered(_REGULAR, _shipped(_REGULAR)), *others),
            bold=(_registered(_BOLD, _shipped(_BOLD)), *others),
        )

    def runs(self, text: str, *, is_bold: bool = False) -> Sequence[Run]:
        """Return a text as runs, each in the first font that has its signs.

        Pictures that no font has are left out. Raises ReceiptUnprintable for any other sign.
        """
        fonts = self.bold if is_bold else self.plain
        found: list[Run] = []
        missing: list[str] = []
        for sign in unicodedata.normalize("NFC", text):
            font = _font_for(sign, fonts)
            if font is not None:
                if found and found[-1].font == font.fontName:
                    found[-1] = Run(font=font.fontName, text=found[-1].text + sign)
                else:
                    found.append(Run(font=font.fontName, text=sign))
            elif unicodedata.category(sign) not in _DECORATION:
                missing.append(sign)
        if missing or (text.strip() and not any(run.text.strip() for run in found)):
            raise ReceiptUnprintable(signs=_named(missing or list(text)))
        return found

    def width(self, text: str, size: float, *, is_bold: bool = False) -> float:
        """Return how wide a text is at a size, both in points."""
        runs = self.runs(text, is_bold=is_bold)
        return float(sum(stringWidth(run.text, run.font, size) for run in runs))

    def wrapped(
        self, text: str, size: float, width: float, *, is_bold: bool = False
    ) -> Iterator[str]:
        """Yield a text in lines that are no wider; a word that is goes on in the next line."""
        line = ""
        for word in text.split():
            longer = f"{line} {word}".strip()
            if self.width(longer, size, is_bold=is_bold) <= width:
                line = longer
                continue
            if line:
                yield line
            *full, line = self._pieces(word, size, width, is_bold)
            yield from full
        if line:
            yield line

    def _pieces(self, word: str, size: float, width: float, is_bold: bool) -> Iterator[str]:
        piece = ""
        for sign in word:
            if piece and self.width(piece + sign, size, is_bold=is_bold) > width:
                yield piece
                piece = ""
            piece += sign
        yield piece


def _font_for(sign: str, fonts: Sequence[TTFont]) -> TTFont | None:
    code = ord(sign)
    if unicodedata.bidirectional(sign) in _FROM_RIGHT:
        return None
    # A mark that does not merge with its letter has to be placed over it.
    if unicodedata.category(sign).startswith("M"):
        return None
    if any(first <= code <= last for first, last in _SHAPED):
        return None
    return next((font for font in fonts if code in font.face.charToGlyph), None)


def _named(signs: Sequence[str]) -> str:
    """Return the signs by their code points: shown as they are, they may not be readable."""
    codes = dict.fromkeys(f"U+{ord(sign):04X}" for sign in signs)
    named = list(codes)[:5]
    return ", ".join(named) + (" …" if len(codes) > len(named) else "")


def _shipped(name: str) -> BytesIO:
    return BytesIO(gzip.decompress((_HERE / f"{name}.ttf.gz").read_bytes()))


def _registered(name: str, source: BytesIO | Path) -> TTFont:
    font = TTFont(name, str(source) if isinstance(source, Path) else source)
    registerFont(font)
    return font


def problem_of_font(path: Path) -> str | None:
    """Say why a file cannot be used as a font, or None if it can."""
    try:
        TTFont("Tried", str(path))
    except (OSError, TTFError) as fault:
        return str(fault)
    return None
