"""Is a value named only to be denied ("not 5 but 7", 「5ではなく7」)?

Only what stands directly at the value tells: a verb between may be what was asked for ("do not use
port 80"), and "not only 5" denies nothing.
"""

import re

_BEFORE = re.compile(
    r"(?:\b(?:not|never|neither|nor|no longer|instead of|rather than|as opposed to|unlike)|n['’]t)"
    r"\s+(?:(?:the|a|an|by|in|at|on|as|to|from|with|port|version|code)\s+)?[\"'“‘`(*]*\Z"
)
_CASE = re.compile(
    r"\b(?:if|when|whenever|unless|until|whose|where|because|in case|whether|while)\b[^.!?\n]*\Z"
)
_AFTER = re.compile(
    r"[\"'”’`)」』*]*[^\S\n]*[ァ-ヶー一-鿿a-z%]{0,8}[」』]?"
    r"(?:(?:では|じゃ)(?:な[くい]|ありません|なかった)|でな[くい]"
    r"|でも(?:[^、。\s]{1,12}でも)?な[くい])"
    r"(?![てかち])"
)
_CASE_AFTER = re.compile(
    r"\A(?:い|かった)?(?:場合|とき|時|もの|限り|なら|ければ|(?:で(?:しょう|す)|だろう)か(?!ら))"
)


def is_denied(before: str, after: str) -> bool:
    """Whether what stands between the two, in lower case, is denied by them. A case that is told
    of ("if it is not 5", 「5ではない場合」) is no denial, nor is what is asked back
    (「5ではないでしょうか」)."""
    found = _BEFORE.search(before)
    if found is not None and not _CASE.search(before[: found.start()]):
        return True
    said = _AFTER.match(after)
    return said is not None and not _CASE_AFTER.match(after[said.end() :])
