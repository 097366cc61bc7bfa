"""A `tokenizer.json` in llama.cpp's words."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from gguf import GGUFWriter, SpecialVocab, TokenType

from shikomi.errors import WeightsError

_WORDS = r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|"
_REST = r"| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"
_BY_PATTERN = {
    _WORDS + r"\p{N}" + _REST: "qwen2",
    _WORDS + r"\p{N}{1,3}" + _REST: "llama-bpe",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class HfTokenizer:
    """A byte-level BPE; `splits` is llama.cpp's name for how it cuts a text into words."""

    tokens: dict[int, str]
    kinds: dict[int, TokenType]
    splits: str

    def add_to(self, writer: GGUFWriter, folder: Path, n_tokens: int) -> None:
        """Write vocabulary, merges, special tokens and chat template; ids without a token, up
        to the model's `n_tokens`, are filled up."""
        ids = range(n_tokens)
        writer.add_tokenizer_model("gpt2")
        writer.add_tokenizer_pre(self.splits)
        writer.add_token_list([self.tokens.get(i, f"[PAD{i}]") for i in ids])
        writer.add_token_types([self.kinds.get(i, TokenType.UNUSED) for i in ids])
        special = SpecialVocab(folder, load_merges=True, n_vocab=n_tokens)
        # llama.cpp has a default of its own for some vocabularies
        special.add_special_token.setdefault("bos", False)
        special.add_to_gguf(writer, quiet=True)


def read_tokenizer(folder: Path) -> HfTokenizer:
    """Raises: WeightsError where llama.cpp's tokens would be others, as far as we know."""
    try:
        told = json.loads((folder / "tokenizer.json").read_text(encoding="utf-8"))
        model, added = told["model"], told.get("added_tokens") or []
        tokens = {int(number): token for token, number in model["vocab"].items()}
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise WeightsError(f"{folder} holds no tokenizer.json of a vocabulary") from error
    kinds = dict.fromkeys(tokens, TokenType.NORMAL)
    for each in added:
        tokens[each["id"]] = each["content"]
        kinds[each["id"]] = TokenType.CONTROL if each["special"] else TokenType.USER_DEFINED
    splits = _splits(told)
    if splits is None:
        raise WeightsError(f"{folder / 'tokenizer.json'} splits texts in a way that is not known")
    return HfTokenizer(tokens=tokens, kinds=kinds, splits=splits)


def _splits(told: dict[str, Any]) -> str | None:
    """How texts are cut before they are merged; None: in a way that we have no name for."""
    normalizer = told.get("normalizer")
    is_plain = normalizer is None or normalizer.get("type") == "NFC"
    if told["model"].get("type") != "BPE" or told["model"].get("byte_fallback") or not is_plain:
        return None
    steps = list(_steps(told.get("pre_tokenizer") or {}))
    kinds = [step.get("type") for step in steps]
    if kinds == ["Split", "ByteLevel"]:
        return _BY_PATTERN.get(steps[0].get("pattern", {}).get("Regex", ""))
    if kinds == ["Digits", "ByteLevel"] and steps[0].get("individual_digits"):
        return "smollm"
    return "gpt-2" if kinds == ["ByteLevel"] else None


def _steps(pre_tokenizer: dict[str, Any]) -> Iterator[dict[str, Any]]:
    if pre_tokenizer.get("type") == "Sequence":
        yield from pre_tokenizer.get("pretokenizers", [])
    else:
        yield pre_tokenizer
