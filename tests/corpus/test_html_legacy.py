"""Pages as other programs and other decades made them, and the Markdown a person would write."""

import pytest

from shikomi.corpus.html import convert


def markdown(html):
    return convert(html, path="x.html")[1]


MALFORMED = {
    "a term ends the term before it": (
        "<dl><dt>-a<dt><b>-b</b><dd>Both.</dl>",
        "- **-a**\n\n- **-b**\n\n  Both.\n",
    ),
    "a body ends the body before it": (
        "<dl><dt>t<dd>one<dd>two</dl>",
        "- **t**\n\n  one\n\n  two\n",
    ),
    "a reading ends the bracket before it": (
        "<ruby>漢<rp>(<rt>かん<rp>)</ruby>字",
        "漢（かん）字\n",
    ),
    "an end tag of another level ends the heading": (
        "<h1>A</h2>text<ul><li>b</ul>",
        "# A\n\ntext\n- b\n",
    ),
    "a heading ends the heading before it": (
        "<h2>A<h3>b</h3><p>c",
        "## A\n\n### b\n\nc\n",
    ),
    "a paragraph in a heading is the heading": (
        "<H2>\n<P ALIGN=center>A</P></H2><p>b",
        "## A\n\nb\n",
    ),
    "a break written as an end tag": ("a</br>b", "a\\\nb\n"),
    "text in a table outside its cells stands before it": (
        "<table>t<tr>u<th>k<th>v</tr><p>w</p><tr><td>a<td>1</tr>x</table>",
        "tu\n\nw\n\nx\n\n| k | v |\n| --- | --- |\n| a | 1 |\n",
    ),
}
LAYOUT = {
    "a list without items is an indent": ("<ul>a<p>b</ul>", "a\n\nb\n"),
    "a list in lists without items is one list": ("<p>a<ul><ul><li>b</ul></ul>", "a\n- b\n"),
    "a definition list without terms is an indent": (
        "<ul><li>a</ul><dl><dd>b</dl>",
        "- a\n\nb\n",
    ),
    "lists with headings in them are the page's own order": (
        "<ul><li><h3>A</h3><ul><li>a</ul><li><dl><dt><h4>b</h4><dd>c</dl></ul>",
        "### A\n\n- a\n\n#### b\n\nc\n",
    ),
    "lists that meet have other marks": (
        "<ul><li>a</ul><ul><li>b</ul><dl><dt>c<dd>d</dl><ol><li>e</ol><ol><li>f</ol>",
        "- a\n\n* b\n\n- **c**\n\n  d\n\n1. e\n\n1) f\n",
    ),
    "code after a list keeps what looks like items": (
        "<ol><li>a</ol><table><tr><td><pre>1. x</pre><td>b<tr><td>c<td>d</table>",
        "1. a\n\n```\n1. x\n```\n\nb\n\n- c\n\n  d\n",
    ),
    "menu and text side by side are no table": (
        "<table><tr><td><a href='a.txt'>A</a><td><h1>T</h1><p>text</tr></table>",
        "[A](a.txt)\n\n# T\n\ntext\n",
    ),
    "a heading across a table divides it": (
        "<table><tr><td colspan=2><h2>T</h2></tr><tr><td>a<td>1</tr><tr><td>b<td>2</tr></table>",
        "## T\n\n|  |  |\n| --- | --- |\n| a | 1 |\n| b | 2 |\n",
    ),
    "a picture beside a note is there once": (
        "<table><tr><td rowspan=2><img src=n.png alt=N><th>Note</tr><tr><td>Text.</tr></table>",
        "![N](n.png)\n\nNote\n\nText.\n",
    ),
    "images that hold space are not shown": (
        "a<img src=dot.gif width=1 height=20>b<img src=p.png width=10>",
        "ab![](p.png)\n",
    ),
    "buttons and fields say what they show": (
        "<input value='Your name'><input type=password value=p><input type=hidden value=h>"
        "<input type=checkbox value=c>Yes <input type=submit value=Send>"
        "<input type=image alt=Go value=g><select><optgroup label=Fruit><option>Pear</select>",
        "Your name Yes Send Go Fruit Pear\n",
    ),
    "layers and columns stand apart": (
        "a<layer>b</layer>c<multicol>d</multicol>",
        "a\n\nb\n\nc\n\nd\n",
    ),
    "what stands for a program or a film stands apart": (
        "<object><embed>a</object><applet>b</applet><video>c</video>d",
        "a b c d\n",
    ),
    "large type beside headings is as large as they are": (
        "<h2>A</h2><p><font size='+2'><b>B</b></font><h3>c</h3><p><font size=4><b>d</b></font>",
        "## A\n\n## B\n\n### c\n\n### d\n",
    ),
    "parts of a form stand apart": (
        "<label>Name:<input></label><select><option>a<option>b</select><button>Go</button>"
        "<textarea>x\ny</textarea>",
        "Name: a b Go x\\\ny\n",
    ),
    "large bold type at the start of a paragraph is a heading over its rest": (
        "<font size=5><b>One</b></font><br>a<br>b<p>c",
        "# One\n\na\\\nb\n\nc\n",
    ),
    "large type that goes on over a break is no heading": (
        "<font size=5><b>One<br>two</b></font>",
        "**One\\\ntwo**\n",
    ),
}
CODE = {
    "an element around code names its language": (
        "<div class='highlight-python3 notranslate'><div class=highlight><pre>a</pre></div></div>",
        "```python3\na\n```\n",
    ),
    "a class that names no language": (
        "<div class='highlight-default'><pre class='highlight code-box'>a</pre></div>",
        "```\na\n```\n",
    ),
    "divisions that are lines of code": (
        "<div class=fragment><div class=line>if x:</div><div class=line>  y</div></div>",
        "```\nif x:\n  y\n```\n",
    ),
    "a division whose white space counts": (
        "<div style='color: red; white-space:pre'>a\n  b</div>",
        "```\na\n  b\n```\n",
    ),
    "lines of code with breaks between them": (
        "<tt>if x:<br>&nbsp;&nbsp;y</tt><p>see <tt>x</tt><br><tt>y</tt>",
        "```\nif x:\n  y\n```\n\nsee `x`\\\n`y`\n",
    ),
    "a formula in one line": (
        "<math><mfrac><mn>1</mn><mrow><mi>a</mi><mo>+</mo><mn>2</mn></mrow></mfrac>"
        "<msup><mi>x</mi><mn>2</mn></msup></math>",
        "1/(a+2)x^2\n",
    ),
    "roots, limits and grids of a formula": (
        "<math><msqrt><mi>x</mi><mo>+</mo><mn>1</mn></msqrt><munderover><mo>∑</mo><mn>1</mn>"
        "<mi>n</mi></munderover><mtable><mtr><mtd>1</mtd><mtd>2</mtd></mtr><mtr><mtd>3</mtd>"
        "<mtd>4</mtd></mtr></mtable><mfenced><mi>a</mi><mi>b</mi></mfenced></math>",
        "√(x+1)∑_1^n1 2; 3 4(a,b)\n",
    ),
    "the words of a drawing": (
        "<p>See <svg><title>T</title><text>Start</text><text>End</text><a xlink:href='z.txt'>"
        "<text>more</text></a></svg>.",
        "See Start End [more](z.txt) .\n",
    ),
}
ESCAPES = {
    "bold text before a break": ("<p><b>a</b><br>b", "**a**\\\nb\n"),
    "brackets that cannot be a link": (
        "<p>ls [<i>OPTION</i>]... [<a href='u.txt'>1</a>] ![",
        "ls [*OPTION*]... [[1](u.txt)] ![\n",
    ),
    "brackets that could be one": (
        "<p>[a](b) [c]: d [<i>e</i>](f)",
        "[a\\](b) [c\\]: d [*e*\\](f)\n",
    ),
    "a mark for emphasis that has no other": ("<p>/etc/*.conf and _x", "/etc/*.conf and _x\n"),
    "a mark between two words of code": ("<p>*&lt;a>* &lt;b>", "\\*`<a>`\\* `<b>`\n"),
    "a line to write on": ("<p>Name: ______ and ______.", "Name: ______ and \\_\\_\\_\\_\\_\\_.\n"),
    "what would be a box to tick": ("<ul><li>[x] a</ul>", "- \\[x] a\n"),
    "names with two lines around them are code": (
        "<p>Call __init__ and __del__().",
        "Call `__init__` and `__del__`().\n",
    ),
    "code-like words that stand for an image": (
        "<img src=m.png alt='\\begin{x} a|b <name> `t` \\'>",
        "![\\begin{x} a|b \\<name> \\`t\\` \\\\](m.png)\n",
    ),
    "a blank at the end of a paragraph": (
        "<blockquote>a<br>&nbsp;<p>b</blockquote>",
        "> a\n>\n> b\n",
    ),
}
CASES = MALFORMED | LAYOUT | CODE | ESCAPES


@pytest.mark.parametrize("name", CASES)
def test_the_page_becomes(name):
    html, expected = CASES[name]
    assert markdown(html) == expected
