"""The documentation taken apart: its tables, its blocks of code, its headings and links."""

import re
from collections.abc import Iterator, Sequence
from pathlib import Path

from attrs import frozen

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"

Row = tuple[str, ...]

_FENCE = re.compile(
    r"^(?:<!-- (?P<marker>[^\n]*) -->\n)?```(?P<language>[a-z]*)\n(?P<text>.*?)^```$",
    re.MULTILINE | re.DOTALL,
)
_LINK = re.compile(r"\[[^\]]*\]\((?P<target>[^)\s]+)\)")
_HEADING = re.compile(r"^#+ (?P<text>.+)$", re.MULTILINE)
_NOT_IN_ANCHORS = re.compile(r"[^\w\- ]")
_CELLS = re.compile(r"(?<!\\)\|")


@frozen(kw_only=True)
class Block:
    """A block of code; `marker` is the comment on the line above it, if there is one."""

    language: str
    marker: str
    text: str


@frozen
class Page:
    """One page of the documentation."""

    path: Path

    @property
    def text(self) -> str:
        """Return the page as it is written."""
        return self.path.read_text(encoding="utf-8")

    @property
    def blocks(self) -> list[Block]:
        """Return every block of code, in order."""
        return [
            Block(
                language=found["language"],
                marker=(found["marker"] or "").strip(),
                text=found["text"],
            )
            for found in _FENCE.finditer(self.text)
        ]

    @property
    def prose(self) -> str:
        """Return the page without its blocks of code."""
        return _FENCE.sub("", self.text)

    @property
    def links(self) -> list[str]:
        """Return where the page points to."""
        return [found["target"] for found in _LINK.finditer(self.prose)]

    @property
    def anchors(self) -> set[str]:
        """Return the headings as links name them."""
        return {_anchor(found["text"]) for found in _HEADING.finditer(self.prose)}

    def table(self, *header: str) -> list[Row]:
        """Return the rows of the one table whose header begins with these cells."""
        found = [rows for names, rows in self._tables() if names[: len(header)] == header]
        assert len(found) == 1, f"{self.path.name} has {len(found)} tables headed {header}"
        return found[0]

    def _tables(self) -> Iterator[tuple[Row, list[Row]]]:
        lines: list[str] = []
        for line in [*self.prose.splitlines(), ""]:
            if line.startswith("|"):
                lines.append(line)
            elif lines:
                yield _cells(lines[0]), [_cells(each) for each in lines[2:]]
                lines = []


def page(name: str) -> Page:
    """Return a page by its name in the folder of the documentation."""
    return Page(DOCS / f"{name}.md")


def every_page() -> list[Page]:
    """Return all pages, the first one that anybody opens included."""
    return [Page(ROOT / "README.md"), *(Page(path) for path in sorted(DOCS.rglob("*.md")))]


def as_rows(rows: Sequence[Row]) -> str:
    """Return rows as they are written, to be pasted where a test finds them missing."""
    return "\n".join("| " + " | ".join(row) + " |" for row in rows)


def plain(cell: str) -> str:
    """Return a cell without the marks of code."""
    return cell.replace("`", "")


def _cells(line: str) -> Row:
    return tuple(cell.strip().replace("\\|", "|") for cell in _CELLS.split(line.strip())[1:-1])


def _anchor(heading: str) -> str:
    return _NOT_IN_ANCHORS.sub("", heading.strip().lower()).replace(" ", "-")
