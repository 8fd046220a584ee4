"""How the customer page is coloured: a few variables, each checked, so that text stays readable.

A theme is values, never CSS: nothing that is set can add a rule, load a file or hide a price.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

from attrs import frozen

_COLOUR = re.compile(r"#[0-9a-f]{6}")
_RADIUS_MAX = 24
_LIGHT, _DARK = "#ffffff", "#161d25"
# WCAG AA wants 4.5 for text; a little more, since the sheet behind it is not everywhere the purest.
_CONTRAST_MIN = 5.0
_STEPS = 40


@frozen(kw_only=True)
class Theme:
    """The colour of what is pressed and linked, on light and on dark, and how round corners are.

    `radius` is in pixels.
    """

    accent: str = "#0f6b63"
    accent_dark: str = "#4fd1c0"
    radius: int = 12

    def css(self) -> str:
        """Return the variables as a style sheet, with the colours that follow from them."""
        light = _variables(self.accent, _LIGHT, towards="#000000")
        dark = _variables(self.accent_dark, _DARK, towards="#ffffff")
        return (
            f":root {{ --radius: {self.radius}px; {light} }}\n"
            f':root[data-scheme="dark"] {{ {dark} }}\n'
            "@media (prefers-color-scheme: dark) {\n"
            f'  :root:not([data-scheme="light"]) {{ {dark} }}\n'
            "}\n"
        )


def theme_of(text: str) -> Theme:
    """Read `accent=#7c3aed, accent-dark=#a78bfa, radius=8`. Raises ValueError."""
    given: dict[str, str] = {}
    for part in text.split(","):
        name, is_set, value = (piece.strip() for piece in part.partition("="))
        if name not in _READ or not is_set or name in given:
            raise ValueError(f"must set {', '.join(_READ)}, each once: accent=#7c3aed, radius=8")
        given[name] = _READ[name](value.lower())
    accent = given.get("accent")
    if accent is not None and "accent-dark" not in given:
        given["accent-dark"] = _readable(accent, _DARK, towards="#ffffff")
    values = Theme()
    return Theme(
        accent=accent or values.accent,
        accent_dark=given.get("accent-dark", values.accent_dark),
        radius=int(given.get("radius", values.radius)),
    )


def contrast(one: str, other: str) -> float:
    """Return how far two colours stand apart, from 1 to 21, as WCAG 2 reckons it."""
    first, second = sorted((_luminance(one), _luminance(other)))
    return (second + 0.05) / (first + 0.05)


def _variables(accent: str, sheet: str, *, towards: str) -> str:
    on_accent = max("#ffffff", "#000000", key=lambda colour: contrast(colour, accent))
    named = {
        "accent": accent,
        "on-accent": on_accent,
        "accent-text": _readable(accent, sheet, towards=towards),
    }
    return " ".join(f"--{name}: {value};" for name, value in named.items())


def _readable(colour: str, sheet: str, *, towards: str) -> str:
    """Return the colour, moved as far as it takes to be read on the sheet."""
    for step in range(_STEPS):
        moved = _mixed(colour, towards, step / _STEPS)
        if contrast(moved, sheet) >= _CONTRAST_MIN:
            return moved
    return towards


def _mixed(one: str, other: str, share: float) -> str:
    pairs = zip(_channels(one), _channels(other), strict=True)
    return "#" + "".join(f"{round(a + (b - a) * share):02x}" for a, b in pairs)


def _luminance(colour: str) -> float:
    red, green, blue = (_linear(channel / 255) for channel in _channels(colour))
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _linear(channel: float) -> float:
    return channel / 12.92 if channel <= 0.04045 else float(((channel + 0.055) / 1.055) ** 2.4)


def _channels(colour: str) -> tuple[int, int, int]:
    return int(colour[1:3], 16), int(colour[3:5], 16), int(colour[5:7], 16)


def _as_colour(text: str) -> str:
    if not _COLOUR.fullmatch(text):
        raise ValueError("must give colours as #rrggbb")
    return text


def _as_radius(text: str) -> str:
    if not text.isascii() or not text.isdigit() or int(text) > _RADIUS_MAX:
        raise ValueError(f"must give radius as whole pixels from 0 to {_RADIUS_MAX}")
    return text


_READ: Mapping[str, Callable[[str], str]] = {
    "accent": _as_colour,
    "accent-dark": _as_colour,
    "radius": _as_radius,
}
