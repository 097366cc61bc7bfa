"""Letters and marks in places where no language has them: they are another encoding's bytes."""

import re
from collections.abc import Collection

_ACCENTS = re.compile("[\u00c0-\u024f]{3,}")  # one or two in a row occur in words, more do not
_ALONE = re.compile(  # of these only ő is a word
    "(?<![\\w\u0e01-\u0e4e])[\u0100-\u014f\u0152-\u024f\u0e01-\u0e2e](?![\\w\u0e01-\u0e4e])"
)
_OPENING = "«“‘„‚¿¡"
_CLOSING = "»”…"
_RAISED = "¹²³ªº"
_FINAL = "ךםןףץةى"  # end a word in Hebrew or Arabic
_THAI_ABOVE = re.compile("[\u0e31\u0e34-\u0e3a\u0e47-\u0e4e]")  # written above or below a letter
_THAI_AHEAD = re.compile("[\u0e40-\u0e44]")  # vowels written before their consonant
_THAI_LETTER = re.compile("[\u0e01-\u0e2e]")
_UNWESTERN = re.compile(
    r"ñ(?![aeiouáéíóú])|(?<=\w)þ|(?<!\w)ð|ã(?=[bcdfgjklmnprtvxzþ])|œ(?=[jklprwzæ])|ïï|(?<=\w)[¿¡]"
    r"|(?<=[a-z])[¼½¾¶](?=[a-z])",
    re.IGNORECASE,
)
_TILDE = re.compile("õ(?!e)", re.IGNORECASE)  # in Estonian, but not in Portuguese
_HUNGARIAN, _NOT_HUNGARIAN = frozenset("áéíóúûÁÉÍÓÚ"), frozenset("äãÄÃ")


def misplaced(text: str, chars: Collection[str], codec: str) -> int:
    """How many there are in `text`, read in `codec`: runs of characters that are not ASCII, each
    with the characters beside it. `chars` are those that are not ASCII, each once."""
    n = sum(map(_is_odd, text, text[1:]))
    n += sum(len(match[0]) for match in _ACCENTS.finditer(text))
    n += sum(1 for _ in _ALONE.finditer(text))
    return n + (_n_unwestern(text, frozenset(chars)) if codec == "cp1252" else 0)


def _n_unwestern(text: str, chars: frozenset[str]) -> int:
    """Letters of Western languages where none of these has them."""
    n = sum(1 for _ in _UNWESTERN.finditer(text))
    if chars & _HUNGARIAN and not chars & _NOT_HUNGARIAN:
        n += sum(1 for _ in _TILDE.finditer(text))
    return n


def _is_odd(left: str, right: str) -> bool:
    """A capital after a small letter, letters of two scripts in one word, a letter before a digit
    or in another place of the word than its own, or a mark that opens after a letter or closes
    before one: each with a character that is not ASCII."""
    if left < "\x80" and right < "\x80":
        return False
    if _is_odd_in_thai(left, right):
        return True
    if left in _RAISED:
        return right.isalpha()
    if left.isalpha() and right.isalpha():
        mixed = min(left, right) < "\u0250" and max(left, right) > "\u0370"
        ended = left in _FINAL and right > "\u0370"
        return mixed or ended or (left.islower() and right.isupper())
    if left.isalpha() and right in "0123456789":
        return True
    grown = (left.isalpha() and right in _OPENING) or (left in _CLOSING and right.isalpha())
    return grown and min(left, right) > "\x80"


def _is_odd_in_thai(left: str, right: str) -> bool:
    """A sign that stands on no letter, or a vowel before none."""
    if _THAI_ABOVE.match(right):
        return not (_THAI_LETTER.match(left) or _THAI_ABOVE.match(left))
    return bool(_THAI_AHEAD.match(left)) and not _THAI_LETTER.match(right)
