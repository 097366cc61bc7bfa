"""Copies of their sources beside Sphinx's pages, and pages in several formats."""

import pytest

from shikomi.corpus.source_copies import holds, is_copy, same_names

PAGES = {"index.html", "api/pump.html", "v2/guide/index.html", "notes.txt"}


@pytest.mark.parametrize(
    "path", ["_sources/index.rst.txt", "_sources/api/pump.md.txt", "v2/_sources/guide.rst.txt"]
)
def test_the_source_of_a_page_that_is_there_is_a_copy(path):
    assert is_copy(path, PAGES)


@pytest.mark.parametrize("path", ["_sources/other.rst.txt", "notes.txt", "api/pump.rst.txt"])
def test_a_text_without_its_page_or_out_of_that_folder_is_none(path):
    assert not is_copy(path, PAGES)


MARKDOWN = """# Oil can

Fill the [can](fill.md) with **2 litres** of oil before each run, and wipe the lid
with a dry cloth. See [oils](oils.md) for those that are allowed.
"""
TEXT = """OIL CAN
=======
  Fill the can with 2 litres of oil before
each run, and wipe the lid with a dry cloth. See oils for those that are allowed.
"""


def test_files_of_several_formats_that_share_folder_and_name_may_be_one_page():
    paths = ["b/a.txt", "b/a.html", "b/A.pdf", "a.txt", "b/c.html", "b/c.htm", "x.css", "x.md"]
    assert same_names(paths) == [("b/a.html", "b/A.pdf", "b/a.txt")]


def test_a_text_with_the_words_and_numbers_of_a_page_is_held_by_it():
    assert holds(MARKDOWN, TEXT)
    assert holds(MARKDOWN + "\nMade in 2026.\n", TEXT)


@pytest.mark.parametrize(
    "text",
    [
        TEXT.replace("2 litres", "3 litres"),
        TEXT * 20 + TEXT.replace("a dry cloth", "the wet, soapy brush that hangs on its left"),
        TEXT * 20 + "油は毎回二リットル入れること。",
        TEXT + "Made of brass.\n",
        "See the page.",
    ],
)
def test_a_text_that_says_something_else_or_next_to_nothing_is_not(text):
    assert not holds(MARKDOWN, text)
