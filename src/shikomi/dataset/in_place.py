"""Japanese questions made of a statement by program: what is asked for becomes a question word in
its place, which is how Japanese asks. 第12王朝を開いたのはサエルである。 becomes
第何王朝を開いたのはサエルであるか？ and 第12王朝を開いたのは誰であるか？

No model is asked, and the question is about its statement and asks for its target by its making.
What cannot be turned so plainly is left out.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice

from shikomi.dataset import targets, whole_sentences
from shikomi.dataset.plan import Goal, n_sentences
from shikomi.dataset.repair import untied
from shikomi.sentences import spans
from shikomi.text import plain
from shikomi.types import Fact, Section

_KATAKANA = "ァ-ヺー"
_NUMBER = re.compile(r"\d+(?:[.,:]\d+)*")
_DATE = re.compile(r"^\D{0,4}\d+年\d+月(?:\d+日)?$")
_SMALL = re.compile(r"\d{1,2}(?:\.\d+)?")
_SEVERAL = re.compile(r"^[2-9]つ$")
_PERSON = re.compile(
    rf"^[一-鿿]{{0,4}}[{_KATAKANA}A-Z]{{1,9}}(?:・[{_KATAKANA}A-Z]{{1,9}}){{1,2}}$|[{_KATAKANA}]\d*世$"
    r"|(?:氏|さん|博士|教授|皇帝|天皇|大統領|首相|会長|社長|監督|[大中少]将)$"
)
_ORGANISATION = re.compile(r"・アンド・|グループ|カンパニー|センター|システム|サービス")
_PLACE = re.compile(
    r"[々一-鿿ァ-ヺー](?:市|町|村|県|府|州|島|山|川|湖|駅|港|地方|諸島|半島|大陸|公園)$"
)
_ENDING = re.compile(
    r"(?:である|です|ます|ません|でした|ました|[たるうくすむぶぐつぬ]|ない)$"
    r"|(?P<be>(?:^|[々一-鿿ァ-ヺー])だ)$"
)
_REQUEST = re.compile(r"(?:ください|下さい|なさい|こと)$")
_TOPIC = re.compile(r"^(?:(?P<kept>[にでとへ])は|は)(?!じめ|ず)")
_SEVERAL_PEOPLE = re.compile(r"^(?:[(（][^)）]*[)）])?ら[がはのに]")
_CALLED = re.compile(r"^(?:と(?:呼|称|い[うい])|という)")
_BESIDE = re.compile(r"^[(（][^)）]*\d[^)）]*[)）]")  # the same number in another way
_NOUN = re.compile(r"^[々一-鿿ァ-ヺーA-Za-z0-9]")
_ANOTHER_SUBJECT = re.compile(r"^[^、]*が")
_LABEL = re.compile(r"[々〆一-鿿ァ-ヺー]+$")
_QUOTED = re.compile(r"[「『\"]$")
_LEANS = re.compile(r"(?:[(（]|[こそ]の)$")
_BE = re.compile(r"(?:である|です|でした|だ|され(?:る|た|ます|ました|ている|ています))$")
_ONE = re.compile(r"^1[^\d.,:年月日時分秒%]")
_VAGUE = re.compile(r"(?:自体|自身|以[外前後降]|関連|全体|一般)$")
_UNCLEAR = re.compile(  # without the sentence before it, or of a mere example
    r"^(?:[こそ][のれうこ]|同[^じ]|[上前][記述]|以上|たとえば|例えば|例)|次の(?:よう|例|図|表|手順)"
)
_CODE = re.compile(r"[A-Za-z_-]0|0\.[A-Za-z]")
_NO_CASE = re.compile(r"^(?:も(?!の)|や|でも|であって|、|・|など|だけ|しか|さえ|こそ|自体|自身)")
_LEAST_LEFT = 8  # characters beside the target: fewer say too little of what is asked


@dataclass(frozen=True, slots=True)
class Asked:
    """A question, and what it asks for."""

    question: str
    goal: Goal


def find(section: Section, facts: Sequence[Fact], *, per_sentence: int) -> Iterator[Asked]:
    """At most `per_sentence` questions for each sentence of the section's Japanese statements:
    for its nouns, and then about it as a whole."""
    for fact in facts:
        if fact.kind == "statement" and targets.is_japanese(fact.statement):
            yield from islice(_of_fact(section, fact), per_sentence * n_sentences(fact))


def _of_fact(section: Section, fact: Fact) -> Iterator[Asked]:
    for target in targets.nouns(fact, section.capsule.names, context=section.text):
        if asked := question(fact.statement, target):
            yield Asked(asked, Goal(fact=fact, target=target))
    if asked := whole_sentences.question(fact.statement):
        yield Asked(asked, Goal(fact=fact, target=None))


def question(statement: str, target: str) -> str | None:
    """The sentence of `statement` that has `target`, asking for it; None where it has it more
    than once, or does not end as a statement that can be asked."""
    sentence = next((each for each in _sentences(statement) if target in each), None)
    if sentence is None or statement.count(target) != 1:
        return None
    if _UNCLEAR.search(sentence) or _VAGUE.search(target) or _ONE.match(target):
        return None
    return _asking(target, *_bare(target, *sentence.split(target)))


def _asking(target: str, before: str, behind: str) -> str | None:
    is_part = _NOUN.match(behind) and not _NUMBER.search(target)  # 30秒待つ is none
    if is_part or _LEANS.search(before):
        return None
    asked = _asked(target, behind)
    rest = _with_case(behind.removeprefix("に") if asked == "いつ" else behind)
    end = None if rest is None else _end(rest)
    if end is None or len(before) + len(end) < _LEAST_LEFT:
        return None
    label = _LABEL.search(before)
    if asked == "何" and label:  # 警告 K-15
        return f"{before[: label.start()]}どの{label[0]}{end}か？"
    return f"{before}{asked}{end}か？"


def _bare(target: str, before: str, behind: str) -> tuple[str, str]:
    """Without quotation marks or spaces around what is asked for, or its number said again."""
    before, behind = before.rstrip(), behind.lstrip()
    if _QUOTED.search(before) and behind:
        return before[:-1], behind[1:]
    return before, _BESIDE.sub("", behind) if _NUMBER.search(target) else behind


def _sentences(statement: str) -> list[str]:
    text = plain(statement)
    return [untied(text[start:end]) for start, end in spans(text)]


def _asked(target: str, behind: str) -> str:
    """The question word: of a number the one of its unit, else by the form of the name."""
    if _NUMBER.search(target):
        return _asked_number(target)
    if _CALLED.match(behind):
        return "何"
    if _SEVERAL_PEOPLE.match(behind) or (
        _PERSON.search(target) and not _ORGANISATION.search(target)
    ):
        return "誰"
    return "どこ" if _PLACE.search(target) else "何"


def _asked_number(target: str) -> str:
    if _DATE.match(target):
        return "いつ"
    if _SEVERAL.match(target) or _SMALL.fullmatch(target):
        return "いくつ"
    if target[-1] == "世":
        return "誰"
    is_code = _NUMBER.fullmatch(target) or _CODE.search(_NUMBER.sub("0", target))
    return "何" if is_code else _NUMBER.sub("何", target)


def _with_case(behind: str) -> str | None:
    """What follows, with a particle that a question word can have: 何は is no Japanese."""
    if _NO_CASE.match(behind):
        return None
    topic = _TOPIC.match(behind)
    if not topic:
        return behind
    rest = behind[topic.end() :]
    if not topic["kept"] and (_ANOTHER_SUBJECT.match(rest) or not _BE.search(rest.rstrip("。．."))):
        return None  # は may stand for を, too
    return f"{topic['kept'] or 'が'}{rest}"


def _end(text: str) -> str | None:
    body = text.rstrip("。．.").rstrip()
    ending = _ENDING.search(body)
    if ending is None or _REQUEST.search(body):
        return None
    return body.removesuffix("だ") if ending["be"] else body
