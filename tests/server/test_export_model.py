"""`shikomi export model`: what it writes is the model that the server answers with."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from safetensors import safe_open

from serving import ServerProcess, good_examples, write_examples
from shikomi.cli.commands import app
from shikomi.errors import UserError
from shikomi.server.exporting import find_trained

SHORT = {"n_epochs": 2, "batch_size": 6, "learning_rate": 0.02, "lora_rank": 4, "max_length": 128}

# Stands in for llama.cpp's script: it shows that it was given a folder of merged weights.
CONVERTER = """
import pathlib, sys
folder, out = pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[3])
assert (folder / "model.safetensors").exists() and (folder / "tokenizer.json").exists()
out.write_bytes(b"GGUF merged")
"""


@pytest.fixture(scope="module")
def project(
    new_server: Callable[..., ServerProcess],
    tiny_model: Path,
    tmp_path_factory: pytest.TempPathFactory,
) -> Path:
    """A folder whose server has tuned a model, and a report about it."""
    folder = tmp_path_factory.mktemp("project")
    server = new_server("--model", str(tiny_model), "--context", "128", data=folder / "server")
    path = write_examples(folder / "t.jsonl", good_examples())
    created = server.sdk.fine_tuning.jobs.create(
        model=str(tiny_model),
        training_file=server.upload(path),
        suffix="tower",
        hyperparameters=SHORT,
    )
    assert server.wait_for_job(created.id)["status"] == "succeeded"
    server.stop()
    (folder / "out").mkdir()
    report = {"sentence": "It learnt these documents.", "lines": ["tuned 9 of 12"]}
    (folder / "out" / "report.json").write_text(json.dumps(report))
    return folder


def run(*arguments: str) -> None:
    assert app(["export", "model", *arguments], standalone_mode=False) in (None, 0)


def test_everything_that_other_programs_read_is_written(
    project: Path, tiny_model: Path, tmp_path: Path
) -> None:
    llama_cpp = tmp_path / "llama.cpp"
    llama_cpp.mkdir()
    (llama_cpp / "convert_hf_to_gguf.py").write_text(CONVERTER)
    out = tmp_path / "out"
    run("-p", str(project), "--out", str(out), "--llama-cpp", str(llama_cpp))
    assert (out / "adapter" / "adapter_config.json").exists()
    assert (out / "adapter.gguf").read_bytes()[:4] == b"GGUF"
    assert (out / "merged.gguf").read_bytes() == b"GGUF merged"
    modelfile = (out / "Modelfile").read_text()
    assert modelfile.startswith("FROM ./merged.gguf\nTEMPLATE")
    card = (out / "README.md").read_text()
    assert "Loss " in card and "It learnt these documents." in card and "SHA-256" in card
    assert "<svg" in (out / "curves.svg").read_text()
    _merged_is_base_plus_adapter(out)


def _merged_is_base_plus_adapter(out: Path) -> None:
    """One projection of the merged weights, computed from the two it was made of."""
    name = "model.layers.1.mlp.up_proj"
    config = json.loads((out / "adapter" / "adapter_config.json").read_text())
    (base_folder,) = {config["base_model_name_or_path"]}
    with safe_open(str(Path(base_folder) / "model.safetensors"), "pt") as base:
        before = base.get_tensor(f"{name}.weight").float()
    with safe_open(str(out / "merged" / "model.safetensors"), "pt") as merged:
        after = merged.get_tensor(f"{name}.weight").float()
    with safe_open(str(out / "adapter" / "adapter_model.safetensors"), "pt") as adapter:
        a, b = (
            adapter.get_tensor(f"base_model.model.{name}.lora_{side}.weight").float()
            for side in "AB"
        )
    change = b @ a * (config["lora_alpha"] / config["r"])
    assert float(change.abs().max()) > 1e-4
    assert float((after - before - change).abs().max()) < 2e-3  # bfloat16's rounding


def test_without_a_merge_the_modelfile_puts_the_adapter_on_the_base(
    project: Path, tiny_model: Path, tmp_path: Path
) -> None:
    out = tmp_path / "out"
    run("-p", str(project), "--out", str(out))
    lines = (out / "Modelfile").read_text().splitlines()
    assert lines[:2] == ["FROM ./base.gguf", "ADAPTER ./adapter.gguf"]
    assert 'PARAMETER stop "<|im_end|>"' in lines
    assert any(line.startswith('SYSTEM """You are a helpful AI assistant') for line in lines)
    assert (out / "base.gguf").stat().st_size == tiny_model.stat().st_size
    assert not (out / "merged").exists()


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        (("ft:none",), "no tuned model ft:none"),
        (("--llama-cpp", "/nowhere"), "no convert_hf_to_gguf.py"),
    ],
)
def test_what_cannot_be_exported_is_one_plain_line(
    project: Path, tmp_path: Path, arguments: tuple[str, ...], reason: str
) -> None:
    with pytest.raises(UserError, match=reason):
        run(*arguments, "-p", str(project), "--out", str(tmp_path / "out"))


def test_a_missing_converter_is_told_before_anything_is_written(
    project: Path, tmp_path: Path
) -> None:
    with pytest.raises(UserError, match=r"no convert_hf_to_gguf\.py"):
        run("-p", str(project), "--out", str(tmp_path / "out"), "--llama-cpp", str(tmp_path))
    assert not (tmp_path / "out").exists()


def test_a_later_export_takes_the_place_of_an_earlier_one(project: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    run("-p", str(project), "--out", str(out))
    (out / "merged").mkdir()
    (out / "merged" / "model.safetensors").write_bytes(b"of an earlier export")
    (out / "merged.gguf").write_bytes(b"likewise")
    run("-p", str(project), "--out", str(out))
    assert {path.name for path in out.iterdir()} == {
        *("adapter", "adapter.gguf", "base.gguf", "Modelfile", "README.md", "curves.svg")
    }


@pytest.mark.parametrize("name", ["README.md", "notes.txt"])
def test_a_folder_of_somebodys_own_is_left_alone(project: Path, tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_text("mine")
    with pytest.raises(UserError, match=rf"holds other files \({name}\)"):
        run("-p", str(project), "--out", str(tmp_path))
    assert [path.name for path in tmp_path.iterdir()] == [name]


def test_a_file_in_the_place_of_the_folder_is_told(project: Path, tmp_path: Path) -> None:
    (tmp_path / "out").write_text("mine")
    with pytest.raises(UserError, match="cannot write"):
        run("-p", str(project), "--out", str(tmp_path / "out"))


def test_the_card_tells_nothing_of_this_machine_and_only_its_own_evaluation(
    project: Path, tiny_model: Path, tmp_path: Path
) -> None:
    report = project / "out" / "report.json"
    kept = report.read_text()
    about = {"settings": {"models": {"tuned model": "ft:another"}}}
    report.write_text(json.dumps(json.loads(kept) | about))
    run("-p", str(project), "--out", str(tmp_path / "out"))
    report.write_text(kept)
    card = (tmp_path / "out" / "README.md").read_text()
    assert str(tiny_model.parent) not in card and f"| Base | {tiny_model.name}," in card
    assert "about ft:another" in card and "It learnt these documents." not in card


def test_an_adapter_whose_file_is_gone_is_one_plain_line(project: Path, tmp_path: Path) -> None:
    adapter = find_trained(project / "server", None).adapter_gguf
    moved = adapter.rename(tmp_path / "adapter.gguf")
    with pytest.raises(UserError, match="has lost its file"):
        run("-p", str(project), "--out", str(tmp_path / "out"))
    moved.rename(adapter)


def test_a_checkpoint_is_not_exported(project: Path, tmp_path: Path) -> None:
    name = find_trained(project / "server", None).name
    with pytest.raises(UserError, match="is a checkpoint"):
        run(f"{name}:ckpt-step-2", "-p", str(project), "--out", str(tmp_path / "out"))


def test_a_folder_without_a_tuned_model_says_so(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="no tuned model yet"):
        run("-p", str(tmp_path))
