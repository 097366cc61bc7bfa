"""The report: one HTML file that needs nothing else, and the same figures as JSON."""

import dataclasses
from collections import Counter
from collections.abc import Iterable, Iterator
from typing import Any

from shikomi.evaluation import (
    abilities_wording,
    breakdown,
    counted_wording,
    doubts,
    markers,
    study,
    study_wording,
)
from shikomi.evaluation.abilities import measured
from shikomi.evaluation.breakdown import Group
from shikomi.evaluation.comparison import PLANNED, Comparison
from shikomi.evaluation.counted import Counted, counted, headline_json
from shikomi.evaluation.figures import comparison_json
from shikomi.evaluation.labels import LABELS, METHOD
from shikomi.evaluation.plots import SMOOTHED_FROM, arms_svg, curve_svg
from shikomi.evaluation.rendering import render
from shikomi.evaluation.report_data import (
    CurvePoint,
    PlaceboTraining,
    QuestionRow,
    ReportData,
    UsageRow,
)
from shikomi.evaluation.stats import power_line
from shikomi.evaluation.wording import Finding, Headline, headline, points
from shikomi.terms import TERMS
from shikomi.types import Lang

_COARSE_BELOW = 400
_LIKE = 0.1  # training tokens that differ by less are as good as equal


def to_json(data: ReportData) -> dict[str, Any]:
    """The report's figures as plain JSON values; shares and differences are 0 to 1."""
    basis = counted(data.comparison, data.questions)
    head = _head(basis, data, data.lang)
    n = max((result.contrast.n for result in data.comparison.contrasts), default=0)
    found = measured(data.abilities)
    return {
        "project": data.project,
        "lang": data.lang,
        "created": data.created,
        "question_source": data.question_source,
        "finding": head.finding,
        "sentence": head.sentence,
        "statistics": head.statistics,
        "lines": [*_warnings(data), *_under(head, data, basis)],
        "headline": headline_json(basis),
        "resolvable_difference": power_line(n),
        **comparison_json(data.comparison),
        "low_overlap": _low_overlap(basis),
        "questions": [dataclasses.asdict(row) for row in data.questions],
        "questions_beside": [dataclasses.asdict(row) for row in data.beside],
        "paraphrases": study.paraphrases_json(data.beside),
        "study": study.study_json(data.study) if data.study else None,
        "funnel": {row.step: row.count for row in data.funnel},
        "rejections": [dataclasses.asdict(row) for row in data.rejections],
        "quality": {row.check: dataclasses.asdict(row.share) for row in data.quality},
        "curve": [dataclasses.asdict(point) for point in data.curve],
        "tokens": [dataclasses.asdict(row) for row in data.usage],
        "totals": _totals(data.usage),
        "seconds": {row.stage: row.seconds for row in data.seconds},
        "coverage": [dataclasses.asdict(row) for row in data.coverage],
        "settings": {group.title: dict(group.rows) for group in data.settings},
        **markers.to_json(data),
        "placebo": dataclasses.asdict(data.placebo) if data.placebo else None,
        "notes": list(data.notes),
        "abilities": abilities_wording.to_json(found, data.lang) if found else None,
    }


def to_html(data: ReportData) -> str:
    """The report as one HTML document; every text of the user's is escaped."""
    return render("report.html.j2", _page(data), data.lang)


def statement(data: ReportData, lang: Lang) -> tuple[str, ...]:
    """What the report says first, in a language of one's choice: a line for everybody, and one of
    statistics where anything was measured."""
    head = _head(counted(data.comparison, data.questions), data, lang)
    return tuple(filter(None, (head.sentence, head.statistics)))


def _page(data: ReportData) -> dict[str, Any]:
    texts = LABELS[data.lang] | abilities_wording.TEXTS[data.lang] | study_wording.TEXTS[data.lang]
    says = counted_wording.COUNTED[data.lang]
    found = measured(data.abilities)
    basis = counted(data.comparison, data.questions)
    head = _head(basis, data, data.lang)
    return {
        "data": data,
        "counted": basis,
        "t": texts,
        "abilities": found,
        "abilities_head": abilities_wording.headline(found, data.lang) if found else None,
        "changed": [item.row for item in data.abilities if _tag(item.row).startswith("newly")],
        "head": head,
        "warnings": _warnings(data),
        "lines": _under(head, data, basis),
        "part_of": says["part"].format(n=basis.n_apart, of=basis.n_all),
        "every": says["every"].format(of=basis.n_all),
        "arms_svg": arms_svg(basis.comparison.arms, texts["arms_plot"]),
        "curve_svg": curve_svg(data.curve, texts["curve_plot"]) if data.curve else "",
        "curve_axis": _curve_axis(data.curve),
        "is_smoothed": len(data.curve) >= SMOOTHED_FROM,
        "groups": _groups(data),
        "terms": TERMS[data.lang],
        "rows": _tagged(data),
        "tags": _tags(data),
        "paraphrases": study.paraphrases(data.beside),
        "study": data.study,
        "levels": study.by_level(data.study) if data.study else [],
        "widest": max((row.count for row in data.funnel if row.step != "taught"), default=0) or 1,
        "longest": max((row.seconds for row in data.seconds), default=0) or 1,
        "totals": _totals(data.usage),
        "covered": _coverage(data),
        "method": _method(data, basis),
    }


def _curve_axis(curve: Iterable[CurvePoint]) -> str:
    """The key of what the plot shows."""
    knows = any(point.token_accuracy is not None for point in curve)
    return "curve_axis" if knows else "curve_axis_loss"


def _head(basis: Counted, data: ReportData, lang: Lang) -> Headline[Finding]:
    return headline(basis.comparison, data.question_source, lang, is_apart=basis.is_part)


def _warnings(data: ReportData) -> list[str]:
    """Without which the headline would mislead."""
    texts = METHOD[data.lang]
    warned = [*data.caveats, *markers.warnings(data, texts)]
    if data.placebo and abs(data.placebo.difference) > _LIKE:
        warned.append(_amounts(data.placebo, texts["placebo_unlike"]))
    return warned


def _under(head: Headline[Finding], data: ReportData, basis: Counted) -> list[str]:
    """The lines below the headline's sentence, after those that warn."""
    said = counted_wording.line(basis, data.lang)
    pages = frozenset(row.page for row in data.coverage)
    doubted = doubts.lines(basis.comparison, data.questions, pages, data.lang)
    return [*([said] if said else []), *head.lines, *doubted]


def _amounts(found: PlaceboTraining, text: str) -> str:
    return text.format(
        project=found.project,
        tokens=f"{found.tokens:,}",
        tuned=f"{found.tuned_tokens:,}",
        percent=points(found.difference),
    )


_TAGS = ("newly_right", "newly_wrong", "wrong_in_all")


def _tag(row: QuestionRow) -> str:
    right = {
        answer.arm: answer.verdict == "CORRECT"
        for answer in row.answers
        if answer.verdict is not None
    }
    if right and not any(right.values()):
        return "wrong_in_all"
    pair = (right.get("base"), right.get("tuned"))
    if pair == (False, True):
        return "newly_right"
    return "newly_wrong" if pair == (True, False) else ""


def _tagged(data: ReportData) -> list[tuple[QuestionRow, str]]:
    """Every question with what it can be found by: how its answers differ, for those that the
    headline counts, and its level and who wrote it where there are several."""
    several = {row.kind for row in data.questions} - {""}
    counted = [
        (row, [_tag(row), *_unscored(row), row.kind if len(several) > 1 else "",
               row.level if data.beside else ""])
        for row in data.questions
    ]  # fmt: skip
    tagged = [(row, " ".join(filter(None, tags))) for row, tags in counted]
    return [*tagged, *((row, row.level) for row in data.beside)]


def _unscored(row: QuestionRow) -> list[str]:
    return ["unscored"] if any(answer.verdict is None for answer in row.answers) else []


def _tags(data: ReportData) -> dict[str, int]:
    """How many questions there are of each."""
    found = Counter(tag for _, tags in _tagged(data) for tag in tags.split())
    return {tag: found[tag] for tag in (*_TAGS, *sorted(found.keys() - {*_TAGS}))}


def _groups(data: ReportData) -> dict[str, list[Group]]:
    """By the key of its title; the tables that have something to tell."""
    arms = [arm.name for arm in data.comparison.arms]
    found = {
        "by_page": breakdown.by_page(data.questions, arms),
        "by_origin": breakdown.by_origin(data.questions, arms),
        "by_language": breakdown.by_language(data.questions, arms),
        "by_kind": breakdown.by_kind(data.questions, arms),
        "by_nearness": breakdown.by_nearness(data.questions, arms),
    }
    return {title: groups for title, groups in found.items() if groups}


def _low_overlap(found: Counted) -> dict[str, Any] | None:
    """The questions that are put otherwise than all that was taught, apart."""
    if found.n_apart is None:
        return None
    figures = comparison_json(found.apart or Comparison(arms=(), contrasts=()))
    return {"below": breakdown.LOW_OVERLAP, "n": found.n_apart, **figures}


def _coverage(data: ReportData) -> list[dict[str, Any]]:
    pages: dict[str, dict[str, Any]] = {}
    for row in data.coverage:
        page = pages.setdefault(
            row.page, {"page": row.page, "n": 0, "pairs": 0, "texts": 0, "bare": []}
        )
        page["n"] += 1
        page["pairs"] += row.pairs
        page["texts"] += row.texts
        if row.pairs == 0:
            page["bare"].append(row.section)
    return list(pages.values())


def _method(data: ReportData, basis: Counted) -> list[str]:
    texts = METHOD[data.lang]
    n = max((arm.interval.n for arm in basis.comparison.arms), default=0)
    lines = [texts["arms"]]
    lines += [texts["oracle"]] if data.comparison.arm("tuned+oracle") else []
    lines += [_amounts(data.placebo, texts["placebo"])] if data.placebo else []
    lines += [texts[data.question_source]]
    if basis.n_apart is not None:
        lines.append(counted_wording.method_line(data.lang))
    lines.append(texts["scoring"])
    lines += _contrast_lines(basis.comparison, texts)
    lines += [texts["small"].format(n=n)] if n < _COARSE_BELOW else []
    return [*lines, *markers.lines(data, texts)]


def _contrast_lines(comparison: Comparison, texts: dict[str, str]) -> Iterator[str]:
    methods = {item.contrast.method for item in comparison.contrasts}
    yield from (texts[method] for method in ("bootstrap", "t") if method in methods)
    if methods:
        yield texts["test"]
    if any((item.arm, item.against) not in PLANNED for item in comparison.contrasts):
        yield texts["further"]
    if comparison.recovered and comparison.recovered.share is not None:
        yield texts["recovered"]


def _totals(usage: Iterable[UsageRow]) -> dict[str, int | None]:
    rows = list(usage)
    costs = [row.cost_nanousd for row in rows if row.cost_nanousd is not None]
    return {
        "calls": sum(row.calls for row in rows),
        "input_tokens": sum(row.input_tokens for row in rows),
        "cached_tokens": sum(row.cached_tokens for row in rows),
        "output_tokens": sum(row.output_tokens for row in rows),
        "cost_nanousd": sum(costs) if len(costs) == len(rows) else None,
    }
