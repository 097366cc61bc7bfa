"""A Modelfile: how Ollama runs a base with its adapter, and with the template of the training.

Source: https://docs.ollama.com/modelfile
"""

import re
from pathlib import Path

from jinja2 import TemplateError
from jinja2.sandbox import ImmutableSandboxedEnvironment

from shikomi.engine import gguf_header

# The form of most chat templates of Qwen, SmolLM and others, in Ollama's (Go's) words.
_CHATML = """{{- range .Messages }}<|im_start|>{{ .Role }}
{{ .Content }}<|im_end|>
{{ end }}<|im_start|>assistant
"""
_RENDERED = re.compile(
    r"(?:<\|im_start\|>system\n(?P<system>.*)<\|im_end\|>\n)?"
    r"<\|im_start\|>user\nQ<\|im_end\|>\n<\|im_start\|>assistant\n",
    re.DOTALL,
)


def modelfile(base_gguf: Path, *, model: str, adapter: str | None) -> str:
    """`model` and `adapter` are file names beside the Modelfile.

    The template is written where the base's is of the ChatML form, with the system message that
    it puts before chats without one. Another template is left to Ollama, which knows many.
    """
    lines = [f"FROM ./{model}"]
    if adapter is not None:
        lines.append(f"ADAPTER ./{adapter}")
    if (match := _RENDERED.fullmatch(_rendered(base_gguf))) is not None:
        lines.append(f'TEMPLATE """{_CHATML}"""')
        if match["system"]:
            lines.append(f'SYSTEM """{match["system"]}"""')
        lines.append('PARAMETER stop "<|im_end|>"')
    return "\n".join(lines) + "\n"


def _rendered(base_gguf: Path) -> str:
    """What the base's own template makes of one question; "" where it makes nothing of it."""
    template = dict(gguf_header.scalars(base_gguf)).get("tokenizer.chat_template")
    if not isinstance(template, str):
        return ""
    environment = ImmutableSandboxedEnvironment(trim_blocks=True, lstrip_blocks=True)
    try:
        return environment.from_string(template).render(
            messages=[{"role": "user", "content": "Q"}],
            add_generation_prompt=True,
            bos_token="",
            eos_token="",
        )
    except (TemplateError, TypeError):
        return ""
