"""First answers outlive releases, so that none is an entity as it happens to be today."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from importlib import import_module
from pathlib import Path
from typing import Any, get_args, get_type_hints

import attrs
import pytest

from application.ports.idempotency import AnswerAbout
from domain.payments.ids import OrderId
from domain.payments.order import Order

APPLICATION = Path(__file__).parents[2] / "application"


@attrs.frozen
class Named:
    """What may be kept: an id, and plain values."""

    order_id: OrderId
    amounts: Mapping[str, int | None]


@attrs.frozen
class Whole:
    """What may not be kept: an entity."""

    order: Order


@attrs.frozen
class Nested:
    """What may not be kept either: an entity two classes further in, as one of many."""

    found: tuple[Mapping[str, Whole | None], ...]


def claimed(source: ast.Module) -> Iterator[str]:
    """Yield the names of the classes that a module claims answers as."""
    for node in ast.walk(source):
        match node:
            case ast.Call(
                func=ast.Attribute(value=ast.Attribute(attr="answers"), attr="claim"), args=args
            ):
                assert isinstance(args[1], ast.Name), ast.unparse(node)
                yield args[1].id


def all_claimed() -> Iterator[type]:
    """Yield every class that a first answer is kept as."""
    for path in sorted(APPLICATION.rglob("*.py")):
        names = list(claimed(ast.parse(path.read_text())))
        if names:
            place = path.relative_to(APPLICATION.parent).with_suffix("")
            module = import_module(".".join(place.parts))
            yield from (getattr(module, name) for name in names)


def entities(kind: Any) -> set[str]:
    """Return the classes of the domain with fields of their own that a value of this type holds."""
    found: set[str] = set()
    types, seen = [kind], set[Any]()
    while types:
        each = types.pop()
        if each in seen:
            continue
        seen.add(each)
        types += get_args(each)
        if isinstance(each, type) and attrs.has(each):
            types += get_type_hints(each).values()
            if each.__module__.partition(".")[0] == "domain":
                found.add(each.__qualname__)
    return found


def test_no_first_answer_is_or_holds_an_entity_of_the_domain() -> None:
    kinds = list(all_claimed())

    assert len(kinds) > 10
    assert AnswerAbout in kinds
    assert {kind: entities(kind) for kind in kinds if entities(kind)} == {}


@pytest.mark.parametrize(
    ("kind", "holds_an_order"), [(Named, False), (Order, True), (Whole, True), (Nested, True)]
)
def test_an_entity_is_found_however_deep_it_lies(kind: type, holds_an_order: bool) -> None:
    assert ("Order" in entities(kind)) is holds_an_order
