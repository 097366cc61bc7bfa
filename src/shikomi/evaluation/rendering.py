"""The HTML templates, and how figures are written in them."""

import re
from typing import Any

from shikomi.evaluation.wording import p_text, points

_NANO = 1_000_000_000


def render(template: str, values: dict[str, Any]) -> str:
    """One HTML document that needs nothing else; every text of the user's is escaped."""
    from jinja2 import Environment, PackageLoader, StrictUndefined

    environment = Environment(
        loader=PackageLoader("shikomi.evaluation", "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters.update(
        points=points,
        p=p_text,
        percent=percent,
        count=lambda value: f"{value:,}",
        money=_money,
        duration=_duration,
        keep=_keep_together,
    )
    return environment.get_template(template).render(values)


def percent(share: float) -> str:
    return f"{100 * share:.0f} %"


def _money(nanousd: int) -> str:
    return f"{nanousd / _NANO:.4f}" if 0 < nanousd < _NANO else f"{nanousd / _NANO:.2f}"


def _duration(seconds: float) -> str:
    if seconds < 60:
        return f"{seconds:.1f} s"
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02d}:{rest:02d}" if hours else f"{minutes}:{rest:02d}"


def _keep_together(sentence: str) -> Any:
    """Markup of a sentence whose figures in brackets are not broken over two lines."""
    from markupsafe import Markup, escape

    # The text is escaped first; the markup added here holds none of it.
    kept = re.sub(
        r"([(（][^()（）]*[)）]\S?)", r'<span class="keep">\1</span>', str(escape(sentence))
    )
    return Markup(kept)
