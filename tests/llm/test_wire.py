import json
from dataclasses import replace

import pytest

from shikomi.errors import ProviderError
from shikomi.llm import wire
from shikomi.llm.money import estimate_tokens, worst_case_nanousd
from shikomi.llm.scripted import chat_completion
from shikomi.types import Message, Price, Request, Usage


def ask(**over):
    messages = (Message(role="system", content="s"), Message(role="user", content="u"))
    return Request(endpoint="e", model="m", messages=messages, max_tokens=7, **over)


def read(reply):
    return wire.read(json.dumps(reply).encode())


def test_the_body_has_what_the_request_says_and_nothing_else():
    assert wire.body(ask(temperature=0.5)) == {
        "model": "m",
        "messages": [{"role": "system", "content": "s"}, {"role": "user", "content": "u"}],
        "temperature": 0.5,
        "max_tokens": 7,
    }


def test_a_schema_becomes_a_strict_response_format_with_a_valid_name():
    schema = {"title": "Facts of a section!", "type": "object"}
    sent = wire.body(ask(schema=schema))["response_format"]
    assert sent["json_schema"] == {
        "name": "Facts_of_a_section", "strict": True, "schema": schema
    }  # fmt: skip
    assert (
        wire.body(ask(schema={"title": "事実"}))["response_format"]["json_schema"]["name"]
        == "reply"
    )


def test_repeats_of_a_seeded_question_get_seeds_of_their_own():
    assert [wire.body(ask(seed=5, sample=n))["seed"] for n in range(2)] == [5, 6]
    assert "seed" not in wire.body(ask(sample=3))


def test_hosts_that_want_another_name_for_max_tokens_get_it():
    sent = wire.body(ask(top_p=0.9), max_tokens_field="max_completion_tokens")
    assert sent["max_completion_tokens"] == 7 and "max_tokens" not in sent
    assert sent["top_p"] == 0.9


def test_cached_tokens_are_read():
    usage = {
        "prompt_tokens": 30,
        "completion_tokens": 4,
        "prompt_tokens_details": {"cached_tokens": 20},
    }
    answer = read(chat_completion("x", usage=usage))
    assert answer.usage == Usage(input_tokens=30, output_tokens=4, cached_tokens=20)


def test_a_refusal_message_is_a_refusal():
    reply = chat_completion(None)
    reply["choices"][0]["message"]["refusal"] = "I cannot"
    answer = read(reply)
    assert (answer.stop_reason, answer.text) == ("refusal", "I cannot")


@pytest.mark.parametrize(
    "reply", [[], {}, {"choices": []}, {"choices": [{"message": {"content": ["part"]}}]}]
)
def test_what_is_no_chat_completion_is_refused(reply):
    with pytest.raises(ProviderError):
        read(reply)


@pytest.mark.parametrize(
    ("raw", "message"),
    [
        (b'{"error": {"message": "a\\nb", "code": "c"}}', "a b"),
        (b'{"error": "plain"}', "plain"),
        (b'{"detail": "fastapi"}', "fastapi"),
        (b"<html>bad gateway</html>", "<html>bad gateway</html>"),
    ],
)
def test_error_bodies_of_every_shape_become_one_line(raw, message):
    assert wire.read_error(raw)[0] == message


def test_japanese_is_estimated_at_more_tokens_a_character_than_english():
    assert estimate_tokens("あ" * 30) == 30 and estimate_tokens("a" * 30) == 10


def test_the_worst_case_is_a_token_for_each_byte_and_all_of_max_tokens_at_their_prices():
    price = Price(input_nanousd=2, output_nanousd=10)
    n_bytes = sum(len(message.content.encode()) for message in ask().messages)
    worst = worst_case_nanousd(ask(), price)
    assert worst == (n_bytes + 2 * 8 + 32) * 2 + 7 * 10
    schema = worst_case_nanousd(ask(schema={"type": "object"}), price)
    assert schema == worst + len('{"type":"object"}') * 2
    japanese = replace(ask(), messages=(Message(role="user", content="鬱" * 100),))
    assert worst_case_nanousd(japanese, price) >= 300 * 2 + 7 * 10
    assert worst_case_nanousd(ask(), None) is None
    assert worst_case_nanousd(ask(), Price(input_nanousd=0, output_nanousd=0)) == 0
