"""Japanese questions about a sentence as a whole, by its form: what a term is that it defines, what
comes of a condition, why something is so."""

import re

from shikomi.dataset.repair import untied
from shikomi.dataset.values import VALUE

_MOST_CHARACTERS = 110
_POINTS_BACK = re.compile(
    r"\A(?:[こそ][れのうこ](?!ぞれ)|彼)|この|これ|ここ|同[じ年月日]|次の|以下|上記|前述|上述|たとえば|例えば|[：:？?…]"
)
_ASKS = re.compile(r"[何誰]|どの|どれ|どこ|いつ|いくつ")
_TOPIC_MARK = re.compile(r"(?<![でにとらか])は")  # a subject of what a question asks the reason of
_DEFINES = re.compile(
    r"(?P<what>[^、。はがをも]{2,24}?)\s?(?:とは|は)、?(?P<is>[^。]{6,}?)"
    r"(?:である|であった|です|でした|だった|をいう|を指す|を表す)。?"
)
_CLAUSE = re.compile(r"(?:ものの|[がりしばとてで]|ので|ため|から)、")  # such a sentence says more
_NO_NOUN = "のうくぐすつぬぶむるたい"
_SHORT = 12  # characters of a value: what is only so long is asked for, not what it is
_IF = re.compile(r"(?P<if>[^、。]{4,40}(?:[うくぐすつぬぶむる]と|[えけげせねべめれ]ば))、.{6,}")
_BECAUSE = re.compile(
    r".{4,}(?:ので|ため|から)、(?P<so>[^、。]{6,}(?:[うくぐすつぬぶむる]|ない|た))。?"
)
_ASIDE = re.compile(r"[（(][^（）()]*[）)]")
_NO_STATEMENT = re.compile(
    r"(?:ください|下さい|こと|べきだ|だろう|であろう|のだ|のである|からだ|からである|[事の]である)\Z"
)


def question(statement: str) -> str | None:
    """None where the statement is of no such form, or leans on the one before it."""
    text = untied(statement)
    if len(text) > _MOST_CHARACTERS or _POINTS_BACK.search(text) or _ASKS.search(text):
        return None
    return _definition(text) or _circumstance(text)


def _definition(text: str) -> str | None:
    found = _DEFINES.fullmatch(_ASIDE.sub("", text))
    if found is None or found["what"][:1].isdigit() or found["what"][-1] in _NO_NOUN:
        return None
    if _CLAUSE.search(found["is"]) or _NO_STATEMENT.search(text.rstrip("。")):
        return None
    if VALUE.search(found["is"]) and len(found["is"]) <= _SHORT:
        return None
    return f"{found['what']}とは何ですか？"


def _circumstance(text: str) -> str | None:
    if found := _IF.fullmatch(text):
        return f"{found['if']}、どうなりますか？"
    found = _BECAUSE.fullmatch(text)
    return f"{_TOPIC_MARK.sub('が', found['so'], 1)}のはなぜですか？" if found else None
