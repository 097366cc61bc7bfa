"""What a pair's answer may draw on: its section, or the whole page that a conversation is about."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from shikomi.corpus import capsule as capsules
from shikomi.dataset.conversation import Page
from shikomi.stages import rolling
from shikomi.stages.context import Context
from shikomi.stages.remembered import remembered
from shikomi.stages.rolling.talks import pages
from shikomi.store import corpus
from shikomi.types import Lang, Sample, Section


@dataclass(frozen=True, slots=True, kw_only=True)
class Ground:
    """`system` is what the questions call it."""

    lang: Lang
    system: str
    capsule: str
    text: str


@remembered
def by_section(ctx: Context) -> Mapping[str, Ground]:
    """By the section's id; sections of one page have the same one where it is their page."""
    if not rolling.is_chosen(ctx):
        return {each.id: of_section(each) for each in corpus.current_sections(ctx.store)}
    found = ((page, of_page(page)) for page in pages(ctx))
    return {section.id: ground for page, ground in found for section in page.sections}


def of_section(section: Section) -> Ground:
    return Ground(
        lang=section.lang,
        system=capsules.system_name(section.capsule),
        capsule=capsules.render(section.capsule, section.lang, section.headings),
        text=section.text,
    )


def of_page(page: Page) -> Ground:
    capsule = page.sections[0].capsule
    return Ground(
        lang=page.lang,
        system=capsules.system_name(capsule),
        capsule=capsules.render(capsule, page.lang),
        text=page.text,
    )


def grouped(ctx: Context, pairs: Iterable[Sample]) -> dict[Ground, list[Sample]]:
    """The pairs by what they draw on, in order."""
    known = by_section(ctx)
    found: dict[Ground, list[Sample]] = {}
    for pair in pairs:
        found.setdefault(known[pair.section_ids[0]], []).append(pair)
    return found
