"""Which row names a table's columns, and what becomes of tables that no pipe table can hold."""

import pytest

from shikomi.corpus.html import convert

PLAIN = "<tr><td>a<td>1</tr><tr><td>b<td>2</tr>"
ROWS = "| a | 1 |\n| b | 2 |\n"
NAMED = f"| k | v |\n| --- | --- |\n{ROWS}"
UNNAMED = f"|  |  |\n| --- | --- |\n| k | v |\n{ROWS}"
HEADERS = {
    "bold within paragraphs, with empty elements beside it": (
        "<tr><td><p><b>k</b><span><o:p></o:p></span></p><td><p><span><b>v</b></span></p></tr>",
        NAMED.replace("| k | v |", "| **k** | **v** |"),
    ),
    "a coloured row": ("<tr bgcolor='#CCCCFF'><td>k<td>v</tr>", NAMED),
    "coloured cells": (
        "<tr><td style='background-color: #eee'>k<td style='background: #eee'>v</tr>",
        NAMED,
    ),
    "a row that says it is one": ("<tr class=TableHeadingColor><td>k<td>v</tr>", NAMED),
    "white is no colour": ("<tr bgcolor=white><td>k<td>v</tr>", UNNAMED),
    "one coloured cell is none": ("<tr><td bgcolor=red>k<td>v</tr>", UNNAMED),
    "a first row over the whole width is the table's title": (
        "<tr><td colspan=2><i>Keys</i></tr><tr><th>k<th>v</tr>",
        f"*Keys*\n\n{NAMED}",
    ),
    "names below names": (
        "<tr><th rowspan=2>k<th colspan=2>v</tr><tr><th>x<th>y</tr><tr><td>a<td>1<td>3</tr>",
        f"| k | v<br>x | v<br>y |\n| --- | --- | --- |\n| a | 1 | 3 |\n{ROWS}".replace(
            ROWS, "| a | 1 |  |\n| b | 2 |  |\n"
        ),
    ),
    "the foot comes last": (
        "<thead><tr><th>k<th>v</thead><tfoot><tr><td>sum<td>3</tfoot>",
        f"{NAMED}| sum | 3 |\n",
    ),
}
BLOCKS = {
    "a table in a cell leaves the rows around it together": (
        "<tr><th>k<th>v</tr><tr><td>a<td>x<table><tr><td>p<td>q</table></tr><tr><td>b<td>2</tr>",
        "- k\n\n  v\n\n- a\n\n  x\n\n  |  |  |\n  | --- | --- |\n  | p | q |\n\n- b\n\n  2\n",
    ),
    "of more than two columns each cell says its name": (
        "<tr><th>k<th>v<th>w</tr><tr><td>a<td>1<td><pre>x</pre></tr><tr><td>b<td>2<td></tr>",
        "- k: a\n\n  v: 1\n\n  w:\n\n  ```\n  x\n  ```\n\n- k: b\n\n  v: 2\n",
    ),
    "names with links stay as they are": (
        "<tr><th><a href='u'>k</a><th>v<th>w</tr><tr><td>a<td>1<td><pre>x</pre></tr>",
        "- [k](u)\n\n  v\n\n  w\n\n- a\n\n  1\n\n  ```\n  x\n  ```\n",
    ),
    "many items in a named column are lines of the cell": (
        "<tr><th>k<th>v<th>w</tr><tr><td>a<td>1<td><ul><li>p<li>q<li>r<li>s</ul></tr>",
        "| k | v | w |\n| --- | --- | --- |\n| a | 1 | p<br>q<br>r<br>s |\n",
    ),
}


def markdown(html):
    return convert(html, path="x.html")[1]


@pytest.mark.parametrize("name", HEADERS)
def test_columns_are_named_by(name):
    rows, expected = HEADERS[name]
    assert markdown(f"<table>{rows}{PLAIN}</table>") == expected


@pytest.mark.parametrize("name", BLOCKS)
def test_of_a_table_with_blocks(name):
    rows, expected = BLOCKS[name]
    assert markdown(f"<table>{rows}</table>") == expected


def test_rows_of_turning_colours_have_no_names():
    one, two = ("<tr bgcolor=#eee><td>k<td>v</tr>", "<tr bgcolor=#ddd><td>a<td>1</tr>")
    assert markdown(f"<table>{one}{two}{one}{two}</table>").startswith("|  |  |\n")


def test_anchors_of_rows_and_of_groups_of_rows_are_kept():
    rows = "<tbody id=g><tr id=r><td>a<td id=c>1</tr></tbody>"
    links = "<a href='#g'>1</a><a href='#r'>2</a><a href='#c'>3</a>"
    found = markdown(f"<table>{rows}</table>{links}")
    assert '| <a id="g"></a><a id="r"></a>a | <a id="c"></a>1 |' in found


def test_a_cell_of_several_columns_or_rows_has_its_anchor_once():
    head = "<tr><th rowspan=2 id=k>k<th colspan=2 id=v>v</tr><tr><th>x<th id=y>y</tr>"
    rows = "<tr><td rowspan=2 id=a>a<td>1<td>2</tr><tr><td>3<td>4</tr>"
    links = "".join(f"<a href='#{name}'>{name}</a>" for name in "kvya")
    found = markdown(f"<table>{head}{rows}</table>{links}")
    assert found.startswith(
        '| <a id="k"></a>k | <a id="v"></a>v<br>x | v<br><a id="y"></a>y |\n'
        '| --- | --- | --- |\n| <a id="a"></a>a | 1 | 2 |\n| a | 3 | 4 |\n'
    )


def test_a_table_laid_out_in_divisions_is_one():
    cells = [("table-header", "Name"), ("table-header", "What it does")]
    cells += [
        ("even", "<code>fill</code>"),
        ("even", "<div>Fills it.</div>"),
        ("odd", "<code>dry</code>"),
        ("odd", "Dries it."),
    ]
    divisions = "".join(f"<div class='col {kind}'>{text}</div>" for kind, text in cells)
    expected = (
        "| Name | What it does |\n| --- | --- |\n| `fill` | Fills it. |\n| `dry` | Dries it. |\n"
    )
    html = f"<div class='summary-table two-column-summary'>{divisions}</div>"
    assert convert(html, path="x.html")[1] == expected
    by_role = expected.replace("`fill`", "fill").replace("`dry`", "dry")
    rows = [("columnheader", "Name", "What it does"), ("cell", "fill", "Fills it.")]
    rows.append(("cell", "dry", "Dries it."))
    shown = "".join(
        f"<div role=row><span role={kind}>{a}</span><span role={kind}>{b}</span></div>"
        for kind, a, b in rows
    )
    assert convert(f"<div role=table>{shown}</div>", path="x.html")[1] == by_role


def test_divisions_that_fill_no_rows_stay_text():
    html = "<div class='two-column-summary'><div>a</div><div>b</div><div>c</div></div>"
    assert convert(html, path="x.html")[1] == "a\n\nb\n\nc\n"
