"""The one passage more that chat reads where a question spans pages."""

from shikomi.answering.linked import passages
from shikomi.retrieval import build, passage
from shikomi.types import Capsule, Section

FILLER = [f"Row {n} of the garden grows herbs, and the gardener waters it." for n in range(12)]
BOTH = "Which relay does the drummel quorum switch?"


def section(path, text):
    capsule = Capsule(
        breadcrumb=("Lamp", path), system="Lamp", aliases=(), parent="", linked_titles=()
    )
    return Section(
        id=path, document_id=path, path=path, headings=(), start=0, end=len(text), text=text,
        lang="en", capsule=capsule,
    )  # fmt: skip


def read(question, pages, *, k=2, room=10_000):
    pages = pages | {f"f{n}.md": text for n, text in enumerate(FILLER)}
    sections = {path: section(path, text) for path, text in pages.items()}
    index = build([passage(each) for each in sections.values()])
    found = passages(index, question, k, room=room, read=lambda ids: [sections[i] for i in ids])
    best = [hit.id for hit in index.search(question, k)]
    assert [hit.id for hit in found[:k]] == best
    return [hit.id for hit in found[k:]]


DRUMMELS = {
    "a.md": "The drummel has a quorum. Drummel and quorum go together. See [relays](r.md).",
    "b.md": "The quorum of the drummel is counted at noon.",
}
RELAYS = {"q.md": "A relay can switch.", "r.md": "A relay can switch."}


def test_a_passage_with_what_the_best_leave_open_is_read_too_a_linked_one_first():
    assert read(BOTH, DRUMMELS | RELAYS) == ["r.md"]
    unlinked = DRUMMELS | {"a.md": "The drummel has a quorum. Drummel and quorum go together."}
    assert read(BOTH, unlinked | RELAYS) == ["q.md"]
    back = RELAYS | {"r.md": "A relay can switch [it](b.md)."}
    assert read(BOTH, unlinked | back) == ["r.md"]


def test_nothing_is_added_where_the_best_passages_have_all_that_is_asked_for():
    assert read("What is the quorum of the drummel?", DRUMMELS | RELAYS) == []


def test_nothing_is_added_that_does_not_fit():
    assert read(BOTH, DRUMMELS | RELAYS, room=40) == []
    assert read("zzz", DRUMMELS | RELAYS) == []
