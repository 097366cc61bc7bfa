"""How much a text looks like one that a person wrote, when bytes decode in several ways.

Each language is told by the characters that make up about half of any text in it. A text read in
the wrong encoding has them only by chance, and has rare ones, or letters in odd places, instead.
"""

import re
from collections import Counter
from dataclasses import dataclass

from shikomi.corpus import letters
from shikomi.corpus.misplaced import misplaced

LOOKS_RIGHT = 0.3

_SAMPLE_CHARS = 4000
_CERTAIN = 1.5
_CERTAIN_CHARS = 30
_RUN = re.compile(r"[^\x00-\x7f]{1,400}")
_NOT_ASCII = re.compile(r"[^\x00-\x7f]")
_JUNK = re.compile("[\u0080-\u009f\ue000-\uf8ff\ufff0-\uffff]")
_STRANGE = re.compile(
    r"[^\t\n\f\r\x1a\x1b -~\u00a0-\u052f\u2000-\u27bf\u3000-\u30ff\u3200-\u9fff"
    r"\uac00-\ud7a3\uf900-\ufaff\uff00-\uffef]"
)
_LONE = re.compile(  # one character of a script without spaces, grown onto a Latin word
    r"(?<![^\x00-\x7f])[\u3040-\ud7a3\uff61-\uff9f](?=[a-z])"
    r"|(?<=[a-z])[\u3040-\ud7a3\uff61-\uff9f](?![^\x00-\x7f])"
    r"|(?<=[A-Z])[\u3040-\ud7a3\uff61-\uff9f](?=[A-Z])"
)
_MARKS = "、。，．・：；？！“”‘’（）〔〕［］〈〉《》「」『』【】～〜—―…○●◎□■◇◆△▲▽▼☆★※→←↑↓"
_WESTERN_MARKS = "“”‘’„‚«»–—…•·©®™°§¿¡№\u00a0"
_SIGNS = "±×÷£¥µ½²³ªº"
_ODD = 3.0  # points for each character that is out of place
_KANJI = (
    "日本人一大年中会国上下分出事者地方時行見前後間語文字名数用使入力書表示設定合場可能次部内外法"
    "実例変更新作成動機必要指対応処理情報選択項目画面参照確認説明手順初期値通信接続起終了開始閉保存"
    "読込追加削除意味注同全以各単位番号種類形式環境標準取得送受付属関連当発生回最小高低長短正不無有"
    "効自由主的性化度構代替結果問題原因解決質答版著利条件左右体水木火土曜週計算進逆多通話電気車東西"
    "南北都道府県市町村区駅店社員学校先持考思心"
)
_SIMPLIFIED = (
    "的一是不了在人有我他这个们中来上大为和国地到以说时要就出会可也你对生能而子那得于着下自之年过发后"
    "作里用道行所然家种事成方多经么去法学如都同现当没动面起看定天分还进好小部其些主样理心前开但因只从"
    "想实无力它与长把机第已工使情明性知全三又关点正外将两高间由问很最并物手应文体相见被二等产或新己制"
    "果加月话合回代内信表化给位次度任先海通教接电数据件选择项设置档错误删除名字请输入打程序系统需称"
)
_TRADITIONAL = (
    "的一是不了在人有我他這個們中來上大為和國地到以說時要就出會可也你對生能而子那得於著下自之年過發後"
    "作裡用道行所然家種事成方多經麼去法學如都同現當沒動面起看定天分還進好小部其些主樣理心前開但因只從"
    "想實無力它與長把機第已工使情明性知全三又關點正外將兩高間由問很最並物手應文體相見被二等產或新己制"
    "果加月話合回代內信表化給位次度任先海通教接電數據件選擇項設置檔錯誤刪除名字請輸入打程式系統需稱"
)
_KOREAN = (
    "이다는의에을가고한하로지사은도를어인서있기나자정리시그대보아해일수스과들것만제부라전적면요상장여된"
    "입습니할합원주구동성모든무공용유위오마우국게문개신연경방내생비진분세소말발관화음않없되까행파름열저드"
    "호출선택설류"
)


@dataclass(frozen=True, slots=True)
class _Script:
    """A language of many characters. Those whose first byte in `codec` is below `rare` are its
    everyday ones; the `alien` ones are in few texts of it. `ahead` are points in advance."""

    codec: str
    common: frozenset[str]
    rare: int
    alien: re.Pattern[str]
    marks: frozenset[str] = frozenset(_MARKS)
    strange: float = -3.0
    latin: float = -1.5
    ahead: float = 0.0

    def weight(self, char: str) -> float:
        """About 3 to -5."""
        if char in self.common:
            return 3.0
        if char in self.marks:
            return 2.0
        if _JUNK.match(char):
            return -5.0
        if self.alien.match(char):
            return self.strange
        if char < "\u0250" and char.isalpha():
            return self.latin
        encoded = char.encode(self.codec, "ignore")
        everyday = len(encoded) == 2 and encoded[0] < self.rare
        return 0.4 if everyday else -1.5


def _between(first: str, last: str) -> frozenset[str]:
    return frozenset(map(chr, range(ord(first), ord(last) + 1)))


_NO_KANA = re.compile("[\u3040-\u30ff\u3131-\u318e\uff61-\uff9f]")
_JAPANESE = _Script(
    "euc_jp",
    frozenset(_KANJI) | _between("ぁ", "ん"),
    0xD0,
    re.compile("[\uff61-\uff9f]"),
    frozenset(_MARKS) | _between("ァ", "ー") | _between("０", "ｚ"),
    strange=-0.5,
    latin=1.0,
    ahead=2.0,
)
_SCRIPTS = {
    "cp932": _JAPANESE,
    "euc_jp": _JAPANESE,
    "cp949": _Script("euc_kr", frozenset(_KOREAN), 0xC9, _NO_KANA),
    "gb18030": _Script("gb2312", frozenset(_SIMPLIFIED), 0xD8, _NO_KANA),
    "cp950": _Script("big5", frozenset(_TRADITIONAL), 0xC9, _NO_KANA),
}
_WESTERN = ("éèêàçôûîùâïœëü", "äöüß", "áéíóúñü", "àèéìòù", "ãáçéõêóíâúôà", "åäöæøé", "ëéïöüè")
_ANY_WESTERN = ("".join(_WESTERN),)
_CENTRAL = ("ąćęłńóśźż", "áčďéěíňóřšťúůýž", "ăâîșşțţ", "áéíóöőúüű", "čšžćđ")
_CYRILLIC = ("оеаинтсрвлкмдпу",)
_ALPHABETS: dict[str, tuple[str, ...]] = {
    "cp1252": _WESTERN,
    "cp1250": _CENTRAL,
    "iso8859-2": _CENTRAL,
    "cp1251": _CYRILLIC,
    "koi8-r": _CYRILLIC,
    "cp1254": ("ışğçöüİ",),
    "cp1253": ("αοιετσνηυρπκμλςάόίέήώ",),
    **{codec: letters.alphabets(codec) for codec in ("cp1257", "cp1255", "cp1256", "cp874")},
}
KNOWN = (*_SCRIPTS, *_ALPHABETS)


@dataclass(frozen=True, slots=True)
class Sample:
    """A text's first runs of characters that are not ASCII, each with the characters beside it;
    `counts` are of those that are not ASCII."""

    text: str
    counts: Counter[str]

    @property
    def size(self) -> int:
        return self.counts.total()


def sample(text: str) -> Sample:
    """Enough of `text` to judge it by: some thousand characters at most."""
    runs: list[str] = []
    n_chars = 0
    for match in _RUN.finditer(text):
        start, end = match.span()
        runs.append(text[max(0, start - 1) : end + 1])
        n_chars += end - start
        if n_chars > _SAMPLE_CHARS:
            break
    joined = " ".join(runs)
    return Sample(joined, Counter(_NOT_ASCII.findall(joined)))


def score(found: Sample, codec: str) -> float:
    """How much a text looks like a language that `codec`, one of `KNOWN`, is used for: about 1
    to 3 where it is one, below `LOOKS_RIGHT` where it is not, 0.0 where all is ASCII."""
    if not found.size:
        return 0.0
    if codec in _SCRIPTS:
        return _script_score(found, _SCRIPTS[codec])
    return _alphabet_score(found, codec)


def likelihood(found: Sample, codec: str) -> float:
    """The logarithm of how likely the text is in a language of `codec`, one of `letters.KNOWN`:
    to be compared where several readings score about the same."""
    n_odd = misplaced(found.text, found.counts, codec)
    return letters.likelihood(found.counts, codec) - _ODD * n_odd


def is_certain(found: Sample, codec: str, points: float) -> bool:
    """Whether text of this score can be no other codec's."""
    return codec in _SCRIPTS and points > _CERTAIN and found.size >= _CERTAIN_CHARS


def is_text(text: str) -> bool:
    """Whether nearly all of it are characters of living languages, and none is a NUL."""
    strange = sum(1 for _ in _STRANGE.finditer(text))
    return "\0" not in text and strange <= 0.05 * len(text)


def _script_score(found: Sample, script: _Script) -> float:
    points = sum(script.weight(char) * n for char, n in found.counts.items())
    lone = sum(1 for _ in _LONE.finditer(found.text))
    return (points - 2.5 * lone) / found.size + script.ahead / (found.size + 1)


def _alphabet_score(found: Sample, codec: str) -> float:
    alphabets = _ALPHABETS[codec]
    per_char = max(_per_char(found, each) for each in alphabets)
    if alphabets is _WESTERN:  # the most common by far, and pages name people of many countries
        per_char = max(per_char + 0.5, _per_char(found, *_ANY_WESTERN))
    else:  # a sign or two are no evidence: ± has the byte of ą
        per_char -= 4.0 / (found.size + 1)
    return per_char - _ODD * misplaced(found.text, found.counts, codec) / found.size


def _per_char(found: Sample, alphabet: str) -> float:
    points = (_letter_weight(char, alphabet) * n for char, n in found.counts.items())
    return sum(points) / found.size


def _letter_weight(char: str, alphabet: str) -> float:
    if char in alphabet:
        return 2.0
    if char in _WESTERN_MARKS:
        return 1.5
    if char in _SIGNS:
        return 0.2
    if char.lower() in alphabet:
        return 0.7
    return -0.5 if char.isalpha() else -2.0
