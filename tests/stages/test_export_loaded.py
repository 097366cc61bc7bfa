"""Each format of `shikomi export dataset`, loaded by the program that it is for.

The `datasets` library and TRL are there for our own training; the others come with
`make test-slow`. For Azure's service and OpenAI's there is no loader but their hosts: the strict
validator of our server reads both (tests/dataset/test_export_formats.py).
"""

import json
from types import SimpleNamespace

import pytest
from tokenizers import Tokenizer, decoders, models, pre_tokenizers

from shikomi.cli.exporting_dataset import export_dataset
from shikomi.dataset import formats
from world import QUESTIONS, World, run, write_project

# What is slow to load is imported below: every process of tests reads this file.
START, END = "<|start|>", "<|end|>"
TEMPLATE = (
    "{% for message in messages %}{{ '<|start|>' + message.role + '\\n' }}"
    "{{- message.content + '<|end|>' }}{% endfor %}"
    "{% if add_generation_prompt %}{{ '<|start|>assistant\\n' }}{% endif %}"
)
BY_TRL = {"trl": "json", "prompt-completion": "json", "openai": "json", "parquet": "parquet"}
BY_OTHERS = {"sharegpt", "alpaca", "mlx", "vertex"}
ONLY_BY_HOSTS = {"azure"}


@pytest.fixture(scope="module")
def exported(tmp_path_factory):
    """All formats of a project with pages in two languages."""
    folder = tmp_path_factory.mktemp("loaded")
    with World() as endpoint:
        write_project(folder / "p", endpoint.base_url, questions=QUESTIONS[:10])
        assert run(folder / "p", "freeze") == []
    export_dataset(folder / "p", [], folder / "all")
    return folder / "all"


@pytest.fixture(scope="module")
def chats(exported):
    """(question, answer) of each row."""
    text = (exported / "openai.jsonl").read_text(encoding="utf-8")
    turns = [json.loads(line)["messages"] for line in text.strip("\n").split("\n")]
    found = [(question["content"], answer["content"]) for question, answer in turns]
    assert any("ヒカリ" in answer for _, answer in found)
    return found


@pytest.fixture(scope="module")
def tokenizer():
    """A token is a byte."""
    from transformers import PreTrainedTokenizerFast

    marks = [START, END]
    letters = marks + sorted(pre_tokenizers.ByteLevel.alphabet())
    found = Tokenizer(models.BPE(vocab={each: n for n, each in enumerate(letters)}, merges=[]))
    found.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    found.decoder = decoders.ByteLevel()
    return PreTrainedTokenizerFast(
        tokenizer_object=found, eos_token=END, pad_token=START, chat_template=TEMPLATE,
        additional_special_tokens=marks,
    )  # fmt: skip


def trained(exported, name, tokenizer, output):
    """TRL's own trainer with a model of a few thousand parameters, two steps on."""
    from datasets import load_dataset
    from transformers import LlamaConfig, LlamaForCausalLM
    from trl import SFTConfig, SFTTrainer

    (file,) = formats.chosen([name])[0].files
    rows = load_dataset(BY_TRL[name], data_files=str(exported / file), split="train",
                        cache_dir=str(output))  # fmt: skip
    small = LlamaConfig(
        vocab_size=len(tokenizer), hidden_size=8, intermediate_size=16, num_hidden_layers=1,
        num_attention_heads=2, num_key_value_heads=2, pad_token_id=tokenizer.pad_token_id,
    )  # fmt: skip
    arguments = SFTConfig(
        output_dir=str(output), max_steps=2, per_device_train_batch_size=4, max_length=None,
        use_cpu=True, bf16=False, report_to="none", save_strategy="no", disable_tqdm=True,
        logging_steps=1, dataloader_pin_memory=False,
    )  # fmt: skip
    trainer = SFTTrainer(
        model=LlamaForCausalLM(small), args=arguments, train_dataset=rows,
        processing_class=tokenizer,
    )  # fmt: skip
    trainer.train()
    return trainer


def learnt(trainer, tokenizer):
    """(all that the model sees, what the loss is of) of each row, as text."""
    for batch in trainer.get_train_dataloader():
        rows = zip(batch["input_ids"], batch["attention_mask"], batch["labels"], strict=True)
        for ids, mask, labels in rows:
            yield tokenizer.decode(ids[mask == 1]), tokenizer.decode(labels[labels != -100])


def shown(question, answer):
    return f"{START}user\n{question}{END}{START}assistant\n{answer}{END}"


@pytest.mark.parametrize("name", BY_TRL)
def test_trl_trains_on_it(exported, chats, tokenizer, tmp_path, name):
    trainer = trained(exported, name, tokenizer, tmp_path)
    losses = [entry["loss"] for entry in trainer.state.log_history if "loss" in entry]
    assert len(losses) == 2 and all(0 < loss < 10 for loss in losses)
    plain = name == "prompt-completion"
    whole = [f"{q}{a}{END}" if plain else shown(q, a) for q, a in chats]
    answers = [f"{a}{END}" for _, a in chats]
    of_all = name in {"openai", "parquet"}
    expected = set(zip(whole, whole if of_all else answers, strict=True))
    assert set(learnt(trainer, tokenizer)) == expected


def test_every_format_has_such_a_test_or_is_for_hosts_alone():
    names = {form.name for form in formats.FORMATS}
    assert names == BY_TRL.keys() | BY_OTHERS | ONLY_BY_HOSTS


@pytest.mark.slow  # `make test-slow` installs it
def test_mlx_lm_reads_the_folder(exported, chats, tokenizer):
    tuner = pytest.importorskip("mlx_lm.tuner.datasets", reason="mlx-lm is not installed")
    arguments = SimpleNamespace(data=str(exported / "mlx"), train=True, test=False,
                                mask_prompt=True)  # fmt: skip
    train, valid, test = tuner.load_dataset(arguments, tokenizer)
    assert len(train) >= len(valid) > 0 and test == []
    rows = [part.process(part[n]) for part in (train, valid) for n in range(len(part))]
    found = {(tokenizer.decode(ids), tokenizer.decode(ids[start:])) for ids, start in rows}
    assert found == {(shown(q, a), f"{a}{END}") for q, a in chats}


@pytest.mark.slow  # `make test-slow` installs it
@pytest.mark.parametrize("name", ["alpaca", "sharegpt"])
def test_llama_factory_reads_it(exported, chats, tmp_path, name):
    parser = pytest.importorskip("llamafactory.data.parser", reason="LLaMA-Factory is not there")
    from datasets import load_dataset
    from llamafactory.data.converter import align_dataset

    folder = exported / "alpaca"
    if name == "sharegpt":
        folder = tmp_path
        entry = {"file_name": str(exported / "sharegpt.jsonl"), "formatting": "sharegpt"}
        (folder / "dataset_info.json").write_text(json.dumps({"shikomi": entry}))
    (known,) = parser.get_dataset_list(["shikomi"], str(folder))
    rows = load_dataset("json", data_files=str(folder / known.dataset_name), split="train",
                        cache_dir=str(tmp_path))  # fmt: skip
    settings = SimpleNamespace(streaming=False, preprocessing_num_workers=None,
                               overwrite_cache=True)  # fmt: skip
    found = align_dataset(rows, known, settings, SimpleNamespace(local_process_index=0))
    expected = [
        ([{"role": "user", "content": q}], [{"role": "assistant", "content": a}]) for q, a in chats
    ]
    assert [(row["_prompt"], row["_response"]) for row in found] == expected


@pytest.mark.slow  # `make test-slow` installs it
def test_googles_library_knows_the_contents_for_vertex(exported, chats):
    types = pytest.importorskip("google.genai.types", reason="google-genai is not installed")
    text = (exported / "vertex.jsonl").read_text(encoding="utf-8")
    rows = [json.loads(line) for line in text.strip("\n").split("\n")]
    found = [[types.Content.model_validate(each) for each in row["contents"]] for row in rows]
    said = [[(turn.role, part.text) for turn in turns for part in turn.parts] for turns in found]
    assert said == [[("user", q), ("model", a)] for q, a in chats]
