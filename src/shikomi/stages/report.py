"""Everything so far -> out/report.html and out/report.json."""

import json
from collections import Counter
from collections.abc import Sequence
from datetime import UTC, datetime

from shikomi.config import PLACEBO
from shikomi.dataset.evenly import evenly
from shikomi.evaluation.breakdown import compared_arms
from shikomi.evaluation.report_data import (
    CoverageRow,
    CurvePoint,
    QualityRow,
    QuestionSource,
    ReportData,
    SamplePair,
    StageSeconds,
    UsageRow,
)
from shikomi.files import write_whole
from shikomi.hashing import content_id
from shikomi.stages import (
    abilities,
    answer_labels,
    earlier,
    evaluate,
    finetune,
    funnel,
    holdout,
    nearness,
    opinion,
    quality,
    refused,
    report_notes,
    report_placebo,
    report_rows,
    report_settings,
    report_study,
    review,
    written,
)
from shikomi.stages.arms import arms, side_by_side
from shikomi.stages.context import Context, StageReport
from shikomi.stages.report_rows import Given
from shikomi.store import calls, corpus, progress, results
from shikomi.types import Arm, Lang, Question, Sample, Section

STAGE = "report"
VERSION = 6
HTML = "report.html"
JSON = "report.json"
_N_SAMPLES = 10


def pending(ctx: Context) -> list[str]:
    """All that a report shows, as one subject, if none shows it yet."""
    if evaluate.pending(ctx):
        return ["report"]
    subject = _subject(ctx)
    done = progress.is_done(ctx.store, STAGE, subject, content_id([STAGE, VERSION]))
    there = (ctx.out / HTML).exists() and (ctx.out / JSON).exists()
    return [] if done and there else [subject]


def run(ctx: Context) -> StageReport:
    if not pending(ctx):
        return StageReport()
    from shikomi.evaluation import report

    data = collect(ctx)
    figures = json.dumps(report.to_json(data), ensure_ascii=False, indent=2)
    write_whole(ctx.out / JSON, figures.encode())
    write_whole(ctx.out / HTML, report.to_html(data).encode())
    progress.mark(ctx.store, STAGE, _subject(ctx), content_id([STAGE, VERSION]))
    return StageReport(done=1, summary="\n".join(report.statement(data, "en")))


def collect(ctx: Context) -> ReportData:
    """The report's content, read from the store."""
    questions, answered, lang = holdout.held_out(ctx), evaluate.answered(ctx), main_lang(ctx)
    given, tasks = _responses(ctx), abilities.items(ctx)
    rows = report_rows.rows(ctx, questions, given, near=nearness.nearest(ctx, questions))
    return ReportData(
        project=ctx.config.project.root or ctx.config.project.name,
        lang=lang,
        created=datetime.now(UTC).date().isoformat(),
        question_source=_source(questions),
        comparison=compared_arms(rows, list(given), further=_further(arms(ctx))),
        questions=rows,
        funnel=funnel.steps(ctx),
        rejections=funnel.rejections(ctx),
        quality=tuple(
            QualityRow(check=check, share=share) for check, share in quality.figures(ctx).items()
        ),
        curve=_curve(ctx),
        usage=_usage(ctx),
        seconds=tuple(
            StageSeconds(stage=stage, seconds=seconds)
            for stage, seconds in results.stage_seconds(ctx.store).items()
        ),
        coverage=_coverage(ctx),
        settings=report_settings.collect(ctx),
        notes=report_notes.collect(ctx, lang, rows, tasks),
        caveats=report_notes.caveats(ctx, lang),
        agreement=opinion.agreement(ctx, answered, evaluate.SCORER),
        further_agreements=opinion.further_agreements(ctx, answered, evaluate.SCORER),
        placebo=report_placebo.collect(ctx),
        calibrations=opinion.calibrations(ctx, answered, evaluate.SCORER),
        samples=_samples(ctx),
        abilities=tasks,
        beside=report_study.beside(ctx),
        study=report_study.collect(ctx),
    )


def _subject(ctx: Context) -> str:
    answered = [[r.id for r in found.values()] for found in _responses(ctx).values()]
    scorers = [opinion.scorer(ctx, judge) for judge in opinion.judges(ctx)]
    judged = [results.verdicts(ctx.store, each) for each in scorers]
    known = sorted(answer_labels.known(ctx).items())
    done = [sorted(r.id for r in abilities.given(ctx, arm).values()) for arm in arms(ctx)]
    parts = [
        holdout.fingerprint(ctx),
        sorted(map(sorted, answered)),
        judged,
        known,
        funnel.steps(ctx),
    ]
    parts += [done] if any(done) else []
    parts += [aside] if (aside := sorted(refused.for_good(ctx))) else []
    return content_id([*parts, *quality.figures(ctx).items(), *report_study.state(ctx)])


def _responses(ctx: Context) -> Given:
    return {arm.name: evaluate.given(ctx, arm) for arm in side_by_side(ctx)}


def main_lang(ctx: Context) -> Lang:
    """That of most sections: the one that people are told things in."""
    langs = Counter(section.lang for section in corpus.current_sections(ctx.store))
    return langs.most_common(1)[0][0] if langs else "en"


def _source(questions: Sequence[Question]) -> QuestionSource:
    kinds = {question.kind for question in questions}
    if len(kinds) > 1:
        return "mixed"
    return "user" if kinds == {"user"} else "self-made"


def _further(found: Sequence[Arm]) -> list[tuple[str, str]]:
    """The contrasts of what a project adds: the tuned model against the base with what an oracle
    gives, and against each other model that has the like."""
    own = [arm for arm in found if arm.role == "student"]
    tuned = {arm.context: arm.name for arm in own if arm.is_tuned}
    base = [arm for arm in own if arm.context == "oracle" and not arm.is_tuned]
    others = [*base, *(arm for arm in found if arm.role not in ("student", PLACEBO))]
    return [(tuned[arm.context], arm.name) for arm in others if arm.context in tuned]


def _curve(ctx: Context) -> tuple[CurvePoint, ...]:
    job = finetune.tuned_job(ctx)
    found = results.metrics(ctx.store, job.id) if job else []
    return tuple(
        CurvePoint(step=m.step, loss=m.loss, token_accuracy=m.token_accuracy) for m in found
    )


def _usage(ctx: Context) -> tuple[UsageRow, ...]:
    """What models cost that are the project's no longer is spent all the same: one row a stage."""
    merged: dict[tuple[str, str | None], list[calls.CostLine]] = {}
    is_earlier = earlier.is_earlier(ctx)
    for line in calls.costs(ctx.store):
        model = None if is_earlier(line.model) else line.model
        merged.setdefault((line.stage, model), []).append(line)
    return tuple(
        UsageRow(
            stage=stage,
            model=model,
            calls=sum(line.calls for line in lines),
            input_tokens=sum(line.input_tokens for line in lines),
            cached_tokens=sum(line.cached_tokens for line in lines),
            output_tokens=sum(line.output_tokens for line in lines),
            cost_nanousd=None
            if any(line.n_unpriced for line in lines)
            else sum(line.cost_nanousd for line in lines),
        )
        for (stage, model), lines in merged.items()
    )


def _coverage(ctx: Context) -> tuple[CoverageRow, ...]:
    counts = _by_section(review.reviewed(ctx).pairs)
    texts = _by_section(written.kept(ctx))
    return tuple(
        CoverageRow(
            page=section.path,
            section=section.headings[-1] if section.headings else section.path,
            pairs=counts[section.id],
            texts=texts[section.id],
        )
        for section in corpus.current_sections(ctx.store)
    )


def _by_section(found: Sequence[Sample]) -> Counter[str]:
    return Counter(each for sample in found for each in sample.section_ids)


def _samples(ctx: Context) -> tuple[SamplePair, ...]:
    sections = corpus.sections_by_id(ctx.store)
    pairs = [sample for sample in review.reviewed(ctx).pairs if sample.view != "lookup"]
    return tuple(_pair(sample, sections) for sample in evenly(pairs, _N_SAMPLES))


def _pair(sample: Sample, sections: dict[str, Section]) -> SamplePair:
    section = sections[sample.section_ids[0]]
    return SamplePair(question=sample.question, answer=sample.answer, section=section.place)
