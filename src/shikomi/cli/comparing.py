"""`shikomi compare`: two runs side by side."""

from collections.abc import Iterator
from itertools import groupby
from pathlib import Path

from shikomi.errors import UserError
from shikomi.evaluation import report_file, two_runs_report
from shikomi.evaluation.abilities_wording import TEXTS
from shikomi.evaluation.rendering import percent
from shikomi.evaluation.report_file import ArmFigures
from shikomi.evaluation.two_runs import ArmPair, Change, Run, Switch, TwoRuns, compare_runs
from shikomi.evaluation.two_runs_abilities import AbilityPair
from shikomi.evaluation.two_runs_wording import headline
from shikomi.evaluation.wording import p_text, points
from shikomi.files import write_whole
from shikomi.stages import report

_MOST_SHOWN = 10  # switched answers of an arm; --json and --html have all of them
_WIDEST = 100


def compared(a: Path, b: Path) -> TwoRuns:
    """Raises UserError: there is no report in one of them, or nothing to compare."""
    return compare_runs(_run(a), _run(b))


def write_html(runs: TwoRuns, file: Path) -> str:
    write_whole(file, two_runs_report.to_html(runs).encode())
    return f"wrote {file}"


def _run(path: Path) -> Run:
    file = _file(path)
    try:
        data = file.read_bytes()
    except OSError as error:
        raise UserError(f"cannot read {file}: {error.strerror or error}") from None
    return Run(name=str(path), report=report_file.parse(data, name=str(file)))


def _file(path: Path) -> Path:
    if not path.exists():
        raise UserError(f"there is no {path}: name a project's folder, or its {report.JSON}")
    if not path.is_dir():
        return path
    places = (path / "out" / report.JSON, path / report.JSON)
    found = next((file for file in places if file.exists()), None)
    if found is None:
        raise UserError(f"{path} has no report yet: `shikomi report -p {path}` writes it")
    return found


def lines(runs: TwoRuns) -> str:
    head = headline(runs, "en")
    return "\n".join(
        [
            *(_run_line(name, run) for name, run in (("A", runs.a), ("B", runs.b))),
            "",
            head.sentence,
            *head.lines,
            "",
            *_arm_lines(runs.arms),
            *_apart_lines(runs.apart),
            *_ability_lines(runs.abilities),
            *_change_lines(runs.changes),
            *(line for arm in runs.arms for line in _switch_lines(arm)),
        ]
    )


def _run_line(name: str, run: Run) -> str:
    found = run.report
    source = {"user": "of your own", "self-made": "self-made", "mixed": "partly self-made"}
    kind = source[found.question_source]
    return (
        f"{name}  {run.name}  ({found.project}, {found.created},"
        f" {len(found.questions)} questions, {kind})"
    )


def _arm_lines(arms: tuple[ArmPair, ...]) -> Iterator[str]:
    yield (
        f"{'arm':<12} {'A':<24} {'B':<24} {'both':>5} {'points':>7} {'95 % interval':>14}"
        f" {'p (Holm)':>8} {'newly right':>12} {'newly wrong':>12}"
    )
    for arm in arms:
        found = arm.difference.contrast
        row = f"{arm.name:<12} {_share(arm.a):<24} {_share(arm.b):<24} {found.n:>5}"
        if found.n:
            interval = f"{points(found.low)} to {points(found.high)}"
            row += (
                f" {points(found.mean):>7} {interval:>14} {p_text(arm.difference.p_holm):>8}"
                f" {found.better:>12} {found.worse:>12}"
            )
        yield row


def _apart_lines(arms: tuple[ArmPair, ...]) -> Iterator[str]:
    if not arms:
        return
    head = f"{'like no training question':<34} {'A':>4} {'B':>4} {'both':>5}"
    yield f"\n{head} {'points':>7} {'95 % interval':>14} {'p (Holm)':>8}"
    for arm in arms:
        found = arm.difference.contrast
        row = f"{arm.name:<34} {arm.correct_a:>4} {arm.correct_b:>4} {found.n:>5}"
        interval = f"{points(found.low)} to {points(found.high)}"
        yield f"{row} {points(found.mean):>7} {interval:>14} {p_text(arm.difference.p_holm):>8}"


def _ability_lines(pairs: tuple[AbilityPair, ...]) -> Iterator[str]:
    if not pairs:
        return
    head = f"{'tuned, tasks':<34} {'A':>4} {'B':>4} {'both':>5}"
    yield f"\n{head} {'points':>7} {'95 % interval':>14}"
    for pair in pairs:
        found = pair.difference
        row = f"{TEXTS['en']['kind_' + pair.kind]:<34} {pair.correct_a:>4} {pair.correct_b:>4}"
        interval = f"{points(found.low)} to {points(found.high)}"
        yield f"{row} {found.n:>5} {points(found.mean):>7} {interval:>14}"


def _share(arm: ArmFigures) -> str:
    low, high = (percent(end).removesuffix(" %") for end in (arm.low, arm.high))
    return f"{arm.correct}/{arm.n} {percent(arm.mean)} ({low} to {high})"


def _change_lines(changes: tuple[Change, ...]) -> Iterator[str]:
    if not changes:
        yield "\nsettings, models and training pairs are told alike"
    for group, found in groupby(changes, key=lambda change: change.group):
        yield f"\n{group}:"
        for each in found:
            yield f"  {each.name}: {_value(each.a)} → {_value(each.b)}"


def _value(value: str | None) -> str:
    return "(none)" if value is None else value


def _switch_lines(arm: ArmPair) -> Iterator[str]:
    for found, said in (
        (arm.newly_right, "wrong in A and right in B"),
        (arm.newly_wrong, "right in A and wrong in B"),
    ):
        if found:
            yield f"\n{arm.name}: {len(found)} {said}"
        for each in found[:_MOST_SHOWN]:
            yield from _switch(each)
        if len(found) > _MOST_SHOWN:
            yield f"  and {len(found) - _MOST_SHOWN} more: --json and --html have all of them"


def _switch(each: Switch) -> Iterator[str]:
    yield f"  {each.question.id}  {_short(each.question.question)}"
    yield f"      reference: {_short(each.question.reference)}"
    yield f"      A: {_short(each.a.text)}"
    yield f"      B: {_short(each.b.text)}"


def _short(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= _WIDEST else line[: _WIDEST - 1] + "…"
