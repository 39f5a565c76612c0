"""The pages that people read lead to each other, and README.md can be read in a few minutes."""

import re

import pytest
from pages import PAGES, README, ROOT, read

LINK = re.compile(r"\]\(([^)\s]+)\)")
MAP = ROOT / "kaleidocam" / "README.md"
LONGEST = 340  # lines of README.md: what is reference belongs into docs/


def anchors(page):
    """Those that GitHub gives the headings: small letters, without signs, spaces as hyphens."""
    text = re.sub(r"```.*?```", "", read(page), flags=re.S)
    titles = re.findall(r"^#+ (.*)$", text, re.M)
    return {re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-") for title in titles}


@pytest.mark.parametrize(
    "page", [*PAGES, ROOT / "CONTRIBUTING.md", MAP], ids=lambda page: page.relative_to(ROOT).as_posix()
)
def test_each_link_leads_somewhere(page):
    for link in LINK.findall(read(page)):
        path, _, anchor = link.partition("#")
        if path.startswith(("http:", "https:")):
            continue
        there = (page.parent / path).resolve() if path else page
        assert there.exists(), link
        assert not anchor or anchor in anchors(there), link


def test_the_first_page_is_short_and_leads_to_all_others():
    text = read(README)
    assert len(text.splitlines()) <= LONGEST
    by_hand = {page for page in PAGES if page.parent.name in ("docs", "rig")} - {README}
    seen, new = {README}, {README}
    while new:
        links = {(page.parent / link.partition("#")[0]).resolve() for page in new for link in LINK.findall(read(page))}
        new = {link for link in links if link.suffix == ".md"} - seen
        seen |= new
    assert by_hand <= seen
