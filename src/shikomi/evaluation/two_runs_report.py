"""A comparison of two runs as plain JSON values, and as one HTML file."""

import dataclasses
from typing import Any

from shikomi.evaluation import study_wording
from shikomi.evaluation.abilities_wording import TEXTS
from shikomi.evaluation.breakdown import LOW_OVERLAP
from shikomi.evaluation.labels import LABELS
from shikomi.evaluation.rendering import render
from shikomi.evaluation.report_data import Answer, QuestionRow
from shikomi.evaluation.two_runs import ArmPair, Run, Switch, TwoRuns
from shikomi.evaluation.two_runs_abilities import pairs_json
from shikomi.evaluation.two_runs_labels import TWO_RUNS
from shikomi.evaluation.two_runs_wording import headline
from shikomi.types import Lang

Table = dict[str, Any]


def to_json(runs: TwoRuns, lang: Lang = "en") -> Table:
    """Shares and differences are 0 to 1; a difference is B less A."""
    head = headline(runs, lang)
    return {
        "a": _run_json(runs.a),
        "b": _run_json(runs.b),
        "finding": head.finding,
        "sentence": head.sentence,
        "statistics": head.statistics,
        "lines": list(head.lines),
        "shared_questions": runs.n_shared,
        "reworded_questions": runs.reworded,
        "other_references": runs.other_reference,
        "arms": {arm.name: _arm_json(arm) for arm in runs.arms},
        "low_overlap": _apart_json(runs),
        "changes": [dataclasses.asdict(change) for change in runs.changes],
        "abilities": pairs_json(runs.abilities),
    }


def to_html(runs: TwoRuns) -> str:
    """In the language of B's report; every text of the user's is escaped."""
    lang = runs.b.report.lang
    rows = [
        (_row(arm.name, each), tag)
        for arm in runs.arms
        for tag, found in (("newly_right", arm.newly_right), ("newly_wrong", arm.newly_wrong))
        for each in found
    ]
    values = {
        "runs": runs,
        "lang": lang,
        "t": LABELS[lang] | TEXTS[lang] | study_wording.TEXTS[lang] | TWO_RUNS[lang],
        "head": headline(runs, lang),
        "rows": rows,
        "tags": {tag: sum(t == tag for _, t in rows) for tag in ("newly_right", "newly_wrong")},
    }
    return render("two_runs.html.j2", values, lang)


def _row(arm: str, switch: Switch) -> QuestionRow:
    """As the report shows a question, with one arm's two answers in the place of the arms."""
    answers = (_named(switch.a, f"{arm} (A)"), _named(switch.b, f"{arm} (B)"))
    return dataclasses.replace(switch.question, answers=answers)


def _named(answer: Answer, name: str) -> Answer:
    return dataclasses.replace(answer, arm=name)


def _run_json(run: Run) -> Table:
    report = run.report
    return {
        "report": run.name,
        "project": report.project,
        "created": report.created,
        "question_source": report.question_source,
        "questions": len(report.questions),
        "arms": list(report.arms),
    }


def _apart_json(runs: TwoRuns) -> Table | None:
    """The shared questions that are like no training question of either run; their arms where
    the sentence counts these alone."""
    if runs.n_apart is None:
        return None
    arms = {arm.name: _difference_json(arm) for arm in runs.apart}
    return {"below": LOW_OVERLAP, "n": runs.n_apart, "is_counted": bool(arms), "arms": arms}


def _arm_json(arm: ArmPair) -> Table:
    return {
        "a": dataclasses.asdict(arm.a),
        "b": dataclasses.asdict(arm.b),
        **_difference_json(arm),
        "newly_right": [_switch_json(each) for each in arm.newly_right],
        "newly_wrong": [_switch_json(each) for each in arm.newly_wrong],
    }


def _difference_json(arm: ArmPair) -> Table:
    contrast, p_holm = arm.difference.contrast, arm.difference.p_holm
    return {
        "correct_a": arm.correct_a,
        "correct_b": arm.correct_b,
        "difference": dataclasses.asdict(contrast) | {"p_holm": p_holm},
    }


def _switch_json(switch: Switch) -> Table:
    row = switch.question
    return {
        "id": row.id,
        "question": row.question,
        "reference": row.reference,
        "page": row.page,
        "a": switch.a.text,
        "b": switch.b.text,
    }
