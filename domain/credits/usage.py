"""What a product used: a model, and how many units of each kind."""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum
from types import MappingProxyType

from attrs import field, frozen

from domain.amount import AMOUNT_MAX, within
from domain.errors import InvalidField

MODEL_LENGTH_MAX = 120


class UsageKind(Enum):
    """What is counted. Every unit is counted under one kind, and under no other beside it."""

    INPUT = "input"
    """Tokens of the prompt that came neither from nor for a cache."""
    OUTPUT = "output"
    """Tokens of the answer, without those of its reasoning where they are told apart."""
    CACHED_INPUT = "cached_input"
    """Tokens of the prompt that the model had in its cache."""
    CACHE_WRITE = "cache_write"
    """Tokens of the prompt that the model put into its cache."""
    REASONING = "reasoning"
    """Tokens that the model wrote for itself before its answer."""
    AUDIO = "audio"
    """Tokens or seconds of sound, as the rate means them."""
    IMAGE = "image"
    """Pictures."""
    REQUEST = "request"
    """Calls, whatever they were about."""


def model_name(text: str, path: str = "model") -> str:
    """Return a model's name if it is 1 to 120 printable characters without a space at either end.

    Names are compared as they stand, upper and lower case told apart. Raises InvalidField.
    """
    if not text or len(text) > MODEL_LENGTH_MAX:
        raise InvalidField(path=path, problem=f"must have 1 to {MODEL_LENGTH_MAX} characters")
    if not text.isprintable() or text != text.strip():
        raise InvalidField(path=path, problem="must be printable, with no space at either end")
    return text


def _counted(units: Mapping[UsageKind, int]) -> Mapping[UsageKind, int]:
    """Return the counts above zero, in the order of the kinds: a count of none says nothing."""
    for kind, count in units.items():
        within(kind.value, count, least=0, most=AMOUNT_MAX)
    return MappingProxyType({kind: units[kind] for kind in UsageKind if units.get(kind)})


@frozen(kw_only=True)
class Usage:
    """So many units of a model, at least one. Raises InvalidField."""

    model: str
    units: Mapping[UsageKind, int] = field(converter=_counted)

    def __attrs_post_init__(self) -> None:
        model_name(self.model)
        if not self.units:
            raise InvalidField(path="units", problem="must count at least one unit of something")
