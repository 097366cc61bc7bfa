"""Chats with tools become rows in which the calls are learnt, by any template that shows them."""

import json
from pathlib import Path
from typing import Any

import jinja2
import pytest

from shikomi.engine.collate import IGNORED, RefusedLine, Row, read_pairs, read_rows

PLAIN = """{% for message in messages %}<{{ message.role }}>{{ message.content }}|{% endfor %}
{%- if add_generation_prompt %}<assistant>{% endif %}"""
TOOLED = (
    "{% for tool in tools or [] %}[{{ tool.function.name }}]{% endfor %}"
    "{% for message in messages %}<{{ message.role }}>{{ message.content }}"
    "{% for call in message.tool_calls or [] %}"
    "{{ call.function.name }}{{ call.function.arguments | tojson }}{% endfor %}|{% endfor %}"
    "{% if add_generation_prompt %}<assistant>{% endif %}"
)
STRICT = "{% if messages | length > 2 %}{{ raise_exception('too many turns') }}{% endif %}" + PLAIN

TOOL = {"type": "function", "function": {"name": "weather", "parameters": {"type": "object"}}}
CALL = {"name": "weather", "arguments": '{"city": "Borvik"}'}
ASKED = {"role": "user", "content": "Will it rain?"}
CALLED = {
    "role": "assistant",
    "content": None,
    "tool_calls": [{"id": "c1", "type": "function", "function": CALL}],
}
TOLD = {"role": "tool", "tool_call_id": "c1", "content": "rain"}
ANSWERED = {"role": "assistant", "content": "Yes."}


class Characters:
    """A tokenizer of single characters; `|` ends a turn."""

    def __init__(self, template: str) -> None:
        environment = jinja2.Environment()
        environment.globals["raise_exception"] = refuse
        self._template = environment.from_string(template)
        self.all_special_ids = [ord("|")]

    def apply_chat_template(self, conversation: list[dict[str, Any]], **options: Any) -> Any:
        return self._template.render(messages=conversation, **options)

    def encode(self, text: str, **options: Any) -> list[int]:
        return [ord(character) for character in text]


def refuse(text: str) -> None:
    raise jinja2.TemplateError(text)


def rows(tmp_path: Path, template: str, example: dict[str, Any]) -> list[Row]:
    path = tmp_path / "one.jsonl"
    path.write_text(json.dumps(example) + "\n", encoding="utf-8")
    return read_rows(path, Characters(template), max_length=500, bos=None)


def learnt(row: Row) -> str:
    return "".join(chr(label) for label in row.labels if label != IGNORED)


def test_calls_are_learnt_and_what_a_tool_says_is_read(tmp_path: Path) -> None:
    example = {"messages": [ASKED, CALLED, TOLD, ANSWERED], "tools": [TOOL]}
    (row,) = rows(tmp_path, TOOLED, example)
    assert learnt(row) == 'weather{"city": "Borvik"}|Yes.|'
    assert "".join(map(chr, row.input_ids)).startswith("[weather]<user>Will it rain?|")


@pytest.mark.parametrize(
    "example",
    [{"messages": [ASKED, ANSWERED], "tools": [TOOL]}, {"messages": [ASKED, CALLED]}],
)
def test_a_template_that_would_pass_over_tools_refuses_the_line(
    tmp_path: Path, example: dict[str, Any]
) -> None:
    with pytest.raises(RefusedLine, match="line 1: the model's chat template knows no tools"):
        rows(tmp_path, PLAIN, example)


def test_a_chat_that_the_template_refuses_is_a_wrong_line(tmp_path: Path) -> None:
    with pytest.raises(RefusedLine, match=r"line 1: .* refuses it: too many turns"):
        rows(tmp_path, STRICT, {"messages": [ASKED, ANSWERED, ASKED, ANSWERED]})


def test_preferences_are_learnt_below_their_tools(tmp_path: Path) -> None:
    example = {
        "input": {"messages": [ASKED], "tools": [TOOL]},
        "preferred_output": [CALLED],
        "non_preferred_output": [ANSWERED],
    }
    path = tmp_path / "one.jsonl"
    path.write_text(json.dumps(example) + "\n", encoding="utf-8")
    (pair,) = read_pairs(path, Characters(TOOLED), max_length=500, bos=None)
    assert "".join(map(chr, pair.prompt_ids)) == "[weather]<user>Will it rain?|<assistant>"
    assert "".join(map(chr, pair.chosen_ids)) == 'weather{"city": "Borvik"}|'


OLD_CALLED = {"role": "assistant", "function_call": CALL}
OLD_TOLD = {"role": "function", "name": "weather", "content": "rain"}
OLD = {"messages": [ASKED, OLD_CALLED, OLD_TOLD, ANSWERED], "functions": [TOOL["function"]]}


def test_functions_of_2023_are_learnt_as_tools_are(tmp_path: Path) -> None:
    example = {"messages": [ASKED, CALLED, TOLD, ANSWERED], "tools": [TOOL]}
    assert rows(tmp_path, TOOLED, OLD) == rows(tmp_path, TOOLED, example)


def test_preferences_may_be_calls_of_2023(tmp_path: Path) -> None:
    example = {
        "input": {"messages": [ASKED], "functions": [TOOL["function"]]},
        "preferred_output": [OLD_CALLED],
        "non_preferred_output": [ANSWERED],
    }
    path = tmp_path / "one.jsonl"
    path.write_text(json.dumps(example) + "\n", encoding="utf-8")
    (pair,) = read_pairs(path, Characters(TOOLED), max_length=500, bos=None)
    assert "".join(map(chr, pair.prompt_ids)).startswith("[weather]<user>")
    assert "".join(map(chr, pair.chosen_ids)) == 'weather{"city": "Borvik"}|'


def in_parts(message: dict[str, Any]) -> dict[str, Any]:
    text = message["content"]
    return message | {"content": [{"type": "text", "text": part} for part in (text[:2], text[2:])]}


def test_text_in_parts_is_learnt_as_its_text(tmp_path: Path) -> None:
    messages = [ASKED, CALLED, TOLD, ANSWERED]
    parts = [in_parts(ASKED), CALLED, in_parts(TOLD), in_parts(ANSWERED)]
    whole = rows(tmp_path, TOOLED, {"messages": messages, "tools": [TOOL]})
    assert rows(tmp_path, TOOLED, {"messages": parts, "tools": [TOOL]}) == whole


def test_preferences_may_be_in_parts(tmp_path: Path) -> None:
    example = {
        "input": {"messages": [in_parts(ASKED)]},
        "preferred_output": [in_parts(ANSWERED)],
        "non_preferred_output": [{"role": "assistant", "content": "No."}],
    }
    path = tmp_path / "one.jsonl"
    path.write_text(json.dumps(example) + "\n", encoding="utf-8")
    (pair,) = read_pairs(path, Characters(PLAIN), max_length=500, bos=None)
    assert "".join(map(chr, pair.prompt_ids)) == "<user>Will it rain?|<assistant>"
    assert "".join(map(chr, pair.chosen_ids)) == "Yes.|"
