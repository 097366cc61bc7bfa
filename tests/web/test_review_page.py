"""The review page as a browser asks for it: over HTTP, of a process that serves a project."""

import json
import re
import shutil
import signal
import socket
import sqlite3
import subprocess
import time
from dataclasses import replace
from functools import partial
from types import SimpleNamespace

import httpx2
import pytest

import world
from shikomi.errors import UserError
from shikomi.stages import review
from shikomi.web import repairing, routes
from shikomi.web.deciding import edited
from shikomi.web.desk import Desk
from shikomi.web.refusals import REFUSALS
from shikomi.web.routes import _STATIC
from shikomi.web.wording import WORDS
from world import (
    SYSTEM,
    World,
    command,
    kind_of,
    opened,
    run,
    shikomi,
    statements,
    target,
    write_project,
)

LEAK = world.QUESTIONS[1][1]
POINTING = f"According to the document, how warm may a {SYSTEM} be?"
SCRIPT = f"Which {SYSTEM} lamp has <script>alert(1)</script> 6 of them?"


def spoil(body):
    """Pairs that the checks drop, for one points at the page and one repeats a held-out question;
    and one that a browser could take for a script."""
    if kind_of(body) != "generate":
        return None
    words = {"71 degrees": POINTING, "LB-17": LEAK}.get(target(body))
    words = SCRIPT if "card carries" in statements(body)["1"][0] else words
    if words is None:
        return None
    right = json.loads(World().right(body))
    right["1"]["question"] = words
    return json.dumps(right)


@pytest.fixture(scope="module")
def frozen(tmp_path_factory):
    folder = tmp_path_factory.mktemp("review-page") / "p"
    with World(spoil=spoil) as endpoint:
        write_project(
            folder, endpoint.base_url, extra="[generate]\ngoals_per_row = 3\nwordings = 4\n"
        )
        assert run(folder, "freeze") == []
    return folder


class Page:
    """A process that serves `folder`, and what is asked of it."""

    def __init__(self, folder) -> None:
        self.folder = folder
        line = command(folder, "review", "page", "--port", "0")
        self.process = subprocess.Popen(line, stdout=subprocess.PIPE, text=True, encoding="utf-8")
        self.first = self.process.stdout.readline()
        self.url, key = re.search(r"http://\S+", self.first)[0].split("/#")
        bearer = {"Authorization": f"Bearer {key}"}
        self.http = httpx2.Client(base_url=self.url, headers=bearer, trust_env=False, timeout=60)

    def pairs(self, **asked):
        return self.http.get("/api/pairs", params=asked).json()

    def pick(self, text):
        return self.pairs(text=text)["pairs"][0]

    def post(self, path, status=200, **body):
        reply = self.http.post(f"/api/{path}", json=body)
        assert reply.status_code == status, reply.text
        return reply.json() if status == 200 else reply.json()["error"]["message"]

    def decide(self, pair, decision, status=200, **words):
        asked = {"decision": decision, "selection": {"ids": [pair["id"]]}, **words}
        return self.post("decisions", status, asked=asked, shown=[pair["id"]])

    def told(self, pair):
        """The pair once all that follows from the last decision is worked out."""
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline:
            found = self.post("status", shown=[pair["id"]])
            if not found["status"]["is_open"]:
                return found["pairs"][0]
            time.sleep(0.05)
        raise AssertionError("nothing follows")

    def rows(self):
        with sqlite3.connect(self.folder / "shikomi.db") as db:
            return db.execute("SELECT sample_id, decision FROM reviews ORDER BY id").fetchall()


@pytest.fixture(scope="module")
def page(frozen, tmp_path_factory):
    folder = shutil.copytree(frozen, tmp_path_factory.mktemp("served") / "p")
    found = Page(folder)
    yield found
    found.http.close()
    found.process.send_signal(signal.SIGINT)
    rest = found.process.communicate(timeout=60)[0]
    assert (found.process.returncode, rest.splitlines()[-1]) == (
        0,
        f"then: shikomi run -p {folder}",
    )


def imported(folder, **line):
    with opened(folder) as ctx:
        return review.imported(ctx, json.dumps(line) + "\n", name="pairs.jsonl")


def test_nobody_reads_or_decides_without_the_key_or_from_another_site(page):
    bare = partial(httpx2.get, page.url + "/api/pairs", trust_env=False)
    assert bare().status_code == 401
    assert bare(headers={"Authorization": "Bearer wrong"}).status_code == 401
    for header in ({"Host": "evil.example"}, {"Origin": "http://evil.example"}):
        assert page.http.get("/", headers=header).status_code == 403
        assert page.http.post("/api/undo", json={}, headers=header).status_code == 403


def test_the_page_lets_no_script_run_but_its_own_and_takes_no_text_for_html(page):
    reply = page.http.get("/")
    policy = reply.headers["content-security-policy"]
    assert "default-src 'none'" in policy and "script-src 'self';" in policy
    assert "unsafe" not in policy
    assert re.findall(r"<script[^>]*>", reply.text) == ['<script src="/static/review.js" defer>']
    assert not re.search(r"\son\w+=|style=|javascript:", reply.text)
    script = page.http.get("/static/review.js").text
    assert not re.search(r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|eval", script)
    found = page.http.get("/api/pairs", params={"text": "<script>"})
    assert found.headers["content-type"] == "application/json"
    assert found.headers["x-content-type-options"] == "nosniff"
    assert found.json()["pairs"][0]["question"] == SCRIPT


def test_a_pair_is_shown_with_its_source_and_the_checks(page):
    pair = page.pick("fades a lamp")
    assert pair["place"] == "dimmer.md#Dimmer"
    assert pair["statement"] == "The dimmer fades a lamp within 40 seconds."
    assert pair["verdicts"] == [{"check": "lint", "said": "passed", "is_bad": False}]
    section = page.http.get(f"/api/pairs/{pair['id']}/section").json()
    marked = [piece["text"] for piece in section["pieces"] if piece["is_marked"]]
    assert marked == ["The dimmer fades a lamp within 40 seconds."]
    assert "LB-23" in "".join(piece["text"] for piece in section["pieces"])


def test_filters_say_how_many_pairs_each_choice_gives_and_pages_follow_one_another(page):
    found = page.pairs()
    for choices in ("state", "document", "view"):
        assert sum(each["count"] for each in found["choices"][choices]) == found["total"]
    for choice in found["choices"]["fate"]:
        assert page.pairs(fate=choice["value"])["total"] == choice["count"]
    dropped = page.pairs(fate="lint: points at the document")["pairs"]
    assert [pair["question"][:12] for pair in dropped] == ["According to"] * len(dropped)
    rest = page.pairs(after=found["pairs"][-1]["id"])
    numbers = [pair["number"] for pair in found["pairs"] + rest["pairs"]]
    assert numbers == list(range(1, found["total"] + 1)) and len(found["pairs"]) == 50
    assert page.pairs(before=rest["pairs"][0]["id"])["pairs"] == found["pairs"]
    ends = [(each["has_previous"], each["has_next"]) for each in (found, rest)]
    assert ends == [(False, True), (True, False)]


def test_pages_go_on_behind_pairs_that_their_filter_has_lost_meanwhile(page):
    first = page.pairs(state="undecided")
    ids = [pair["id"] for pair in first["pairs"]]
    asked = {"decision": "accept", "selection": {"ids": ids}}
    page.post("decisions", asked=asked)
    ends = {"before": ids[0], "after": ids[-1]}
    found = page.pairs(state="undecided", only="choices", **ends)
    assert (found["total"], found["has_next"]) == (first["total"] - len(ids), True)
    rest = page.pairs(state="undecided", after=ids[-1])
    assert rest["pairs"][0]["number"] == first["pairs"][-1]["number"] + 1
    assert page.post("undo")["undone"] == len(ids)


def test_decisions_are_the_rows_that_an_import_writes_and_undo_restores_what_was(page):
    pair, n = page.pick("starts the lamps"), len(page.rows())
    assert page.decide(pair, "accept")["pairs"][0]["state"] == "accept"
    page.decide(pair, "edit", answer="At 05:30.")
    with opened(page.folder) as ctx:
        line = next(x for x in review.exported(ctx).splitlines() if pair["id"] in x)
    assert {"decision": "edit", "answer": "At 05:30."}.items() <= json.loads(line).items()
    assert page.post("undo", shown=[pair["id"]])["pairs"][0]["state"] == "accept"
    assert page.post("undo", shown=[pair["id"]])["pairs"][0]["state"] == "undecided"
    made = [decision for _, decision in page.rows()[n:]]
    assert made == ["accept", "edit", "accept", "withdraw"]


def test_an_edit_that_changes_nothing_or_leaves_no_words_is_refused(page):
    pair, n = page.pick("starts the lamps"), len(page.rows())
    assert "nothing is edited" in page.decide(pair, "edit", 400, answer=pair["answer"])
    assert "needs a question and an answer" in page.decide(pair, "edit", 400, answer=" ")
    assert len(page.rows()) == n


def test_what_a_decision_brings_with_it_is_told_at_the_pair(page):
    leaking = page.pick(LEAK)
    page.decide(leaking, "accept")
    assert page.told(leaking)["note"] == "not taught: repeats a held-out question"
    pair = page.pick("fades a lamp")
    page.decide(pair, "edit", answer="It carries 7777 lamps.")
    note = "taught in your words, although: a number that is not in the source: 7777"
    assert page.told(pair)["note"] == note


def test_what_another_process_decides_is_seen(page):
    pair = page.pick("drops the oldest")
    version = page.pairs()["status"]["version"]
    imported(page.folder, id=pair["id"], decision="reject")
    deadline = time.monotonic() + 60
    while page.post("status")["status"]["version"] == version and time.monotonic() < deadline:
        time.sleep(0.05)
    assert page.told(pair)["state"] == "reject"


def test_many_are_decided_on_only_if_they_are_as_many_as_the_person_saw(page):
    found = page.pairs(document="network.md")
    asked = {"decision": "reject", "selection": {"filters": {"document": "network.md"}}}
    asked["selection"]["count"] = found["total"] + 1
    assert "pairs now, not" in page.post("decisions", 400, asked=asked)
    asked["selection"]["count"] = found["total"]
    assert page.post("decisions", asked=asked)["saved"] == found["total"]
    assert page.pairs(document="network.md", state="reject")["total"] == found["total"]
    assert page.post("undo")["undone"] == found["total"]
    assert page.pairs(document="network.md", state="undecided")["total"] == found["total"]


def test_find_and_replace_shows_each_change_first_and_then_saves_all(page):
    total = page.pairs(document="timer.md")["total"]
    selection = {"filters": {"document": "timer.md"}, "count": total}
    asked = {"selection": selection, "find": r"(\d) seconds", "replace": r"\1 s", "is_regex": True}
    n = len(page.rows())
    plan = page.post("repair", asked=asked | {"where": "answer"})
    assert len(page.rows()) == n
    change = plan["changes"][0]
    assert ["old", "4 seconds"] in change["answer"] and ["new", "4 s"] in change["answer"]
    assert page.post("apply", plan=plan["plan"])["saved"] == plan["total"] == len(plan["changes"])
    assert page.pairs(document="timer.md", text="4 s.", state="edit")["total"] == plan["total"]
    assert "old one" in page.post("apply", 400, plan=plan["plan"])
    assert page.post("undo")["undone"] == plan["total"]


def test_find_and_replace_leaves_dropped_and_rejected_pairs_alone(page):
    total = page.pairs(text="According to")["total"]
    asked = {"selection": {"filters": {"text": "According to"}, "count": total}}
    asked |= {"find": "According to the document, ", "replace": ""}
    assert page.post("repair", asked=asked)["aside"] == total
    assert page.post("repair", asked=asked | {"with_dropped": True})["total"] == total


def test_what_somebody_else_decided_since_the_preview_is_not_written_over(page):
    pairs = page.pairs(document="care.md")
    selection = {"filters": {"document": "care.md"}, "count": pairs["total"]}
    plan = page.post("repair", asked={"selection": selection, "find": "filter", "replace": "sieve"})
    imported(page.folder, id=plan_id(page, plan), decision="reject")
    n = len(page.rows())
    assert "somebody else" in page.post("apply", 400, plan=plan["plan"])
    assert len(page.rows()) == n


def plan_id(page, plan):
    number = plan["changes"][0]["number"]
    return next(p["id"] for p in page.pairs(document="care.md")["pairs"] if p["number"] == number)


@pytest.mark.parametrize(
    ("find", "replace", "line"),
    [("(a", "", "the regular expression is wrong"), ("(lamp)", r"\2", "the replacement is wrong"),
     ("", "", "say what to find"), ("(?s)^.*$", "", "cannot be changed so")],
)  # fmt: skip
def test_a_wrong_pattern_is_one_plain_line(page, find, replace, line):
    selection = {"filters": {"text": "lamp"}, "count": page.pairs(text="lamp")["total"]}
    asked = {"selection": selection, "find": find, "replace": replace, "is_regex": True}
    assert line in page.post("repair", 400, asked=asked)


def test_new_words_are_for_one_pair_alone(page):
    ids = [pair["id"] for pair in page.pairs()["pairs"][:2]]
    n = len(page.rows())
    for selected in (ids, []):
        asked = {"decision": "edit", "selection": {"ids": selected}, "question": "Why?"}
        assert "one pair at a time" in page.post("decisions", 400, asked=asked)
    assert len(page.rows()) == n


def test_what_cannot_be_done_is_said_in_the_language_of_the_page(frozen):
    desk = Desk(partial(opened, frozen))
    table = desk.start()
    pair = table.book.entries[0].sample
    japanese = SimpleNamespace(table=replace(table, book=replace(table.book, lang="ja")))
    found = {"selection": {"ids": [pair.id]}, "find": ".*", "replace": "", "is_regex": True}
    refused = [
        (desk.undo, "元に戻せるものがありません"),
        (lambda: repairing.plan(table, repairing.Repair(**found)), "質問か答えが空です"),
        (lambda: repairing.plan(table, repairing.Repair(**found | {"find": "("})), "正規表現"),
        (lambda: edited(table, table.book.entries[0], question=None, answer=None), "変更が"),
    ]
    for asked, said in refused:
        with pytest.raises(UserError) as error:
            asked()
        body = json.loads(routes._user_error(japanese, None, error.value).body)
        assert said in body["error"]["message"]
    desk.close()


def test_a_pattern_that_never_ends_is_ended(frozen, monkeypatch):
    monkeypatch.setattr(repairing, "_SECONDS", 1)
    desk = Desk(partial(opened, frozen))
    pair = desk.start().book.entries[0].sample
    asked = {"selection": {"ids": [pair.id]}, "find": r"((\w|\s|\W)+)+\d{40}$", "replace": ""}
    with pytest.raises(UserError, match="takes more than 1 seconds"):
        repairing.plan(desk.table, repairing.Repair(**asked, is_regex=True))
    desk.close()


def test_a_project_without_pairs_and_a_taken_port_are_plain_lines(frozen, tmp_path):
    write_project(tmp_path / "p", "http://127.0.0.1:1/v1")
    done = shikomi(tmp_path / "p", "review", "page", "--port", "0")
    said = "shikomi: there are no pairs yet: run `shikomi judge` first\n"
    assert (done.returncode, done.stderr) == (1, said)
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        done = shikomi(frozen, "review", "page", "--port", port)
    assert done.returncode == 1
    assert re.fullmatch(rf"shikomi: cannot listen on 127.0.0.1 port {port}: .*\n", done.stderr)


def test_every_word_that_the_page_says_is_there_in_both_languages():
    english, japanese = WORDS["en"].keys(), WORDS["ja"].keys()
    assert japanese - english == {"passed", "supported"} and english <= japanese
    script = (_STATIC / "review.js").read_text(encoding="utf-8")
    said = set(re.findall(r'\bwords\.(\w+)|\bsay\("(\w+)"[,)]', script))
    assert {a or b for a, b in said} <= english
    assert REFUSALS["en"].keys() == REFUSALS["ja"].keys()
    for key, text in REFUSALS["en"].items():
        assert sorted(re.findall(r"{\w+}", text)) == sorted(
            re.findall(r"{\w+}", REFUSALS["ja"][key])
        )
    for lang in ("en", "ja"):
        fields = {key: set(re.findall(r"{\w+}", text)) for key, text in WORDS[lang].items()}
        assert {key: fields[key] for key in english} == {
            key: set(re.findall(r"{\w+}", WORDS["en"][key])) for key in english
        }
