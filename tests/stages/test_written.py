"""Rewrites and questions across pages: written, checked, counted, taught."""

import json
import re
from collections import Counter

import pytest

from shikomi.config import parse
from shikomi.llm.ask import TRUNCATED
from views_script import shown
from world import SYSTEM, World, kind_of, rows, run, shikomi, write_project

QUICK = '[generate]\nwordings = 2\ntier = "quick"\n'
FEW = QUICK + "texts_per_section = 10\n"
REWRITES = FEW + "focal_rewrites = 0\ncross_document = 0\n"
CROSS = FEW + "rewrites = 0\nfocal_rewrites = 0\ncross_document = 0.1\n"
FOCAL = FEW + "rewrites = 0\ncross_document = 0\n"
VIEWS = ("rewrite", "cross", "focal")
JAPANESE = "清掃"  # the page in Japanese


def calls(folder):
    return dict(rows(folder, "SELECT stage, count(*) FROM calls GROUP BY stage"))


def status(folder):
    return json.loads(shikomi(folder, "status", "--json").stdout)


def dropped(folder, view):
    return {r["reason"]: r["count"] for r in status(folder)["dropped"] if r["step"] == view}


def taught(folder):
    """The messages of the training file by view."""
    lines = (folder / "out" / "dataset.jsonl").read_text("utf-8").splitlines()
    origins = (folder / "out" / "dataset.provenance.jsonl").read_text("utf-8").splitlines()
    found = {}
    for line, origin in zip(lines, origins, strict=True):
        view = json.loads(origin)["view"]
        found.setdefault(view, []).append(json.loads(line)["messages"])
    return found


@pytest.fixture
def project(tmp_path):
    """Make a project at an endpoint that is spoilt in some way, and freeze it."""

    def make(extra, spoil=None, **over):
        with World(spoil=spoil) as endpoint:
            folder = write_project(tmp_path / "p", endpoint.base_url, extra=extra, **over)
            assert run(folder, "freeze") == []
        return folder, endpoint

    return make


@pytest.fixture(scope="module")
def quick(tmp_path_factory):
    """A frozen project of the quick tier, which tests leave as it is, and its endpoint."""
    with World() as endpoint:
        folder = tmp_path_factory.mktemp("quick") / "p"
        write_project(folder, endpoint.base_url, extra=QUICK)
        assert run(folder, "freeze") == []
        yield folder, endpoint


def assert_counts_are_whole(folder, view):
    funnel = status(folder)["funnel"]
    lost = sum(dropped(folder, view).values())
    assert funnel[f"{view} asked"] == funnel[f"{view} kept"] + lost
    assert calls(folder)[view] == funnel[f"{view} asked"]
    return funnel


def test_a_tier_gives_rewrites_focal_rewrites_and_questions_across_pages(quick):
    folder, endpoint = quick
    found = taught(folder)
    for view in VIEWS:
        funnel = assert_counts_are_whole(folder, view)
        assert len(found[view]) == funnel[f"{view} kept"] > 0
    n_sections = len(rows(folder, "SELECT 1 FROM current_sections"))
    assert funnel["rewrite wanted"] == 6 * n_sections
    assert funnel["cross checked"] * 3 == calls(folder)["cross-check"]
    assert all(each[-1]["role"] == "assistant" for view in VIEWS for each in found[view])
    kinds = Counter(map(kind_of, endpoint.seen))
    assert kinds["rewrite"] == funnel["rewrite asked"] + funnel["focal asked"]


def test_rewrites_of_a_section_begin_with_it_and_take_the_forms_in_turn(project):
    _, endpoint = project(REWRITES)
    prompts = [body["messages"] for body in endpoint.seen if kind_of(body) == "rewrite"]
    assert all(messages[-1]["content"].startswith("<document>") for messages in prompts)
    heads, forms = set(), set()
    for messages in prompts:
        text, _, form = messages[-1]["content"].partition("</document>")
        heads.add(text)
        forms.add(form)
    assert len(heads) * 3 == len(prompts)
    assert len(forms) > 7


def _key(body) -> str:
    return json.dumps(body["messages"], ensure_ascii=False)


def test_a_rewrite_that_fails_a_check_is_counted_asked_for_again_and_not_taught(project):
    seen = set()

    def spoil(body):
        if kind_of(body) != "rewrite" or (key := _key(body)) in seen:
            return None
        seen.add(key)
        if JAPANESE in key:
            return f"{SYSTEM}は987時間のあいだ待ってから、言われたとおりに仕事を続ける。"
        return f"{SYSTEM} waits for 987 hours and then goes on with what it was told to do."

    folder, _ = project(REWRITES, spoil)
    funnel = assert_counts_are_whole(folder, "rewrite")
    assert dropped(folder, "rewrite") == {"a number that is not in the source": len(seen)}
    assert funnel["rewrite kept"] == funnel["rewrite wanted"] == len(seen)
    assert "987" not in json.dumps(taught(folder))


def test_a_rewrite_is_given_up_after_its_tries_and_that_is_no_failure(project):
    def spoil(body):
        if kind_of(body) != "rewrite":
            return None
        return "はい。" if JAPANESE in _key(body) else "Yes."

    folder, _ = project(REWRITES, spoil)
    funnel = assert_counts_are_whole(folder, "rewrite")
    assert funnel["rewrite kept"] == 0
    assert funnel["rewrite asked"] == 3 * funnel["rewrite wanted"]
    assert dropped(folder, "rewrite") == {"too short": funnel["rewrite asked"]}
    assert "rewrite" not in taught(folder)


def test_a_refused_call_is_a_failed_row_that_can_be_tried_again(tmp_path):
    is_down = True

    def spoil(body):
        if kind_of(body) == "rewrite" and is_down and "Timer" in body["messages"][-1]["content"]:
            return 400, {}, {"error": {"message": "no such text here", "code": "bad"}}
        return None

    with World(spoil=spoil) as endpoint:
        folder = write_project(tmp_path / "p", endpoint.base_url, extra=REWRITES)
        reasons = run(folder, "views")
        assert reasons and all("no such text" in reason for reason in reasons)
        assert run(folder, "views") == []
        is_down = False
        assert run(folder, "views", retry_failed=True) == []
    funnel = status(folder)["funnel"]
    assert funnel["rewrite kept"] == funnel["rewrite wanted"]


def test_a_reply_that_was_cut_off_is_an_attempt(project):
    def spoil(body):
        if kind_of(body) != "rewrite":
            return None
        from shikomi.llm.scripted import chat_completion

        return 200, {}, chat_completion("It goes on", finish_reason="length")

    folder, _ = project(REWRITES, spoil)
    assert dropped(folder, "rewrite").keys() == {TRUNCATED.split(":")[0]}


def test_a_dialogue_that_asks_a_held_out_question_is_not_taught(project):
    leak = "How long does Lumenbox take to fade?"

    def spoil(body):
        if kind_of(body) != "rewrite" or "Dimmer" not in body["messages"][-1]["content"]:
            return None
        told = "The dimmer of a Lumenbox fades a lamp, and 40 seconds are enough for that. "
        more = "Its card carries 6 lamps at most, and LB-17 is shown when its fuse is blown."
        return f"Student: {leak}\nTeacher: {told}{more}"

    folder, _ = project(REWRITES, spoil)
    assert dropped(folder, "rewrite")["repeats a held-out question"] > 0
    assert leak not in json.dumps(taught(folder))


def test_focal_rewrites_are_about_questions_that_are_taught_and_answer_them(project):
    folder, endpoint = project(FOCAL)
    found = taught(folder)
    questions = {messages[0]["content"] for messages in found["qa"]}
    assert_counts_are_whole(folder, "focal")
    asked = [
        body["messages"][-1]["content"] for body in endpoint.seen if kind_of(body) == "rewrite"
    ]
    assert asked
    for prompt in asked:
        assert re.search(r"^(?:Question|質問): (.+)\Z", prompt, re.MULTILINE)[1] in questions
    for messages in found["focal"]:
        assert any(messages[0]["content"].startswith(question) for question in questions)


def test_a_focal_rewrite_that_does_not_answer_its_question_is_not_taught(project):
    other = f"{SYSTEM} is spoken of here in words that have to do with no value at all, gladly."
    folder, _ = project(FOCAL, lambda body: other if kind_of(body) == "rewrite" else None)
    assert "does not answer its question" in dropped(folder, "focal")
    assert "focal" not in taught(folder)


def test_a_question_across_pages_has_evidence_in_both_and_both_sections_as_its_source(project):
    folder, _ = project(CROSS)
    funnel = assert_counts_are_whole(folder, "cross")
    assert funnel["cross kept"] > 0
    found = rows(folder, "SELECT section_ids FROM samples WHERE view = 'cross'")
    paths = dict(rows(folder, "SELECT id, path FROM sections"))
    for (ids,) in found:
        assert len({paths[each] for each in json.loads(ids)}) == 2


@pytest.mark.parametrize(
    ("field", "reason"),
    [
        ("evidence_a", "evidence that is not in the first section"),
        ("evidence_b", "evidence that is not in the second section"),
    ],
)
def test_a_question_whose_evidence_is_made_up_is_asked_about_by_nobody(project, field, reason):
    def spoil(body):
        if kind_of(body) != "cross":
            return None
        return json.dumps(json.loads(World().right(body)) | {field: "it was never written there"})

    folder, _ = project(CROSS, spoil)
    assert dropped(folder, "cross").keys() == {reason}
    assert "cross-check" not in calls(folder)
    assert "cross" not in taught(folder)


def test_a_question_that_one_page_alone_answers_is_not_taught(project):
    def spoil(body):
        known = re.findall(r"\d[\d:]*\d|\d|workshop", " ".join(everything))
        return " ".join(known) if kind_of(body) == "check" else None

    everything = ["40 05:30 71 4711 900", "workshop", "6", "9", "250", "12", "3"]
    folder, _ = project(CROSS, spoil)
    assert "the first section alone answers it" in dropped(folder, "cross")
    assert status(folder)["funnel"]["cross kept"] == 0


def test_a_question_that_both_pages_do_not_answer_ends_after_one_check(project):
    folder, endpoint = project(CROSS, lambda body: "No." if kind_of(body) == "check" else None)
    funnel = assert_counts_are_whole(folder, "cross")
    assert dropped(folder, "cross") == {
        "both sections together do not answer it": funnel["cross asked"]
    }
    checks = [body for body in endpoint.seen if kind_of(body) == "check"]
    assert {len(shown(body)) for body in checks} == {2}
    assert calls(folder)["cross-check"] == len(checks) <= funnel["cross asked"]


def test_a_finished_project_asks_nothing_again(quick):
    folder, endpoint = quick
    before = endpoint.n_requests
    assert run(folder, "freeze") == []
    assert endpoint.n_requests == before
    assert status(folder)["stages"]["views"] == 0


def test_views_come_by_batches_where_the_generator_is_batched(tmp_path):
    with World() as endpoint:
        extra = QUICK + "[batch]\npoll_seconds = 0.05\n"
        folder = write_project(tmp_path / "p", endpoint.base_url, extra=extra)
        config = folder / "shikomi.toml"
        text = config.read_text("utf-8")
        config.write_text(
            text.replace("[models.generator]\n", "[models.generator]\nbatch = true\n")
        )
        assert run(folder, "freeze") == []
        assert {kind_of(body) for body in endpoint.batch.bodies} == {
            "generate", "rewrite", "cross", "check"
        }  # fmt: skip
        assert endpoint.seen == []
    for view in VIEWS:
        assert_counts_are_whole(folder, view)


def test_an_estimate_counts_the_calls_that_are_then_made_and_the_texts_that_are_trained_on(
    tmp_path,
):
    with World() as endpoint:
        folder = write_project(tmp_path / "p", endpoint.base_url, extra=QUICK)
        rows_before = json.loads(shikomi(folder, "estimate", "--json").stdout)["rows"]
        assert run(folder, "freeze") == []
    lines = {row["part"]: row for row in rows_before if row["stage"] == "views"}
    made = calls(folder)
    for part in ("rewrite", "focal", "cross", "cross-check"):
        assert lines[part]["calls"] == made[part]
    assert all(line["output_tokens"] > 0 for line in lines.values())
    lengths = {view: len(found) for view, found in taught(folder).items()}
    assert (
        json.loads(shikomi(folder, "estimate", "--json").stdout)["rows"][0]["stage"] == "finetune"
    )
    assert lengths["rewrite"] == lines["rewrite"]["calls"]


def test_what_is_exported_says_what_the_views_are_and_where_they_are_from(quick):
    folder, _ = quick
    assert shikomi(folder, "export", "dataset", "--format", "openai").returncode == 0
    card = (folder / "out" / "dataset" / "README.md").read_text("utf-8")
    assert "rewritten by a model in another form" in card
    assert "questions across pages kept" in card
    assert "en/rewrite_styles" in card
    lines = (folder / "out" / "dataset" / "provenance.jsonl").read_text("utf-8").splitlines()
    origins = [json.loads(line) for line in lines]
    crossing = [each for each in origins if each["view"] == "cross"]
    assert crossing
    assert all(len({s["page"] for s in each["sections"]}) == 2 for each in crossing)
    written = [each for each in origins if each["view"] in VIEWS]
    assert {each["call"]["model"] for each in written} == {"scripted-generator"}


@pytest.mark.parametrize(
    ("config", "expected"),
    [
        ("", (0, 0, 0)),
        ('[models.generator]\nbase_url = "http://127.0.0.1:1/v1"\n', (12, 4, 2)),
        ('[generate]\ntier = "quick"\n', (6, 2, 1)),
        ('[generate]\ntier = "thorough"\n', (48, 16, 8)),
        ('[generate]\ntier = "quick"\ntexts_per_section = 10\nrewrites = 0.5\n', (5, 1, 0)),
        ('[models.generator]\nbase_url = "http://127.0.0.1:1/v1"\n'
         "[generate]\ntexts_per_section = 0\n", (0, 0, 0)),
        ('[models.generator]\nbase_url = "http://127.0.0.1:1/v1"\n'
         '[generate]\nstrategy = "rolling"\n', (0, 0, 0)),
    ],
)  # fmt: skip
def test_a_tier_says_how_many_texts_a_section_has_and_its_keys_go_first(config, expected):
    assert parse(config).written == expected


def test_rewrites_need_values_of_their_section_and_lose_links_to_other_pages(project):
    def spoil(body):
        asked = body["messages"][-1]["content"]
        if kind_of(body) == "rewrite" and "Dimmer" in asked:
            return "A Lumenbox has a dimmer for its lamps, whose card carries some, and codes too."
        if kind_of(body) == "rewrite" and "4711" in asked:
            return "See [Alarms](alarms.md): a Lumenbox takes 12 telegrams a second on port 4711."
        return None

    folder, _ = project(REWRITES, spoil)
    assert dropped(folder, "rewrite")["leaves out most values"] > 0
    assert "See Alarms: a Lumenbox" in json.dumps(taught(folder))
