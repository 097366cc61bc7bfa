"""Progress and results on the terminal."""

import time
from collections.abc import Sequence
from typing import Self

from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    TaskID,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)
from rich.progress import Progress as Bars
from rich.table import Table
from rich.text import Text

from shikomi.app import Watch
from shikomi.engine.weights import DownloadProgress
from shikomi.llm.money import dollars
from shikomi.stages import Context, Progress, StageReport, generate
from shikomi.stages.estimate import Estimate, estimate

_PLAIN_SECONDS = 15.0
_N_FAILURES = 5
_WORTH_SAYING_SECONDS = 30
_MOST_MINUTES = 180  # beyond them hours are said
_LONG_SECONDS = 4 * 3600
_SOONER = (
    "sooner: generate.pairs = 500 in shikomi.toml asks for so many pairs at most, from all over"
    " the documents, and a [models.generator] with a base_url is quicker"
)
_SUMMARY = 14  # the column in which what a stage did begins


class Show:
    """Bars on a terminal; elsewhere a plain line now and then. All of it on standard error,
    so that standard output stays clean for `--json`."""

    def __init__(self, *, quiet: bool = False) -> None:
        self._console = Console(stderr=True, quiet=quiet, highlight=False)
        self._bars = Bars(
            TextColumn("{task.description:<11}"),
            BarColumn(bar_width=24),
            MofNCompleteColumn(),
            TextColumn("{task.fields[rate]}"),
            TimeElapsedColumn(),
            TimeRemainingColumn(),
            TextColumn("left"),
            TextColumn("{task.fields[note]}"),
            console=self._console,
            transient=True,
            disable=quiet or not self._console.is_terminal,
        )
        self._task: TaskID | None = None
        self._name = ""
        self.has_begun = False  # with any stage
        self._began = 0.0
        self._said = 0.0

    def __enter__(self) -> Self:
        self._bars.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._bars.stop()

    def watch(self) -> Watch:
        return Watch(
            progress=self.progress,
            started=self.started,
            ended=self.ended,
            planned=self.planned,
        )

    def planned(self, ctx: Context, stages: Sequence[str]) -> None:
        ahead = estimate(ctx).of(stages)
        said = []
        if money := _to_pay(ahead):
            said.append(f"{money} (`shikomi estimate` says more)")
        if ahead.seconds > _WORTH_SAYING_SECONDS:
            said.append(f"about {roughly(ahead.seconds)} to go on a free machine")
        if said:
            self.line(", ".join(said))
        if ahead.seconds > _LONG_SECONDS and _asks_of_all(ctx) and generate.pending(ctx):
            self.line(_SOONER)

    def line(self, text: str, style: str = "", *, begins: int | None = None) -> None:
        """On a terminal further lines of a long text stand below the column where it `begins`,
        which is that of its first letter unless told."""
        begins = len(text) - len(text.lstrip()) if begins is None else begins
        if not self._console.is_terminal:
            self._console.print(Text(text, style=style), soft_wrap=True)
            return
        if begins == 0:  # a column without a letter is one wide all the same
            self._console.print(Text(text, style=style))
            return
        grid = Table.grid()
        grid.add_row(Text(text[:begins], style=style), Text(text[begins:], style=style))
        self._console.print(grid)

    def started(self, stage: str) -> None:
        self.has_begun = True
        self._open(stage)

    def ended(self, stage: str, report: StageReport, seconds: float) -> None:
        self._close()
        mark = "!" if report.failures else "✓"
        first, *further = report.summary.splitlines() or [""]
        self.line(f"{mark} {stage:<11} {first}  ({duration(seconds)})", begins=_SUMMARY)
        for text in further:
            self.line(" " * _SUMMARY + text)
        for reason in report.failures[:_N_FAILURES]:
            self.line(f"    {reason}", style="red")
        if len(report.failures) > _N_FAILURES:
            self.line(f"    and {len(report.failures) - _N_FAILURES} more: shikomi status")

    def progress(self, progress: Progress) -> None:
        if progress.example:
            for line in progress.example.splitlines():
                self.line(f"    {line}", style="dim")
        if progress.done is None:
            self._note(progress.note)
            return
        rate = self._rate(progress.done)
        if self._task is not None:
            self._bars.update(
                self._task,
                completed=progress.done,
                total=progress.total or None,
                note=progress.note,
                rate=rate,
            )
        self._plain(progress, rate)

    def _note(self, note: str) -> None:
        """Beside the bar; how far it is stays."""
        if self._task is not None:
            self._bars.update(self._task, note=note)

    def downloading(self, progress: DownloadProgress) -> None:
        name = f"{progress.name} (MB)"
        if self._name != name:
            self._open(name)
        mega = 1 << 20
        self.progress(
            Progress(
                stage=name,
                done=progress.done_bytes // mega,
                total=progress.total_bytes // mega,
                note=f"from the {progress.source}",
            )
        )
        if progress.done_bytes >= progress.total_bytes:
            self._close()

    def _open(self, name: str) -> None:
        self._close()
        self._name, self._began = name, time.monotonic()
        self._said = self._began
        self._task = self._bars.add_task(name, total=None, note="", rate="")

    def _close(self) -> None:
        if self._task is not None:
            self._bars.remove_task(self._task)
        self._task, self._name = None, ""

    def _rate(self, done: int) -> str:
        seconds = time.monotonic() - self._began
        return f"{done / seconds:.1f}/s" if done and seconds > 1 else ""

    def _plain(self, progress: Progress, rate: str) -> None:
        now = time.monotonic()
        if not self._bars.disable or now - self._said < _PLAIN_SECONDS:
            return
        self._said = now
        left = _left(progress, now - self._began)
        self.line(
            f"  {progress.stage} {progress.done}/{progress.total or '?'} {rate} {left}"
            f" {progress.note}".rstrip()
        )


def _left(progress: Progress, seconds: float) -> str:
    if not progress.done or not progress.total:
        return ""
    return f"{duration(seconds / progress.done * (progress.total - progress.done))} left"


def _asks_of_all(ctx: Context) -> bool:
    """Whether the embedded generator is asked about every fact."""
    config = ctx.config
    return config.generate.pairs == "all" and not config.models.generator.is_hosted


def _to_pay(ahead: Estimate) -> str:
    """What a run will cost, as far as it is known; "" where it costs nothing."""
    money = dollars(ahead.cost_nanousd)
    if not ahead.unpriced:
        return f"about {money} to pay" if ahead.cost_nanousd else ""
    first, *others = ahead.unpriced
    unknown = f"no price is known for {first}{f' and {len(others)} more' if others else ''}"
    return f"at least {money} to pay, for {unknown}" if ahead.cost_nanousd else unknown


def roughly(seconds: float) -> str:
    """A time that is estimated: 8 minutes, 5 hours."""
    minutes = max(1, round(seconds / 60))
    if minutes > _MOST_MINUTES:
        return f"{round(minutes / 60)} hours"
    return f"{minutes} minute{'' if minutes == 1 else 's'}"


def duration(seconds: float) -> str:
    """As people say it: 8 s, 3 min 20 s, 1 h 5 min."""
    whole = round(seconds)
    if whole < 60:
        return f"{seconds:.1f} s" if seconds < 10 else f"{whole} s"
    minutes, rest = divmod(whole, 60)
    if minutes < 60:
        return f"{minutes} min {rest} s"
    return f"{minutes // 60} h {minutes % 60} min"
