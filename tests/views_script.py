"""What a generator that does as it is told replies where rewrites and questions across pages are
asked for, and how it answers with some sections in view."""

import json
import re

_FENCED = re.compile(r"<document>\n(.*?)\n\n(.*?)\n</document>", re.DOTALL)
_SENTENCE = re.compile(r"[^\n。.]*[^\n。.|\s][^\n。.]*(?:\.(?=\d)[^\n。.]*)*[。.]")


def is_rewrite(body) -> bool:
    head = body["messages"][0]
    return head["role"] == "system" and (
        "rewrite" in head["content"] or "書き直" in head["content"]
    )


def documents(body) -> list[str]:
    """The texts of the sections that a request shows, without their capsules."""
    return [text for _, text in _FENCED.findall(body["messages"][-1]["content"])]


def rewritten(body, system) -> str:
    """All sentences of the section, each in a longer one; other words for each form."""
    form = body["messages"][-1]["content"].rpartition("</document>")[2].split()
    (text,) = documents(body)
    lines = [re.sub(r"^#+ *|^- *", "", line) for line in text.splitlines() if line.strip()]
    if re.search("[ぁ-ん]", text):
        return "".join(f"{system}について言えば、{line}ということです。" for line in lines)
    hint = " ".join(word.strip(".,:") for word in form[:3]).lower()
    return "\n".join(f"For {system} ({hint}) it holds that {line}" for line in lines)


def fact(text) -> tuple[str, str]:
    """A sentence of a section, and the value or word of it that tells it from others."""
    sentences = [each.strip() for each in _SENTENCE.findall(text)]
    said = next((each for each in sentences if re.search(r"\d", each)), sentences[0])
    number = re.search(r"\d[\d:]*\d|\d", said)
    return said, number[0] if number else said.rstrip(".。").split()[-1]


def across(body, system) -> str:
    first, second = documents(body)
    (said_a, key_a), (said_b, key_b) = fact(first), fact(second)
    titles = " and ".join(re.findall(r"^# (.+)$", f"{first}\n{second}", re.MULTILINE))
    return json.dumps(
        {
            "question": f"In {system}, what should be known of {titles} together?",
            "answer": f"{said_a} {said_b}",
            "evidence_a": said_a,
            "evidence_b": said_b,
            "keys": [key_a, key_b],
        }
    )


def shown(body) -> list[str]:
    """The sections in view of a question below search results."""
    context = body["messages"][-1]["content"].partition("<context>")[2].partition("</context>")[0]
    return [part for part in re.split(r"(?m)^# ", context)[1:] if part.strip()]


def looked_up(body) -> str:
    """An answer that says what each section in view says."""
    return " ".join(fact(f"# {part}")[0] for part in shown(body))
