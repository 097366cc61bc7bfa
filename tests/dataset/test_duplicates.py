import math
import random
from collections import Counter

import pytest
from made import sample

from shikomi.dataset import duplicates
from shikomi.text import grams


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


def test_questions_that_are_the_same_but_for_signs_reach_even_a_threshold_of_one():
    questions = [f"How hot is a {word} in the Lumenbox?" for word in WORDS]
    again = [question.upper() for question in questions]
    assert dropped(*questions, *again, threshold=1.0) == dict(zip(again, questions, strict=True))


WORDS = ("amber", "barrel", "cedar", "dormer", "ember", "fennel", "girder")


def made_up_questions(n, seed):
    """Few words in few forms, so that questions of every nearness come up."""
    chance = random.Random(seed)
    forms = ["What {} the {} of a {}?", "A {} and a {}: {}?", "{}が{}のとき{}は何ですか？"]
    return [chance.choice(forms).format(*chance.choices(WORDS, k=3)) for _ in range(n)]


def cosines(questions):
    """Of all pairs, by the textbook."""
    counts = [grams(question) for question in questions]
    frequency = Counter(gram for count in counts for gram in count)
    idf = {g: math.log((1 + len(counts)) / (1 + df)) + 1 for g, df in frequency.items()}
    rows = [{gram: n * idf[gram] for gram, n in count.items()} for count in counts]
    rows = [{g: w / math.hypot(*row.values()) for g, w in row.items()} for row in rows]
    return [[sum(w * other.get(g, 0) for g, w in row.items()) for other in rows] for row in rows]


@pytest.mark.parametrize("threshold", [0.2, 0.5, 0.8, 0.97])
def test_none_is_missed_and_none_is_found_that_comparing_all_with_all_does_not_find(threshold):
    samples = [sample(question, fact_ids=(str(i),))
               for i, question in enumerate(made_up_questions(300, seed=4))]  # fmt: skip
    nearness = cosines([each.question for each in samples])
    kept, wanted = [], {}
    for i in range(len(samples)):
        best = max(kept, key=lambda j: (round(nearness[i][j], 6), -j), default=None)
        if best is not None and nearness[i][best] >= threshold:
            wanted[samples[i].id] = samples[best].id
        else:
            kept.append(i)
    found = duplicates.find(samples, threshold=threshold)
    assert {d.sample_id: d.of_sample_id for d in found} == wanted and len(wanted) > 10


@pytest.mark.parametrize("threshold", [0.5, 0.9])
def test_twins_among_others_are_those_that_comparing_all_with_all_finds(threshold):
    samples = [sample(question, fact_ids=(str(i),))
               for i, question in enumerate(made_up_questions(300, seed=5))]  # fmt: skip
    nearness = cosines([each.question for each in samples])
    of, others = samples[:60], samples[60:]
    wanted = {others[i].id for i in range(240) if max(nearness[60 + i][:60]) >= threshold}
    found = duplicates.twins(others, of, threshold=threshold)
    assert {each.sample_id for each in found} == wanted and 5 < len(wanted) < 240
