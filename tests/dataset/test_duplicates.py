from made import sample

from shikomi.dataset import duplicates


def dropped(*questions, threshold=0.97):
    samples = [sample(question) for question in questions]
    names = {each.id: each.question for each in samples}
    return {
        names[d.sample_id]: names[d.of_sample_id]
        for d in duplicates.find(samples, threshold=threshold)
    }


OTHERS = [f"What does the {word} of a Lumenbox do?" for word in ("horn", "fuse", "wheel", "lamp")]


def test_a_question_that_differs_in_case_and_signs_is_a_near_duplicate():
    first = "How long does the Lumenbox fade?"
    assert dropped(*OTHERS, first, "how long does the lumenbox fade") == {
        "how long does the lumenbox fade": first
    }


def test_questions_about_sibling_codes_are_both_kept():
    assert dropped(*(f"In Lumenbox, what does the code LB-{i} mean?" for i in range(10, 40))) == {}


def test_japanese_siblings_are_both_kept_and_twins_are_not():
    assert dropped("Lumenboxの反射板は何日ごとに拭きますか？",
                   "Lumenboxの反射鏡は何日ごとに拭きますか？",
                   "Lumenboxの反射板は、何日ごとに拭きますか。") == {
        "Lumenboxの反射板は、何日ごとに拭きますか。": "Lumenboxの反射板は何日ごとに拭きますか？"
    }  # fmt: skip


def test_every_twin_points_at_a_kept_question():
    twins = ["How hot?", "how hot", "How hot!", "HOW HOT"]
    assert set(dropped(*OTHERS, *twins).values()) == {"How hot?"}


def test_each_says_how_near_it_is():
    found = duplicates.find([sample("How hot is it?"), sample("how hot is it")], threshold=0.9)
    assert round(found[0].similarity, 6) == 1.0


def test_no_questions_have_no_duplicates():
    assert duplicates.find([], threshold=0.5) == []
    assert dropped("?", "!") == {}
