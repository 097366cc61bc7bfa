"""What can be asked about where things stand, and what cannot."""

from shikomi.dataset import facts, structure
from shikomi.types import Capsule, Section

CODES = """## Codes

| Code | Meaning |
|--|--|
| LB-17 | the fuse is blown |
| LB-23 | it waits |
"""


def page(path, *trail, text="A text.", headings=(), links=(), system="Lumenbox", aliases=()):
    capsule = Capsule(breadcrumb=trail, system=system, aliases=aliases, parent="",
                      linked_titles=links)  # fmt: skip
    return Section(id=path, document_id=path, path=path, headings=(trail[-1], *headings), start=0,
                   end=len(text), text=text, lang="en", capsule=capsule)  # fmt: skip


def asked(*pages, headings=None):
    """Everything there is to ask: kind -> values, the system's name left out."""
    tree = structure.Tree(pages)
    known = {each.id: facts.extract(each) for each in pages}
    titles = {each.id: (headings or {}).get(each.id, ()) for each in pages}
    found = {}
    for item in (*structure.of_tree(tree), *structure.of_pages(tree, known, titles)):
        values = tuple(value for name, value in item.values.items() if name != "system")
        found.setdefault(item.kind, []).append(values)
    return found


SITE = (
    page("index.md", "Lumenbox", aliases=("LB",)),
    page("lamps.md", "Lumenbox", "Lamps", links=("Timer",)),
    page("dimmer.md", "Lumenbox", "Lamps", "Dimmer", text=CODES),
    page("timer.md", "Lumenbox", "Lamps", "Timer"),
    page("care.md", "Lumenbox", "Care"),
)


def test_the_tree_answers_for_pages_chapters_and_the_system():
    found = asked(*SITE)
    assert found["alias"] == [("LB",)]
    assert found["chapters"] == [(("Lamps", "Care"),)]
    assert found["pages"] == [("Lamps", ("Dimmer", "Timer"))]
    assert found["parent"] == [("Dimmer", "Lamps"), ("Timer", "Lamps")]
    assert ("Dimmer", "Lumenbox > Lamps > Dimmer") in found["system"]
    assert found["links"] == [("Lamps", ("Timer",))]


def test_headings_tables_and_entries_lead_to_their_page_and_what_is_above_it():
    found = asked(*SITE, headings={"dimmer.md": ("Dimmer", "Codes")})
    assert found["heading"] == [("Codes", ("Dimmer", "Lamps"))]
    assert found["table"] == [(("Code", "Meaning"), ("Dimmer", "Lamps"))]
    assert ("Code", "LB-17", ("Dimmer", "Lamps")) in found["term"]


def test_nothing_is_asked_that_has_two_answers():
    again = page("timer2.md", "Lumenbox", "Care", "Timer", text=CODES)
    found = asked(*SITE, again, headings={"dimmer.md": ("Codes",), "timer2.md": ("Codes",)})
    assert not [title for title, _ in (*found["system"], *found["parent"]) if title == "Timer"]
    assert {"heading", "table", "term"}.isdisjoint(found)


def test_an_entry_that_another_page_speaks_of_is_not_asked_for():
    other = page("other.md", "Lumenbox", "Other", text="After LB-17 the lamp is off.")
    assert [key for _, key, _ in asked(*SITE, other)["term"]] == ["LB-23"]


def test_of_an_unknown_system_nothing_is_said():
    unknown = (
        page("lamps.md", "Lamps", system=None),
        page("dimmer.md", "Lamps", "Dimmer", system=None),
        page("fuse.md", "Lamps", "Dimmer", "Fuse", system=None),
        page("card.md", "Lamps", "Dimmer", "Card", system=None),
    )
    found = asked(*unknown)
    assert found == {
        "parent": [("Fuse", "Dimmer"), ("Card", "Dimmer")],
        "pages": [("Dimmer", ("Fuse", "Card"))],
    }
