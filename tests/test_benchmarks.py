"""What the scripts print is what others read."""

import json
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

from world import QUESTIONS, kind_of

SCRIPTS = Path(__file__).parent.parent / "benchmarks"
PRICED = "https://api.openai.com/v1#gpt-5.4-mini"
KEYS = {
    *("pages", "rendered_mean", "precision_mean", "recall_mean", "pages_below_98", "n_below_95"),
    *("failed", "features", "pages_per_second"),
}


def figures(script, *options):
    command = [sys.executable, str(SCRIPTS / script), "--json", *map(str, options)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    return json.loads(done.stdout)


def test_peers_stand_beside_ours_on_the_same_pages_and_a_missing_one_is_named(tmp_path):
    for n in range(6):
        (tmp_path / f"{n}.html").write_text(f"<h1>Page {n}</h1><p>Some words, {n} of them.</p>")
    found = figures(
        "ingest.py", tmp_path, "--peer-pages", "3", "--peers", "html-to-markdown,pandoc"
    )
    assert found.keys() >= KEYS | {"pages_per_second_small", "peak_memory_mb"}
    assert (found["pages"], found["rendered_mean"], found["pages_below_98"]) == (6, 1.0, [])
    assert found["ours_there"]["pages"] == 3
    for peer in ("html-to-markdown", "pandoc"):
        row = found["peers"][peer]
        assert row.get("missing") or (row.keys() >= KEYS and row["pages"] == 3)


def test_both_strategies_write_pairs_about_the_same_documents_and_each_pair_is_priced(
    tmp_path, endpoint
):
    pages = "".join(f"The gate {n} opens after {n + 40} seconds of rain.\n\n" for n in range(300))
    for name in "abc":
        (tmp_path / f"{name}.md").write_text(f"# Gates {name}\n\n{pages}", encoding="utf-8")
    options = ["--root", "Lumenbox", "--base-url", endpoint.base_url, "--model", "m"]
    options += ["--pairs", 4, "--embeddings", "e", "--priced", PRICED]
    found = figures("dataset_cost.py", tmp_path, *options)
    kinds = Counter(kind_of(body) for body in endpoint.seen)
    rolling, coverage = found["rolling"], found["coverage"]
    assert len(found["document_tokens"]) == rolling["documents"] == coverage["documents"] == 2
    assert rolling["calls"] == kinds["question"] + kinds["reply"] >= 16
    assert coverage["calls"] == kinds["generate"] == 3
    assert rolling["embedding_calls"] == len(set(endpoint.embedded))
    each = {name: row["input_tokens"] / row["accepted"] for name, row in found.items()
            if name in ("rolling", "coverage")}  # fmt: skip
    assert found["input_token_ratio"] == round(each["coverage"] / each["rolling"], 4)
    assert found["calls_per_kept_pair"] == round(3 / coverage["accepted"], 3)
    whole = found["extrapolated"]
    money = whole["usd"][PRICED]
    for name in ("rolling", "coverage"):
        tokens = whole[name]
        usd = tokens["input_tokens"] * money["price"]["input"]
        usd += tokens["output_tokens"] * money["price"]["output"]
        assert money[name] == round(usd / 1e6, 2)


def test_documented_answers_have_marks_and_what_is_not_documented_is_found_out():
    for example in figures("support.py").values():
        documented = example["documented"]
        assert documented["found"] == documented["questions"] == 48
        assert (documented["no_mark"], documented["undocumented"]) == (0, 0)
        assert (documented["by_question"], documented["right_mark"]) <= (2, 1.0)
        assert example["from_memory"]["no_mark"] >= 46
        assert example["missing"]["undocumented"] == example["missing"]["questions"]
        assert example["topics"]["undocumented"] >= 18
        assert example["strangers"]["undocumented"] >= 90


def test_a_question_made_of_two_linked_sections_is_answered_by_both(tmp_path):
    pages = {"a": "The heron counts tides. See [pumps](b.md).", "b": "A brass pump hums at dusk."}
    pages |= {f"f{n}": f"Shelf {n} holds jars of honey, row upon row." for n in range(6)}
    for name, text in pages.items():
        (tmp_path / f"{name}.md").write_text(f"# Page {name}\n\n{text}\n", encoding="utf-8")
    found = figures("spanning.py", tmp_path, "--questions", 1, "--k", 1)
    for name in ("examples/en", "examples/ja"):
        assert found[name]["one"] >= found[name]["one_plain_k"] > 0.85
    assert (found[str(tmp_path)]["both_plain_k"], found[str(tmp_path)]["both"]) == (0.0, 1.0)


def test_deduplication_of_made_up_questions_is_compared_with_brute_force():
    found = figures("dedup.py", "--n", 2000, "--sample", 100)
    assert found.keys() >= {"n", "seconds", "peak_gb", "recall", "precision"}
    assert (found["n"], found["recall"], found["precision"]) == (2000, 1.0, 1.0)
    assert 0 < found["twins_in_sample"] < 100 and found["dropped"] < 150


LIKE_A_PAIR = "What completes this of a Timer: a key is held where?"
ARTICLES = {
    "Dimmer_card": (
        "The dimmer fades a lamp within 40 seconds. A dimmer card carries 6 lamps at most."
        " The *fuse* of the dimmer bears 16 amperes.",
        [(QUESTIONS[0], ["the 40 seconds", "40 seconds"]), (QUESTIONS[2], ["6"])],
    ),
    "Timer": (
        "The timer starts the lamps at 05:30 every morning. It repeats a failed start after 9"
        " minutes. The green key is held for 4 seconds.",
        [(QUESTIONS[3], ["05:30"]), (("", LIKE_A_PAIR), ["key"]), (("", "Which key?"), ["?!"])],
    ),
    "Alarms": (
        "A heat alarm sounds when the housing is warmer than 71 degrees. The alarm log keeps 250"
        " entries and drops the oldest one.",
        [(QUESTIONS[5], ["71 degrees"]), (QUESTIONS[6], ["250"])],
    ),
}  # fmt: skip


def squad(row):
    (_, question, *_), answers = row
    return {"question": question, "answers": [{"text": text} for text in answers]}


def flat(row):
    (_, question, *_), answers = row
    return {"question": question, "answers": answers}


@pytest.fixture
def human(tmp_path, endpoint):
    """Calls the script about a made-up set, in a work folder of the given name."""
    nested = [
        {"title": title, "paragraphs": [{"context": text, "qas": [squad(row) for row in rows]}]}
        for title, (text, rows) in ARTICLES.items()
    ]
    listed = [
        {
            "title": title.replace("_", " "),
            "context": text,
            "questions": [flat(row) for row in rows],
        }
        for title, (text, rows) in ARTICLES.items()
    ]
    (tmp_path / "nested").write_text(json.dumps({"data": nested}), "utf-8")
    (tmp_path / "flat").write_text(json.dumps(listed), "utf-8")
    student = f'model = "m"\nbase_url = "{endpoint.base_url}"\n'
    settings = f"[models.student]\n{student}[finetune]\npoll_seconds = 0.02\n"
    (tmp_path / "settings.toml").write_text(settings, "utf-8")

    def run(form, work, *options):
        chosen = ["--work", tmp_path / work, "--settings", tmp_path / "settings.toml", *options]
        generator = ["--base-url", endpoint.base_url, "--model", "m"]
        return figures("human_questions.py", tmp_path / form, *chosen, *generator)

    return run


def held_out(folder):
    return [json.loads(line) for line in (folder / "questions.jsonl").read_text("utf-8").split("\n")
            if line]  # fmt: skip


def test_people_s_questions_are_asked_with_their_article_s_title_and_a_second_call_asks_nothing(
    human, endpoint, tmp_path
):
    options = ["--documents", 3, "--low-overlap", 0.3]
    found = human("nested", "work", *options)
    arms, mine = found["arms"], found["human"]
    assert (mine["documents"], mine["questions"], mine["without_a_reference"]) == (3, 6, 1)
    assert arms["tuned"].keys() >= {"correct", "n", "low", "high"}
    assert (arms["base"]["correct"], arms["tuned"]["correct"], arms["tuned"]["n"]) == (0, 5, 6)
    assert mine["recovered"] == found["share_of_search_gain"]
    assert mine["tuned+rag-base+rag"] == found["contrasts"]["tuned+rag-base+rag"]
    assert {"generate", "finetune", "evaluate"} <= found["seconds"].keys()
    asked = {body["messages"][-1]["content"] for body in endpoint.seen if kind_of(body) == "answer"}
    assert f"About Dimmer card: {QUESTIONS[0][1]}" in asked
    assert LIKE_A_PAIR in asked
    low = mine["low_overlap"]
    assert low["n"] == low["arms"]["tuned"]["n"] == mine["overlap"]["below 0.3"] == 5
    n_before = endpoint.n_requests
    assert human("nested", "work", *options) == found
    assert endpoint.n_requests == n_before
    with pytest.raises(subprocess.CalledProcessError):
        human("nested", "work", "--documents", 2)


def test_both_forms_of_a_set_give_the_same_project_and_a_dry_run_asks_no_model(
    human, endpoint, tmp_path
):
    options = ["--documents", 2, "--questions", 1, "--dry-run"]
    for form in ("nested", "flat"):
        found = human(form, f"{form}-work", *options)
        assert {row["stage"] for row in found["estimate"]["rows"]} >= {"generate", "finetune"}
        assert (found["human"]["documents"], found["human"]["questions"]) == (2, 2)
    assert endpoint.n_requests == 0
    assert held_out(tmp_path / "nested-work") == held_out(tmp_path / "flat-work")
    first = held_out(tmp_path / "nested-work")[0]
    assert first["accept"] == [["the 40 seconds"], ["40 seconds"]]
    page = (tmp_path / "nested-work" / "docs" / first["section"]).read_text("utf-8")
    assert "# Dimmer card" in page and "\\*fuse\\*" in page


def test_people_s_questions_can_be_asked_as_they_stand(human, tmp_path):
    human("flat", "work", "--documents", 2, "--dry-run", "--as-written", "--seed", 1)
    written = [row["question"] for row in held_out(tmp_path / "work")]
    assert len(written) == 4 and all(not text.startswith("About") for text in written)


def test_a_judge_is_held_against_hand_made_labels_in_both_languages(endpoint, tmp_path):
    options = ["--base-url", endpoint.base_url, "--model", "m", "--work", tmp_path / "work"]
    endpoint.spoil = lambda body: (
        "nonsense" if "Embersedge" in body["messages"][-1]["content"] else None
    )
    found = figures("judge.py", *options)
    # The scripted judge calls everything correct; of one answer it says what cannot be read.
    judge, program = found["judge"], found["program"]
    assert (judge["n"], judge["unread"], program["n"]) == (99, 1, 100)
    assert judge["table"].keys() == {"CORRECT", "INCORRECT", "NOT_ATTEMPTED"}
    assert (judge["right"]["kappa"], judge["reliability"]) == (0.0, "not_reliable")
    assert program["right"]["kappa"] > 0.6
    assert {lang: n for lang, (_, n) in judge["same_by_language"].items()} == {"en": 50, "ja": 50}


def test_the_hand_made_labels_are_about_the_examples_as_they_are():
    items = json.loads((SCRIPTS / "judge_answers.json").read_text("utf-8"))["items"]
    known = {
        row["question"]: row
        for file in SCRIPTS.parent.glob("examples/*/questions.jsonl")
        for row in map(json.loads, file.read_text("utf-8").splitlines())
    }
    for item in items:
        row = known[item["question"]]
        assert (item["reference"], item["accept"]) == (row["answer"], row["accept"])
    assert len({(item["question"], item["answer"]) for item in items}) == len(items) == 100


def test_coverage_counts_what_planning_and_filters_leave_unasked(tmp_path):
    said = "The log keeps 250 entries."
    (tmp_path / "a.md").write_text(f"# Log\n\n{said}\n\n```\nshow log --last 9\n```\n", "utf-8")
    (tmp_path / "b.md").write_text(
        f"# Again\n\n{said}\n\nAs stated above, it has 3 keys.\n", "utf-8"
    )
    found = figures("coverage.py", tmp_path, "--root", "Lumenbox")
    assert (found["facts"], found["facts_asked"], found["facts_share"]) == (4, 3, 0.75)
    assert (found["examples"], found["examples_asked"], found["failed"]) == (1, 1, 0)
    assert found["reasons"] == {"points at the document": 1}
    assert found["left"][0]["place"] == "b.md#Again"


def test_a_run_with_nothing_to_do_asks_nobody():
    found = figures("second_run.py", "--pairs", 60, "--reviews", 3)
    assert found["pairs"] > 60
    assert (found["pending"], found["requests"]) == ([], 0)
