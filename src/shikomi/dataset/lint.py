"""Cheap checks of one pair. Each returns the reason to drop it, or None."""

import re
from collections.abc import Sequence

from shikomi.dataset import naming
from shikomi.dataset.giveaways import gives_away
from shikomi.dataset.muddled import is_muddled
from shikomi.text import QUOTED, squeeze
from shikomi.types import Lang

# What a generator calls the text that lies before it.
_TEXT = {
    "en": "document|documentation|docs|passage|page|text|statement|section|excerpt|article"
    "|paragraph|manual|guide|specification|chapter",
    "ja": "文書|文章|記述|ページ|資料|テキスト|ドキュメント|記事|マニュアル|説明書|仕様書",
}
_EN, _JA = _TEXT["en"], _TEXT["ja"]
_APART, _ALONE = r"(?<![\u4e00-\u9fff々ァ-ヺー])", r"(?![\u4e00-\u9fff々])"  # no part of a word
_SO_IT_SAYS = (  # what can follow it
    r"(?=\s*(?:[,.;:?!]|$"
    r"|(?:of|about|for|in|on|what|which|how|when|where|who|why|is|are|does|do)\b))"
)
_POINTING = {
    "en": re.compile(
        rf"\baccording to\b[^.,;:?!]{{0,60}}?\b({_EN}|source|author)\b{_SO_IT_SAYS}"
        rf"|\b(this|the (above|below|following|given|provided|preceding|previous))"
        rf" ({_EN}|context)\b"
        rf"|\b(based on|as per|per) (the|this|that)( given| provided)?"
        rf" ({_EN}|context|information)\b"
        rf"|\bthe ({_EN}) (says?|mentions?|tells?|describes?|explains?|provided|above|below)\b"
        rf"|\b(do|does|did) the ({_EN}) (say|mention|tell|describe|explain|state|specify|list|call"
        r"|define|give|recommend|suggest)\b"
        r"|\bas (mentioned|stated|described|noted|explained|discussed|outlined|specified)"
        r"( (above|below|earlier|before|previously|here)\b|,)"
        rf"|\b(mentioned|stated|described|explained|discussed|listed|given|shown|defined)"
        rf" (above|below|in (the|this) ({_EN}))\b",
        re.IGNORECASE,
    ),
    "ja": re.compile(
        rf"(この|上記の?|当該|以下の)({_JA}|[文節章項]{_ALONE})|{_APART}本({_JA}|[書節章]|仕様){_ALONE}"
        rf"|({_JA}|仕様|{_APART}本文)に(よれば|よると)|上記|下記|前述|上述|先述"
    ),
}
# These do so unless the section has such a thing: the text of a message, the page that comes next.
# Their one group is what it has to have.
_PERHAPS_POINTING = {
    "en": re.compile(rf"\b(?:the|that) ({_EN}|author)\b|\b(?:is|are) (mentioned)\b", re.I),
    "ja": re.compile(
        rf"(?:その|次の)({_JA})|((?:その|次の)[文節章項]){_ALONE}|{_APART}(本文){_ALONE}"
        r"|((?:上位|関連)ページ)|((?:第\d+|\d+番目の)[行列](?![々〆一-鿿])|\d+[行列]目)"
        rf"|({_JA})(?:では|には[^、。]{{0,30}}何と|に(?:記載|記述|書か|述べ))"
    ),
}
# What says "this" of a thing that no earlier word of the question names. A question that has told
# of something before it, in a clause of its own, may point back at that.
_THIS = {
    "en": re.compile(r"\b(?:this|these|those)(?: [a-z-]+)?? ([a-z-]{3,})", re.IGNORECASE),
    "ja": re.compile(r"(?:この|これらの|こうした)([々〆一-鿿]+|[ァ-ヺー]{2,})"),
}
_BEGINS_WITH_IT = re.compile(
    r"(?:これ|それ|彼|彼女|ここ|そこ)(?:ら|は|が|を|に|の|で|と|も)|その(?!他|ほか)"
)
_SUCH = re.compile(r"\bsuch (?!as\b|that\b|an?\b)[a-z]", re.IGNORECASE)
_BEGINS_IF_IT = re.compile(
    r"(?:if|when|once|after|before|while|until) (?:it|its|they|their)\b"
    r"(?! (?:rains|snows|freezes|is (?:not )?(?:(?:rain|snow|freez)ing|dark|(?:im)?possible"
    r"|necessary)\b))",
    re.IGNORECASE,
)
_CLAUSE_ENDS = {"en": re.compile(r"[,;:]|\b(?:and|or|but)\b", re.I), "ja": re.compile("[、。]")}
_JAPANESE = re.compile(r"[\u3041-\u3096\u30a1-\u30fa]")
_HAN = re.compile(r"[\u4e00-\u9fff]")
_LATIN = re.compile(r"[A-Za-z]")
_LATIN_WORD, _WORDS_OF_SENTENCE = re.compile(r"[a-z]{2,}"), 4
_MIN_LETTERS = 4


def check(
    question: str,
    answer: str,
    *,
    lang: Lang,
    names: Sequence[str],
    source: str,
    most: tuple[int, int],
    target: str | None = None,
) -> str | None:
    """Why a pair must go: length, language, pointing at the document, not saying what it is about.

    `names` are those of what it is about, one of which the question must have; with none that
    check is left out. `source` is the text that the pair was written about, `target` what of it
    the plan asked for, `most` how many characters a question and an answer may have.
    """
    if len(squeeze(question)) < _MIN_LETTERS or not squeeze(answer):
        return "empty"
    if len(question) > most[0] or len(answer) > most[1]:
        return "too long"
    if wrong_language(question, lang) or _is_foreign(answer, lang, source):
        return "wrong language"
    if pointing(question, lang, source) or pointing(answer, lang, source):
        return "points at the document"
    if names and not naming.has_name(question, names):
        return "does not name what it is about"
    if gives_away(question, answer, lang, target=target, names=names):
        return "the question gives the answer away"
    return _worded(question, lang, names, source)


def _worded(question: str, lang: Lang, names: Sequence[str], source: str) -> str | None:
    """Why nobody could tell what it asks for."""
    if dangling(question, lang, names):
        return "points at what it does not name"
    return "the question is muddled" if is_muddled(question, lang, names, source) else None


def dangling(question: str, lang: Lang, names: Sequence[str] = ()) -> bool:
    """Whether it speaks of "this park" and no word before says which: what stood in the text
    before is not there for those who are asked. What it is about, in front, says it of a system
    and not of the things in it. A clause may point back at the one before."""
    bare = naming.without_opening(QUOTED.sub(" ", question), lang, names)
    if lang == "ja" and _BEGINS_WITH_IT.match(bare):
        return True
    if lang == "en" and (_BEGINS_IF_IT.match(bare) or _begins_with_such(bare)):
        return True
    for found in _THIS[lang].finditer(bare):
        before = bare[: found.start()]
        if _CLAUSE_ENDS[lang].search(before):
            return False
        if found[1].casefold() not in before.casefold():
            return True
    return False


def _begins_with_such(question: str) -> bool:
    found = _SUCH.search(question)
    return found is not None and not _CLAUSE_ENDS["en"].search(question[: found.start()])


def pointing(text: str, lang: Lang, source: str) -> list[str]:
    """The words of the text that speak of a document, as they stand there, and not of something
    that the source is about."""
    found = [match[0] for match in _POINTING[lang].finditer(text)]
    perhaps = _PERHAPS_POINTING[lang].finditer(text)
    return [*found, *(each[0] for each in perhaps if not _has(source, each[each.lastindex or 0]))]


def _has(source: str, word: str) -> bool:
    ends = r"\b" if word.isascii() else ""
    return bool(re.search(rf"{ends}{re.escape(word)}s?{ends}", source, re.IGNORECASE))


def wrong_language(text: str, lang: Lang) -> bool:
    """Measured by script: Japanese needs kana; English has no kana and few Han characters."""
    if lang == "ja":
        return not _JAPANESE.search(text)
    latin = len(_LATIN.findall(text))
    return bool(_JAPANESE.search(text)) or len(_HAN.findall(text)) > latin


def _is_foreign(answer: str, lang: Lang, source: str) -> bool:
    """Whether an answer is a sentence of the other language, and no code or name of the source:
    in Japanese one of Latin words alone, in English one of mostly Japanese letters."""
    japanese = len(_JAPANESE.findall(answer)) + len(_HAN.findall(answer))
    if lang == "ja":
        is_other = not japanese and len(_LATIN_WORD.findall(answer)) >= _WORDS_OF_SENTENCE
    else:
        is_other = japanese > len(_LATIN.findall(answer))
    return is_other and squeeze(answer) not in squeeze(source)
