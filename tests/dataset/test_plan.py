from made import extract, fact, section

from shikomi.dataset import plan


def planned(text, *, per_fact):
    return plan.planned(section(text), extract(text), per_fact=per_fact, per_row=1)


def asked(text, *, per_fact):
    found = plan.batches(section(text), planned(text, per_fact=per_fact), size=1, turns=1)
    return [goal.target for batch in found for goal in batch.goals]


def test_of_too_many_goals_each_fact_has_its_first_one_before_any_has_a_second():
    text = "".join(f"- The lamp fades in {n} seconds at {n} A.\n" for n in range(2, 8))
    goals = planned(text, per_fact=2)
    assert [goal.target for goal in plan.some(goals, 7)] == [
        "2 seconds", "2 A", "3 seconds", "4 seconds", "5 seconds", "6 seconds", "7 seconds",
    ]  # fmt: skip
    assert [goal.target for goal in plan.some(goals, 3)] == ["2 seconds", "4 seconds", "6 seconds"]
    assert plan.some(goals, 99) == goals


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


def direction(text, kind="statement", target=None):
    return plan.direction(plan.Goal(fact=fact(text, kind), target=target))


def test_what_a_fact_is_about_is_asked_for_the_other_way_round():
    assert direction("LB-17 says that the fuse is blown.", target="LB-17") == "reverse"
    assert direction("The fuse blows at 3 A.", target="3 A") == "forward"
    assert direction("| LB-17 | the fuse is blown |", "row", "LB-17") == "reverse"
    assert direction("| LB-17 | the fuse is blown |", "row", "the fuse is blown") == "forward"
    assert direction("The fuse blows.") == "forward"


def test_personas_take_turns_in_every_section_and_turn():
    text = " ".join(f"The lamp {chr(65 + n)}{n} fades in {n + 2} seconds." for n in range(12))
    found = list(plan.batches(section(text), planned(text, per_fact=1), size=1, turns=2))
    assert len(found) == 24
    for wording in (0, 1):
        for turn in (0, 1):
            who = [plan.taken_in_turn(b, wording, 6) for b in found if b.turn == turn]
            assert sorted(who) == sorted([*range(6)] * 2)
    assert all(plan.taken_in_turn(b, 0, 6) != plan.taken_in_turn(b, 1, 6) for b in found)
