"""The dataset card: README.md with the metadata that the Hugging Face Hub reads.

Source: the Hub's dataset card specification (datasetcard.md).
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any

from shikomi.dataset.facts import asked
from shikomi.dataset.formats import Format
from shikomi.dataset.provenance import Origins, Page
from shikomi.dataset.spread import spread
from shikomi.rounding import whole_percent
from shikomi.terms import TERMS
from shikomi.types import Interval, Lang, Sample

if TYPE_CHECKING:
    from jinja2 import Environment

_SIZES = ((1_000, "n<1K"), (10_000, "1K<n<10K"), (100_000, "10K<n<100K"), (1_000_000, "100K<n<1M"))
_LARGEST = "n>1M"
_MOST_LISTED = 200
# views that ask about no fact: a section's text, its rewrites, where it stands, what is not there
_TEXTS = {"section", "rewrite", "focal", "structure", "negative"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Made:
    """How a dataset came about. `funnel` and `dropped` are counts by step and by reason, `quality`
    the shares of a sample that pass, by check, `models` rows by the model that wrote them, `chat`
    those of general chat by the model that answered, `prompts` their ids by language and name,
    `tokens` those of all rows by the fixed estimate."""

    created: str
    tokens: int
    version: str
    funnel: Mapping[str, int]
    dropped: Sequence[tuple[str, int]]
    quality: Mapping[str, Interval]
    models: Mapping[str, int]
    chat: Mapping[str, int]
    weights: str | None
    judge: str | None
    prompts: Mapping[str, str]
    settings: Mapping[str, object]


@dataclass(frozen=True, slots=True, kw_only=True)
class HeldOut:
    """Questions by their kind ("user", "self-made"), and how like one a row may be."""

    kinds: Mapping[str, int]
    leak_jaccard: float


def card(
    samples: Sequence[Sample],
    origins: Origins,
    *,
    name: str,
    lang: Lang,
    formats: Sequence[Format],
    made: Made,
    held_out: HeldOut,
) -> str:
    """The whole README.md in `lang`."""
    return (
        _environment()
        .get_template(f"card.{lang}.md.j2")
        .render(
            metadata=_metadata(samples, name, formats),
            name=name,
            formats={form.name: form.files for form in formats},
            rows=_rows(samples),
            shown=_shown(samples),
            langs=_langs(samples),
            n=len(samples),
            coverage=_coverage(samples, origins),
            spread=spread(samples, origins.facts),
            pages=_pages(samples, origins),
            listed=_MOST_LISTED,
            made=made,
            held_out=held_out,
            terms=TERMS[lang],
        )
    )


@cache
def _environment() -> "Environment":
    from jinja2 import Environment, PackageLoader, StrictUndefined

    environment = Environment(  # no autoescape: this is Markdown, and `cell` sees to its cells
        loader=PackageLoader("shikomi.dataset", "templates"),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.filters.update(
        cell=_cell,
        count=lambda value: f"{value:,}",
        percent=lambda share: f"{whole_percent(share)} %",
    )
    return environment


def _metadata(samples: Sequence[Sample], name: str, formats: Sequence[Format]) -> str:
    import yaml  # type: ignore[import-untyped]

    metadata: dict[str, Any] = {
        "pretty_name": name,
        "language": _langs(samples),
        "size_categories": [_size(len(samples))],
        "task_categories": ["question-answering", "text-generation"],
        "tags": ["synthetic", "shikomi"],
    }
    if configs := _configs(formats):
        metadata["configs"] = configs
    return str(yaml.safe_dump(metadata, allow_unicode=True, sort_keys=False)).rstrip()


def _size(n: int) -> str:
    return next((name for limit, name in _SIZES if n < limit), _LARGEST)


def _configs(formats: Sequence[Format]) -> list[dict[str, Any]]:
    """Parquet alone, or else every format that can be read: the `datasets` library takes all
    configurations of a folder by one reader. The first loads without a name."""
    readable = [form for form in formats if form.splits]
    found = [form for form in readable if form.name == "parquet"] or readable
    configs: list[dict[str, Any]] = [
        {
            "config_name": form.name,
            "data_files": [{"split": k, "path": path} for k, path in form.splits.items()],
        }
        for form in found
    ]
    if configs:
        configs[0]["default"] = True
    return configs


def _langs(samples: Sequence[Sample]) -> list[Lang]:
    return sorted({sample.lang for sample in samples})


def _rows(samples: Sequence[Sample]) -> dict[str, dict[Lang, int]]:
    """Rows by view and language, the most frequent view first."""
    counts = Counter((sample.view, sample.lang) for sample in samples)
    views = Counter(sample.view for sample in samples)
    langs = _langs(samples)
    return {view: {lang: counts[view, lang] for lang in langs} for view, _ in views.most_common()}


def _shown(samples: Sequence[Sample]) -> list[Sample]:
    """A pair of each language, from the middle of them."""
    pairs = [[s for s in samples if s.lang == lang and s.view == "qa"] for lang in _langs(samples)]
    return [found[len(found) // 2] for found in pairs if found]


def _coverage(samples: Sequence[Sample], origins: Origins) -> dict[str, Any]:
    """What is asked about; a section whose text or place alone is taught is not, and a fact is
    where one that says the same is."""
    pairs = [sample for sample in samples if sample.view not in _TEXTS]
    sections = {each for sample in pairs for each in sample.section_ids}
    facts = {each for sample in pairs for each in sample.fact_ids}
    left = [section.place for key, section in origins.sections.items() if key not in sections]
    return {
        "n_sections": len(origins.sections),
        "n_asked": len(origins.sections) - len(left),
        "n_facts": len(origins.facts),
        "n_facts_asked": len(asked(list(origins.facts.values()), facts)),
        "left": left,
    }


def _pages(samples: Sequence[Sample], origins: Origins) -> list[tuple[Page, int]]:
    """With their rows, in reading order."""
    counts = Counter(
        path
        for sample in samples
        for path in {origins.sections[each].path for each in sample.section_ids}
    )
    return [(page, counts[path]) for path, page in origins.pages.items()]


def _cell(text: object) -> str:
    """In a table's cell: one line, and neither markup nor the end of the cell."""
    line = " ".join(str(text).split())
    return line.replace("\\", "\\\\").replace("|", "\\|").replace("<", "&lt;")
