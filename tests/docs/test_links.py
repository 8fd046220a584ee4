"""What the pages point to is there, and they speak of nothing but this service."""

import re
from urllib.parse import unquote

import pytest

from tests.docs.pages import ROOT, Page, every_page

PAGES = every_page()
NAMES = [str(each.path.relative_to(ROOT)) for each in PAGES]

# A path of the machine it was written on, or an index of packages, helps nobody who reads.
_FOREIGN = re.compile(r"/(?:work|root|home|tmp|farm)/|pypi|npmjs|file://", re.IGNORECASE)


@pytest.mark.parametrize("each", PAGES, ids=NAMES)
def test_every_link_leads_somewhere(each: Page) -> None:
    for link in each.links:
        if link.startswith(("https://", "http://127.0.0.1")):
            continue
        path, _, anchor = unquote(link).partition("#")
        target = Page((each.path.parent / path).resolve() if path else each.path)
        assert target.path.exists(), link
        assert not anchor or anchor in target.anchors, link


@pytest.mark.parametrize("each", PAGES, ids=NAMES)
def test_a_page_speaks_of_this_service_alone(each: Page) -> None:
    assert not _FOREIGN.findall(each.text)


def test_every_picture_is_shown_somewhere() -> None:
    shown = {link for each in PAGES for link in each.links}

    pictures = [path for path in (ROOT / "docs" / "images").iterdir() if "phone" not in path.name]

    unseen = {path.name for path in pictures} - {link.rpartition("/")[2] for link in shown}
    assert not unseen
