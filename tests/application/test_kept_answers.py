"""First answers outlive releases, so that none is an entity as it happens to be today."""

import ast
from collections.abc import Iterator
from pathlib import Path

APPLICATION = Path(__file__).parents[2] / "application"


def claimed(source: ast.Module) -> Iterator[tuple[str, str]]:
    """Yield the classes that a module claims answers as, and the modules they come from."""
    modules = {
        alias.asname or alias.name: node.module or ""
        for node in ast.walk(source)
        if isinstance(node, ast.ImportFrom)
        for alias in node.names
    }
    for node in ast.walk(source):
        match node:
            case ast.Call(
                func=ast.Attribute(value=ast.Attribute(attr="answers"), attr="claim"),
                args=[_, ast.Name(id=kind)],
            ):
                yield kind, modules.get(kind, "")


def test_no_first_answer_is_kept_as_a_class_of_the_domain() -> None:
    found = [
        (path.name, kind, module)
        for path in sorted(APPLICATION.rglob("*.py"))
        for kind, module in claimed(ast.parse(path.read_text()))
    ]

    assert len(found) > 10
    assert [each for each in found if each[2].startswith("domain")] == []
