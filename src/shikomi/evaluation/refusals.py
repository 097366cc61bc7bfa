"""Does an answer decline to answer: does it say that it does not know, or that the documents do
not say?

By patterns, so it knows the usual ways alone. A sentence that merely contains a negation ("The key
is not provided", "404 (Not Found)") is no refusal, and neither is a guess after one ("I am not
sure, but it is probably 40 s"): it is right or wrong by what it names.
"""

import re
import unicodedata

_SENTENCE = re.compile(r"[^.!?。！？\n]*(?:\.(?=\d)[^.!?。！？\n]*)*[.!?。！？\n]*")

_NOT = r"(?:do not|don't|did not|didn't|does not|doesn't|cannot|can't|could not|couldn't)"
_ADVERBS = r"(?:\w+ly |really |yet )?"
_DOCUMENTS = (
    r"(?:documents?|documentation|texts?|excerpts?|contexts?|passages?|pages?|manuals?|sections?"
    r"|information|specifications?|sources?|handbooks?|guides?|articles?)"
)
_SAY = (
    r"(?:say|mention|specify|state|tell|describe|indicate|explain|cover|address|disclose|name"
    r"|speak of|refer to)"
)
_SAID = r"(?:documented|mentioned|specified|stated|described|disclosed|said|given|provided|covered)"
_DETAIL = r"(?:informations?|details?|knowledge|answers?|mention|context|idea|indication)"
_ENGLISH = (
    rf"\b(?:i|we) {_NOT} {_ADVERBS}(?:know|recall|remember|answer|determine|tell|find|confirm)\b",
    rf"\b(?:i|we) {_NOT} {_ADVERBS}(?:have|see|find|provide|give|access)\b.{{0,40}}\b"
    rf"(?:{_DETAIL}|data|access)\b",
    r"\b(?:i am|i'm|we are|we're) (?:not (?:sure|aware|familiar|certain|able)|unable)\b",
    rf"\b(?:i|we) have no (?:{_DETAIL}|way|data|access|record)\b",
    r"\A\W*(?:sorry\W+)?(?:i have )?no idea\b",
    rf"\b(?:there is|there's|there are|contains?|has|have|gives?) (?:no|not enough|insufficient)"
    rf" (?:\w+ ){{0,2}}{_DETAIL}\b",
    rf"\bthere (?:is not|isn't|are not|aren't) (?:any|enough) (?:\w+ ){{0,2}}{_DETAIL}\b",
    rf"\A\W*(?:no|not enough|insufficient) (?:\w+ ){{0,2}}{_DETAIL}\b",
    r"\b(?:unable|(?:not |im)possible) to (?:answer|determine|say|tell|find)\b",
    r"\b(?:cannot|can't|can not) be (?:answered|determined|established|inferred)\b",
    rf"\b{_NOT} (?:occur|appear)\b.{{0,20}}\b{_DOCUMENTS}\b",
    r"\bdocumentation\b[^,;]{0,60}? has no\b",
    rf"\b{_DOCUMENTS}\b[^,;]{{0,60}}? {_NOT} {_ADVERBS}{_SAY}\b",
    rf"\b{_DOCUMENTS}\b[^,;]{{0,60}}? {_NOT} {_ADVERBS}(?:contain|include|give|provide|list|have)"
    rf"\b.{{0,40}}\b{_DETAIL}\b",
    rf"\b(?:is|are|was|were)(?: not|n't) {_ADVERBS}{_SAID} (?:anywhere\b|(?:in|by|on|within)"
    rf" (?:\w+ ){{0,4}}{_DOCUMENTS}\b)",
    r"\bas an ai\b|\bnot documented\b",
    r"\bnone of (?:them|these|the \w+) (?:says?|speaks?|mentions?)\b",
    rf"\A\W*(?:it|this|that|the answer|not)(?:'s| is)?(?: not|n't)? ?{_ADVERBS}"
    rf"(?<=[nt'] ){_SAID}\W*\Z",
)
_SUBJECT = r"(?:情報|記載|記述|言及|説明|記録|知識|回答|答え)"
_ASKED = r"(?:お?答え|ご?回答|お?伝え|ご?説明|ご?案内|判断|特定|確認|断定)"
_UNKNOWN = r"(?:わ|分|判|解)か"
_JAPANESE = (
    rf"{_UNKNOWN}り(?:ません|かね)|{_UNKNOWN}らない(?:です|のです)?\W*\Z",
    r"知りません|知らない(?:です)?\W*\Z|存じ(?:上げ|て(?:い|おり))?ません",
    rf"{_ASKED}(?:を?する(?:こと)?(?:は|が)?)?(?:し|いたし|致し)?"
    r"(?:でき(?:ません|かね)|かねます|られません)",
    rf"{_SUBJECT}(?:を|は|が|も)(?:特に|一切|全く|まったく|何も)?"
    r"(?:(?:お|持ち合わせ)?(?:持って|て)?(?:い|おり)?ません|ありません|ございません|"
    r"(?:見つか|見当た|見あた)りません|得られません|含まれて(?:い|おり)ません|"
    r"持ち合わせ(?:が|は)?(?:ありません|ございません)|提供されて(?:い|おり)ません|"
    r"持って(?:い|おり)ません|ない(?:ため|ので)|不足して)",
    r"持ち合わせ(?:て(?:い|おり)ません|が(?:ありません|ございません)|ません)",
    r"(?:記載|言及|明記|記述|文書化|掲載|説明)され(?:て(?:い|おり)ません|ていない(?:です|ようです)?\W*\Z)",
    r"(?:書かれて|示されて|触れられて|述べられて|載って|触れて)(?:い|おり)ません",
    r"(?:文書|資料|文章|本文|抜粋|説明書|マニュアル|ページ)(?:の中)?に(?:は)?[^、。]{0,30}"
    r"(?:出てきません|見つかりません|見当たりません|ありません)",
    r"(?:\A|は|が|も)\W*不明(?:です|である|となっています)?\W*\Z",
)
_MORE = (
    r"\b(?:please|could you|can you) (?:provide|share|give|specify|clarify)(?: me)?(?: with)?"
    r" (?:more|additional|further)\b",
    r"(?:もう少し|より|さらに)(?:詳し|具体的|詳細).{0,20}(?:教えて|ください|いただけ)",
)
_REFUSAL = re.compile("|".join((*_ENGLISH, *_JAPANESE, *_MORE)))
# "if it is not specified in the file" tells of a case, not of the question.
_CASE = re.compile(r"\b(?:when|whenever|if|unless|whose|until|because|in case)\b")
_GUESS = re.compile(
    r"\b(?:probably|possibly|perhaps|likely|i (?:think|believe|guess|assume|suspect)"
    r"|my (?:best )?guess)\b|おそらく|恐らく|たぶん|多分|と(?:思います|思われます|推測)|でしょう"
)
_VALUE = re.compile(r"\d|`[^`]+`|「[^」]+」")
_BUT = re.compile(
    r"\b(?:but|however|typically|usually|generally|normally)\b|ただし|しかし|ですが|ませんが"
    r"|一般的?に|通常"
)


def refuses(answer: str) -> bool:
    """Whether `answer` says that it has none, and offers nothing after all."""
    text = _plain(answer)
    for found in _SENTENCE.finditer(text):
        sentence = found[0].strip()
        refusal = _REFUSAL.search(sentence) if sentence else None
        if refusal is None or _CASE.search(sentence[: refusal.start()]):
            continue
        rest = sentence[refusal.end() :] + text[found.end() :]
        return not _offers(rest)
    return False


def _plain(answer: str) -> str:
    text = unicodedata.normalize("NFKC", answer).casefold()
    return re.sub(r"[^\S\n]+", " ", text.replace("’", "'").replace("*", ""))


def _offers(rest: str) -> bool:
    """Whether what follows a refusal is a guess, or goes on to name a value all the same."""
    if _GUESS.search(rest):
        return True
    turn = _BUT.search(rest)
    return bool(turn and _VALUE.search(rest, turn.end()))
