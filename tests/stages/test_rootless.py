"""Documents that describe nothing that has a name."""

from dataclasses import replace

import pytest

from shikomi import app
from shikomi.app.endpoints import Machine
from shikomi.dataset import naming
from shikomi.stages import filters, generate
from shikomi.store import corpus
from shikomi.types import Capsule
from world import PAGES, SYSTEM, kind_of, run, write_project

UNSAID = Capsule(
    breadcrumb=("Sluice protocol", "Requests"),
    system=None,
    aliases=(),
    parent="",
    linked_titles=(),
)


@pytest.fixture
def project(tmp_path, endpoint):
    pages = {"dimmer.md": PAGES["dimmer.md"], "timer.md": PAGES["timer.md"]}
    folder = write_project(tmp_path / "p", endpoint.base_url, pages=pages)
    config = folder / "shikomi.toml"
    named = config.read_text("utf-8").replace('root = "Lumenbox"', "root_known = false")
    config.write_text(named, "utf-8")
    return folder


def test_every_pair_that_is_kept_names_the_topmost_title_above_its_page(project, endpoint):
    endpoint.spoil = lambda body: _without_a_name(body, endpoint)
    assert run(project, "lint") == []
    machine = Machine(cache=project / "no-cache", environment={})
    with app.open_project(project, machine) as ctx:
        sections = {s.id: s for s in corpus.current_sections(ctx.store)}
        asked, kept = len(generate.generated(ctx)), filters.linted(ctx)
    assert len(kept) > asked / 2
    for pair in kept:
        capsule = sections[pair.section_ids[0]].capsule
        assert capsule.system is None
        assert naming.has_name(pair.question, capsule.breadcrumb[:1]), pair.question


def _without_a_name(body, endpoint):
    """Questions that say nothing of what they are about."""
    if kind_of(body) != "generate":
        return None
    return endpoint.right(body).replace(f"In {SYSTEM}, w", "W").replace(f" about {SYSTEM}", "")


def test_a_title_is_what_a_question_is_about_and_not_what_it_is_in():
    said = naming.named("How many are there?", UNSAID, "en", 1)
    assert said == "Regarding Sluice protocol, how many are there?"
    assert (
        naming.named("いくつですか？", UNSAID, "ja", 0) == "Sluice protocolについて、いくつですか？"
    )
    kept = "What does the Sluice protocol answer?"
    assert naming.named(kept, UNSAID, "en", 0) == kept


def test_the_name_of_a_system_is_enough():
    known = replace(UNSAID, system="Lumenbox", aliases=("LB",))
    assert naming.named("How many are there?", known, "en", 0) == "In Lumenbox, how many are there?"
    assert naming.named("How many has an LB?", known, "en", 0) == "How many has an LB?"
