"""`NAME+rag`: a model with the project's search before it, by the official SDK."""

import json
import os
from pathlib import Path
from typing import Any

import openai
import pytest
from openai.types.chat import ChatCompletionMessageParam

import world
from serving import HOSTED, SMALL, ServerProcess, good_examples, write_examples
from shikomi import app
from shikomi.answering.lookup import NOTHING_FOUND
from shikomi.app.endpoints import Machine
from shikomi.app.project_search import ProjectSearch
from shikomi.server.chat_request import parse_chat
from shikomi.server.grounding import grounded
from shikomi.types import Message

RAG = "tiny+rag"  # what is found does not depend on what a model makes of it
FADE = "How long does a lamp of the Lumenbox dimmer fade?"
MORE = "Tell me more."


def search_of(folder: Path) -> ProjectSearch:
    return ProjectSearch(folder, Machine(cache=folder / "no-cache", environment={}))


def user(content: str) -> ChatCompletionMessageParam:
    return {"role": "user", "content": content}


def complete(server: ServerProcess, *messages: ChatCompletionMessageParam, **options: Any) -> Any:
    given = {"model": RAG, "temperature": 0, "max_tokens": 12} | options
    return server.sdk.chat.completions.create(messages=messages, **given)


def sources(answer: Any) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = answer.model_extra["shikomi"]["sources"]
    return found


def unmarked(message: Any) -> str:
    """The message's text without the marks that its annotations are on."""
    text: str = message.content
    for each in reversed(message.annotations):
        cited = each.url_citation
        assert text[cited.start_index : cited.end_index].strip("[]").isdigit()
        text = text[: cited.start_index].rstrip(" ") + text[cited.end_index :]
    return text


def paths(answer: Any) -> list[str]:
    return [source["path"] for source in sources(answer)]


def test_every_model_that_chats_is_listed_once_more_with_search(searching: ServerProcess) -> None:
    listed = {model.id: model for model in searching.sdk.models.list()}
    plain = {name for name in listed if not name.endswith("+rag")}
    assert {SMALL, HOSTED, "tiny"} <= plain
    assert listed.keys() - plain == {f"{name}+rag" for name in plain}
    assert searching.sdk.models.retrieve(RAG).identity == listed["tiny"].identity
    assert listed[RAG].root == "tiny"


def test_an_answer_carries_its_sources(searching: ServerProcess) -> None:
    answer = complete(searching, user(FADE))
    assert answer.model == RAG
    assert answer.choices[0].message.content
    best = max(sources(answer), key=lambda source: source["score"])
    assert (best["path"], best["title"]) == ("dimmer.md", "Dimmer")
    assert best["breadcrumb"] == ["Lumenbox", "Dimmer"]
    assert "shikomi" not in (complete(searching, user(FADE), model="tiny").model_extra or {})


def test_the_model_is_asked_with_the_products_own_prompt(
    searching: ServerProcess, sectioned: Path
) -> None:
    found = search_of(sectioned).look_up([Message(role="user", content=FADE)])
    (asked,) = found.messages
    assert "fades a lamp within 40 seconds" in asked.content
    plain = complete(searching, user(asked.content), model=SMALL)
    answer = complete(searching, user(FADE), model=f"{SMALL}+rag")
    assert plain.choices[0].message.content in unmarked(answer.choices[0].message)
    assert answer.usage.prompt_tokens == plain.usage.prompt_tokens


def test_a_stream_carries_the_same_text_and_the_sources_where_it_ends(
    searching: ServerProcess,
) -> None:
    options = {"include_usage": True}
    chunks = list(complete(searching, user(FADE), n=2, stream=True, stream_options=options))
    whole = complete(searching, user(FADE))
    for number in range(2):
        choices = [c.choices[0] for c in chunks if c.choices and c.choices[0].index == number]
        text = "".join(choice.delta.content or "" for choice in choices)
        assert text == whole.choices[0].message.content
        annotations = choices[-1].delta.model_extra["annotations"]
        assert annotations == [each.model_dump() for each in whole.choices[0].message.annotations]
    with_sources = [chunk for chunk in chunks if "shikomi" in (chunk.model_extra or {})]
    assert with_sources == [[chunk for chunk in chunks if chunk.choices][-1]]
    assert sources(with_sources[0]) == sources(whole)
    assert chunks[-1].usage is not None


def test_a_sentence_that_a_section_supports_has_a_mark_and_an_annotation(sectioned: Path) -> None:
    asked = grounded(parse_chat({"model": RAG, "messages": [user(FADE)]}), search_of(sectioned))
    listed = {source["path"]: source for source in asked.extra["shikomi"]["sources"]}
    dimmer = listed["dimmer.md"]
    assert asked.cites is not None
    text = "A lamp fades within 40 seconds [9]. Cats sleep."
    whole = {"message": {"role": "assistant", "content": text}, "finish_reason": "stop"}
    asked.cites().whole(whole)
    mark = f"[{dimmer['number']}]"
    assert whole["message"]["content"] == f"A lamp fades within 40 seconds. {mark} Cats sleep."
    where = {"start_index": 32, "end_index": 35}
    cited = where | {"title": "Dimmer", "url": "docs/dimmer.md#Dimmer"}
    assert whole["message"]["annotations"] == [{"type": "url_citation", "url_citation": cited}]
    assert dimmer["url"] == "docs/dimmer.md#Dimmer"


def test_a_citation_has_the_address_that_its_page_was_fetched_from(sectioned: Path) -> None:
    page = sectioned / "docs" / "dimmer.md"
    before = page.read_text(encoding="utf-8")
    page.write_text('---\nurl: "https://lamp.example/dimmer"\n---\n' + before, encoding="utf-8")
    try:
        found = search_of(sectioned).look_up([Message(role="user", content=FADE)])
    finally:
        page.write_text(before, encoding="utf-8")
    assert "https://lamp.example/dimmer" in {each.url for each in found.found}


def test_an_answer_that_no_section_supports_says_so(searching: ServerProcess) -> None:
    message = (
        complete(searching, user("What does the Lumenbox code LB-99 mean?")).choices[0].message
    )
    assert "Not documented in these pages: LB-99." in message.content or message.annotations
    again = [user(FADE), message.model_dump(exclude_none=True), user(MORE)]
    assert complete(searching, *again).choices[0].message.content


@pytest.mark.parametrize("options", [{"logprobs": True}, {"stream": True, "logprobs": True}])
def test_an_answer_that_is_wanted_token_by_token_has_no_marks(
    sectioned: Path, options: dict[str, Any]
) -> None:
    body = {"model": RAG, "messages": [user(FADE)]} | options
    assert grounded(parse_chat(body), search_of(sectioned)).cites is None


def test_a_follow_up_is_searched_for_in_view_of_the_questions_before(
    searching: ServerProcess,
) -> None:
    assert "dimmer.md" not in paths(complete(searching, user(MORE)))
    before = [user(FADE), {"role": "assistant", "content": "40 seconds."}]
    assert "dimmer.md" in paths(complete(searching, *before, user(MORE)))
    other = complete(searching, *before, user("On which port does the controller listen?"))
    assert max(sources(other), key=lambda each: each["score"])["path"] == "network.md"


@pytest.mark.parametrize(("question", "lang"), [("zzzzqqq", "en"), ("鯨鯰鰯鱈", "ja")])
def test_it_says_so_where_nothing_is_found(
    searching: ServerProcess, question: str, lang: str
) -> None:
    answer = complete(searching, user(question), n=2)
    assert [choice.message.content for choice in answer.choices] == [NOTHING_FOUND[lang]] * 2
    assert (sources(answer), answer.usage.total_tokens) == ([], 0)
    chunks = list(complete(searching, user(question), stream=True))
    assert "".join(c.choices[0].delta.content or "" for c in chunks) == NOTHING_FOUND[lang]
    assert chunks[-1].choices[0].finish_reason == "stop"
    assert sources(chunks[-1]) == []


def test_json_that_was_asked_for_comes_also_where_nothing_is_found(
    searching: ServerProcess,
) -> None:
    schema = {
        "type": "object",
        "properties": {"a": {"type": "string", "enum": ["x"]}},
        "required": ["a"],
        "additionalProperties": False,
    }
    wanted = {"type": "json_schema", "json_schema": {"name": "a", "schema": schema}}
    answer = complete(searching, user("zzzzqqq"), response_format=wanted, max_tokens=40)
    assert json.loads(answer.choices[0].message.content) == {"a": "x"}
    assert sources(answer) == []


def test_a_batch_may_ask_a_model_with_search(searching: ServerProcess) -> None:
    body = {"model": "tiny+rag", "messages": [user(FADE)], "max_tokens": 2}
    line = {"custom_id": "1", "method": "POST", "url": "/v1/chat/completions", "body": body}
    file = searching.sdk.files.create(file=("b.jsonl", json.dumps(line).encode()), purpose="batch")
    batch = searching.sdk.batches.create(
        input_file_id=file.id, endpoint="/v1/chat/completions", completion_window="24h"
    )
    while batch.status not in ("completed", "failed"):
        batch = searching.sdk.batches.retrieve(batch.id)
    (text,) = searching.sdk.files.content(batch.output_file_id or "").text.splitlines()
    assert json.loads(text)["response"]["body"]["shikomi"]["sources"]


@pytest.mark.parametrize(
    ("call", "status", "param"),
    [
        (lambda sdk: sdk.models.delete(RAG), 400, "model"),
        (lambda sdk: sdk.models.retrieve("nothing+rag"), 404, "model"),
        (
            lambda sdk: sdk.chat.completions.create(
                model=RAG, messages=[{"role": "system", "content": "Be brief."}]
            ),
            400,
            "messages",
        ),
        (lambda sdk: sdk.fine_tuning.jobs.create(model=RAG, training_file="f"), 400, "model"),
    ],
)
def test_what_a_model_with_search_cannot_do_is_said(
    searching: ServerProcess, call: Any, status: int, param: str
) -> None:
    with pytest.raises(openai.APIStatusError) as caught:
        call(searching.sdk)
    assert (caught.value.status_code, caught.value.param) == (status, param)


def test_a_tuned_model_has_search_too(searching: ServerProcess, tmp_path: Path) -> None:
    path = write_examples(tmp_path / "t.jsonl", good_examples())
    created = searching.sdk.fine_tuning.jobs.create(
        model="tiny",
        training_file=searching.upload(path),
        hyperparameters={"n_epochs": 1, "batch_size": 12, "lora_rank": 2, "max_length": 64},
    )
    tuned = searching.wait_for_job(created.id)["fine_tuned_model"]
    assert f"{tuned}+rag" in {model.id for model in searching.sdk.models.list()}
    assert "dimmer.md" in paths(complete(searching, user(FADE), model=f"{tuned}+rag"))
    assert "dimmer.md" in paths(complete(searching, user(FADE), model=f"{tuned}@0.2+rag"))
    searching.sdk.models.delete(tuned)
    with pytest.raises(openai.NotFoundError):
        complete(searching, user(FADE), model=f"{tuned}+rag")


def test_without_a_project_there_is_no_search(tiny_server: ServerProcess) -> None:
    assert not [m.id for m in tiny_server.sdk.models.list() if m.id.endswith("+rag")]
    with pytest.raises(openai.NotFoundError, match="shikomi serve --project FOLDER"):
        tiny_server.ask("tiny+rag", "Hi")


def test_search_is_there_as_soon_as_there_are_sections(tmp_path: Path) -> None:
    folder = tmp_path / "p"
    world.write_documents(folder / "source", world.PAGES)
    (folder / "shikomi.toml").write_text('[project]\nroot = "Lumenbox"\n', encoding="utf-8")
    search = search_of(folder)
    assert not search.ready()
    assert not (folder / "shikomi.db").exists()
    with app.open_project(folder, Machine(cache=tmp_path, environment=dict(os.environ))) as ctx:
        app.run(ctx, only="section")
    assert search.ready()


def test_the_projects_own_system_prompt_stands_behind_the_callers(sectioned: Path) -> None:
    prompt = "# system\nAnswer as a lamp.\n# user\n<context>{{context}}</context>{{question}}\n"
    own = sectioned / "prompts" / "en" / "answer_with_context.md"
    own.parent.mkdir(parents=True, exist_ok=True)
    own.write_text(prompt, encoding="utf-8")
    turns = [
        {"role": "system", "content": "Be brief."},
        user("Hello"),
        {"role": "assistant", "content": "Hi."},
        user(FADE),
    ]
    try:
        asked = grounded(parse_chat({"model": RAG, "messages": turns}), search_of(sectioned))
    finally:
        own.unlink()
    told = [(message.role, message.text) for message in asked.chat.messages]
    assert told[0] == ("system", "Be brief.\n\nAnswer as a lamp.")
    assert told[1:3] == [("user", "Hello"), ("assistant", "Hi.")]
    assert told[3][1].startswith("<context>") and told[3][1].endswith(FADE)
    assert len(told) == 4
