from made import extract, section

from shikomi.dataset import plan


def asked(text, *, per_fact):
    found = plan.batches(
        section(text), extract(text), size=1, turns=1, per_fact=per_fact, per_row=1
    )
    return [goal.target for batch in found for goal in batch.goals]


def test_a_fact_is_asked_for_so_many_of_its_values():
    assert asked("The lamp fades in 4 seconds at 3 A on port 7316.", per_fact=2) == [
        "4 seconds",
        "3 A",
    ]


def test_sentences_that_lean_on_one_another_are_asked_about_like_as_many():
    text = "Seat is the number of a session. It holds for 210 minutes. It is renewed at 187."
    assert asked(text, per_fact=1) == ["210 minutes", "187"]


def test_the_systems_own_name_is_not_asked_for():
    assert asked("The hall is lit by the Lumenbox lamps.", per_fact=2) == [None]
