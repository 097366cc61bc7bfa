"""How often each language uses the letters that are not ASCII, and how likely that makes a text.

One byte means another letter in each of the eight-bit encodings, and most of these are letters of
some language: what tells them apart is that a language uses only some of them, and some often.
The figures are parts of all such letters in running text, rounded; only their order of magnitude
matters.
"""

import math
import re
from collections import Counter

_PAIR = re.compile(r"(\D)(\d+)")
_CAPITAL = 0.06  # to a small letter
_COMMON = 0.008  # the share from which on a letter is one
_LETTERS = 0.9  # of all characters that are not ASCII; the rest are marks
_MARKS = "“”‘’„‚«»–—…•·©®™°§¿¡№\u00a0"
_MARK = math.log(0.08 / len(_MARKS))
_SIGNS = frozenset("±×÷£¥µ½²³ªº€¼¾¹†‡‰‹›¬´¨¸¯¢¤¦¶")
_SIGN = math.log(0.005)
_FOREIGN = math.log(0.0004)  # a letter of another language
_NONE = math.log(0.00001)  # what no one writes
_RARER = 2.5  # how much rarer pages are that are not Western, by the logarithm
_RARE = 4.0  # the same of Icelandic, whose letters are Turkish ones in another encoding
_FEW, _FEW_LETTERS = 1.0, 3  # the same for each letter fewer than so many
_ENOUGH = 4

_WESTERN = (
    "é190à50è35ê22ç9ù6â6ô5î4û6ë1ï1œ2",
    "ü65ä55ö30ß35",
    "ó83á50í73é43ñ31ú17ü1",
    "à64è26ù17é6ì4ò4",
    "ã73ç53é45á50í30ó30õ25ê35ú15â10à7ô6",
    "ä180å134ö131é5",
    "å119ø94æ87é5",
    "ä358ö44å3",
    "é10ë9ï5è3ö2ü2á2ó2",
    "ð439á180í157þ146ó99æ87ö78é65ú61ý23",
    "ä190õ95ü60ö30š2",
    "à40ó40í35é30è25ò25ú15ç15ï8ü3",
)
_ICELANDIC = _WESTERN[9]
_CENTRAL = (
    "ł211ó114ę113ą103ż93ś81ć60ń36ź8",
    "í164ě122ý100á87ž72š69é63č46ř38ů20ú4ď4ň4ó2ť2",
    "á140č120ý110ú110š100ž100í110é90ť50ľ40ó40ô30ď20ň20ä15ĺ2ŕ2",
    "é370á340ö80ó90ő88ü60í55ú20ű15",
    "ă310ţ130ş120î110â90",
    "š100č95ć70ž60đ25",
)
_BALTIC = (
    "ė158ų127š114ž82ą80į57č44ū43ę20",
    "ā390ē180ī170š110ū60ņ40ļ30ž25ģ20ķ15č10",
    "ä190õ95ü60ö30š2ž1",
)
_TURKISH = ("ı511ü185ş178ç117ğ113ö78İ20â2î1û1",)
_GREEK = (
    "α85τ80ο79ν64ε55ι53η44ρ43ς42κ41π40υ36σ35μ33ί30λ28ά24ό22έ21δ18γ17ω17ή15θ12ύ11ώ10χ10φ8β8ξ4ζ4ψ2ϊ1ΐ1",
)
_CYRILLIC = (
    "о109е85а80и74н67т63с55р47в45л44к35м32д30п28у26я20ы19г17ь17з16б16ч14й12х10ж9ш7ю6ц5щ4э3ф3ъ1ё1",
    "о94а72н65и61і57в52т50р45е44с40л37к36у33м31д30п29я23з23ь18б16г16й14ч12х11ц9ю7ж7ї6є6ш5щ5ф3ґ1",
    "а120и90е89о87т74н72р52с52в47д36л35к31п30м26з22я20ъ17г16у16ч14б13ж9ц8й7щ6х5ш3ф2ю1ь1",
)
_HEBREW = ("י110ו104ה88מ75ל74א63ר57ת52ב48ש46נ43ע32ם27כ26ח25ד25ק21פ20ס15ז13ט12ן12צ12ג12ך8ף3ץ2",)
_ARABIC = (
    "ا125ل110ي66م63و60ن56ر47ت46ه39ب35ع35د33أ30ة30س29ف28ق25ك23ح20ج13ش12ص10ى10إ10خ9ط9ض6ذ6ز6ث5غ5ء5ئ4،4ظ2ؤ2آ2؟1",
    "ا132ي95د80ر75ن72ه65م55و55ت47ب38س35ش32ك30ل28ز25گ15پ14خ13ف13ع12ج11آ10ق10ح10ص6چ5ط5،4غ3ض3ذ2ث2ظ1ژ1",
)
_THAI = (
    "น68า65ร63ก52อ48เ48่45ง44ั41้41ม37ย35ล32ว32ี31ด30ท30ส29ิ26ต25ห24ะ23ค22ป20บ20แ19จ18พ17์16ช14ข14"
    "ุ14ื13ใ13ไ12ู11ำ9็9โ8ณ7ผ6ธ6ถ6ึ6ศ5ภ4ซ4ญ4ษ4ฟ3ฐ2ฉ2ๆ2ฝ1ฏ1ฎ1ฆ1ฮ1ฒ1ฬ1ฯ1๊1๋1",
)
_LANGUAGES = {
    "cp1252": _WESTERN,
    "cp1250": _CENTRAL,
    "iso8859-2": _CENTRAL,
    "cp1257": _BALTIC,
    "cp1254": _TURKISH,
    "cp1253": _GREEK,
    "cp1251": _CYRILLIC,
    "koi8-r": _CYRILLIC,
    "cp1255": _HEBREW,
    "cp1256": _ARABIC,
    "cp874": _THAI,
}
KNOWN = tuple(_LANGUAGES)


def alphabets(codec: str) -> tuple[str, ...]:
    """The common letters of each language that `codec` is used for, the commonest first."""
    return tuple(
        "".join(char for char, n in counts.items() if n >= _COMMON * sum(counts.values()))
        for counts in map(_counts, _LANGUAGES[codec])
    )


def likelihood(counts: Counter[str], codec: str) -> float:
    """The logarithm of how likely these characters are in the likeliest of the codec's
    languages, that of Western ones being the most common taken into account.

    More than a few of the same say no more: a page with many `»` or `µ` is in no other language.
    """
    capped = [(char, min(n, _ENOUGH)) for char, n in counts.items()]
    found = max(
        sum(n * _weight(char, model) for char, n in capped) - rare for model, rare in _MODELS[codec]
    )
    if codec == "cp1252":
        return found
    n_letters = len({char.lower() for char in counts if char.isalpha()})
    return found - _RARER - _FEW * max(0, _FEW_LETTERS - n_letters)


def _weight(char: str, model: dict[str, float]) -> float:
    if (known := model.get(char)) is not None:
        return known
    if char in _MARKS:
        return _MARK
    if char in _SIGNS:
        return _SIGN
    return _FOREIGN if char.isalpha() else _NONE


def _model(table: str) -> dict[str, float]:
    """The logarithm of each letter's share, capitals too."""
    counts = _counts(table)
    total = sum(counts.values())
    found = {}
    for char, n in counts.items():
        found[char] = math.log(_LETTERS * n / total)
        if char.upper() != char and len(char.upper()) == 1:
            found.setdefault(char.upper(), found[char] + math.log(_CAPITAL))
    return found


def _counts(table: str) -> dict[str, int]:
    return {char: int(n) for char, n in _PAIR.findall(table)}


_MODELS = {
    codec: tuple((_model(table), _RARE if table is _ICELANDIC else 0.0) for table in tables)
    for codec, tables in _LANGUAGES.items()
}
