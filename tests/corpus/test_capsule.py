import pytest

from shikomi.corpus.capsule import capsule, render
from shikomi.corpus.units import units


def test_a_japanese_capsule_says_where_the_section_stands():
    made = capsule(
        breadcrumb=("規約", "通信", "状態コード"),
        system="規約",
        aliases=("SKR", "規約"),
        parent_markdown="# 通信\n\n![図](a.png)\n\n単位は**「刻」（40 ms。）**を\n用いる。次。\n",
        linked_titles=("記録", "通信", "記録"),
    )
    assert render(made, "ja", ("状態コード", "再送")) == (
        "位置：規約 > 通信 > 状態コード > 再送\n"
        "対象：規約（別名：SKR）\n"
        "上位ページ：単位は「刻」（40 ms。）を用いる。\n"
        "関連ページ：記録"
    )


def test_an_english_capsule_is_in_english():
    made = capsule(
        breadcrumb=("Quernstow", "Protocol", "Codes"),
        system="Quernstow",
        aliases=("QNW",),
        parent_markdown="A probe speaks first, e.g. at dawn. Then it waits.",
        linked_titles=("Storage",),
    )
    assert render(made, "en") == (
        "Location: Quernstow > Protocol > Codes\n"
        "Part of: Quernstow (also known as QNW)\n"
        "Parent page: A probe speaks first, e.g. at dawn.\n"
        "Related pages: Storage"
    )


def test_what_is_unknown_is_not_mentioned():
    made = capsule(breadcrumb=("Page",), system=None, aliases=("X",))
    assert (made.system, made.aliases) == (None, ())
    assert render(made, "en") == "Location: Page"


@pytest.mark.parametrize("lang", ["ja", "en"])
@pytest.mark.parametrize("word", ["長い題名の文書", "a long title "])
def test_a_capsule_is_never_longer_than_150_units(lang, word):
    made = capsule(
        breadcrumb=[word * n for n in range(1, 12)],
        system=word * 5,
        aliases=[word * n for n in range(1, 9)],
        parent_markdown=word * 300,
        linked_titles=[f"{word}{n}" for n in range(500)],
    )
    assert units(render(made, lang, [word * 40])) <= 150


def test_a_deep_trail_is_whole_while_there_is_room():
    parts = ["Part 3: Operating the station", "Chapter 12: Replacing the lamp", "12.4 Adjusting"]
    made = capsule(breadcrumb=("Lamp", "Service manual for the lamp"), system="Lamp")
    trail = " > ".join(["Lamp", "Service manual for the lamp", *parts, "Lamp"])
    assert render(made, "en", ["Service manual for the lamp", *parts, "Lamp"]) == (
        f"Location: {trail}\nPart of: Lamp"
    )


def test_a_long_trail_keeps_its_root_and_its_end():
    made = capsule(breadcrumb=[f"見出しの{n}番目" for n in range(30)], system=None)
    trail = render(made, "ja").split("：")[1].split(" > ")
    assert (trail[0], trail[-1]) == ("見出しの0番目", "見出しの29番目")
    assert "…" in trail
