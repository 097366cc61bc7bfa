"""The report's two figures as inline SVG, whose colours are the page's CSS variables."""

import io
import re
from collections.abc import Sequence
from typing import Any

from shikomi.evaluation.comparison import ArmResult
from shikomi.evaluation.report_data import CurvePoint
from shikomi.rounding import rounded

# Stand-ins that matplotlib writes and the page's CSS variables replace, so that one drawing
# serves light, dark and print.
_INK, _SOFT, _LINE, _ACCENT = "#010203", "#040506", "#070809", "#0a0b0c"
_VARIABLES = {_INK: "ink", _SOFT: "soft", _LINE: "line", _ACCENT: "accent"}
_WIDTH_INCHES = 5.0
_FONT_POINTS = 10.5
SMOOTHED_FROM = 40  # steps; below, single steps can still be told apart


def arms_svg(arms: Sequence[ArmResult], label: str) -> str:
    """Share correct of each arm with its 95 % interval. `label` is for screen readers."""
    figure = _figure(0.75 + 0.52 * len(arms))
    axes = figure.add_subplot()
    for row, arm in enumerate(arms):
        if arm.interval.n:
            _draw_arm(axes, row, arm)
    axes.set_ylim(len(arms) - 0.45, -0.6)
    axes.set_yticks(range(len(arms)), [arm.name for arm in arms], color=_INK)
    axes.set_xlim(-2, 102)
    axes.set_xticks(range(0, 101, 20))
    axes.grid(axis="x", color=_LINE, linewidth=0.8)
    _calm(axes)
    axes.spines["left"].set_visible(False)
    return _svg(figure, "arms", label)


def curve_svg(curve: Sequence[CurvePoint], label: str) -> str:
    """Loss, and below it token accuracy in % where it is known, by training step. What is what
    stands in the page, in its language: the drawing has figures alone."""
    accuracies = [
        (float(at.step), 100 * at.token_accuracy) for at in curve if at.token_accuracy is not None
    ]
    losses = [(float(at.step), at.loss) for at in curve]
    panels = [losses, accuracies] if accuracies else [losses]
    figure = _figure(1.35 * len(panels) + 0.4)
    grid = figure.subplots(len(panels), 1, sharex=True, squeeze=False)[:, 0]
    for axes, series in zip(grid, panels, strict=True):
        _draw_curve(axes, series)
    return _svg(figure, "curve", label)


def _figure(height_inches: float) -> Any:
    from matplotlib.figure import Figure

    return Figure(figsize=(_WIDTH_INCHES, height_inches), layout="constrained")


def _draw_arm(axes: Any, row: int, arm: ArmResult) -> None:
    low, mean, high = (
        100 * value for value in (arm.interval.low, arm.interval.mean, arm.interval.high)
    )
    colour = _ACCENT if arm.name.startswith("tuned") else _SOFT
    axes.plot([low, high], [row, row], color=colour, linewidth=2.2, solid_capstyle="round")
    axes.plot([mean], [row], "o", color=colour, markersize=7.5)
    axes.annotate(
        rounded(mean),
        (mean, row),
        xytext=(0, 7),
        textcoords="offset points",
        ha="center",
        color=_INK,
    )


def _draw_curve(axes: Any, series: Sequence[tuple[float, float]]) -> None:
    steps, values = [step for step, _ in series], [value for _, value in series]
    marker = "o" if len(series) == 1 else ""
    is_long = len(values) >= SMOOTHED_FROM
    axes.plot(steps, values, color=_SOFT if is_long else _ACCENT, linewidth=0.7 if is_long else 1.8,
              marker=marker)  # fmt: skip
    if is_long:
        axes.plot(steps, _running_mean(values), color=_ACCENT, linewidth=2.2)
    axes.set_ylim(bottom=0)
    axes.locator_params(axis="y", nbins=4)
    axes.locator_params(axis="x", integer=True)
    axes.grid(axis="y", color=_LINE, linewidth=0.8)
    _calm(axes)


def _running_mean(values: Sequence[float]) -> list[float]:
    """Over a tenth of the steps around each; fewer at both ends, for none is made up."""
    reach = len(values) // 20
    windows = (values[max(0, at - reach) : at + reach + 1] for at in range(len(values)))
    return [sum(window) / len(window) for window in windows]


def _calm(axes: Any) -> None:
    axes.set_facecolor("none")
    axes.set_axisbelow(True)
    axes.tick_params(length=0, labelcolor=_INK, labelsize=_FONT_POINTS)
    for side in ("top", "right"):
        axes.spines[side].set_visible(False)
    for spine in axes.spines.values():
        spine.set_color(_LINE)


def _svg(figure: Any, name: str, label: str) -> str:
    from html import escape

    import matplotlib

    figure.patch.set_alpha(0)
    sheet = io.StringIO()
    rules = {"svg.fonttype": "path", "svg.hashsalt": name, "font.family": "DejaVu Sans"}
    with matplotlib.rc_context({**rules, "font.size": _FONT_POINTS}):
        figure.savefig(sheet, format="svg", metadata={"Date": None})
    return _inline(sheet.getvalue(), name, escape(label, quote=True))


def _inline(svg: str, name: str, label: str) -> str:
    """The bare element: no prolog, no metadata, no namespaces, its own ids."""
    svg = svg[svg.index("<svg") :]
    svg = re.sub(r"<metadata>.*?</metadata>|<!--.*?-->", "", svg, flags=re.DOTALL)
    svg = re.sub(r' xmlns(:\w+)?="[^"]*"', "", svg).replace("xlink:href", "href")
    box = re.search(r'viewBox="([^"]*)"', svg)
    head = f'<svg viewBox="{box[1] if box else ""}" role="img" aria-label="{label}">'
    svg = head + svg[svg.index(">") + 1 :]
    svg = re.sub(r'\bid="', f'id="{name}-', svg)
    svg = re.sub(r'href="#', f'href="#{name}-', svg)
    svg = re.sub(r"url\(#", f"url(#{name}-", svg)
    for colour, variable in _VARIABLES.items():
        svg = svg.replace(colour, f"var(--{variable})")
    return re.sub(r"\n\s*", "\n", svg)
