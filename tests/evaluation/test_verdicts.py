import json
import random

import numpy as np
import pytest

from shikomi.errors import ParseError
from shikomi.evaluation.verdicts import VALUES, agreement, judge_schema, parse_judgement


@pytest.mark.parametrize("wrap", ["{}", "```json\n{}\n```", "\ufeff {}\n"])
def test_a_well_formed_reply_is_read(wrap):
    assert parse_judgement(wrap.replace("{}", json.dumps({"verdict": "INCORRECT"}))) == "INCORRECT"


@pytest.mark.parametrize(
    "reply",
    [
        "",
        "CORRECT",
        "{}",
        '{"verdict": "correct"}',
        '{"verdict": null}',
        '{"verdict": ["CORRECT"]}',
        '{"verdict": "CORRECT", "score": 1}',
        '{"verdict": "CORRECT", "verdict": "INCORRECT"}',
        'Sure: {"verdict": "CORRECT"}',
        '["CORRECT"]',
        "[" * 100_000,
    ],
)
def test_any_other_reply_is_a_parse_error(reply):
    with pytest.raises(ParseError):
        parse_judgement(reply)


def test_the_schema_asks_for_the_verdict_and_nothing_else():
    schema = judge_schema()
    assert list(schema["properties"]) == schema["required"] == ["verdict"]
    assert schema["additionalProperties"] is False


def test_agreement_leaves_unscored_pairs_out_and_corrects_for_chance():
    pairs = [("CORRECT", "CORRECT")] * 20 + [("CORRECT", "INCORRECT")] * 5
    pairs += [("INCORRECT", "CORRECT")] * 10 + [("INCORRECT", "INCORRECT")] * 15
    found = agreement([*pairs, (None, "CORRECT")])
    assert (found.n, found.same, found.share) == (50, 35, 0.7)
    assert found.kappa == pytest.approx(0.4)


def test_kappa_is_unknown_where_chance_always_agrees():
    assert agreement([("CORRECT", "CORRECT")] * 3).kappa is None
    assert agreement([]).n == 0


@pytest.mark.parametrize("seed", range(5))
def test_kappa_agrees_with_statsmodels(seed):
    from statsmodels.stats.inter_rater import cohens_kappa

    rng = random.Random(seed)
    ones = rng.choices(VALUES, [5, 3, 2], k=60)
    pairs = [(one, one if rng.random() < 0.7 else rng.choice(VALUES)) for one in ones]
    table = [[sum(pair == (a, b) for pair in pairs) for b in VALUES] for a in VALUES]
    assert agreement(pairs).kappa == pytest.approx(cohens_kappa(np.array(table)).kappa)
