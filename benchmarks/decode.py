"""How often the encoding of a file is found, with its label and without.

    python benchmarks/decode.py FOLDER... [--json] [--snippets N] [--seed N]

What is right: the strict decoding by the label a file declares; without one strict UTF-8, or the
only codec of several that decodes it. Files that none of these decides are "unjudged" and
listed with what was found. `right_without` counts files with their labels cut out; `transcoded`
the same files, those with more than ASCII in them, rewritten in other encodings (characters that
an encoding lacks are left out), for each as [right, of]. `snippets`: pieces of 40 characters of
Japanese text, without tags, nothing said about them. Only the text counts, not the codec's name.
"""

import argparse
import codecs
import json
import random
import re
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from shikomi.corpus.decode import decode
from shikomi.errors import SourceError

LABEL = re.compile(r"""(?:charset|encoding)\s*=\s*["']?\s*([\w.:-]+)""", re.IGNORECASE)
TAG = re.compile(r"<(script|style)\b.*?</\1\s*>|<[^<>]*>|&#?\w+;", re.IGNORECASE | re.DOTALL)
JAPANESE = re.compile("[ぁ-ゖァ-ヺ一-鿿]")
CODECS = {"shift_jis": "cp932", "iso2022_jp": "iso2022_jp_ext", "euc_kr": "cp949"}
UNLABELLED = ("cp932", "euc_jp", "euc_kr", "gb18030", "big5")
TARGETS = ("utf-8", "cp932", "euc_jp", "iso2022_jp", "utf-16", "utf-16-le", "utf-16-be")
SNIPPET_TARGETS = ("utf-8", "cp932", "euc_jp", "iso2022_jp")
SNIPPET_CHARS = 40


@dataclass(frozen=True)
class File:
    name: str
    data: bytes
    codec: str
    text: str


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("folders", nargs="+", type=Path)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--snippets", type=int, default=600)
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    files, unjudged = read(options.folders)
    if not files:
        sys.exit("no text files there")
    wrong: list[dict] = []
    result = {
        "files": len(files),
        "unjudged": unjudged,
        "right_with_label": sum(check(f.name, f.data, f.text, "label", wrong) for f in files),
        "right_without": sum(check(f.name, *stripped(f), "no label", wrong) for f in files),
        "transcoded": {target: transcoded(files, target, wrong) for target in TARGETS},
        "snippets": snippets(files, options.snippets, options.seed, wrong),
        "files_per_second": speed(files),
        "wrong": wrong,
    }
    if options.json:
        print(json.dumps(result, ensure_ascii=False, indent=1))
        return
    for name, value in result.items():
        print(f"{name}: {value}" if name not in ("wrong", "unjudged") else f"{name}: {len(value)}")
        if name in ("wrong", "unjudged"):
            print(*(f"  {each}" for each in value), sep="\n")


def read(folders: list[Path]) -> tuple[list[File], list[dict]]:
    files, unjudged = [], []
    for folder in folders:
        for path in sorted(folder.rglob("*")):
            if not path.is_file() or b"\0" in (data := path.read_bytes()):
                continue
            name = path.relative_to(folder).as_posix()
            codec = truth(data)
            if codec:
                text = data.decode(codec).removeprefix("\ufeff")
                files.append(File(name, data, codec, text))
            else:
                unjudged.append({"file": name} | found(data)[1])
    return files, unjudged


def truth(data: bytes) -> str:
    """The codec that is certain, or ""."""
    label = LABEL.search(data[:8192].decode("latin-1"))
    if label and (codec := known(label[1])) and strict(data, codec) is not None:
        return codec
    if strict(data, "utf-8") is not None:
        return "iso2022_jp_ext" if b"\x1b$" in data else "utf-8"
    possible = [codec for codec in UNLABELLED if strict(data, codec) is not None]
    return possible[0] if len(possible) == 1 else ""


def known(label: str) -> str:
    try:
        name = codecs.lookup(label.removeprefix("x-")).name
    except LookupError:
        return ""
    return CODECS.get(name, name)


def strict(data: bytes, codec: str) -> str | None:
    try:
        return data.decode(codec)
    except UnicodeDecodeError:
        return None


def found(data: bytes) -> tuple[str | None, dict]:
    try:
        decoded = decode(data)
    except SourceError as error:
        return None, {"error": str(error)}
    about = {"encoding": decoded.encoding, "reason": decoded.reason}
    return decoded.text, about | {"begins": " ".join(TAG.sub(" ", decoded.text).split())[:40]}


def check(name: str, data: bytes, text: str, case: str, wrong: list[dict]) -> bool:
    got, about = found(data)
    if got != text:
        wrong.append({"file": name, "case": case} | about)
    return got == text


def stripped(file: File) -> tuple[bytes, str]:
    """(bytes, text) of a file without its labels."""
    bare = LABEL.sub("", file.data.decode("latin-1")).encode("latin-1")
    return bare, bare.decode(file.codec).removeprefix("\ufeff")


def transcoded(files: list[File], target: str, wrong: list[dict]) -> list[int]:
    cases = [file for file in files if not file.text.isascii()]
    right = 0
    for file in cases:
        data = LABEL.sub("", file.text).encode(target, "ignore")
        right += check(file.name, data, data.decode(target), target, wrong)
    return [right, len(cases)]


def snippets(files: list[File], n: int, seed: int, wrong: list[dict]) -> dict[str, list[int]]:
    texts = list(pieces(files, random.Random(seed), n))
    result = {}
    for target in SNIPPET_TARGETS:
        datas = [text.encode(target, "ignore") for text in texts]
        checked = [check("", d, d.decode(target), f"snippet {target}", wrong) for d in datas]
        result[target] = [sum(checked), len(checked)]
    return result


def pieces(files: list[File], source: random.Random, n: int) -> Iterator[str]:
    """`n` pieces of Japanese text, from files in turn."""
    cases = [" ".join(TAG.sub(" ", file.text).split()) for file in files]
    cases = [text for text in cases if len(JAPANESE.findall(text)) >= SNIPPET_CHARS]
    while cases and n:
        text = source.choice(cases)
        at = source.randrange(max(1, len(text) - SNIPPET_CHARS))
        piece = text[at : at + SNIPPET_CHARS]
        if JAPANESE.search(piece):
            n -= 1
            yield piece


def speed(files: list[File]) -> float:
    """Files a second, those that are only ASCII aside."""
    cases = [stripped(file)[0] for file in files if not file.data.isascii()]
    start = time.perf_counter()
    for data in cases:
        decode(data)
    return round(len(cases) / (time.perf_counter() - start), 1)


if __name__ == "__main__":
    main()
