import pytest

from shikomi.corpus.titles import titles


def test_a_title_that_many_pages_share_gives_way_to_each_pages_own_heading():
    pages = {
        "index.md": ("The Lamp Manual", "# The Lamp Manual\n\nWelcome."),
        "wick.md": ("The Lamp Manual", "[Back](index.md)\n\n## The wick\n\n### Trimming\n"),
        "oil.md": ("The Lamp Manual", "## Oil\n\n### Storing\n\n### Filling\n"),
    }
    assert titles(pages) == {"index.md": "The Lamp Manual", "wick.md": "The wick", "oil.md": "Oil"}


def test_a_heading_that_tells_no_page_from_another_replaces_no_title():
    pages = {f"{n}.md": ("The Lamp Manual", "# Overview\n\nText.") for n in range(3)}
    assert set(titles(pages).values()) == {"The Lamp Manual"}
    bare = {f"{n}.md": ("Untitled", f"Text, and [the next one]({n + 1}.md).") for n in range(3)}
    assert set(titles(bare).values()) == {"Untitled"}
    several = {f"{n}.md": ("News", f"# Spring {n}\n\n# Autumn {n}\n") for n in range(3)}
    assert set(titles(several).values()) == {"News"}


@pytest.mark.parametrize(
    "site",
    [
        "{} — Lamp 2.1 documentation",
        "{} | Lamp | Glow Works",
        "Lamp: {}",
        "{}｜灯りの手引き",
        "{} (Lamp 2)",
    ],
)
def test_the_sites_name_around_most_titles_is_left_out(site):
    names = ["Oil", "Wick - how to trim it", "Glass"]
    pages = {f"{name}.md": (site.format(name), "Text.") for name in names}
    pages |= {"index.md": ("Lamp 2.1 documentation", "Text."), "own.md": ("Notes - mine", "Text.")}
    assert list(titles(pages).values()) == [*names, "Lamp 2.1 documentation", "Notes - mine"]


@pytest.mark.parametrize("number", ["Section 4.{}", "第{}章", "{}", "node {}", "Appendix {}"])
def test_a_title_that_is_a_number_alone_gives_way_to_the_pages_heading(number):
    pages = {
        f"{n}.md": (f"Lamp Manual: {number.format(n)}", f"## 4.{n} {name}\n\n### More\n")
        for n, name in enumerate(["Oil", "Wick", "Glass"], 1)
    }
    pages["bare.md"] = ("Lamp Manual: Section 9", "Text.")
    pages["own.md"] = ("Lamp Manual: Part 2 in use", "# Parts\n")
    assert list(titles(pages).values()) == [
        *("4.1 Oil", "4.2 Wick", "4.3 Glass", "Section 9", "Part 2 in use"),
    ]


def test_titles_that_one_or_two_pages_have_stay():
    pages = {
        "a/credits.md": ("Credits", "# Who wrote it\n"),
        "b/credits.md": ("Credits", "# 作者\n"),
        "oil.md": ("Oil and wick", "# Oil\n"),
    }
    assert titles(pages) == {path: title for path, (title, _) in pages.items()}
