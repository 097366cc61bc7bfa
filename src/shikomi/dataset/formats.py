"""A frozen dataset as the files of other tools, and those files read back.

Sources: the formats' own documentation (OpenAI and Azure fine-tuning guides, TRL's dataset
formats, LLaMA-Factory's data/README.md, mlx-lm's LORA.md, Vertex AI's text tuning).
"""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from shikomi.dataset import parquet, rows
from shikomi.dataset.rows import Row, Turns
from shikomi.dataset.splits import validation
from shikomi.errors import UserError
from shikomi.types import Sample

Files = Mapping[str, bytes]
_BOM = "\ufeff"
_ALPACA, _ALPACA_INFO = "alpaca/alpaca.json", "alpaca/dataset_info.json"
_MLX = {"train": "mlx/train.jsonl", "validation": "mlx/valid.jsonl"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Format:
    """`write` gives the bytes of every file by its path; `read` the turns of all rows, in the
    order of `expected`, and raises what `rows.UNREADABLE` names.

    `splits` are the files that the `datasets` library reads as a configuration of this name;
    none where it cannot.
    """

    name: str
    files: tuple[str, ...]
    splits: Mapping[str, str]
    write: Callable[[Sequence[Sample]], Files]
    read: Callable[[Files], list[Turns]]
    expected: Callable[[Sequence[Sample]], list[Turns]]


def chosen(names: Sequence[str]) -> tuple[Format, ...]:
    """The formats with these names, in the order of FORMATS; all for none.

    Raises:
        UserError: there is no such format.
    """
    known = [form.name for form in FORMATS]
    for name in names:
        if name not in known:
            raise UserError(f"there is no format {name!r}; the formats are {', '.join(known)}")
    return tuple(form for form in FORMATS if not names or form.name in names)


def problem(form: Format, files: Files, samples: Sequence[Sample]) -> str | None:
    """The first way in which the files do not hold the samples; None: they do, all of them."""
    try:
        found = form.read(files)
    except rows.UNREADABLE as error:
        return f"cannot be read back: {error}"
    expected = form.expected(samples)
    if len(found) != len(expected):
        return f"{len(found)} rows instead of {len(expected)}"
    pairs = enumerate(zip(found, expected, strict=True), start=1)
    wrong = ((n, _wrong(turns, wanted)) for n, (turns, wanted) in pairs)
    return next((f"row {n}: {reason}" for n, reason in wrong if reason), None)


def _wrong(turns: Turns, wanted: Turns) -> str | None:
    if not any(turn.role == "user" for turn in turns):
        return "no question"
    if turns[-1].role != "assistant":
        return "the answer is not the last turn"
    if not all(turn.content.strip() for turn in turns):
        return "an empty turn"
    return None if turns == wanted else "not the question and answer that were frozen"


def _turns(samples: Sequence[Sample]) -> list[Turns]:
    return [sample.messages for sample in samples]


def _joined(samples: Sequence[Sample]) -> list[Turns]:
    return [rows.joined(sample.messages) for sample in samples]


def _jsonl(found: Sequence[Row]) -> bytes:
    return "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in found).encode()


def _read_jsonl(data: bytes) -> list[Row]:
    lines = data.decode().split("\n")  # splitlines() would cut at U+2028 in a string
    if lines.pop():
        raise ValueError("the last line does not end")
    return [json.loads(line) for line in lines]


def _lines(
    name: str,
    write: Callable[[Turns], Row],
    read: Callable[[Row], Turns],
    expected: Callable[[Sequence[Sample]], list[Turns]] = _turns,
) -> Format:
    file = f"{name}.jsonl"
    return Format(
        name=name,
        files=(file,),
        splits={"train": file},
        write=lambda samples: {file: _jsonl([write(sample.messages) for sample in samples])},
        read=lambda files: [read(row) for row in _read_jsonl(files[file])],
        expected=expected,
    )


def _azure() -> Format:
    """OpenAI's lines below a byte order mark, over which JSON readers stumble."""
    file = "azure.jsonl"

    def write(samples: Sequence[Sample]) -> Files:
        lines = _jsonl([rows.messages(sample.messages) for sample in samples])
        return {file: _BOM.encode() + lines}

    def read(files: Files) -> list[Turns]:
        data = files[file]
        if not data.startswith(_BOM.encode()):
            raise ValueError("no byte order mark")
        return [rows.read_messages(row) for row in _read_jsonl(data[len(_BOM.encode()) :])]

    return Format(name="azure", files=(file,), splits={}, write=write, read=read, expected=_turns)


def _alpaca() -> Format:
    """One JSON list, and the entry by which LLaMA-Factory finds it."""
    columns = {"prompt": "instruction", "query": "input", "response": "output"}
    columns |= {"system": "system", "history": "history"}
    info = {"shikomi": {"file_name": "alpaca.json", "formatting": "alpaca", "columns": columns}}

    def write(samples: Sequence[Sample]) -> Files:
        found = [rows.alpaca(sample.messages) for sample in samples]
        return {
            _ALPACA: json.dumps(found, ensure_ascii=False, indent=1).encode(),
            _ALPACA_INFO: json.dumps(info, indent=2).encode(),
        }

    def read(files: Files) -> list[Turns]:
        if json.loads(files[_ALPACA_INFO]) != info:
            raise ValueError("dataset_info.json is another")
        return [rows.read_alpaca(row) for row in json.loads(files[_ALPACA])]

    return Format(
        name="alpaca",
        files=(_ALPACA, _ALPACA_INFO),
        splits={"train": _ALPACA},
        write=write,
        read=read,
        expected=_turns,
    )


def _mlx() -> Format:
    """A folder; mlx-lm does not train without a validation file."""

    def parts(samples: Sequence[Sample]) -> dict[str, list[Sample]]:
        return {_MLX[name]: part for name, part in validation(samples).items()}

    def write(samples: Sequence[Sample]) -> Files:
        return {
            file: _jsonl([rows.messages(sample.messages) for sample in part])
            for file, part in parts(samples).items()
        }

    def read(files: Files) -> list[Turns]:
        found = [row for file in _MLX.values() for row in _read_jsonl(files[file])]
        return [rows.read_messages(row) for row in found]

    return Format(
        name="mlx",
        files=tuple(_MLX.values()),
        splits=_MLX,
        write=write,
        read=read,
        expected=lambda samples: [t for part in parts(samples).values() for t in _turns(part)],
    )


def _parquet() -> Format:
    file = "parquet/train.parquet"
    return Format(
        name="parquet",
        files=(file,),
        splits={"train": file},
        write=lambda samples: {file: parquet.write([rows.messages(s.messages) for s in samples])},
        read=lambda files: [rows.read_messages(row) for row in parquet.read(files[file])],
        expected=_turns,
    )


FORMATS: tuple[Format, ...] = (
    _lines("openai", rows.messages, rows.read_messages),
    _azure(),
    _lines("trl", rows.prompt_completion, rows.read_prompt_completion),
    _lines("prompt-completion", rows.strings, rows.read_strings, _joined),
    _lines("sharegpt", rows.sharegpt, rows.read_sharegpt),
    _alpaca(),
    _mlx(),
    _lines("vertex", rows.vertex, rows.read_vertex),
    _parquet(),
)
