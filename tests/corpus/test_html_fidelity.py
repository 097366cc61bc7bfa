"""Whatever a page is made of, its Markdown renders to the text of the page."""

import random

import pytest
from rendered import rendered, seen

from shikomi.corpus.html import to_markdown

_WORDS = r"""
plain 日本語 「括弧」 （注） a_b_c __init__ *star* 2*3*4 ** _w x_ \_w[500] C:\new \ \\ `tick` ``
[ref] [a](b) ] [ &lt;name&gt; &lt;b&gt; &amp;nbsp; &amp;amp; &amp; ~~no~~ ~ # 1) - +
--- === | || ! ![i](u) http://a.b/~c_d_e &lt;http://x.y&gt; … ・ 。 、 $x$ 10% ^ a*b * !! C# ``` ~~~
:--- : ！ ｱ 한국 😀 <br>
"""
WORDS = [
    *_WORDS.split(),
    "# h",
    "1. one",
    "- item",
    "> q",
    "| a | b |",
    "a &lt; b",
    "[x]: y",
    "\t",
    "\n",
]
INLINE = ["b", "i", "em", "strong", "code", "tt", "a href='u.html'", "font size='+1'", "sup", "del",
          "span", "u", "kbd", "var", "big", "small", "a name='x'", "label", "button",
          "font size='5'"]  # fmt: skip
BLOCKS = ["p", "div", "h1", "h2", "h3", "blockquote", "pre", "center", "section", "address",
          "ul", "dl", "div class='fragment'", "marquee",
          "div style='white-space: pre'"]  # fmt: skip


class Maker:
    """Pages by chance, the same for the same seed."""

    def __init__(self, seed: int) -> None:
        self._chance = random.Random(seed)

    def page(self) -> str:
        return "".join(self.block(0) for _ in range(self._chance.randint(1, 4)))

    def inline(self, depth: int) -> str:
        parts = []
        for _ in range(self._chance.randint(1, 4)):
            if depth < 3 and self._chance.random() < 0.35:
                tag = self._chance.choice(INLINE)
                parts.append(f"<{tag}>{self.inline(depth + 1)}</{tag.split()[0]}>")
            else:
                parts.append(self._chance.choice(WORDS))
            parts.append(self._chance.choice(["", "", " ", "\n"]))
        return "".join(parts)

    def block(self, depth: int) -> str:
        kind = self._chance.random()
        if depth < 3 and kind < 0.15:
            tag = self._chance.choice(["ul", "ol"])
            return f"<{tag}>{self._many('li', depth)}</{tag}>"
        if depth < 3 and kind < 0.25:
            return f"<dl>{self._many('dt', depth)}{self._many('dd', depth)}</dl>"
        if depth < 3 and kind < 0.4:
            cell = self._chance.choice(["td", "th"])
            rows = (self._many(cell, depth) for _ in range(self._chance.randint(1, 3)))
            return f"<table>{''.join(f'<tr>{row}</tr>' for row in rows)}</table>"
        if kind < 0.5:
            return self.inline(0)
        tag = self._chance.choice(BLOCKS)
        end = tag.split()[0]
        if "pre" in tag:  # its links are written again below it
            one, two = self._chance.choice(WORDS), self._chance.choice(WORDS)
            return f"<{tag}>{one} <b>{two}</b></{end}>"
        body = self.block(depth + 1) if depth < 3 and kind < 0.65 else self.inline(0)
        return f"<{tag}>{body}</{end}>"

    def _many(self, tag: str, depth: int) -> str:
        n = self._chance.randint(1, 3)
        bodies = (self.inline(0) if self._chance.random() < 0.6 else self.block(depth + 1)
                  for _ in range(n))  # fmt: skip
        return "".join(f"<{tag}>{body}</{tag}>" for body in bodies)


@pytest.mark.parametrize("seed", range(40))
def test_pages_made_by_chance_render_to_their_own_text(seed):
    for n in range(25):
        page = Maker(seed * 1000 + n).page()
        markdown = to_markdown(page, path="x.html")
        assert seen(rendered(markdown)) == seen(page), f"{page!r}\n->\n{markdown}"


@pytest.mark.parametrize("word", WORDS)
@pytest.mark.parametrize(
    "frame",
    ["<p>{}</p>", "<p>x{}</p>", "<p>{}x</p>", "<p>あ{}い</p>", "<p>x {} y</p>", "<li>{}</li>",
     "<p>a<br>{}<br>b</p>", "<h2>{}</h2>", "<p><b>{}</b></p>", "<p>あ<b>{}</b>い</p>",
     "<p>a<i>{}</i>b</p>", "<p><code>{}</code></p>", "<p>x<code>{}</code>y</p>",
     "<p><a href='u'>{}</a></p>", "<table><tr><th>h</th><th>i</th></tr><tr><td>{}</td>"
     "<td>y</td></tr></table>", "<dl><dt>{}</dt><dd>{}</dd></dl>", "<pre>{}</pre>",
     "<p>x{}y</p><p>z</p>", "<p>&lt;{}&gt;</p>", "<p>`{}`</p>", "<p>[{}]</p>"],
)  # fmt: skip
def test_every_word_comes_through_in_every_place(word, frame):
    page = frame.replace("{}", word)
    markdown = to_markdown(page, path="x.html")
    assert seen(rendered(markdown)) == seen(page), markdown


@pytest.mark.parametrize(
    "page",
    [
        # An item of two stars, below a marker that is a third, would be a rule.
        "<ul><li>a</li></ul><ul><li>b</li><li>**</li></ul>",
        # A star at a cell's break is no more at a line's end.
        "<table><tr><td><ol><li>a *</li><li><i>[b</i> c</li></ol></td><td>d</td></tr></table>",
        # Below no term, a list in a list's entry would be far enough in to be code.
        "<dl><dd>a<dl><dd>*b*</dd><dt>t</dt></dl></dd><dt>u</dt></dl>",
        # Entries in an entry keep their order when they are put beside it.
        "<dl><dd><h1><dl><dt><h3>T</h3></dt><dd>one</dd><dd>two</dd></dl></h1></dd></dl>",
    ],
)
def test_what_pages_made_by_chance_have_shown_renders_to_its_own_text(page):
    markdown = to_markdown(page, path="x.html")
    assert seen(rendered(markdown)) == seen(page), markdown
