"""Inline Markdown as its reader sees it."""

import pytest

from shikomi.corpus.inline import plain


@pytest.mark.parametrize(
    ("markdown", "seen"),
    [
        (r"\*API\* and *x*", "*API* and x"),
        (r"\_\_init\_\_ of **b**", "__init__ of b"),
        (r"\`x\` and `a\*b`", r"`x` and a\*b"),
        ("`a \\` b", "a \\ b"),
        (r"[a\]b](http://x.test/y) ![i\]j](z.png)", "a]b i]j"),
        ("see <https://x.test/a__b__c>", "see https://x.test/a__b__c"),
        ("by <anna@x.test>, <b>now</b><br/>", "by anna@x.test, now"),
        (r"\<b\> is a tag", "<b> is a tag"),
    ],
)
def test_marks_go_and_what_is_code_escaped_or_an_address_stays(markdown: str, seen: str) -> None:
    assert plain(markdown) == seen
