"""What the page is asked to decide, as reviews, by the same reading as lines of a file."""

from collections.abc import Sequence

from shikomi.dataset import reviews as lines
from shikomi.server.edge import Edge
from shikomi.types import Decision, Review
from shikomi.web import choosing
from shikomi.web.book import Entry
from shikomi.web.choosing import Filters
from shikomi.web.desk import Desk, Table
from shikomi.web.refusals import Refused


class Choice(Edge):
    """Filters as they cross the wire."""

    text: str = ""
    state: str = ""
    fate: str = ""
    document: str = ""
    view: str = ""

    def filters(self) -> Filters:
        return Filters(**self.model_dump())


class Selection(Edge):
    """Pairs by their ids, or all that a filter gives: `count` is how many the person saw."""

    ids: list[str] | None = None
    filters: Choice | None = None
    count: int = 0

    def entries(self, table: Table) -> Sequence[Entry]:
        """
        Raises:
            UserError: a pair is gone, or the filter gives more or fewer pairs now.
        """
        if self.filters is None:
            return [_entry(table, each) for each in self.ids or []]
        found = choosing.find(table.book, table.reviews, self.filters.filters()).places
        if len(found) != self.count:
            raise Refused("filter_changed", now=len(found), then=self.count)
        return [table.book.entries[place] for place in found]


class Decide(Edge):
    """One decision on all that is selected; words are for an edit of one pair."""

    decision: Decision
    selection: Selection
    question: str | None = None
    answer: str | None = None


def decide(desk: Desk, asked: Decide) -> int:
    """Returns how many decisions are new.

    Raises:
        UserError: a decision contradicts its words, or cannot be saved.
    """
    table = desk.table
    entries = asked.selection.entries(table)
    if asked.decision == "edit":
        if len(entries) != 1:
            raise Refused("one_at_a_time")
        return desk.save([edited(table, entries[0], question=asked.question, answer=asked.answer)])
    return desk.save([_decided(table, entry, asked.decision) for entry in entries])


def edited(table: Table, entry: Entry, *, question: str | None, answer: str | None) -> Review:
    """Words that are not given stay as they read now. A pair that is brought back to the words in
    which it was written is accepted.

    Raises:
        UserError: nothing is changed, or no words are left.
    """
    sample, held = entry.sample, table.reviews.get(entry.sample.id)
    known = choosing.words(sample, held)
    given = zip(known, (question, answer), strict=True)
    new = [(old if now is None else now).strip() for old, now in given]
    note = held.note if held else ""
    if new != [each.strip() for each in known] and new == [
        sample.question.strip(),
        sample.answer.strip(),
    ]:
        return lines.decided(sample, "accept", note=note)
    return lines.decided(sample, "edit", question=new[0], answer=new[1], note=note)


def _decided(table: Table, entry: Entry, decision: Decision) -> Review:
    held = table.reviews.get(entry.sample.id)
    note = held.note if held and decision != "withdraw" else ""
    return lines.decided(entry.sample, decision, note=note)


def _entry(table: Table, sample_id: str) -> Entry:
    if entry := table.book.find(sample_id):
        return entry
    raise Refused("gone")
