"""Articles with people's questions about them, read from the files of public question sets."""

import json
import random
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from html import escape
from pathlib import Path
from typing import Any

from shikomi.corpus import language
from shikomi.text import squeeze

_ARTICLE_WORD = re.compile(r"^(?:the|an?)\s+(?=\S)", re.IGNORECASE)
ASKED = {"en": "About {title}: {question}", "ja": "{title}について：{question}"}


@dataclass(frozen=True)
class Human:
    """A question as a person wrote it, with every reference answer; none where nobody knows."""

    question: str
    answers: tuple[str, ...]


@dataclass(frozen=True)
class Paragraph:
    title: str
    text: str
    questions: tuple[Human, ...]


@dataclass(frozen=True)
class Article:
    title: str
    paragraphs: tuple[str, ...]
    questions: tuple[Human, ...]


def paragraphs(file: Path) -> list[Paragraph]:
    """Those of a file in SQuAD's form (articles with `paragraphs` with `qas`), or of a flat list
    of rows that have a `title`, a `context`, and `questions` or one `question`.

    Raises SystemExit: the file is in neither form.
    """
    try:
        data = json.loads(file.read_text(encoding="utf-8"))
        return list(_paragraphs(data["data"] if isinstance(data, dict) else data))
    except (KeyError, TypeError, AttributeError, ValueError) as error:
        raise SystemExit(
            f"{file} is neither in SQuAD's form nor a list of rows with title, context and"
            f" questions ({type(error).__name__}: {error})"
        ) from None


def _paragraphs(rows: Sequence[Mapping[str, Any]]) -> Iterator[Paragraph]:
    for row in rows:
        for place in row.get("paragraphs", [row]):
            yield Paragraph(
                title=row["title"].replace("_", " ").strip(),
                text=place["context"].strip(),
                questions=tuple(
                    Human(each["question"].strip(), _references(each)) for each in _asked(place)
                ),
            )


def _asked(place: Mapping[str, Any]) -> Sequence[Mapping[str, Any]]:
    if "question" in place:
        return [place]
    found: Sequence[Mapping[str, Any]] = place["qas"] if "qas" in place else place["questions"]
    return found


def _references(row: Mapping[str, Any]) -> tuple[str, ...]:
    """Each once; those of signs alone cannot be compared by program."""
    found = row["answers"] if "answers" in row else row["answer"]
    if isinstance(found, dict):
        found = found["text"]
    texts = [found] if isinstance(found, str) else found
    plain = [each["text"] if isinstance(each, dict) else each for each in texts]
    return tuple(dict.fromkeys(text.strip() for text in plain if squeeze(text)))


def articles(found: Sequence[Paragraph]) -> list[Article]:
    """The paragraphs joined by title, in the file's order; a paragraph that stands there for each
    of its questions is taken once."""
    by_title: dict[str, list[Paragraph]] = {}
    for paragraph in found:
        by_title.setdefault(paragraph.title, []).append(paragraph)
    return [
        Article(
            title=title,
            paragraphs=tuple(dict.fromkeys(each.text for each in group)),
            questions=tuple(dict.fromkeys(human for each in group for human in each.questions)),
        )
        for title, group in by_title.items()
    ]


def chosen(found: Sequence[Article], n: int, *, seed: int | None) -> list[Article]:
    """`n` that are asked about: the first, or by chance; in the file's order.

    Raises SystemExit: there are not so many.
    """
    places = [i for i, each in enumerate(found) if any(human.answers for human in each.questions)]
    if len(places) < n:
        raise SystemExit(f"only {len(places)} documents have questions that can be marked")
    if seed is not None:
        places = sorted(random.Random(seed).sample(places, n))
    return [found[i] for i in places[:n]]


def some(questions: Sequence[Human], n: int) -> list[Human]:
    """At most `n` of those that have an answer, evenly chosen; 0: all."""
    known = [human for human in questions if human.answers]
    n = min(n or len(known), len(known))
    return [known[i * len(known) // n] for i in range(n)]


def accepted(answers: Sequence[str]) -> list[list[str]]:
    """Any reference will do; as in SQuAD's own marking, an English article before it is none of
    its words."""
    forms = (form for each in answers for form in (each, _ARTICLE_WORD.sub("", each)))
    return [[form] for form in dict.fromkeys(forms) if squeeze(form)]


def asked(title: str, question: str) -> str:
    """The question with its article's title before it, unless it names it."""
    if squeeze(title) in squeeze(question):
        return question
    return ASKED[language.detect(question)].format(title=title, question=question)


def page(article: Article) -> str:
    """As HTML: the product's own conversion then escapes what Markdown would read as marks."""
    texts = "".join(f"<p>{escape(text)}</p>\n" for text in article.paragraphs)
    title = escape(article.title)
    return (
        f'<html><head><meta charset="utf-8"><title>{title}</title></head>\n'
        f"<body><h1>{title}</h1>\n{texts}</body></html>\n"
    )
