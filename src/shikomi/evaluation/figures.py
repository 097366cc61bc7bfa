"""Arms and differences as plain JSON values; shares and differences are 0 to 1."""

import dataclasses
from typing import Any

from shikomi.evaluation.comparison import ArmResult, Comparison, ContrastResult
from shikomi.evaluation.margins import GainShare


def comparison_json(comparison: Comparison) -> dict[str, Any]:
    """The arms, their differences, and the share of search's gain that training recovers."""
    return {
        "arms": arms_json(comparison),
        "contrasts": contrasts_json(comparison),
        "share_of_search_gain": _share_json(comparison.recovered),
    }


def arms_json(comparison: Comparison) -> dict[str, Any]:
    return {arm.name: _arm(arm) for arm in comparison.arms}


def contrasts_json(comparison: Comparison) -> dict[str, Any]:
    return {item.name: _contrast(item) for item in comparison.contrasts}


def _arm(arm: ArmResult) -> dict[str, Any]:
    return {
        "n": arm.interval.n,
        "correct": arm.correct,
        "incorrect": arm.incorrect,
        "not_attempted": arm.not_attempted,
        "unscored": arm.interval.n_unscored,
        "mean": arm.interval.mean,
        "low": arm.interval.low,
        "high": arm.interval.high,
    }


def _contrast(item: ContrastResult) -> dict[str, Any]:
    return {
        **dataclasses.asdict(item.contrast),
        "p_holm": item.p_holm,
        "largest_loss_not_excluded": item.contrast.largest_loss,
    }


def _share_json(found: GainShare | None) -> dict[str, Any] | None:
    return None if found is None else dataclasses.asdict(found)
