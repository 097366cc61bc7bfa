"""Questions that are none by their grammar: no reader could tell what they ask for."""

import re
from collections.abc import Sequence

from shikomi.dataset.naming import without_opening
from shikomi.dataset.values import COUNTER
from shikomi.text import QUOTED
from shikomi.types import Lang

_ASKS = r"(?:[何誰]|ど[のれこ]|いつ|いくつ|いくら)"
_U = "うくぐすつぬぶむる"
_FAULTS_JA = (
    rf"多少(?:[ァ-ヺー]{{2,}}|{COUNTER})",  # for 何, as Chinese has it
    r"ど(?:の(?:数[件個回台本枚人]|何|年間|日間|週間|秒間)|[のれ](?:くらい|ぐらい|だけ|ほど)(?:[秒分件桁台個字]|バイト))",
    r"が、?(?:何|誰|どれ)が|何は(?!とも)|何を(?:何を|どう|呼ばれ|言われ|[々一-鿿ァ-ヺー]{1,8}を)",
    rf"(?:(?<!主)(?<!る)に|を|ため|[々一-鿿][ぁ-ん]?[{_U}])は?、?(?:何|誰|どれ)(?:です|でしょう|だった|でした)",
    rf"{_ASKS}[^、。?？]*[{_U}]と[?？]\Z",  # broken off behind a condition
    r"(?:ください|(?:ます|です|でしょう)か)[、，,。](?!それとも|または|あるいは|もしくは)\S",
)
_MUDDLED = re.compile("|".join(_FAULTS_JA))
_NO_TOPIC = "でにとかのらりてば合き際時後前間上中り日年月"  # では, ときは, 場合は and the like
_TWO_TOPICS = re.compile(rf"[^{_NO_TOPIC}、]は、[^、]*[^{_NO_TOPIC}、]は、")
_MARKED = re.compile(r"(?<![A-Za-z0-9_)\]])\[[^\[\]]+\]")


def is_muddled(question: str, lang: Lang, names: Sequence[str] = (), source: str = "") -> bool:
    """Whether a question asks twice, breaks off, has two topics in a row or a question word that
    its place does not allow; or copies the marks that showed it what to ask for. In English, where
    word order hides little, marks alone are looked for."""
    bare = without_opening(QUOTED.sub("」", question), lang, names)
    if any(mark not in source for mark in _MARKED.findall(bare)):
        return True
    return lang == "ja" and bool(_MUDDLED.search(bare) or _TWO_TOPICS.search(bare))
