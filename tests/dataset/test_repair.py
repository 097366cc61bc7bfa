from dataclasses import replace

import pytest
from made import fact

from shikomi.dataset import repair
from shikomi.dataset.plan import Goal

GOAL = Goal(fact=fact("The lamp fades in 40 s."), target="40 s")


def test_an_answer_with_its_target_stays_as_it_is():
    assert repair.answer("It takes 40 s to fade.", GOAL) == "It takes 40 s to fade."


def test_an_answer_without_its_target_gives_way_to_the_statement():
    assert repair.answer("It fades slowly.", GOAL) == "The lamp fades in 40 s."


def test_where_no_answer_was_written_the_fact_answers_in_its_own_words():
    assert repair.answer("", replace(GOAL, target=None)) == "The lamp fades in 40 s."


def test_an_example_answers_with_its_code_in_its_fence():
    code = "```\nlamp --fade 40\n```"
    example = replace(GOAL.fact, kind="example", statement="lamp --fade 40", evidence=code)
    assert repair.answer("", Goal(fact=example, target=None)) == code


def test_a_row_answers_with_its_cells_and_their_columns():
    assert repair.answer("", GOAL, of_row="Lamp: fades - 40 s.") == "Lamp: fades - 40 s."
    assert repair.answer("In 40 s.", GOAL, of_row="Lamp: fades - 40 s.") == "In 40 s."


@pytest.mark.parametrize(
    ("statement", "alone"),
    [
        ("However, the lamp fades in 40 s.", "The lamp fades in 40 s."),
        ("But the lamp fades in 40 s.", "The lamp fades in 40 s."),
        ("Therefore, fade_time is 40 s.", "fade_time is 40 s."),
        ("And-gates fade in 40 s.", "And-gates fade in 40 s."),
        ("Unless it is hot, the lamp fades.", "Unless it is hot, the lamp fades."),
        ("しかし、灯りは40秒で消える。", "灯りは40秒で消える。"),
        ("また灯りは40秒で消える。", "灯りは40秒で消える。"),
        ("または40秒で消える。", "または40秒で消える。"),
        ("しかも40秒で消える。", "しかも40秒で消える。"),
        ("ただし、熱いと消えない。", "ただし、熱いと消えない。"),
        ("したがって、灯りは消える。", "灯りは消える。"),
        ("上述したように、灯りは消える。", "灯りは消える。"),
        ("前述のとおり、灯りは消える。", "灯りは消える。"),
        ("上述の灯りは消える。", "上述の灯りは消える。"),
        ("As mentioned above, the lamp fades.", "The lamp fades."),
        ("As described in B.2, the lamp fades.", "As described in B.2, the lamp fades."),
    ],
)
def test_a_statement_answers_without_what_ties_it_to_the_one_before(statement, alone):
    assert repair.answer("", Goal(fact=fact(statement), target=None)) == alone
