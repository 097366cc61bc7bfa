"""The properties that the tables of the documents give, by section."""

from collections.abc import Mapping
from types import MappingProxyType

from shikomi.corpus import blocks
from shikomi.dataset.properties import Heading, Property, find
from shikomi.stages.context import Context
from shikomi.stages.planning import facts_by_section
from shikomi.stages.remembered import remembered
from shikomi.store import corpus


@remembered
def by_section(ctx: Context) -> Mapping[str, tuple[Property, ...]]:
    """Those of every current section, by its id."""
    sections = corpus.current_sections(ctx.store)
    headings = {
        section.id: [
            Heading(start=each.start, level=each.level, title=each.title)
            for each in blocks.headings(section.text)
        ]
        for section in sections
    }
    return MappingProxyType(find(sections, facts_by_section(ctx), headings))
