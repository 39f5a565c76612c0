"""docs/api.md says what the docstrings say."""

import api_page

import kaleidocam


def test_the_page_is_up_to_date():
    assert api_page.PAGE.read_text(encoding="utf-8") == api_page.page(), "run: python scripts/api_page.py"


def test_every_public_name_is_on_it():
    page = api_page.page()
    for name in kaleidocam.__all__:
        assert name == "__version__" or f"## {name}\n" in page or f"## Parameters of {name}\n" in page
