"""How questions are spread over what a plan distributes them by."""

from collections import Counter
from collections.abc import Mapping, Sequence

from shikomi.dataset.chat import PAIRS
from shikomi.types import Fact, Sample

NONE = "none"  # a first wording has no style, and nobody in particular asks it

Spread = dict[str, dict[str, int]]


def spread(samples: Sequence[Sample], facts: Mapping[str, Fact]) -> Spread:
    """How many pairs there are by "type" (the kind of the fact), "style", "persona" and
    "direction", the most frequent first."""
    asked = [sample for sample in samples if sample.view in PAIRS]
    told = [(sample, sample.phrasing) for sample in asked]
    found = {
        "type": (_kind(sample, facts) for sample in asked),
        "style": (how.style for _, how in told),
        "persona": (how.persona for _, how in told),
        "direction": (how.direction for _, how in told),
    }
    counts = {by: Counter(each or NONE for each in each_has) for by, each_has in found.items()}
    return {by: dict(counter.most_common()) for by, counter in counts.items()}


def _kind(sample: Sample, facts: Mapping[str, Fact]) -> str | None:
    """None where a pair was written about a whole page."""
    return facts[sample.fact_ids[0]].kind if len(sample.fact_ids) == 1 else None
