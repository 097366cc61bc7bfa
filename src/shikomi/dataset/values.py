"""Values in Japanese sentences, whole: a number with what it counts, a date, an ordinal name.

Numbers stand there between letters without a blank, so that where a value ends is told by what
follows it: a counter word and what may stand behind one. A list of counters comes first, as a
counter may run into the next word (7回再送); what is in no list is taken to its end.
"""

import re

_ONE_NUMBER = r"\d+(?:[.,:]\d+)*"
NUMBER = rf"{_ONE_NUMBER}(?:[~～〜–-]{_ONE_NUMBER})?"
_LONG_COUNTERS = (
    "種類|文字|時間|年間|日間|週間|分間|秒間|段階|番目|年代|世代|箇所|か所|ヶ所|ヵ所|カ所|か月|ヶ月|ヵ月|カ月"
    "|か国|カ国|ヶ国|平方|立方|番地|丁目|個所|語族|系統|ページ|つ"
)
_COUNTERS = (
    "年月日時分秒週件台駅桁回本個人字番度倍歳才匹頭枚冊軒階点名社国語級位号章節条項巻版代割円行列曲戦勝"
    "敗隻機基棟戸校次歩色組対便通票着杯席株話幕門科属種試場泊畳尺寸里町村郡県層片缶箱袋束粒滴両"
)
_AFTER = r"(?:以[内上下前後降]|未満|前後|程度|間|前半|後半|[目頃代半])?"
COUNTER = rf"(?:{_LONG_COUNTERS}|[{_COUNTERS}](?:{_AFTER}))"
_UNIT = rf"\s?(?:[A-Za-z%‰℃°µ]+(?:/[A-Za-z]+)?)|[ァ-ヺー]+[秒時]?{_AFTER}|{COUNTER}"
_ERA = "(?:紀元前|西暦|明治|大正|昭和|平成|令和)?"
_DATE = (
    rf"{_ERA}\d+年(?:\d+月(?:\d+日)?)?(?:代|頃|ごろ)?(?![間目])|\d+月\d+日|{_ERA}\d+世紀(?:前半|後半|半ば|初頭|末)?"
    r"|(?:午前|午後)?\d+時\d+分(?:\d+秒)?(?!間)"
)
_NAMED = r"[ァ-ヺー・]{2,}\d+世(?![紀代界])"  # a king: ルイ14世
ORDINAL = r"第\d+(?:[々〆一-鿿]{1,6}|[ァ-ヺー]+)?"
_TOKEN = r"0x[0-9A-Fa-f]+|\d+(?:[._-][A-Za-z][A-Za-z0-9]*)+"  # a name of digits: 2031.log
_WORD = r"[々〆一-鿿]{1,4}(?![々〆一-鿿])"
_NO_SHARE = r"(?!\s?(?:あたり|当たり|につき))"  # of each of which it is said: no answer
_ONE_OF_THEM = r"(?!1(?![\d.,])[^\s\d]{1,5}(?:に?は|で\d|を\d))"  # 1台で5本, 1つは
VALUE = re.compile(
    rf"(?<![A-Za-z0-9_\-第]){_ONE_OF_THEM}(?>{_TOKEN}|{_NAMED}|{_DATE}|{NUMBER}(?:{_UNIT}|{_WORD})?)"
    rf"{_NO_SHARE}|{ORDINAL}"
)
