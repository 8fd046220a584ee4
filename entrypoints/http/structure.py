"""From plain JSON values to frozen attrs classes: exact types, known names, all problems at once.

Left alone, the converter reads `"30"` as 30, `1.9` as 1 and `true` as 1. Every type that holds no
class of ours is therefore checked by one exact validator; only the classes are the converter's.
"""

from __future__ import annotations

import re
import types
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from enum import Enum
from typing import Annotated, Any, Literal, TypeVar, Union, get_args, get_origin

import attrs
import msgspec
from cattrs import BaseConverter, Converter
from cattrs.cols import homogenous_tuple_structure_factory
from cattrs.errors import (
    AttributeValidationNote,
    ClassValidationError,
    ForbiddenExtraKeysError,
    IterableValidationError,
    IterableValidationNote,
)
from cattrs.gen import make_dict_structure_fn, override
from cattrs.preconf.orjson import OrjsonConverter, make_converter

from domain.errors import InvalidField
from entrypoints.http.json_body import BODY
from entrypoints.http.refusals import InvalidRequest, Problem

T = TypeVar("T")

# Instants outside are typing mistakes, and arithmetic with them leaves the calendar.
_FIRST_YEAR, _LAST_YEAR = 1970, 8999

_WITHIN = re.compile(r" - at `\$(?P<path>[^`]*)`$")
_WHOLE = re.compile(r"-?[0-9]{1,19}")


def wire_name(name: str) -> str:
    """Return a field's name on the wire: `from_` is `from`, a word that Python keeps for itself."""
    return name.removesuffix("_")


def into(cl: type[T], value: Mapping[str, Any]) -> T:
    """Return the class a JSON body holds. Raises InvalidRequest naming every problem."""
    return _structured(_BODIES, cl, value)


def into_query(cl: type[T], value: Mapping[str, str]) -> T:
    """Return the class a query string holds; its numbers and truths are written as text."""
    return _structured(_QUERIES, cl, value)


def _structured(converter: OrjsonConverter, cl: type[T], value: Mapping[str, Any]) -> T:
    try:
        return converter.structure(value, cl)
    except ClassValidationError as errors:
        raise InvalidRequest(fields=tuple(_problems(errors, ""))) from errors


def _is_leaf(kind: Any) -> bool:
    """Say whether a type holds no attrs class, so that the validator can check it whole."""
    kind = _unannotated(kind)
    if _is_class(kind):
        return False
    if get_origin(kind) is Literal:
        return True
    return all(_is_leaf(argument) for argument in get_args(kind) if argument is not ...)


def _from_json(kind: Any) -> Callable[[Any, Any], Any]:
    if datetime in _plain_types(kind):
        return lambda value, _: _in_utc(msgspec.convert(value, kind, strict=True))
    return lambda value, _: msgspec.convert(value, kind, strict=True)


def _from_text(kind: Any) -> Callable[[Any, Any], Any]:
    """Like `_from_json`, for text: only what looks exactly like a number or a truth becomes one."""
    plain = _plain_types(kind)

    def convert(value: Any, _: Any) -> Any:
        if int in plain and _WHOLE.fullmatch(value):
            value = int(value)
        elif bool in plain and value in {"true", "false"}:
            value = value == "true"
        elif plain <= {int, type(None)}:
            raise ValueError("must be a whole number of at most 19 digits")
        return _in_utc(msgspec.convert(value, kind, strict=True))

    return convert


def _plain_types(kind: Any) -> frozenset[Any]:
    kind = _unannotated(kind)
    if get_origin(kind) in {Union, types.UnionType}:
        return frozenset().union(*(_plain_types(each) for each in get_args(kind)))
    if get_origin(kind) is Literal:
        return frozenset(type(each) for each in get_args(kind))
    return frozenset({kind})


def _in_utc(value: Any) -> Any:
    if not isinstance(value, datetime):
        return value
    if value.tzinfo is None:
        raise ValueError("must say its offset from UTC, as in 2026-04-15T10:00:00Z")
    if not _FIRST_YEAR < value.year <= _LAST_YEAR:
        raise ValueError(f"must lie between the years {_FIRST_YEAR} and {_LAST_YEAR}")
    return value.astimezone(UTC)


def _is_class(kind: Any) -> bool:
    return isinstance(kind, type) and attrs.has(kind)


def _of_class(kind: Any, converter: BaseConverter) -> Callable[[Any, Any], Any]:
    """Structure a class from an object alone: the converter would take an empty list for one."""
    assert isinstance(converter, Converter)
    renamed: dict[str, Any] = {
        field.name: override(rename=wire_name(field.name)) for field in attrs.fields(kind)
    }
    structure = make_dict_structure_fn(kind, converter, _cattrs_forbid_extra_keys=True, **renamed)

    def from_object(value: Any, _: Any) -> Any:
        if not isinstance(value, dict):
            raise ValueError("must be an object")  # noqa: TRY004  # a caller's mistake, not ours
        return structure(value, kind)

    return from_object


def _of_flawless(kind: Any, converter: BaseConverter) -> Callable[[Any, Any], Any]:
    """Structure a class whose leaves are checked all at once, as they are where nothing is wrong.

    Field by field costs three times as much; whatever is refused here is gone through that way, to
    name every problem.
    """
    one_by_one = _of_class(kind, converter)
    fields = attrs.fields(attrs.resolve_types(kind))
    by_themselves = [each for each in fields if not _is_checked_whole(each.type)]
    together = msgspec.defstruct(
        kind.__name__,
        [_field_of_struct(each, is_checked=each not in by_themselves) for each in fields],
        kw_only=True,
        forbid_unknown_fields=True,
        rename=wire_name,
    )
    as_fields = msgspec.structs.asdict

    def from_object(value: Any, _: Any) -> Any:
        try:
            given = as_fields(msgspec.convert(value, together))
            for each in by_themselves:
                if wire_name(each.name) in value:
                    given[each.name] = converter.structure(given[each.name], each.type)
            return kind(**given)
        except Exception:  # noqa: BLE001  # whatever it is, it is found again and told in full
            return one_by_one(value, kind)

    return from_object


def _is_checked_whole(kind: Any) -> bool:
    return _is_leaf(kind) and datetime not in _plain_types(kind)


def _field_of_struct(
    given: attrs.Attribute[Any], *, is_checked: bool
) -> tuple[str, Any] | tuple[str, Any, Any]:
    kind = given.type if is_checked else Any
    if given.default is attrs.NOTHING:
        return given.name, kind
    assert not isinstance(given.default, attrs.Factory), "the defaults of a body are constants"  # type: ignore[arg-type]
    return given.name, kind, given.default


def _is_sequence(kind: Any) -> bool:
    return get_origin(_unannotated(kind)) is tuple and not _is_leaf(kind)


def _of_sequence(kind: Any, converter: BaseConverter) -> Callable[[Any, Any], Any]:
    """Structure a tuple from an array alone, of the length that its annotation asks for."""
    structure = homogenous_tuple_structure_factory(_unannotated(kind), converter)
    array: Any = list[Any]
    for limit in getattr(kind, "__metadata__", ()):
        array = Annotated[array, limit]

    def from_array(value: Any, _: Any) -> Any:
        return structure(msgspec.convert(value, array, strict=True), kind)

    return from_array


def _unannotated(kind: Any) -> Any:
    return get_args(kind)[0] if get_origin(kind) is Annotated else kind


def _converter(
    leaf: Callable[[Any], Callable[[Any, Any], Any]],
    of_class: Callable[[Any, BaseConverter], Callable[[Any, Any], Any]],
) -> OrjsonConverter:
    converter = make_converter(forbid_extra_keys=True)
    converter.register_structure_hook_factory(_is_class, of_class)
    converter.register_structure_hook_factory(_is_sequence, _of_sequence)
    for kind in (int, str, bool, float, datetime):
        converter.register_structure_hook(kind, leaf(kind))
    converter.register_structure_hook_factory(_is_leaf, leaf)
    return converter


_BODIES = _converter(_from_json, _of_flawless)
_QUERIES = _converter(_from_text, _of_class)


def _problems(error: BaseException, path: str) -> Iterator[Problem]:
    """Walk the converter's tree of errors; every leaf is one problem with its path."""
    match error:
        case ClassValidationError() | IterableValidationError():
            for inner in error.exceptions:
                yield from _problems(inner, path + _step(inner, path))
        case ForbiddenExtraKeysError():
            known = _known(error.cl)
            for name in sorted(error.extra_fields):
                problem = _refused(error.cl).get(name)
                if problem is None:
                    # Said once: a body may hold thousands of names that nobody knows.
                    problem, known = f"is not known here{known}", ""
                yield Problem(path=_joined(path, name), problem=problem)
        case InvalidField():
            yield Problem(path=_joined(path, error.path), problem=error.problem)
        case KeyError():  # the converter's way of saying that a field is missing
            yield Problem(path=path, problem="is required")
        case msgspec.ValidationError():
            within = _WITHIN.search(str(error))
            inside = within["path"] if within else ""
            inside = inside if path else inside.removeprefix(".")
            message = _WITHIN.sub("", str(error))
            yield Problem(path=path + inside or BODY, problem=_worded(message, error))
        case _:
            problem = str(error) if type(error) is ValueError else "has the wrong type"
            yield Problem(path=path or BODY, problem=problem)


def _step(error: BaseException, path: str) -> str:
    for note in getattr(error, "__notes__", ()):
        if isinstance(note, AttributeValidationNote):
            name = wire_name(note.name)
            return f".{name}" if path else name
        if isinstance(note, IterableValidationNote):
            return f"[{note.index}]"
    return ""


def _joined(path: str, name: str) -> str:
    return f"{path}.{name}" if path else name


def _refused(cl: type) -> Mapping[str, str]:
    """Return what a class says about names that it refuses on purpose."""
    refused: Mapping[str, str] = getattr(cl, "refused", {})
    return refused


def _known(cl: type) -> str:
    """Return which names there are instead of one that is unknown, or nothing if there are none."""
    names = ", ".join(wire_name(field.name) for field in attrs.fields(cl))
    return f"; known are {names}" if names else ""


def _worded(message: str, error: BaseException) -> str:
    """Turn the validator's message into the end of a sentence about the value."""
    kind = _kind_of(error)
    if message.startswith("Invalid enum value") and kind is not None:
        return "must be one of " + ", ".join(str(each) for each in kind)
    if message.startswith("Invalid RFC3339"):
        return "must be an instant such as 2026-04-15T10:00:00Z (RFC3339)"
    expected, found, rest = message.partition("Expected ")
    return f"must be {rest}".replace("`", "") if found and not expected else message


def _kind_of(error: BaseException) -> list[object] | None:
    for note in getattr(error, "__notes__", ()):
        if isinstance(note, AttributeValidationNote):
            return _choices(note.type)
    return None


def _choices(kind: Any) -> list[object] | None:
    if isinstance(kind, type) and issubclass(kind, Enum):
        return [each.value for each in kind]
    if get_origin(kind) is Literal:
        return list(get_args(kind))
    found = (_choices(each) for each in get_args(kind))
    return next((each for each in found if each is not None), None)
