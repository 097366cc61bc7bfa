"""Text in the eight-bit encodings, with nothing said about which."""

import pytest
from legacy_sentences import CASES

from shikomi.corpus.decode import decode

PAGE = "<html><head><title>Lamp</title></head><body><h1>{}</h1><p>See section 2.</p></body></html>"


@pytest.mark.parametrize(("language", "encoding", "sentence"), CASES)
def test_a_sentence_of_a_page_without_a_label_is_read_in_its_encoding(language, encoding, sentence):
    page = PAGE.format(sentence)
    assert decode(page.encode(encoding)).text == page


@pytest.mark.parametrize(
    ("label", "encoding", "text"),
    [
        ("windows-874", "cp874", "ปิดวาล์ว…"),
        ("tis-620", "cp874", "“ปิดวาล์ว”"),
        ("iso-8859-8-i", "iso8859-8", "לסגור את השסתום"),
        ("windows-1255", "cp1255", "לסגור – את"),
        ("windows-1256", "cp1256", "إغلاق الصمام؟"),
        ("windows-1257", "cp1257", "„Uždaryti“ vožtuvą"),
        ("iso-8859-13", "iso8859-13", "Uždaryti vožtuvą"),
    ],
)
def test_labels_of_these_languages_are_known_and_believed(label, encoding, text):
    found = decode(text.encode(encoding), declared=label)
    assert (found.text, found.reason) == (text, "declared")


def test_neighbours_decide_for_a_word_that_is_one_in_several_encodings():
    data = "ložė".encode("cp1257")
    assert decode(data, prior="cp1257").text == "ložė"


def test_names_from_many_countries_leave_a_western_page_western():
    text = "by José Muñoz, Björn Åkesson, François Lefèvre and Søren Kjær"
    assert decode(text.encode("cp1252")).text == text


@pytest.mark.parametrize(
    "text",
    [
        *("café", "naïve", "Zürich", "São Paulo", "señor", "El Niño", "Ångström", "smörgåsbord"),
        *("Ærø", "façade", "½ cup", "£10 – £20", "“quoted”", "©2001 Müller", "100 %, 20°C ±2"),
        *(
            "Home » Manual » Index",
            "« Up | Common » Base\u00a0» \u00a0",
            "± 5, ± 6, ± 7 and ± 8",
            "« 1 » | © 2001 | 5 § 2",
        ),
        *("¿Dónde está el baño?", "Ça coûte cher: où est le reçu?", "Die Straße ist geöffnet."),
    ],
)
def test_a_word_or_a_sign_alone_is_western(text):
    assert decode(text.encode("cp1252")).text == text
