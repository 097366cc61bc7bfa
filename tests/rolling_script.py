"""What a generator says in rolling conversations, for the scripted endpoint."""

import re


def vector(text) -> list[float]:
    """How often each letter stands in the text: the same letters, the same meaning."""
    return [float(text.casefold().count(chr(ord("a") + i))) for i in range(26)]


def page_statements(body) -> list[str]:
    """The sentences of the page that a rolling conversation is about, as they stand there."""
    page = body["messages"][0]["content"].split("</document>")[0].partition("\n\n")[2]
    found = [piece.strip("- |") for piece in re.split(r"\n|(?<=[.。])", page)]
    return [piece for piece in found if len(piece) > 15 and piece[0] not in "#`|"]


def attempt_of(body) -> int:
    """Which attempt of its conversation a question's call is, from 0."""
    return (body["seed"] - 1) // 3


def asked(body, system) -> str:
    """A question about the next of the page's statements; after the last from the first again."""
    known = page_statements(body)
    words = known[attempt_of(body) % len(known)].rstrip(".。")
    rest = re.sub(r'[?？。():：\n\t"\\]', " ", words)
    turned = " ".join(reversed(rest.split()[:-1])) or rest[::-1]
    return f"{system}の{turned}は？" if re.search("[ぁ-ん]", words) else f"What of {turned}?"


def replied(body) -> str:
    """The statement of the page that has the most words of the question."""
    words = set(body["messages"][-1]["content"].rpartition(":")[2].strip(" ?").split())
    return max(page_statements(body), key=lambda each: len(words & set(each.split())))
