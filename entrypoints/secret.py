"""Texts of the environment that nobody is to read."""

from __future__ import annotations

from attrs import field, frozen


@frozen
class Secret:
    """A text that is never shown: not in a log, an error or a dump of the settings."""

    _text: str = field(repr=False)

    def reveal(self) -> str:
        """Return the text, for the one place that needs it."""
        return self._text
