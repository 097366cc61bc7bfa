"""Other tools' formats, each read back by its own reader and by the strict validator at hand."""

import json

import pytest
from made import sample

from shikomi.dataset import chat, formats, parquet
from shikomi.errors import UserError
from shikomi.server.validate import line_problems
from shikomi.types import Message

NAMES = [form.name for form in formats.FORMATS]
PLAIN = [sample(f"Q\u2028 {i}?", f"灯り {i}\r\n二行目 | \\n \U0001f4a1") for i in range(12)]
TURNS = [
    Message(role="system", content="Be brief."),
    Message(role="user", content="First?"),
    Message(role="assistant", content="One."),
    Message(role="user", content="Second?"),
]
LONG = chat.sample(TURNS, "Two.", view="qa", lang="en", section_ids=("s1",), fact_ids=("f",))
SAMPLES = [*PLAIN, LONG]


def form(name):
    return formats.chosen([name])[0]


def written(name, samples=SAMPLES):
    return form(name).write(samples)


def rows(name, samples=SAMPLES):
    (data,) = written(name, samples).values()
    return [json.loads(line) for line in data.decode("utf-8-sig").strip("\n").split("\n")]


@pytest.mark.parametrize("name", NAMES)
def test_every_question_and_answer_is_read_back(name):
    assert formats.problem(form(name), written(name), SAMPLES) is None
    assert set(written(name)) == set(form(name).files)


@pytest.mark.parametrize("name", NAMES)
def test_a_row_too_few_is_told(name):
    assert "rows instead of" in formats.problem(form(name), written(name, PLAIN), SAMPLES)


@pytest.mark.parametrize("name", NAMES)
def test_another_answer_in_one_row_is_told(name):
    other = [*PLAIN[:5], sample("Q\u2028 5?", "changed"), *PLAIN[6:], LONG]
    assert formats.problem(form(name), written(name, other), SAMPLES).startswith("row ")


@pytest.mark.parametrize("name", NAMES)
def test_an_empty_answer_is_told(name):
    empty = [*PLAIN, sample("Q?", " \n")]
    assert "an empty turn" in formats.problem(form(name), written(name, empty), empty)


@pytest.mark.parametrize("name", [each for each in NAMES if each != "prompt-completion"])
def test_a_chat_in_which_nobody_asks_is_told(name):
    system = Message(role="system", content="Explain.")
    bare = [chat.sample([system], "So.", view="section", lang="en", section_ids=("s1",))]
    assert formats.problem(form(name), written(name, bare), bare) is not None


@pytest.mark.parametrize("name", ["alpaca", "vertex"])
def test_turns_that_a_format_has_no_room_for_are_told(name):
    turns = [*TURNS, Message(role="system", content="Now."), TURNS[1]]
    late = [chat.sample(turns, "So.", view="qa", lang="en", section_ids=("s1",))]
    assert formats.problem(form("openai"), written("openai", late), late) is None
    assert formats.problem(form(name), written(name, late), late) is not None


@pytest.mark.parametrize("name", NAMES)
def test_a_file_cut_short_is_told(name):
    cut = {file: data[: len(data) // 2] for file, data in written(name).items()}
    assert formats.problem(form(name), cut, SAMPLES) is not None


def test_a_key_that_strict_validators_refuse_is_told():
    files = {"openai.jsonl": b'{"messages": [], "id": 1}\n'}
    assert "the keys id, messages" in formats.problem(form("openai"), files, SAMPLES)


@pytest.mark.parametrize("name", ["openai", "azure"])
def test_the_strict_validator_of_the_fine_tuning_api_finds_nothing_wrong(name):
    lines = written(name)[f"{name}.jsonl"].splitlines()
    assert [problem for line in lines for problem in line_problems(line)] == []


def test_azure_is_the_same_below_a_byte_order_mark():
    azure, openai = written("azure")["azure.jsonl"], written("openai")["openai.jsonl"]
    assert azure == b"\xef\xbb\xbf" + openai


def test_trl_completes_with_the_answer_alone():
    last = rows("trl")[-1]
    assert [turn["role"] for turn in last["prompt"]] == ["system", "user", "assistant", "user"]
    assert last["completion"] == [{"role": "assistant", "content": "Two."}]


def test_prompt_completion_is_two_strings():
    assert rows("prompt-completion")[-1] == {
        "prompt": "Be brief.\n\nFirst?\n\nOne.\n\nSecond?",
        "completion": "Two.",
    }


def test_sharegpt_names_its_speakers():
    speakers = [turn["from"] for turn in rows("sharegpt")[-1]["conversations"]]
    assert speakers == ["system", "human", "gpt", "human", "gpt"]


def test_alpaca_keeps_earlier_exchanges_in_the_columns_that_its_info_names():
    files = written("alpaca")
    assert json.loads(files["alpaca/alpaca.json"])[-1] == {
        "instruction": "Second?",
        "input": "",
        "output": "Two.",
        "system": "Be brief.",
        "history": [["First?", "One."]],
    }
    (entry,) = json.loads(files["alpaca/dataset_info.json"]).values()
    assert entry["file_name"] == "alpaca.json"
    assert set(entry["columns"].values()) == {"instruction", "input", "output", "system", "history"}


def test_vertex_has_the_system_apart_and_a_model_that_answers():
    last = rows("vertex")[-1]
    assert last["systemInstruction"]["parts"] == [{"text": "Be brief."}]
    assert [turn["role"] for turn in last["contents"]] == ["user", "model", "user", "model"]
    assert "systemInstruction" not in rows("vertex")[0]


def test_parquet_has_the_messages_as_pyarrow_reads_them():
    pytest.importorskip("pyarrow")
    (data,) = written("parquet").values()
    assert parquet.read(data) == rows("openai")


def test_mlx_takes_no_fact_out_of_training():
    pairs = [sample(f"{w} {i}?", fact_ids=(f"f{i}",)) for i in range(40) for w in ("How", "What")]
    once = [sample(f"Only {i}?", fact_ids=(f"g{i}",)) for i in range(20)]
    files = written("mlx", [*pairs, *once])
    train, valid = files["mlx/train.jsonl"].decode(), files["mlx/valid.jsonl"].decode()
    assert len(valid.splitlines()) == 5
    assert len(train.splitlines()) == 95
    assert "Only" not in valid
    assert all(f" {i}?" in train for i in range(40))


def test_mlx_repeats_rows_where_none_can_be_spared():
    files = written("mlx", PLAIN)
    train, valid = (files[f"mlx/{name}.jsonl"].splitlines() for name in ("train", "valid"))
    assert len(train) == 12
    assert valid == train[-4:]


def test_an_unknown_format_is_answered_with_the_known_ones():
    with pytest.raises(UserError, match=r"no format 'csv'; the formats are openai, azure, trl"):
        formats.chosen(["openai", "csv"])
