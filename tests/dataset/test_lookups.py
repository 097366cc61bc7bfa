from made import extract, section

from shikomi.dataset import lookups

CODES = """## Codes

| Code | Word | Meaning |
|------|------|---------|
| 218 | seated | the session is open |
| 347 | crowded | wait for `21` seconds |
| 352 | | the session is open |

Text between.

| no | header |
"""


def found(text, per_row=9):
    return [
        (lookup.kind, lookup.key, lookup.cells)
        for lookup in lookups.find(section(text), extract(text), per_row=per_row)
    ]


def test_a_row_is_asked_as_a_whole_by_each_cell_and_for_its_name():
    assert [item for item in found(CODES) if item[1] == "347"] == [
        ("row", "347", (("Word", "crowded"), ("Meaning", "wait for 21 seconds"))),
        ("cell", "347", (("Word", "crowded"),)),
        ("cell", "347", (("Meaning", "wait for 21 seconds"),)),
        ("reverse", "347", (("Word", "crowded"),)),
        ("reverse", "347", (("Meaning", "wait for 21 seconds"),)),
    ]


def test_a_value_of_two_rows_names_neither_and_an_empty_cell_says_nothing():
    assert [item for item in found(CODES) if item[1] == "352"] == [
        ("cell", "352", (("Meaning", "the session is open"),))
    ]


def test_rows_of_one_name_are_not_told_apart_by_it():
    text = "| A | B |\n|---|---|\n| same | first one |\n| same | second one |\n"
    assert [kind for kind, _, _ in found(text)] == ["reverse", "reverse"]


def test_a_table_without_header_has_no_lookups():
    assert found("| alpha | beta |\n| gamma | delta |\n") == []


def test_the_number_for_each_row_is_bounded():
    assert len(found(CODES, per_row=1)) == 3
    assert found(CODES, per_row=0) == []


def test_each_lookup_knows_its_fact():
    facts = {lookup.key: lookup.fact.evidence
             for lookup in lookups.find(section(CODES), extract(CODES), per_row=9)}  # fmt: skip
    assert facts["218"] == "| 218 | seated | the session is open |"
