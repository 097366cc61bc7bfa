"""The HTML templates, and how figures are written in them."""

import re
from functools import cache
from typing import TYPE_CHECKING, Any

from shikomi.evaluation.wording import p_text, points
from shikomi.rounding import whole_percent
from shikomi.types import Lang

if TYPE_CHECKING:
    from jinja2 import Environment

_NANO = 1_000_000_000
_PERCENT: dict[Lang, str] = {"en": " %", "ja": "%"}
# Hours, minutes and seconds, as they follow a figure.
_UNITS: dict[Lang, tuple[str, str, str]] = {
    "en": (" h ", " min ", " s"),
    "ja": ("時間", "分", "秒"),
}


def render(template: str, values: dict[str, Any], lang: Lang) -> str:
    """One HTML document that needs nothing else; every text of the user's is escaped."""
    return _environment(lang).get_template(template).render(values)


@cache
def _environment(lang: Lang) -> "Environment":
    """It keeps the templates that it has compiled: that takes longer than to fill them in."""
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
        percent=lambda share: percent(share, lang),
        up_to=lambda low, high: f"{whole_percent(low)} – {percent(high, lang)}",
        count=lambda value: f"{value:,}",
        money=_money,
        duration=lambda seconds: _duration(seconds, lang),
        keep=_keep_together,
        unbroken=lambda sentence: sentence.replace(" %", "\u00a0%"),
    )
    return environment


def percent(share: float, lang: Lang = "en") -> str:
    return whole_percent(share) + _PERCENT[lang]


def _money(nanousd: int) -> str:
    return f"{nanousd / _NANO:.4f}" if 0 < nanousd < _NANO else f"{nanousd / _NANO:.2f}"


def _duration(seconds: float, lang: Lang) -> str:
    """In two units at most."""
    hour, minute, second = _UNITS[lang]
    if seconds < 60:
        return f"{seconds:.1f}{second}"
    minutes, rest = divmod(round(seconds), 60)
    if minutes < 60:
        return f"{minutes}{minute}{rest}{second}"
    hours, minutes = divmod(minutes, 60)
    return f"{hours}{hour}{minutes}{minute}".strip()


def _keep_together(sentence: str) -> Any:
    """Markup of a sentence whose figures in brackets are not broken over two lines."""
    from markupsafe import Markup, escape

    # The text is escaped first; the markup added here holds none of it.
    kept = re.sub(
        r"([(（][^()（）]*[)）]\S?)", r'<span class="keep">\1</span>', str(escape(sentence))
    )
    return Markup(kept)
