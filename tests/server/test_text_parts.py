"""Training lines whose contents are lists of parts: text is taken, all else is told by its line."""

from pathlib import Path
from typing import Any

import pytest

from serving import good_examples, write_examples
from shikomi.server.validate import check_examples

IMAGE = {"type": "image_url", "image_url": {"url": "data:image/png;base64,AA=="}}


def part(text: str) -> dict[str, Any]:
    return {"type": "text", "text": text}


def said(role: str, content: Any) -> dict[str, Any]:
    return {"role": role, "content": content}


def chat(asked: Any, answered: Any) -> dict[str, Any]:
    return {"messages": [said("user", asked), said("assistant", answered)]}


def preference(asked: Any, preferred: Any, other: Any) -> dict[str, Any]:
    return {
        "input": {"messages": [said("user", asked)]},
        "preferred_output": [said("assistant", preferred)],
        "non_preferred_output": [said("assistant", other)],
    }


def test_lists_of_text_parts_are_well_formed_in_both_methods(tmp_path: Path) -> None:
    lines = [chat([part("Is it "), part(f"{n}?")], [part("Yes.")]) for n in range(10)]
    assert check_examples(write_examples(tmp_path / "t.jsonl", lines)).problems == ()
    pairs = [preference([part(f"Is it {n}?")], [part("Yes.")], [part("No.")]) for n in range(10)]
    path = write_examples(tmp_path / "p.jsonl", pairs)
    assert check_examples(path, method="dpo").problems == ()


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        ([part("What is this?"), IMAGE], "messages[0]: content[1]: only text is trained on: write"),
        ([part("a") | {"more": 1}], "messages[0]: content[0]: only text"),
        ([{"type": "text", "text": 3}], "messages[0]: content[0]: only text"),
        (["a"], "messages[0]: content[0]: only text"),
        ([], "messages[0]: content is empty"),
        ([part(" ")], "messages[0]: content is empty"),
        ({"type": "text"}, "messages[0]: content must be a string, or a list of text parts"),
    ],
)
def test_other_contents_are_named(tmp_path: Path, content: Any, reason: str) -> None:
    lines = [*good_examples()[:10], chat(content, "Yes.")]
    report = check_examples(write_examples(tmp_path / "t.jsonl", lines))
    assert report.n_problems == 1
    assert f"line 11: {reason}" in report.summary()


def test_outputs_that_say_the_same_in_parts_are_the_same(tmp_path: Path) -> None:
    lines = [preference("Is it?", [part("Y"), part("es.")], "Yes.")] * 10
    report = check_examples(write_examples(tmp_path / "p.jsonl", lines), method="dpo")
    assert "line 10: both outputs are the same" in report.summary()
