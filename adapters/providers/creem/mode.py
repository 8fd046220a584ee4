"""Live and test: two Creems that know nothing of each other, told apart by key, host and mode.

| mode of an object             | counts as |
| ----------------------------- | --------- |
| `prod`                        | live      |
| `test`, `sandbox`, `local`    | test      |
| anything else                 | neither   |

An object without a mode (a few of Creem's webhooks hold one) is judged by what came with it: a
webhook by its secret, which belongs to one mode, an answer by the key it was asked for with.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from enum import Enum
from typing import Any

_TEST_KEY = "creem_test_"
_KEY = "creem_"


class CreemMode(Enum):
    """Whether money moves."""

    LIVE = "live"
    TEST = "test"


ADDRESS: Mapping[CreemMode, str] = {
    CreemMode.LIVE: "https://api.creem.io",
    CreemMode.TEST: "https://test-api.creem.io",
}
_COUNTS_AS: Mapping[str, CreemMode] = {
    "prod": CreemMode.LIVE,
    "test": CreemMode.TEST,
    "sandbox": CreemMode.TEST,
    "local": CreemMode.TEST,
}


def mode_of_key(api_key: str) -> CreemMode | None:
    """Return the mode an API key opens, or None if it is not one of Creem's."""
    if api_key.startswith(_TEST_KEY):
        return CreemMode.TEST
    return CreemMode.LIVE if api_key.startswith(_KEY) else None


def fits(object: Mapping[str, Any], mode: CreemMode) -> bool:
    """Say whether an object, with all it directly holds, belongs to the mode."""
    return all(_COUNTS_AS.get(word) is mode for word in _modes(object))


def _modes(object: Mapping[str, Any]) -> Iterator[str]:
    for each in (object, *object.values()):
        if isinstance(each, Mapping) and isinstance(each.get("mode"), str):
            yield each["mode"]
