"""The built-in tasks and those of the examples: each check takes a right reply and no wrong one."""

import json
from collections import Counter
from pathlib import Path

import pytest

from shikomi.corpus import language
from shikomi.errors import ConfigError
from shikomi.evaluation import answers
from shikomi.evaluation.rules import Rules, broken
from shikomi.evaluation.tasks import code_of, parse, suite
from shikomi.stages.tasks import mark

HERE = Path(__file__).parent
EXAMPLES = HERE.parent.parent / "examples"


def wrong_replies():
    lines = (HERE / "wrong_replies.jsonl").read_text("utf-8").splitlines()
    return {each["id"]: each["reply"] for each in map(json.loads, lines)}


def of_example(lang):
    text = (EXAMPLES / lang / "tasks.jsonl").read_text("utf-8")
    return parse(text, "tasks.jsonl", lang_of=language.detect, is_own=True)


WRONG = wrong_replies()
TASKS = [*suite(), *of_example("en"), *of_example("ja")]


@pytest.mark.parametrize("task", TASKS, ids=lambda task: task.id)
def test_the_reference_reply_passes_and_a_plausible_wrong_one_does_not(task):
    assert mark(task.answer, task) == ("CORRECT", "")
    value, why = mark(WRONG[task.id], task)
    assert value == "INCORRECT"
    assert "SyntaxError" not in why


@pytest.mark.parametrize("task", TASKS, ids=lambda task: task.id)
def test_an_empty_reply_an_excuse_and_the_task_said_back_do_not_pass(task):
    assert mark(" \n", task)[0] == "NOT_ATTEMPTED"
    assert mark(task.prompt, task)[0] == "INCORRECT"
    if not task.asserts:
        for excuse in ("I would rather not.", "申し訳ありませんが、わかりません。"):
            assert mark(excuse, task)[0] == "INCORRECT"


def test_every_language_has_enough_tasks_of_each_kind():
    counts = Counter((task.lang, task.kind) for task in suite())
    assert counts == {
        (lang, kind): n
        for lang in ("en", "ja")
        for kind, n in {"instructions": 16, "code": 12, "everyday": 16}.items()
    }


def test_no_built_in_prompt_stands_there_twice():
    assert Counter(task.prompt for task in suite()).most_common(1)[0][1] == 1


@pytest.mark.parametrize("lang", ["en", "ja"])
def test_an_example_has_twelve_tasks_of_each_kind_in_its_language_on_pages_that_are_there(lang):
    tasks = of_example(lang)
    assert Counter(task.kind for task in tasks) == {"specification": 12, "violations": 12}
    assert {task.lang for task in tasks} == {lang}
    for task in tasks:
        page, heading = task.section.split("#")
        text = (EXAMPLES / lang / "docs" / page).read_text("utf-8")
        assert any(line.lstrip("# ") == heading for line in text.splitlines() if line[:1] == "#")


@pytest.mark.parametrize("lang", ["en", "ja"])
def test_what_names_a_violation_stands_in_the_documents_and_not_in_the_task(lang):
    pages = "\n".join(file.read_text("utf-8") for file in (EXAMPLES / lang / "docs").rglob("*.md"))
    for task in of_example(lang):
        if task.kind == "violations":
            assert not answers.matches(task.prompt, task.accept)
            assert answers.matches(pages, task.accept)


@pytest.mark.parametrize("lang", ["en", "ja"])
def test_an_example_s_tasks_name_its_system(lang):
    known = json.loads((EXAMPLES / lang / "shikomi.example.json").read_text("utf-8"))
    names = [known["root"], *known["aliases"]]
    assert all(any(name in task.prompt for name in names) for task in of_example(lang))


@pytest.mark.parametrize(
    ("rules", "right", "wrong"),
    [
        ({"lines": 2}, "a\n\nb", "a"),
        ({"bullets": 2}, "- a\n* b", "- a\nb"),
        ({"numbered": 2}, "1. a\n2) b", "1. a\n3. b"),
        ({"sentences": 2}, "雨だ。風もある。", "雨だ、風もある。"),
        ({"paragraphs": 2}, "a\n\nb", "a\nb"),
        ({"words": (2, 3)}, "one two", "one"),
        ({"characters": (2, 3)}, "あ い", "あ"),
        ({"json_keys": ("a",)}, '```json\n{"a": 1}\n```', '{"a": 1, "b": 2}'),
        ({"json_items": 2}, "[1, 2]", "1, 2"),
        ({"contains": ("a", "b")}, "ab", "a"),
        ({"excludes": ("、",)}, "雨だ", "雨だ、"),
        ({"order": ("a", "b")}, "a b a", "b a"),
        ({"times": {"a": 2}}, "a a", "a a a"),
        ({"starts": "a"}, "ab", "ba"),
        ({"ends": "a"}, "ba", "ab"),
        ({"case": "upper"}, "A1", "a1"),
        ({"case": "lower"}, "a1", "A1"),
        ({"script": "latin"}, "It is 5.", "雨 is it"),
        ({"script": "hiragana"}, "あめだ。", "アメだ。"),
        ({"script": "katakana"}, "アメ", "あめ"),
        ({"script": "no kanji"}, "あめとカサ", "雨"),
        ({"language": "en"}, "rain", "rain 雨"),
        ({"language": "ja"}, "JR で雨だった", "It rained 雨"),
        ({"pattern": "[a-c]+"}, "abc", "abcd"),
    ],
)
def test_each_rule_tells_replies_apart(rules, right, wrong):
    [name] = rules
    assert broken(right, Rules(**rules)) == ""
    assert broken(wrong, Rules(**rules)) == name


def test_an_order_of_nothing_is_kept_by_any_reply():
    assert broken("a", Rules(order=())) == ""


@pytest.mark.parametrize(
    ("reply", "code"),
    [
        ("def f():\n    pass", "def f():\n    pass"),
        ("Here:\n```python\ndef f():\n    pass\n```\nDone.", "def f():\n    pass\n"),
        ("```sh\npip install x\n```\n```\ndef f():\n    pass\n```", "def f():\n    pass\n"),
        ("```python\ndef f():\n    pass", "def f():\n    pass"),
    ],
)
def test_the_code_is_found_in_a_reply(reply, code):
    assert code_of(reply) == code


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("{", "tasks.jsonl:1"),
        ('{"id": "a", "prompt": "p", "answer": "b"}', "one of accept, asserts and rules"),
        ('{"id": "a", "prompt": "p", "answer": "b", "rules": {}}', "nothing in it"),
        ('{"id": "a", "prompt": "p", "answer": "b", "accept": [[]]}', "nothing in it"),
        ('{"id": "a", "prompt": "p", "answer": "b", "rules": {"words": 3}}', "rules.words"),
        ('{"id": "a", "prompt": "p", "answer": "b", "rules": {"rhyme": true}}', "rhyme"),
        ('{"id": "a", "prompt": "p", "answer": "b", "rules": {"pattern": "("}}', "rules.pattern"),
        (
            '{"id": "a", "prompt": "p", "answer": "b", "accept": [["c"]], "asserts": ["d"]}',
            "one of",
        ),
    ],
)
def test_a_wrong_line_is_told_by_its_place(line, message):
    with pytest.raises(ConfigError, match=message) as raised:
        parse(line, "tasks.jsonl", lang_of=language.detect)
    assert "tasks.jsonl:1" in str(raised.value)
    assert "\n" not in str(raised.value)
