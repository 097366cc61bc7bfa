"""Questions as a generator words them, in any number: systems, parts, codes and values of their
own, each thing asked about in three wordings, in English and Japanese, with near-duplicates."""

import random
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import count

from shikomi.types import Lang

WORDINGS = 3
PER_SYSTEM = 3_000
SIBLINGS = 0.3  # of the things asked about have a code in their name
PLANTED = 0.05


def words(text: str) -> list[str]:
    return text.split()


KINDS = {
    "en": words(
        """
        left right upper lower spare main inner outer first last blue red slow fast night
        day north south double single wet dry cold warm short long heavy light hidden public
        """
    ),
    "ja": words(
        """
        左側 右側 上段 下段 予備 主 内側 外側 最初 最後 青い 赤い 低速 高速 夜間
        昼間 北 南 二重 単独 湿式 乾式 冷却 加熱 短い 長い 重い 軽い 非公開
        公開
        """
    ),
}
PARTS = {
    "en": words(
        """
        gate valve ledger queue drum shelf lamp bucket spool cabinet relay hopper index
        buffer mirror tunnel label register sensor printer archive lock bridge chain filter
        furnace panel router socket tank timer token tray vault wheel window worker scale
        counter pump mailbox schedule socket probe carrier catalogue desk mast mixer
        notebook oven parser reader ramp sampler station switchboard terminal
        """
    ),
    "ja": words(
        """
        ゲート 弁 台帳 待ち行列 ドラム 棚 ランプ 容器 巻き取り機 収納庫 継電器 受け口
        索引 緩衝域 鏡 通路 ラベル 登録簿 センサー 印字機 書庫 錠 橋渡し
        連鎖 フィルター 炉 操作盤 経路器 差し込み口 水槽 タイマー 合い札 トレイ 金庫
        車輪 窓 作業者 はかり 計数器 ポンプ 郵便受け 予定表 探針 運搬機 目録
        受付 帆柱 混合機 帳面 窯 解析器 読み取り器 傾斜路 採取器 駅 配電盤 端末
        """
    ),
}
TRAITS = {
    "en": [
        *("time limit", "port", "checksum", "capacity", "owner", "default value", "file extension"),
        *("heartbeat", "warning level", "colour", "retry count", "unit", "log file", "priority"),
        *("maximum length", "start order", "storage period", "temperature", "password rule"),
        *("serial number", "backup day", "licence", "memory ceiling", "pause", "opening hour"),
        *("marker file", "header", "tolerance", "successor", "address", "speed", "test command"),
    ],
    "ja": [
        *("制限時間", "ポート番号", "検査値", "容量", "担当者", "既定値", "拡張子", "鼓動の間隔"),
        *("警告の水準", "色", "再試行の回数", "単位", "記録ファイル", "優先度", "最大の長さ"),
        *(
            "起動の順番",
            "保存期間",
            "温度",
            "暗証番号の規則",
            "製造番号",
            "控えを取る曜日",
            "使用許諾",
        ),
        *("メモリーの上限", "休止時間", "開始時刻", "目印のファイル", "見出し部", "許容差"),
        *("後継", "所在地", "速さ", "点検のコマンド"),
    ],
}
TIMES = {
    "en": [
        *("after a restart", "when the tape is full", "during an upgrade", "at midnight", ""),
        *("if nobody answers", "on the standby site", "while maintenance is under way"),
        *("before the first delivery", "once the key has expired", "under a legal hold"),
        *("when two units share a name", "in lean operation", "after the third failure"),
        *("without a network", "as soon as the alarm has been cleared"),
    ],
    "ja": [
        *("再起動の後に", "テープが満杯のとき", "更新の最中に", "午前0時に", "", "応答がないとき"),
        *(
            "予備の拠点で",
            "保守の間に",
            "最初の発送の前に",
            "鍵が切れたあとに",
            "法的な保全のもとで",
        ),
        *("同じ名前の機器が2台あるとき", "縮退運転で", "3回目の失敗の後に", "通信がないとき"),
        *("警報が解除されたらすぐに",),
    ],
}
FORMS = {
    "en": [
        "What is the {trait} of the {part} in {system} {time}?",
        "In {system}, which {trait} does the {part} have {time}?",
        "Which {trait} applies to the {part} of {system} {time}?",
        "How do I find out the {trait} of a {system} {part} {time}?",
        "I work with {system}: what should the {trait} of the {part} be {time}?",
        "{system} {part}: what {trait} {time}?",
        "Can you tell me which {trait} {system} gives its {part} {time}?",
        "If I look at the {part} of {system} {time}, what {trait} will I see?",
        "Who or what decides the {trait} of the {part} in {system} {time}?",
    ],
    "ja": [
        "{system}では、{part}の{trait}は{time}何になりますか？",
        "{time}{system}の{part}が持つ{trait}を教えてください。",
        "{system}の{part}について、{time}適用される{trait}はどれですか？",
        "{part}の{trait}は、{system}では{time}どう決まりますか？",
        "{system}を使っています。{time}{part}の{trait}はいくつにすべきですか？",
        "{system} {part} {trait} {time}は？",
        "{time}{part}を見ると、{system}ではどんな{trait}が分かりますか？",
        "{system}が{part}に与える{trait}は{time}何でしょうか？",
        "{system}の{part}で、{time}{trait}を決めるのは何ですか？",
    ],
}
AGAIN = {
    "en": [
        str.lower,
        lambda q: q.rstrip("?") + " ?",
        lambda q: q.replace(" the ", " ", 1),
        lambda q: q.replace(" in ", " of ", 1),
        lambda q: q.replace("?", ", please?"),
    ],
    "ja": [
        lambda q: q.replace("、", ""),
        lambda q: q.rstrip("？。") + "?",
        lambda q: q.replace("は", "が", 1),
        lambda q: q.replace("ますか", "ますでしょうか"),
        lambda q: q.replace("の", "における", 1),
    ],
}


@dataclass(frozen=True)
class Written:
    lang: Lang
    question: str
    planted: bool = False  # it repeats one that was written before


def write(n: int, seed: int) -> Iterator[Written]:
    """So many questions, of which a share of PLANTED repeat earlier ones in all but signs, case
    or a small word."""
    chance = random.Random(seed)
    fresh = _fresh(chance)
    before: list[Written] = []
    for i in range(n):
        if i and chance.random() < PLANTED:
            old = chance.choice(before)
            question = chance.choice(AGAIN[old.lang])(old.question)
            yield Written(old.lang, question, planted=True)
        else:
            before.append(next(fresh))
            yield before[-1]


def _fresh(chance: random.Random) -> Iterator[Written]:
    for number in count():
        lang: Lang = "ja" if number % 2 else "en"
        system = _name(chance) if lang == "en" else _kana(chance)
        for _ in range(PER_SYSTEM // WORDINGS):
            part = chance.choice(KINDS[lang]) + " " * (lang == "en") + chance.choice(PARTS[lang])
            if chance.random() < SIBLINGS:
                part += f" {system[:2].upper()}-{chance.randrange(10, 1000)}"
            said = {"trait": chance.choice(TRAITS[lang]), "time": chance.choice(TIMES[lang])}
            for form in chance.sample(FORMS[lang], WORDINGS):
                text = form.format(system=system, part=part, **said).replace(" ?", "?")
                yield Written(lang, text)


def _name(chance: random.Random) -> str:
    pieces = [chance.choice("bdfgklmnprstvw") + chance.choice("aeiou") for _ in range(3)]
    return "".join(pieces).capitalize() + chance.choice(["", "n", "x", "rd", "st"])


def _kana(chance: random.Random) -> str:
    return "".join(chance.choice("カキクサシセタツナニネハフマミモラリルワ") for _ in range(4))
