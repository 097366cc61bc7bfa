"""Labelled pairs of questions about the example documents, and floors for what becomes of them.

"near" pairs say the same in all but the same words, and the second must go; "paraphrase" (the same
in other words, which is wanted), "sibling" (the same form, another entry) and "number" pairs stay.
"""

import json
from collections import Counter
from pathlib import Path

import pytest
from made import sample

from shikomi.config import DeduplicatePart
from shikomi.dataset import duplicates

PAIRS = [
    json.loads(line)
    for line in (Path(__file__).parent / "question_pairs.jsonl").read_text("utf-8").splitlines()
]
THRESHOLD = DeduplicatePart().threshold
PRECISION_FLOOR = 1.0
RECALL_FLOOR = {"en": 0.5, "ja": 0.58}


@pytest.fixture(scope="module")
def dropped():
    """Each question that went, with the one that it went for."""
    questions = dict.fromkeys(pair[side] for side in ("first", "second") for pair in PAIRS)
    known = [sample(question) for question in questions]
    said = {each.id: each.question for each in known}
    return {
        said[found.sample_id]: said[found.of_sample_id]
        for found in duplicates.find(known, threshold=THRESHOLD)
    }


def test_there_are_ten_pairs_of_each_kind_in_each_language():
    counts = Counter((pair["lang"], pair["kind"]) for pair in PAIRS)
    kinds = ("near", "paraphrase", "sibling", "number")
    assert counts.keys() == {(lang, kind) for lang in ("en", "ja") for kind in kinds}
    assert min(counts.values()) >= 10


@pytest.mark.parametrize("lang", ["en", "ja"])
def test_near_identical_wordings_go_as_often_as_ever(dropped, lang):
    near = [pair for pair in PAIRS if (pair["kind"], pair["lang"]) == ("near", lang)]
    found = [dropped.get(pair["second"]) == pair["first"] for pair in near]
    assert sum(found) / len(found) >= RECALL_FLOOR[lang]


def test_paraphrases_siblings_and_numeric_variants_stay(dropped):
    near = {pair["second"] for pair in PAIRS if pair["kind"] == "near"}
    right = sum(question in near for question in dropped)
    assert right / len(dropped) >= PRECISION_FLOOR, dropped.keys() - near
