"""Do the intervals hold what they promise, and do the tests find what is there and nothing else?

    python benchmarks/simulations.py [--simulations 1000] [--seed 1] [--json]

Made-up evaluations of 8, 20 and 60 documents with 2 to 10 questions each. A document has its own
rate of right answers (0.2 to 0.6), and its own gain, within 15 points of the planned one, so that
its questions stand and fall together. A search of 30 points is planted for the share of its gain;
the tuned arm gains nothing, or 20 points.

`coverage`: how often the 95 % interval of the tuned arm against the base holds the truth;
`arm_coverage` the same of an arm's own rate, `share_coverage` of the share of the search's gain.
`found`: how often the gain is found, as the report does: the interval lies above zero and the
Holm-corrected p is below 0.05. At gain 0 these are false positives. `mcnemar`: the corrected p
alone; `any_of_three`: that of any planned contrast. `power_line`: what so many questions should
resolve at 80 % power with the discordance seen.
"""

import argparse
import json

import numpy as np

from shikomi.evaluation.comparison import compare
from shikomi.evaluation.margins import gain_share
from shikomi.evaluation.stats import mean_interval, power_line

DOCUMENTS = (8, 20, 60)
GAINS = (0.0, 0.2)
SEARCH = 0.3
LOW, HIGH, SPREAD = 0.2, 0.6, 0.15
ALPHA = 0.05
RIGHT = np.array(["INCORRECT", "CORRECT"])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--simulations", type=int, default=1000)
    parser.add_argument("--documents", type=int, nargs="*", default=DOCUMENTS)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    rows = [
        {"documents": documents, "gain": gain} | simulate(documents, gain, options)
        for documents in options.documents
        for gain in GAINS
    ]
    if options.json:
        print(json.dumps(rows, indent=1))
        return
    for row in rows:
        print("  ".join(f"{name} {value:.3g}" for name, value in row.items()))


def simulate(documents: int, gain: float, options: argparse.Namespace) -> dict[str, float]:
    rng = np.random.default_rng([options.seed, documents, round(100 * gain)])
    rows = [once(rng, documents, gain, seed) for seed in range(options.simulations)]
    return {name: round(float(np.mean([row[name] for row in rows])), 4) for name in rows[0]}


def once(rng: np.random.Generator, documents: int, gain: float, seed: int) -> dict[str, float]:
    keys = np.repeat(np.arange(documents), rng.integers(2, 11, documents))
    rate = rng.uniform(LOW, HIGH, documents)
    easy = rng.random(len(keys))  # a question that is easy for one arm is easier for all
    base = asked(rng, rate[keys], easy)
    tuned = asked(rng, (rate + gain + rng.uniform(-SPREAD, SPREAD, documents))[keys], easy)
    found = rate + SEARCH + rng.uniform(-0.1, 0.1, documents)
    searched = asked(rng, found[keys], easy)
    arms = {"base": base, "tuned": tuned, "base+rag": base, "tuned+rag": tuned}
    if gain == 0:  # nothing is there to be found in any contrast
        arms["base+rag"] = asked(rng, rate[keys], easy)
        arms["tuned+rag"] = asked(rng, rate[keys], easy)
    result = compare({k: RIGHT[v].tolist() for k, v in arms.items()}, keys.tolist(), seed=seed)
    planned = result.contrast("tuned-base")
    contrast, p = planned.contrast, planned.p_holm
    share = gain_share(*(v.astype(float).tolist() for v in (tuned, searched, base)), keys.tolist())
    arm = mean_interval(base.astype(float).tolist(), keys.tolist())
    return {
        "questions": len(keys),
        "coverage": contrast.low <= gain <= contrast.high,
        "width": contrast.high - contrast.low,
        "found": contrast.low > 0 and p < ALPHA,
        "mcnemar": p < ALPHA,
        "any_of_three": any(each.p_holm < ALPHA for each in result.contrasts),
        "power_line": power_line(len(keys), discordant=contrast.discordance),
        "arm_coverage": arm.low <= (LOW + HIGH) / 2 <= arm.high,
        "share_coverage": share.low is None or share.low <= gain / SEARCH <= share.high,
        "share_known": share.low is not None,
    }


def asked(rng: np.random.Generator, rate: np.ndarray, easy: np.ndarray) -> np.ndarray:
    """0 or 1 a question, right at `rate`; half of the questions by their own easiness alone."""
    chance = np.where(rng.random(len(rate)) < 0.5, easy, rng.random(len(rate)))
    return (chance < rate).astype(int)


if __name__ == "__main__":
    main()
