"""What `shikomi check` finds on pages."""

import random

import pytest

from shikomi.corpus import html
from shikomi.corpus.broken_links import check_links
from shikomi.corpus.check import check_languages, check_texts
from shikomi.corpus.edges import Rules, drop, edges, matches, read_rules
from shikomi.corpus.fidelity import fidelity, lost
from shikomi.corpus.mojibake import mojibake
from shikomi.errors import ConfigError

PAGE = (
    "<title>t</title><h1>調光</h1><p>明るさは <code>&lt;level&gt;</code> で決める。</p>"
    "<table><tr><td>a</td><td>1*2</td></tr></table><script>no()</script>"
)
JA = "これは日本語のページです。灯りの明るさを決めるための説明が書いてあります。" * 2
EN = "This is an English page that explains how to set the brightness of the light. " * 2


def found(findings):
    return [(each.kind, each.page) for each in findings]


def test_a_faithful_page_is_whole():
    markdown = html.to_markdown(PAGE, path="a.html")
    assert fidelity(PAGE, markdown) == 1.0


def test_what_is_lost_is_measured_and_named():
    page = f"<p>{JA}</p>\n<p>失われた一文がここにある。</p>\n<p>略</p>"
    assert 0.7 < fidelity(page, JA) < 0.95
    assert lost(page, JA) == ("失われた一文がここにある。 略",)
    assert lost(f"<p>{EN}</p>", EN.replace("brightness", "b")) == ("rightness",) * 2


def test_text_that_the_markdown_hides_is_lost():
    assert fidelity("<p>use &lt;name&gt; here</p>", "use <name> here") < 1


def test_white_space_and_line_breaks_are_no_loss():
    assert fidelity("<p>明るさ\n\u3000を 決める</p>", "明るさを\n決める") == 1.0


def test_a_table_in_another_order_names_no_lost_line():
    page = "<p>one two three four</p>\n<p>five six seven eight</p>"
    markdown = "five six seven eight\n\none two three four"
    assert fidelity(page, markdown) < 1
    assert lost(page, markdown) == ()


@pytest.mark.parametrize("text", ["", "<", "\0", "<b" * 9, "<!--", "<p>" * 3000 + "x"])
def test_fidelity_of_odd_pages_is_a_share(text):
    assert 0 <= fidelity(text, "# x\n") <= 1
    assert len(lost(text, "# x\n")) <= 1


SENTENCE = "文字コードの設定を間違えると、このように読めなくなります。ここで確かめる。"


@pytest.mark.parametrize(
    ("wrong", "name"),
    [
        (SENTENCE.encode().decode("cp932", "replace"), "UTF-8 read as Shift_JIS"),
        (SENTENCE.encode().decode("latin-1"), "UTF-8 read as Latin-1"),
        (SENTENCE.encode("cp932").decode("cp1252", "replace"), "Shift_JIS read as Latin-1"),
        (SENTENCE.encode("euc_jp").decode("latin-1"), "EUC-JP read as Latin-1"),
        (SENTENCE.encode("euc_jp").decode("cp932", "ignore"), "EUC-JP read as Shift_JIS"),
        (
            SENTENCE.encode("iso2022_jp").decode("ascii").replace("\x1b", ""),
            "ISO-2022-JP without its escapes",
        ),
        ("a\ufffdb", "characters that could not be decoded"),
    ],
)
def test_each_wrong_decoding_is_recognised(wrong, name):
    assert name in [sign for sign, _ in mojibake(f"# 見出し\n\n{wrong}\n")]


@pytest.mark.parametrize(
    "text",
    [
        SENTENCE,
        "ﾌﾟﾛｸﾞﾗﾐﾝｸﾞ･ﾏﾆｭｱﾙ の ﾍﾟｰｼﾞ",
        "Où êtes-vous, là-bas ? Ça va très bien à côté, même ‚ici‘.",
        "Größe: 5 €, für Übung – naïve café",
        "echo $BASH (BASH) $B and (J) $@(x)",
        "縺れた糸を繕う",
    ],
)
def test_sound_text_is_no_mojibake(text):
    assert mojibake(text) == []


def test_empty_and_equal_pages_are_found():
    pages = {"a.md": JA, "b.md": f"# {JA}", "c.md": "![x](a.gif)\n\n[1](b.md)\n", "d.md": EN}
    assert found(check_texts(pages)) == [("same text", "b.md"), ("empty", "c.md")]


def test_the_language_is_the_project_s_or_most_pages_or_what_the_page_says():
    pages = {"a.md": JA, "b.md": EN, "c.md": "`x = 1`"}
    assert found(check_languages(pages, lang="ja", declared={})) == [("language", "b.md")]
    assert found(check_languages(pages, lang=None, declared={})) == []
    assert found(check_languages(pages, lang=None, declared={"a.md": "en-GB"})) == [
        ("language", "a.md")
    ]
    most = {**{f"{n}.md": JA for n in range(8)}, "b.md": EN}
    assert found(check_languages(most, lang=None, declared={"b.md": "en"})) == [
        ("language", "b.md")
    ]


def broken(pages, there=()):
    findings = check_links(pages, lambda path, url: url in there or "//" in url)
    return {each.page: each.items for each in findings}


def test_links_to_pages_and_anchors_that_do_not_exist_are_found():
    pages = {
        "a.md": "[b](b.md#old) [c](gone.md) [d](#設定-a) [e](#none) [w](https://e.org) [t](#top)"
        " [s](x/b.md#in) ![i](no.png) [z](manual.zip) [out](../other.html)\n\n## 設定 (A)\n",
        "b.md": '<a id="new"></a>text <a href="a.md#%E8%A8%AD%E5%AE%9A-a">ok</a> `[x](no.md)`\n',
        "x/b.md": "## In {#in}\n\n## In\n\n[up](../a.md) [again](#in-1) <a href='../no.md'>x</a>\n",
    }
    assert broken(pages, there={"manual.zip"}) == {
        "a.md": ("b.md#old", "gone.md", "#none", "no.png", "../other.html"),
        "x/b.md": ("../no.md",),
    }


def test_images_that_do_not_exist_are_found_however_they_are_written():
    page = '![a](a.png) <img src="b.gif"> ![c][ref] `![x](x.png)` ![w](https://e.org/w.png)'
    pages = {"a.md": page + "\n\n[ref]: c.webp\n"}
    assert broken(pages, there={"a.png"}) == {"a.md": ("b.gif", "c.webp")}
    assert broken(pages) == {"a.md": ("a.png", "b.gif", "c.webp")}


def test_an_anchor_with_the_signs_of_tags_is_kept_and_found():
    page = '<p><a href="#%3Cinit%3E(int)">New</a></p><h2 id="&lt;init&gt;(int)">Lamp</h2>'
    markdown = html.to_markdown(page, path="a.html")
    assert "<a id=" in markdown
    assert not list(check_links({"a.md": markdown}, lambda path, url: False))


def test_a_broken_link_of_a_menu_is_told_of_once():
    pages = {f"{n}.md": f"[menu](gone.md)\n\n[own](own{n}.md)\n" for n in range(9)}
    findings = list(check_links(pages, lambda path, url: False))
    assert len(findings) == 10
    assert [each.what for each in findings if "9 of 9" in each.what] == [
        "gone.md (on 9 of 9 pages)"
    ]


HEAD = "[Home](i.md) | [Index](x.md)\n\n"
FOOT = "\n***\n\nLast change: 2003-04-0{n} by me\n"


def pages_with_edges():
    body = "# Title {name}\n\n説明\n\n{text}{name}\n"
    return {
        f"p{n}.md": HEAD + body.format(name=name, text=JA) + FOOT.format(n=n)
        for n, name in enumerate("abcdef")
    }


def test_blocks_at_the_edges_of_many_pages_are_found_and_labels_inside_are_not():
    texts = [(each.where, each.n_pages, each.text) for each in edges(pages_with_edges())]
    assert texts == [
        ("start", 6, "Home | Index"),
        ("start", 6, "説明"),
        ("end", 6, "Last change: *-*-* by me"),
    ]


def test_a_block_at_both_edges_is_one_question():
    pages = {f"{n}.md": f"[next](x.md)\n\n{JA}{n}\n\n[next](x.md)\n" for n in "abc"}
    assert [(each.where, each.n_pages) for each in edges(pages)] == [("both", 3)]


def test_a_label_after_other_text_is_no_edge():
    pages = {f"{n}.md": f"# T{n}\n\nIntro {'abcd'[n]}\n\n説明\n\n{'xyzw'[n]}\n" for n in range(4)}
    assert edges(pages) == []


def test_dropped_blocks_are_gone_with_the_rule_beside_them_and_the_rest_is_as_it_was():
    pages = pages_with_edges()
    rules = Rules(drop=("Home | Index", "Last change: * by me"))
    assert drop(pages["p0.md"], rules) == f"# Title a\n\n説明\n\n{JA}a\n"
    assert [each.text for each in edges(pages, rules)] == ["説明"]


def test_an_answer_to_keep_is_not_asked_again_and_drops_nothing():
    pages = pages_with_edges()
    rules = Rules(keep=("Home | Index", "説明", "Last change: *"))
    assert edges(pages, rules) == []
    assert drop(pages["p0.md"], rules) == pages["p0.md"]


def test_blocks_inside_a_page_are_never_dropped():
    blocks = ["x", *"abcdefg", "x", *"hijklmn", "x"]
    kept = drop("\n\n".join(blocks) + "\n", Rules(drop=("x",)))
    assert kept == "\n\n".join(blocks[1:-1]) + "\n"


def test_anchors_in_a_dropped_block_stay():
    markdown = '<a id="top"></a>[Home](i.md)\n\n# T\n\ntext\n'
    assert drop(markdown, Rules(drop=("Home",))) == '<a id="top"></a>\n\n# T\n\ntext\n'


def test_a_page_of_nothing_else_stays():
    assert drop(HEAD, Rules(drop=("Home | Index",))) == HEAD


@pytest.mark.parametrize(
    ("text", "rule", "wanted"),
    [
        ("a b", "a b", True),
        ("a b c", "a *", True),
        ("a b c", "* c", True),
        ("a b c d", "a * c *", True),
        ("ab", "a*b*b", False),
        ("a", "a b", False),
        ("x", "*", True),
        ("a" * 5000, "*a" * 300 + "b", False),
    ],
)
def test_a_star_in_a_rule_is_any_text(text, rule, wanted):
    assert matches(text, rule) is wanted


def test_rules_are_read_with_comments_and_a_bad_line_is_named():
    text = "# note\ndrop:  Home |\u2028Index\r\n\nkeep: 説明: x\n"
    assert read_rules(text) == Rules(("Home | Index",), ("説明: x",))
    with pytest.raises(ConfigError, match=r"^drop\.txt line 2: "):
        read_rules("# x\nHome\n")


def test_dropping_takes_nothing_but_whole_blocks_of_any_page():
    parts = [
        "# T\n",
        "text a\n",
        "- b\n- c\n",
        "***\n",
        "| a |\n|---|\n| b |\n",
        "```\nx\n\ny\n```\n",
    ]
    for seed in range(200):
        chance = random.Random(seed)
        markdown = "\n".join(chance.choices(parts, k=chance.randrange(1, 12)))
        rules = Rules(drop=tuple(chance.sample(["T", "text a", "b c", "a b", "*x*"], 2)))
        left = drop(markdown, rules)
        assert set(left.split("\n")) <= set(markdown.split("\n"))
        assert left.strip()
