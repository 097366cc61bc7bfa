import codecs

import pytest

from shikomi.corpus.decode import decode, decode_as, majority
from shikomi.errors import SourceError

JA = "伺かの仕様書です。改行は、ＣＲＬＦとする。「はい」か「いいえ」で答える。"
TEXTS = {
    "cp949": "이 문서는 가와리의 국제화에 관한 설명입니다. 한국어로 쓰여 있습니다.",
    "gb18030": "安装完成以后，请在设置页面中选择需要的语言，然后保存文件。",
    "cp950": "安裝完成以後，請在設定頁面中選擇需要的語言，然後儲存檔案。",
    "cp1251": "После установки выберите нужный язык на странице настроек и сохраните файл.",
    "koi8-r": "После установки выберите нужный язык на странице настроек и сохраните файл.",
    "cp1253": "Μετά την εγκατάσταση επιλέξτε τη γλώσσα και αποθηκεύστε το αρχείο.",
    "cp1254": "Bu belge, sunucunun nasıl kurulacağını açıklar; değişiklikleri kaydedip başlatın.",
    "cp1250": "Wybierz język, później kliknij „Zapisz zmiany” i wyjdź; zażółć gęślą jaźń.",
    "cp1252": "Après l’installation, choisissez la langue préférée — c’est très « facile ».",
}


@pytest.mark.parametrize("encoding", ["cp932", "euc_jp"])
def test_undeclared_japanese_is_recognised(encoding):
    found = decode(JA.encode(encoding))
    assert (found.text, found.encoding) == (JA, encoding)


@pytest.mark.parametrize("label", ["Shift_JIS", "x-sjis", "Windows-31J"])
def test_shift_jis_labels_mean_cp932_so_that_vendor_characters_survive(label):
    text = f'<meta charset="{label}">①㈱～' + JA
    found = decode(text.encode("cp932"))
    assert (found.text, found.encoding, found.reason) == (text, "cp932", "in the page")


def test_euc_jp_with_vendor_characters_is_still_euc():
    text = "①番目の項目は、" + JA
    assert decode(text.encode("euc_jis_2004"), declared="euc-jp").text == text
    assert decode(b"\xad\xa1\xb4\xc7\xfc\xe2\xa4\xc7" + JA.encode("euc_jp")).text == "①看髙で" + JA


def test_iso_2022_jp_is_known_by_its_escapes():
    found = decode(JA.encode("iso2022_jp"))
    assert (found.text, found.encoding, found.reason) == (JA, "iso2022_jp_ext", "escape")


def test_vendor_characters_in_iso_2022_jp_are_read():
    assert decode(b"\x1b$B-!$O\x1b(B OK").text == "①は OK"
    assert decode(b"\x1b$B-!\x1b(I1\x1b$(D0\x21\x1b(B").text == "①ｱ丂"


@pytest.mark.parametrize(
    ("bom", "encoding"),
    [
        (codecs.BOM_UTF8, "utf-8"),
        (codecs.BOM_UTF16_LE, "utf-16-le"),
        (codecs.BOM_UTF16_BE, "utf-16-be"),
        (codecs.BOM_UTF32_LE, "utf-32-le"),
    ],
)
def test_a_byte_order_mark_decides_and_is_taken_off(bom, encoding):
    found = decode(bom + JA.encode(encoding))
    assert (found.text, found.encoding, found.reason) == (JA, encoding, "bom")


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be"])
def test_utf_16_without_a_mark_is_known_by_its_nul_bytes(encoding):
    text = f"<p>{JA}</p>\n"
    found = decode(text.encode(encoding))
    assert (found.text, found.encoding, found.reason) == (text, encoding, "plausible")


def test_half_width_katakana_are_read_where_the_page_says_so():
    text = '<meta charset="shift_jis">ﾌｧｲﾙ ﾒﾆｭｰ'
    assert decode(text.encode("cp932")).text == text


def test_valid_utf_8_beats_a_wrong_label():
    text = '<meta charset="Shift_JIS">' + JA
    found = decode(text.encode(), declared="euc-jp")
    assert (found.text, found.reason) == (text, "utf-8 valid")


def test_a_label_under_which_the_text_is_mojibake_is_not_believed():
    data = "目次ひとつ".encode("euc_jp")
    assert data.decode("cp932")
    found = decode(data, declared="Shift_JIS")
    assert (found.text, found.encoding) == ("目次ひとつ", "euc_jp")


def test_an_unknown_or_foolish_label_is_ignored():
    for label in ("no-such-charset", "hex", "", "undefined", "utf-16", "unicode_escape", "a\0b"):
        assert decode(JA.encode("cp932"), declared=label).text == JA


def test_neighbours_decide_where_both_readings_are_possible():
    data = "配布".encode("cp932")
    assert decode(data).text != "配布"
    found = decode(data, prior="Shift_JIS")
    assert (found.text, found.encoding, found.reason) == ("配布", "cp932", "neighbours")


def test_the_encoding_of_most_pages_is_the_neighbours():
    assert majority(["cp932", "ascii", "cp932", "utf-8", "ascii", "binary"]) == "cp932"
    assert majority(["cp932", "utf-8"]) is None
    assert majority(["ascii"]) is None


def test_neighbours_do_not_outvote_the_page_itself():
    assert decode(JA.encode("cp932"), prior="euc_jp").text == JA
    assert decode("A “café” is not kanji".encode("cp1252"), prior="cp932").encoding == "cp1252"
    for encoding, text in TEXTS.items():
        assert decode(text.encode(encoding), prior="cp932").text == text


def test_a_few_kanji_alone_are_japanese():
    for encoding in ("cp932", "euc_jp"):
        assert decode("手順書".encode(encoding)).text == "手順書"


@pytest.mark.parametrize("encoding", TEXTS)
def test_undeclared_text_in_other_languages_is_not_seen_as_japanese(encoding):
    found = decode(TEXTS[encoding].encode(encoding))
    assert (found.text, found.encoding, found.reason) == (TEXTS[encoding], encoding, "plausible")


@pytest.mark.parametrize("encoding", ["cp949", "gb18030", "cp950"])
def test_a_short_line_is_enough(encoding):
    for at in range(3):
        piece = TEXTS[encoding][at * 6 : at * 6 + 12]
        assert decode(piece.encode(encoding)).text == piece


@pytest.mark.parametrize("label", ["gb2312", "big5", "euc-kr", "windows-1251"])
def test_a_foreign_label_on_japanese_text_is_not_believed(label):
    assert decode(JA.encode("euc_jp"), declared=label).text == JA


@pytest.mark.parametrize("label", ["big5", "x-x-big5", "euc-kr", "ks_c_5601-1987", "x-gbk"])
def test_labels_of_other_languages_mean_the_wider_codec(label):
    text, encoding = {
        "b": ("碁銹裏", "cp950"),
        "e": ("똠방각하", "cp949"),
        "k": ("똠방각하", "cp949"),
    }.get(label.removeprefix("x-x-")[0], ("镕喆", "gb18030"))
    found = decode(text.encode(encoding), declared=label)
    assert (found.text, found.encoding) == (text, encoding)


def test_accents_in_western_text_are_not_read_as_kanji():
    for text in (
        "The café’s naïve rôle — “quoted”.",
        "a “Quoted”x and “more”y",
        "OPÇÃO",
        "accurate to ±0.5 mm",
        "12 m² at 90°",
    ):
        assert decode(text.encode("cp1252"), declared="iso-8859-1").text == text


def test_ascii_and_empty_files_are_text():
    assert decode(b"plain").encoding == "ascii"
    assert decode(b"").text == ""


@pytest.mark.parametrize("encoding", ["cp932", "euc_jp", "utf-8", "gb18030", "cp949"])
def test_one_broken_byte_does_not_change_the_encoding(encoding):
    text = TEXTS.get(encoding, JA)
    found = decode(text.encode(encoding) + b"\xff\x85 " + text.encode(encoding), declared="utf-8")
    assert (found.encoding, found.reason) == (encoding, "lossy")
    assert found.text.startswith(text)
    assert found.text.endswith(text)


def test_a_few_broken_bytes_are_marked_as_loss():
    found = decode(JA.encode("cp932") * 3 + b"\x85 ")
    assert found.reason == "lossy"
    assert found.text.startswith(JA)


@pytest.mark.parametrize(
    "data",
    [b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", bytes(range(1, 32)) * 4, codecs.BOM_UTF16_LE + b"\0\0" * 9],
)
def test_bytes_that_are_no_text_are_refused(data):
    with pytest.raises(SourceError, match="is not text"):
        decode(data)


def test_a_page_is_read_again_as_it_was_read_whatever_its_text_looks_like():
    data = "Où est le café ? Là-bas, à côté de l'hôtel.".encode("cp1252")
    assert decode(data, declared="cp1251").encoding == "cp1252"
    assert decode_as(data, "cp1251") == data.decode("cp1251")
    assert decode_as(data, "") == decode(data).text
