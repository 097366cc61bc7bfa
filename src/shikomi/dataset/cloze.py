"""Questions that a program makes of Japanese statements. Japanese asks in place: a value becomes
its question word (300件ごと, 何件ごと), the sentence's end a question's, and all else stays.

A small generator's own wordings are often muddled (docs/log.md). These are sound by construction;
a statement that is of no clear form has none.
"""

import re

from shikomi.dataset.repair import untied
from shikomi.dataset.values import NAMED, NUMBER, VALUE
from shikomi.sentences import spans
from shikomi.text import squeeze

_MOST_CHARACTERS = 110
_POINTS_BACK = re.compile(
    r"\A(?:[こそ][れのうこ](?!ぞれ)|彼)|この|これ|ここ|同[じ年月日]|次の|以下|上記|前述|上述|たとえば|例えば|[：:？?…]"
)
_ASKS = re.compile(r"[何誰]|どの|どれ|どこ|いつ|いくつ")
_NOUN = re.compile(r"(?<![々〆一-鿿ァ-ヺー])([々〆一-鿿]+|[ァ-ヺー]+)\s?\Z")
_PARTICLE = re.compile(r"\s?(?:を|に(?![はもよ])|が|へ|と(?:いう|呼))")
_ONE = re.compile(r"1[^\d.,:]+")  # of which nobody asks how many it is
_RARE_ORDINAL = re.compile(r"第\d+[^\d]{3,}")
_TOPIC_MARK = re.compile(r"(?<![でにとらか])は")  # a subject of what a question asks the reason of
_TOPIC = re.compile(r"[々〆一-鿿ァ-ヺー]*は")  # nothing that is asked for can be one
_DEFINES = re.compile(
    r"(?P<what>[^、。はがをも]{2,24}?)\s?(?:とは|は)、?(?P<is>[^。]{6,}?)"
    r"(?:である|であった|です|でした|だった|をいう|を指す|を表す)。?"
)
_CLAUSE = re.compile(r"(?:ものの|[がりしばとてで]|ので|ため|から)、")  # such a sentence says more
_NO_NOUN = "のうくぐすつぬぶむるたい"
_SHORT = 12  # characters of a value: what is only so long is asked for, not what it is
_IF = re.compile(
    r"(?P<if>[^、。]{4,40}(?:[うくぐすつぬぶむる]と|[えけげせねべめれ]ば))、(?P<then>.{6,})"
)
_BARE = re.compile(  # no clause and no other noun before it says which
    r"(?P<before>.{2,}[はでに])[々一-鿿ァ-ヺー]{2,}(?P<after>[をが][^、をが何]{2,20}。?)"
)
_BECAUSE = re.compile(
    r".{4,}(?:ので|ため|から)、(?P<so>[^、。]{6,}(?:[うくぐすつぬぶむる]|ない|た))。?"
)
_ASIDE = re.compile(r"[（(][^（）()]*[）)]")
_ENDS = (  # of sentences, and how they end as questions
    (re.compile(r"(?:です|ます|でした|ました|ません)\Z"), "か？"),
    (re.compile(r"(?:である|(?<=[々一-鿿ァ-ヺー])だ)\Z"), "ですか？"),
    (re.compile(r"(?:であった|だった)\Z"), "でしたか？"),
    (re.compile(r"まで\Z"), "までですか？"),
    (re.compile(r"(?P<kept>[うくぐすつぬぶむるただ]|[々一-鿿]い|[しかな]い)\Z"), "のですか？"),
)
_NO_STATEMENT = re.compile(
    r"(?:ください|下さい|こと|べきだ|だろう|であろう|のだ|のである|からだ|からである|[事の]である)\Z"
)


def question(statement: str, target: str | None) -> str | None:
    """A question about a Japanese statement that its `target` answers, or with none what it
    defines; None where the statement is of no form that one can be made of."""
    text = untied(statement)
    if target is not None:
        text = _only(text, target)
    if not text or len(text) > _MOST_CHARACTERS or _POINTS_BACK.search(text) or _ASKS.search(text):
        return None
    made = _definition(text, target) or (_in_place(text, target) if target else None)
    return made or _definition(text, None) or _circumstance(text)


def _only(text: str, target: str) -> str:
    """The one sentence that has the target, once; "" where there is none such."""
    found = [text[start:end] for start, end in spans(text)]
    having = [each for each in found if target in each]
    return having[0] if len(having) == 1 and having[0].count(target) == 1 else ""


def _definition(text: str, target: str | None) -> str | None:
    found = _DEFINES.fullmatch(_ASIDE.sub("", text))
    if found is None or found["what"][:1].isdigit() or found["what"][-1] in _NO_NOUN:
        return None
    if _CLAUSE.search(found["is"]) or _NO_STATEMENT.search(text.rstrip("。")):
        return None
    if VALUE.search(found["is"]) and len(found["is"]) <= _SHORT:
        return None
    what = found["what"]
    is_about = target is None or squeeze(target) == squeeze(what)
    return f"{what}とは何ですか？" if is_about else None


def _circumstance(text: str) -> str | None:
    """What comes of a condition, or why something is so, of a sentence that begins with it; or its
    last object or subject, where that is one bare noun."""
    if found := _IF.fullmatch(text):
        return f"{found['if']}、どうなりますか？"
    if found := _BARE.fullmatch(text):
        return _as_question(f"{found['before']}何{found['after']}")
    found = _BECAUSE.fullmatch(text)
    return f"{_TOPIC_MARK.sub('が', found['so'], 1)}のはなぜですか？" if found else None


def _in_place(text: str, target: str) -> str | None:
    before, after = text.split(target)
    if before.count("（") + before.count("(") > before.count("）") + before.count(")"):
        return None
    if before[-1:] in "「『" and after[:1] in "」』":
        before, after = before[:-1], after[1:]
    is_value = VALUE.fullmatch(target) and not NAMED.fullmatch(target)
    asked = _value(before, target, after) if is_value else None
    asked = asked or _name(before, target, after)
    return _as_question(asked) if asked else None


def _value(before: str, target: str, after: str) -> str | None:
    """The sentence that asks how many or which: what counts stays, its number goes."""
    unit = re.sub(rf"{NUMBER}\s?", "何", target)
    if unit == "何" or re.search(r"[A-Za-z]", target[:2]) or unit.startswith("何."):
        return None
    if _ONE.fullmatch(target) or _RARE_ORDINAL.match(target) or _TOPIC.match(after):
        return None
    return f"{before.rstrip()}{unit}{after}"


def _name(before: str, target: str, after: str) -> str | None:
    """The sentence that asks what or which: a noun that stands before a name says what it is."""
    is_counted = VALUE.fullmatch(target) and not re.search("[A-Za-z]", target)
    if is_counted or not _PARTICLE.match(after):
        return None
    if noun := _NOUN.search(before):
        return f"{before[: noun.start()]}どの{noun[1]}{after.lstrip()}"
    is_bare = not before.strip() or before.rstrip()[-1] in "、はをにがとのでも"
    return f"{before.rstrip()}何{after.lstrip()}" if is_bare else None


def _as_question(text: str) -> str | None:
    body = text.rstrip("。")
    if _NO_STATEMENT.search(body):
        return None
    for end, asks in _ENDS:
        if found := end.search(body):
            keeps = asks in ("か？", "のですか？")
            return (body if keeps else body[: found.start()]) + asks
    return None
