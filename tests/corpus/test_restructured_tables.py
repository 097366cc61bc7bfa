"""Tables of reStructuredText as tables of Markdown."""

import pytest

from shikomi.corpus.formats import convert

GRID = """
Codes:

+--------+------------------+
| Code   | What it says     |
+========+==================+
| ``K1`` | a fuse is blown, |
|        | or none is in    |
+--------+------------------+
| 灯り   | - red            |
|        | - a|b            |
+--------+------------------+

After.
"""
SIMPLE = """
=====  =========  ======
Code   What       Since
=====  =========  ======
K1     a fuse is
       blown
K2     no oil     2.1, or earlier
=====  =========  ======

After.
"""
LIST = """
.. list-table:: Codes
   :header-rows: 1
   :widths: 10 20

   * - Code
     - What
   * - ``K1``
     - a fuse
       is blown
   * - K2
     -
"""
CSV = """
.. csv-table::
   :header: "Code", "What"

   K1, "a fuse, blown"
"""


def lines(text):
    return [line for line in convert(text.encode(), path="a.rst").markdown.split("\n") if line]


def test_a_grid_becomes_a_table():
    assert lines(GRID) == [
        "Codes:",
        "| Code | What it says |",
        "| --- | --- |",
        "| ``K1`` | a fuse is blown, or none is in |",
        "| 灯り | - red<br>- a\\|b |",
        "After.",
    ]


def test_a_cell_of_several_rows_stands_in_each():
    grid = "+---+---+\n| a | b |\n|   +---+\n| c | d |\n+---+---+\n"
    assert lines(grid)[2:] == ["| a<br>c | b |", "| a<br>c | d |"]


ACROSS = """
+-------+---------------+
| Code  | Oil           |
|       +-------+-------+
|       | least | most  |
+=======+=======+=======+
| K1    | 2     | 3     |
+-------+-------+-------+
| K2    | none at all   |
|       +-------+-------+
|       | 灯    |       |
+-------+-------+-------+
"""
SIMPLE_ACROSS = """
=====  =====  ======
   Inputs     Output
------------  ------
  A      B    A or B
=====  =====  ======
False  False  False
any of these  True
=====  =====  ======
"""


def test_a_cell_of_several_columns_stands_in_the_first_or_names_each():
    assert lines(ACROSS) == [
        "| Code | Oil least | Oil most |",
        "| --- | --- | --- |",
        "| K1 | 2 | 3 |",
        "| K2 | none at all |  |",
        "| K2 | 灯 |  |",
    ]
    assert lines(SIMPLE_ACROSS) == [
        "| Inputs A | Inputs B | Output A or B |",
        "| --- | --- | --- |",
        "| False | False | False |",
        "| any of these |  | True |",
    ]


def test_a_simple_table_becomes_one():
    assert lines(SIMPLE) == [
        "| Code | What | Since |",
        "| --- | --- | --- |",
        "| K1 | a fuse is blown |  |",
        "| K2 | no oil | 2.1, or earlier |",
        "After.",
    ]


def test_a_table_without_a_row_of_names_has_empty_ones():
    table = "===  ===\na    b\nc    d\n===  ===\n"
    assert lines(table) == ["|  |  |", "| --- | --- |", "| a | b |", "| c | d |"]


def test_the_directives_become_tables_below_their_caption():
    assert lines(LIST) == [
        "Codes", "| Code | What |", "| --- | --- |", "| ``K1`` | a fuse is blown |", "| K2 |  |"
    ]  # fmt: skip
    assert lines(CSV) == ["| Code | What |", "| --- | --- |", "| K1 | a fuse, blown |"]


@pytest.mark.parametrize(
    "text",
    [
        "+---+---+\n| a | b |\n|   +---+\n|     c |\n+---+---+",
        ".. csv-table:: T\n   :file: a.csv",
        "+---+",
        "===  ===",
        "+---+---+\n| a | b |",
    ],
)
def test_what_cannot_be_read_stays_as_it_is_written(text):
    assert lines(text) == text.split("\n")
