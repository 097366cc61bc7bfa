"""Who asks: further wordings of a hosted generator are asked as by the people of personas.md."""

import json
from collections import Counter

import pytest

from shikomi import config, prompts
from world import GENERATE, kind_of, run, shikomi, write_project

NAMES = [name for name, _ in prompts.personas("en")]
PAGE = "# Ports\n\n" + "".join(
    f"The channel {chr(65 + n)}{n} listens on port {4000 + 7 * n}.\n\n" for n in range(13)
)
HELD_OUT = [("h1", "How many of them has a Lumenbox?", "13", "ports.md")]


@pytest.fixture
def project(tmp_path, endpoint):
    def make(settings=GENERATE):
        return write_project(tmp_path / "p", endpoint.base_url, pages={"ports.md": PAGE},
                             extra=settings, questions=HELD_OUT)  # fmt: skip

    return make


def generated(folder, endpoint):
    run(folder, "judge")
    return [body for body in endpoint.seen if kind_of(body) == "generate"]


def said(body):
    return "\n".join(message["content"] for message in body["messages"])


def asked_by(body):
    """The persona that the request's second wording is to be asked by."""
    (line,) = [each for each in said(body).split("\n") if each.startswith('- "reworded": It is as')]
    return next(name for name, text in prompts.personas("en") if text in line)


def without_personas(settings):
    return settings.replace("[generate]\n", "[generate]\npersonas = false\n")


def test_each_persona_asks_as_often_as_any_other(project, endpoint):
    bodies = generated(project(), endpoint)
    counts = Counter(map(asked_by, bodies))
    assert counts.keys() == set(NAMES)
    assert max(counts.values()) - min(counts.values()) <= 1


def test_the_calls_of_a_section_begin_alike_for_all_that(project, endpoint):
    bodies = generated(project(), endpoint)
    beginnings = {said(body).rsplit("\n\n", 1)[0] for body in bodies}
    assert len(bodies) > 1 and len(beginnings) == 1


def test_without_personas_nothing_else_is_said(project, endpoint):
    with_them = generated(project(), endpoint)
    endpoint.seen.clear()
    without = generated(project(without_personas(GENERATE)), endpoint)
    assert len(without) == len(with_them)
    for one, other in zip(sorted(map(said, with_them)), sorted(map(said, without)), strict=True):
        lines = [line for line in one.split("\n") if "It is asked by" not in line]
        assert "\n".join(lines) == other


def test_a_change_on_another_page_asks_nothing_anew(project, endpoint):
    folder = project()
    generated(folder, endpoint)
    (folder / "source" / "a.md").write_text("# A\n\nThe lid closes in 9 seconds.\n", "utf-8")
    endpoint.seen.clear()
    assert {said(body).count("The lid closes") > 0 for body in generated(folder, endpoint)} == {
        True
    }


def test_each_row_names_who_asks_and_the_counts_are_told(project, endpoint):
    folder = project()
    run(folder, "freeze")
    lines = (folder / "out" / "dataset.provenance.jsonl").read_text("utf-8").strip().split("\n")
    rows = [json.loads(line) for line in lines]
    told = Counter(row["persona"] for row in rows if row["view"] == "qa")
    assert told.keys() == {None, *NAMES}
    assert all((row["persona"] is None) == (row["style"] is None) for row in rows)
    status = json.loads(shikomi(folder, "status", "--json").stdout)["coverage"]["spread"]
    assert status["persona"] == {name or "none": n for name, n in told.items()}
    assert status["type"] == {"statement": told.total()}
    assert set(status["direction"]) <= {"forward", "reverse"}
    assert f"pairs by persona: none {told[None]}" in shikomi(folder, "status").stdout
    shikomi(folder, "export", "dataset", "--format", "openai")
    card = (folder / "out" / "dataset" / "README.md").read_text("utf-8")
    for name in NAMES:
        assert f"| who asks | {name} | {told[name]} |" in card
    assert "| prompt `en/personas` |" in card


def test_persons_of_ones_own_ask_and_re_open_the_stage(project, endpoint):
    folder = project()
    generated(folder, endpoint)
    endpoint.seen.clear()
    own = folder / "prompts" / "en"
    own.mkdir(parents=True)
    (own / "personas.md").write_text("pilot | It is asked by a pilot in flight.\n", "utf-8")
    bodies = generated(folder, endpoint)
    assert bodies and all("asked by a pilot in flight" in said(body) for body in bodies)


def test_an_embedded_generator_is_told_of_nobody_unless_wanted():
    hosted = '[models.generator]\nbase_url = "http://127.0.0.1:1/v1"\n'
    assert not config.parse("").has_personas
    assert config.parse(hosted).has_personas
    assert config.parse("[generate]\npersonas = true\n").has_personas
    assert not config.parse(f"{hosted}[generate]\npersonas = false\n").has_personas
