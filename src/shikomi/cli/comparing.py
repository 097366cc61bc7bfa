"""`shikomi compare`: two runs side by side."""

from collections.abc import Iterator
from itertools import groupby
from pathlib import Path

from rich.cells import cell_len

from shikomi.cli.layout import Row, cut, needed, table, wrapped
from shikomi.errors import UserError
from shikomi.evaluation import report_file, two_runs_report
from shikomi.evaluation.abilities_wording import TEXTS
from shikomi.evaluation.rendering import percent
from shikomi.evaluation.report_file import ArmFigures
from shikomi.evaluation.stats import Contrast
from shikomi.evaluation.two_runs import ArmPair, Change, Run, Switch, TwoRuns, compare_runs
from shikomi.evaluation.two_runs_abilities import AbilityPair
from shikomi.evaluation.two_runs_wording import headline
from shikomi.evaluation.wording import p_text, points
from shikomi.files import write_whole
from shikomi.stages import report

_MOST_SHOWN = 10  # switched answers of an arm; --json and --html have all of them


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


def lines(runs: TwoRuns, *, width: int) -> str:
    """For people, in lines of at most `width` columns."""
    head = headline(runs, "en")
    said = (head.sentence, head.statistics, *head.lines)
    return "\n".join(
        [
            *(
                line
                for name, run in (("A", runs.a), ("B", runs.b))
                for line in wrapped(_run_line(name, run), width, indent=3)
            ),
            "",
            *(line for each in said if each for line in wrapped(each, width)),
            "",
            *_arm_lines(runs.arms, width),
            *_apart_lines(runs.apart, width),
            *_ability_lines(runs.abilities, width),
            *_change_lines(runs.changes, width),
            *(line for arm in runs.arms for line in _switch_lines(arm, width)),
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


def _arm_lines(arms: tuple[ArmPair, ...], width: int) -> list[str]:
    """With the interval of each share where there is room."""
    head = ("arm", "A", "B", "both", "points", "95 %\ninterval", "p\n(Holm)", "newly\nright",
            "newly\nwrong")  # fmt: skip
    wide, narrow = ([_arm_row(arm, is_wide=each) for arm in arms] for each in (True, False))
    rows = wide if needed(head, wide, texts=1) <= width else narrow
    return table(head, rows, texts=1, width=width)


def _arm_row(arm: ArmPair, *, is_wide: bool) -> Row:
    found = arm.difference.contrast
    row = (arm.name, *(_share(each, is_wide=is_wide) for each in (arm.a, arm.b)), str(found.n))
    changed = (str(found.better), str(found.worse)) if found.n else ("", "")
    return (*row, *_difference(found), p_text(arm.difference.p_holm) if found.n else "", *changed)


def _difference(found: Contrast) -> tuple[str, str]:
    """In points, with its interval; empty where there is none."""
    if not found.n:
        return "", ""
    return points(found.mean), f"{points(found.low)} to {points(found.high)}"


def _apart_lines(arms: tuple[ArmPair, ...], width: int) -> list[str]:
    if not arms:
        return []
    head = ("like no training question", "A", "B", "both", "points", "95 % interval", "p (Holm)")
    rows = [
        (
            arm.name,
            str(arm.correct_a),
            str(arm.correct_b),
            str(arm.difference.contrast.n),
            *_difference(arm.difference.contrast),
            p_text(arm.difference.p_holm),
        )
        for arm in arms
    ]
    return ["", *table(head, rows, texts=1, width=width)]


def _ability_lines(pairs: tuple[AbilityPair, ...], width: int) -> list[str]:
    if not pairs:
        return []
    head = ("tuned, tasks", "A", "B", "both", "points", "95 % interval")
    rows = [
        (
            TEXTS["en"]["kind_" + pair.kind],
            str(pair.correct_a),
            str(pair.correct_b),
            str(pair.difference.n),
            *_difference(pair.difference),
        )
        for pair in pairs
    ]
    return ["", *table(head, rows, texts=1, width=width)]


def _share(arm: ArmFigures, *, is_wide: bool) -> str:
    low, high = (percent(end).removesuffix(" %") for end in (arm.low, arm.high))
    interval = f" ({low} to {high})" if is_wide else ""
    return f"{arm.correct}/{arm.n} {percent(arm.mean)}{interval}"


def _change_lines(changes: tuple[Change, ...], width: int) -> Iterator[str]:
    if not changes:
        yield "\nsettings, models and training pairs are told alike"
    for group, found in groupby(changes, key=lambda change: change.group):
        yield f"\n{group}:"
        for each in found:
            said = f"  {each.name}: {_value(each.a)} → {_value(each.b)}"
            yield from wrapped(said, width, indent=4)


def _value(value: str | None) -> str:
    return "(none)" if value is None else value


def _switch_lines(arm: ArmPair, width: int) -> Iterator[str]:
    for found, said in (
        (arm.newly_right, "wrong in A and right in B"),
        (arm.newly_wrong, "right in A and wrong in B"),
    ):
        if found:
            yield f"\n{arm.name}: {len(found)} {said}"
        for each in found[:_MOST_SHOWN]:
            yield from _switch(each, width)
        if len(found) > _MOST_SHOWN:
            yield f"  and {len(found) - _MOST_SHOWN} more: --json and --html have all of them"


def _switch(each: Switch, width: int) -> Iterator[str]:
    for begin, text in (
        (f"  {each.question.id}  ", each.question.question),
        ("      reference: ", each.question.reference),
        ("      A: ", each.a.text),
        ("      B: ", each.b.text),
    ):
        yield begin + cut(text, width - cell_len(begin))
