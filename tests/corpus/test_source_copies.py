"""Copies of their sources beside Sphinx's pages."""

import pytest

from shikomi.corpus.source_copies import is_copy

PAGES = {"index.html", "api/pump.html", "v2/guide/index.html", "notes.txt"}


@pytest.mark.parametrize(
    "path", ["_sources/index.rst.txt", "_sources/api/pump.md.txt", "v2/_sources/guide.rst.txt"]
)
def test_the_source_of_a_page_that_is_there_is_a_copy(path):
    assert is_copy(path, PAGES)


@pytest.mark.parametrize("path", ["_sources/other.rst.txt", "notes.txt", "api/pump.rst.txt"])
def test_a_text_without_its_page_or_out_of_that_folder_is_none(path):
    assert not is_copy(path, PAGES)
