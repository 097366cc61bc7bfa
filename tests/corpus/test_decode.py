import codecs

import pytest

from shikomi.corpus.decode import decode
from shikomi.errors import SourceError

JA = "伺かの仕様書です。改行は、ＣＲＬＦとする。「はい」か「いいえ」で答える。"
KO = "이 문서는 가와리의 국제화에 관한 설명입니다. 한국어로 쓰여 있습니다."


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


def test_iso_2022_jp_is_known_by_its_escapes():
    found = decode(JA.encode("iso2022_jp"))
    assert (found.text, found.encoding, found.reason) == (JA, "iso2022_jp_ext", "escape")


def test_vendor_characters_in_iso_2022_jp_are_read():
    assert decode(b"\x1b$B-!$O\x1b(B OK").text == "①は OK"


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
    for label in ("no-such-charset", "hex", ""):
        assert decode(JA.encode("cp932"), declared=label).text == JA


def test_neighbours_decide_where_both_readings_are_possible():
    data = "目次ひとつ".encode("euc_jp")
    assert data.decode("cp932")
    found = decode(data, prior="euc_jp")
    assert (found.text, found.reason) == ("目次ひとつ", "neighbours")


def test_a_few_kanji_alone_are_japanese():
    for encoding in ("cp932", "euc_jp"):
        assert decode("手順書".encode(encoding)).text == "手順書"


def test_korean_is_not_read_as_rare_kanji():
    found = decode(KO.encode("euc_kr"))
    assert (found.text, found.encoding) == (KO, "euc_kr")


def test_accents_in_western_text_are_not_read_as_kanji():
    for text in ("The café’s naïve rôle — “quoted”.", "a “Quoted”x and “more”y"):
        assert decode(text.encode("cp1252"), declared="iso-8859-1").text == text


def test_ascii_and_empty_files_are_text():
    assert decode(b"plain").encoding == "ascii"
    assert decode(b"").text == ""


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
