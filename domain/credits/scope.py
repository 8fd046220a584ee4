"""What a lot of credits may be spent on: some models or features only, or anything."""

from __future__ import annotations

import re

from attrs import field, frozen

from domain.errors import InvalidField

ENTRIES_MAX = 20
STARS_MAX = 2
_ENTRY = re.compile(r"(model|feature):[A-Za-z0-9._/:@*-]{1,120}")

Purposes = frozenset[str]
"""What a piece of usage is for, as `model:<name>` and `feature:<name>`."""


def purposes_of(*, model: str | None = None, feature: str | None = None) -> Purposes:
    """Return what usage is for, as scopes are matched against it."""
    named = (("model", model), ("feature", feature))
    return frozenset(f"{kind}:{name}" for kind, name in named if name is not None)


@frozen
class Scope:
    """The usage that a lot may pay for: entries such as `model:gpt-4*` or `feature:images`.

    A star stands for any characters, none included. An empty scope allows everything.
    """

    entries: tuple[str, ...] = ()
    _pattern: re.Pattern[str] | None = field(init=False, eq=False, repr=False)

    def __attrs_post_init__(self) -> None:
        if len(self.entries) > ENTRIES_MAX:
            raise InvalidField(path="scope", problem=f"may have at most {ENTRIES_MAX} entries")
        for place, entry in enumerate(self.entries):
            if not _ENTRY.fullmatch(entry) or entry.count("*") > STARS_MAX:
                problem = f"must be model:<name> or feature:<name>, with at most {STARS_MAX} stars"
                raise InvalidField(path=f"scope[{place}]", problem=problem)

    @_pattern.default
    def _compiled(self) -> re.Pattern[str] | None:
        if not self.entries:
            return None
        globs = (re.escape(entry).replace(r"\*", ".*") for entry in self.entries)
        return re.compile("|".join(globs))

    def __bool__(self) -> bool:
        return bool(self.entries)

    def covers(self, purposes: Purposes) -> bool:
        """Say whether usage of these purposes may be paid from such a lot."""
        pattern = self._pattern
        return pattern is None or any(pattern.fullmatch(each) for each in purposes)


NO_SCOPE = Scope()
