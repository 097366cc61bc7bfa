"""What each model of the made-up world replies.

The generator follows the schema of its request to the letter; the tuned student knows the
held-out answers, the base student only what stands in the excerpts it is given.
"""

import json
import re

from judge_script import alone, judged
from rolling_script import asked, replied
from views_script import across, is_rewrite, looked_up, rewritten
from world.documents import QUESTIONS, SYSTEM

TUNED = "ft:scripted-student:lumenbox"
CHAT_TEMPERATURE = 0.7


def right(body) -> str:
    """What a model that does as it is told would reply."""
    return _RIGHT.get(kind_of(body), _written)(body)


def kind_of(body) -> str:
    """What a chat call asks for: "generate", "exam", of a judge "verdict", "pairs" or "alone", of
    written views "cross", in rolling conversations "question"; without JSON, see `_text_kind`."""
    schema = _schema(body)
    if schema is None:
        return _text_kind(body)
    keys = schema["properties"]
    if keys.keys() == {"question"}:
        return "question"
    for key, kind in (("verdict", "verdict"), ("evidence_a", "cross")):
        if key in keys:
            return kind
    if "entries" in keys:
        return "pairs" if "claims" in keys["entries"]["items"]["properties"] else "alone"
    return "generate" if "reworded" in keys["1"]["properties"] else "exam"


def _text_kind(body) -> str:
    """A "rewrite" (focal ones, too), a "check" of a question across pages, "chat", the "reply" of
    a rolling conversation, "again" of a judge that answers a kept question, or an "answer"."""
    if is_rewrite(body):
        return "rewrite"
    if body["model"] == "scripted-generator" and _has_context(body):
        return "check"
    if body.get("temperature") == CHAT_TEMPERATURE:
        return "chat"
    if not body["messages"][-1]["content"].startswith("<document>"):
        return "answer"
    return "again" if body["model"] == "scripted-judge" else "reply"


def _has_context(body):
    return body["messages"][-1]["content"].startswith("<context>")


def _schema(body):
    wanted = body.get("response_format")
    return wanted["json_schema"]["schema"] if wanted else None


def _student(body):
    model, prompt = body["model"], body["messages"][-1]["content"]
    context = prompt.partition("<context>")[2].partition("</context>")[0]
    known = next(((q, a) for _, q, a, _ in QUESTIONS if q in prompt), None)
    if known and (model == TUNED or known[1] in context):
        return f"It is {known[1]}."
    return "I do not know."


def right_again(body) -> str:
    """The line of the document that has most of the question's words: the question of a scripted
    generator is its statement, but for the words asked for."""
    shown, _, asked = body["messages"][-1]["content"].rpartition("</document>")
    words = set(re.findall(r"\w+", asked))
    lines = re.split(r"(?<=[.。])\s+|\n", shown)
    return max(lines, key=lambda line: len(words & set(re.findall(r"\w+", line))))


def _chatted(body):
    return f"Gladly, number {body['seed']}: {body['messages'][-1]['content'][::-1]}"


def _written(body):
    return json.dumps(_entries(body), ensure_ascii=False)


_RIGHT = {
    "verdict": lambda body: json.dumps({"verdict": "CORRECT"}),
    "pairs": judged,
    "alone": alone,
    "again": right_again,
    "answer": _student,
    "chat": _chatted,
    "question": lambda body: json.dumps({"question": asked(body, SYSTEM)}, ensure_ascii=False),
    "reply": replied,
    "rewrite": lambda body: rewritten(body, SYSTEM),
    "cross": lambda body: across(body, SYSTEM),
    "check": looked_up,
}


def statements(body) -> dict[str, tuple[str, str]]:
    """By number: the statement, and the words that its question is to ask for ("": any)."""
    prompt = next(each["content"] for each in body["messages"] if each["role"] == "user")
    lines = re.findall(r"^(\d+)\. (.+)$", prompt[prompt.rindex("\n\n") :], re.MULTILINE)
    found = {number: re.fullmatch(r"(.*?)(?: \[([^\]]*)\])?", line) for number, line in lines}
    return {number: (match[1], match[2] or "") for number, match in found.items()}


def target(body) -> str:
    """What the first question of a generating call is to ask for."""
    return statements(body)["1"][1]


def _entries(body):
    """An entry for each numbered statement, its question in the form that the schema asks for."""
    stated = statements(body)
    schema = _schema(body)["properties"]
    return {
        number: _entry(entry["properties"], *stated[number]) for number, entry in schema.items()
    }


def _entry(properties, statement, target):
    pattern = properties["question"]["pattern"]
    exam = "reworded" not in properties
    if not target:
        target = statement.strip(".。").split()[-1]
    rest = statement.replace(target, " ", 1)
    rest = re.sub(r'[?？؟。():：\n\t"\\]', " ", rest).strip(" .")
    if "。" in pattern:
        ask = f"{SYSTEM}で{rest}のところは何ですか？"
        again = f"{SYSTEM}の話です、{rest[::-1]}とは？"
    else:
        ask = f"In {SYSTEM}, what completes this: {rest}?"
        turned = " ".join(reversed(rest.split()))
        again = f"Tell me what is missing about {SYSTEM} here: {turned}?"
    for question in (ask, again):
        assert re.search(pattern, question), (pattern, question)
    known = {
        "asks_for": properties.get("asks_for", {}).get("const"),
        "question": ask,
        "answer": target if exam else statement,
        "reworded": again,
    }
    return {
        key: known[key] if key in known else f"{again[:-1]}{key[-1]}{again[-1]}"
        for key in properties
    }
