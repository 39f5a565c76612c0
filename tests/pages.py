"""What people read: README.md, and all pages under docs/."""

from pathlib import Path

ROOT = Path(__file__).parents[1]
README = ROOT / "README.md"
PAGES = [README, *sorted((ROOT / "docs").rglob("*.md"))]


def read(page):
    return page.read_text(encoding="utf-8")
