"""What MkDocs calls while it builds: pages that are not written under docs/ are added here.

The first page is the README, the changelog is the repository's own, and the reference is made from
the OpenAPI document, so that none of them is ever written twice.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import File, Files
from mkdocs.structure.pages import Page

from docs.handbook.document import openapi_document
from docs.handbook.reference import pages_of

ROOT = Path(__file__).parents[2]
REFERENCE = "Reference"
_FROM_DOCS = re.compile(r"\]\(docs/")
_TO_ROOT = re.compile(r"\[(?P<words>[^\]]*)\]\(\.\./(?P<path>[^)]*)\)")


def on_config(config: MkDocsConfig) -> MkDocsConfig:
    """Put the reference into the navigation, and whatever page stands in no group yet."""
    assert config.nav is not None
    docs = Path(config.docs_dir)
    named = set(_named(config.nav))
    reference = [{tag: path} for tag, path, _ in pages_of(openapi_document())]
    others = sorted(path.name for path in docs.glob("*.md") if path.name not in named)
    decisions = sorted(f"decisions/{path.name}" for path in (docs / "decisions").glob("0*.md"))
    for group in config.nav:
        if "API" in group:
            group["API"].append({REFERENCE: reference})
        if "Guides" in group:
            group["Guides"].extend(others)
        if "Inside" in group:
            group["Inside"].append({"Decisions": ["decisions/README.md", *decisions]})
    return config


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Add the pages that are made."""
    made = {
        "index.md": _FROM_DOCS.sub("](", (ROOT / "README.md").read_text(encoding="utf-8")),
        "changelog.md": (ROOT / "CHANGELOG.md").read_text(encoding="utf-8"),
        **{path: text for _, path, text in pages_of(openapi_document())},
    }
    for path, text in made.items():
        files.append(File.generated(config, path, content=text))
    return files


def on_page_markdown(markdown: str, page: Page, **_: Any) -> str:
    """Let links to the repository's root lead to the page made of it, or name the file."""
    if "/" in page.file.src_uri:  # From there, `..` is docs/ itself.
        return markdown
    return _TO_ROOT.sub(_to_root, markdown.replace("(CHANGELOG.md)", "(changelog.md)"))


def _to_root(found: re.Match[str]) -> str:
    made = {"README.md": "index.md", "CHANGELOG.md": "changelog.md"}
    path = made.get(found["path"])
    return f"[{found['words']}]({path})" if path else found["words"]


def _named(nav: Sequence[Any]) -> Sequence[str]:
    """Return every path that the navigation names."""
    found: list[str] = []
    for entry in nav:
        if isinstance(entry, str):
            found.append(entry)
            continue
        for below in entry.values():
            found += [below] if isinstance(below, str) else _named(below)
    return found
