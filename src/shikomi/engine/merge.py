"""A base model and its adapter as one folder of safetensors, and by llama.cpp as one GGUF."""

import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

from shikomi.errors import EngineError

_CONVERTER = "convert_hf_to_gguf.py"


def merge(base: Path, peft_folder: Path, out: Path, say: Callable[[str], None]) -> None:
    """Write weights with the adapter added, in bfloat16, and the tokenizer, into `out`.

    `base` is a GGUF file or a folder of safetensors. A quantised base is unpacked first, so the
    result is as good as the adapter's own base, not as the publisher's full weights.
    """
    import torch
    from peft import PeftModel
    from transformers import AutoModelForCausalLM, AutoTokenizer

    from shikomi.engine.dequantise import safetensors_folder

    folder = base if base.is_dir() else safetensors_folder(base, say)
    model = AutoModelForCausalLM.from_pretrained(folder, dtype=torch.bfloat16)
    merged = PeftModel.from_pretrained(model, str(peft_folder)).merge_and_unload()
    merged.save_pretrained(out)
    AutoTokenizer.from_pretrained(folder).save_pretrained(out)


def converter(llama_cpp: Path) -> Path:
    """The script of a llama.cpp checkout. Raises: EngineError where there is none."""
    script = llama_cpp / _CONVERTER
    if not script.is_file():
        raise EngineError(f"{llama_cpp} holds no {_CONVERTER}: give a checkout of llama.cpp")
    return script


def convert_merged(script: Path, folder: Path, out: Path) -> None:
    """Make a GGUF of `folder` with llama.cpp's converter. Raises: EngineError where it fails."""
    command = [sys.executable, str(script), str(folder), "--outfile", str(out), "--outtype", "bf16"]
    done = subprocess.run(command, capture_output=True, text=True, errors="replace", check=False)
    if done.returncode != 0 or not out.exists():
        lines = (done.stderr or done.stdout).strip().splitlines()
        reason = lines[-1] if lines else "it gave no reason"
        raise EngineError(f"{script} failed (exit {done.returncode}): {reason}")


def link_or_copy(source: Path, target: Path) -> None:
    """The same bytes under another name; on one disk they take no room twice."""
    target.unlink(missing_ok=True)
    try:
        os.link(source.resolve(), target)
    except OSError:
        shutil.copyfile(source, target)
