"""Sections, facts and samples to look at."""

from shikomi.dataset import chat, facts
from shikomi.types import Capsule, Fact, Message, Section

CAPSULE = Capsule(breadcrumb=("Lumenbox", "Dimmer"), system="Lumenbox", aliases=("LB",),
                  parent="", linked_titles=())  # fmt: skip


def section(text, lang="en") -> Section:
    return Section(
        id="s1", document_id="d1", path="dimmer.md", headings=("Dimmer",), start=0,
        end=len(text), text=text, lang=lang, capsule=CAPSULE,
    )  # fmt: skip


def extract(text, lang="en") -> list[Fact]:
    return facts.extract(section(text, lang))


def fact(evidence, kind="statement", statement=None) -> Fact:
    return Fact(id=f"f:{evidence}", section_id="s1", kind=kind, start=0, end=len(evidence),
                statement=statement or evidence, evidence=evidence)  # fmt: skip


def sample(question, answer="The fader needs 40 seconds.", **over):
    settings = {"view": "qa", "lang": "en", "section_ids": ("s1",), "fact_ids": (question,)}
    return chat.sample([Message(role="user", content=question)], answer, **(settings | over))
