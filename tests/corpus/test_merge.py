"""Three-way merge of pages by block: nothing of either side is lost."""

import random
from collections import Counter

import pytest

from shikomi.corpus.conflicts import accepted, settled, still_open
from shikomi.corpus.merge import merge
from shikomi.corpus.page_blocks import page_blocks


def page(*blocks, head=""):
    return head + "\n\n".join(blocks) + "\n"


ONE, TWO, THREE = "The pump starts.", "The valve opens.", "The lamp is lit."
BASE = page("# Pump", ONE, TWO, THREE)


def test_a_change_of_one_side_alone_is_taken():
    changed = page("# Pump", ONE, "The valve opens slowly.", THREE)
    assert merge(BASE, changed, BASE).text == changed
    assert merge(BASE, BASE, changed).text == changed


def test_changes_of_different_blocks_are_both_taken():
    person = page("# Pump", "The pump starts at once.", TWO, THREE)
    machine = page("# Pump", ONE, TWO, "The lamp is out.")
    merged = merge(BASE, machine, person)
    assert merged.text == page("# Pump", "The pump starts at once.", TWO, "The lamp is out.")
    assert merged.conflicts == ()


def test_changes_of_neighbours_do_not_conflict():
    person = page("# Pump", "The pump starts at once.", TWO, THREE)
    machine = page("# Pump", ONE, "The valve opens slowly.", THREE)
    merged = merge(BASE, machine, person)
    assert merged.text == page(
        "# Pump", "The pump starts at once.", "The valve opens slowly.", THREE
    )
    assert merged.conflicts == ()


def test_a_block_that_both_changed_stays_the_persons_and_the_machines_is_handed_back():
    person = page("# Pump", ONE, "The valve opens twice.", THREE)
    machine = page("# Pump", ONE, "The valve opens slowly.", THREE)
    merged = merge(BASE, machine, person)
    assert merged.text == person
    (conflict,) = merged.conflicts
    assert conflict.base == TWO
    assert conflict.machine == "The valve opens slowly."
    assert conflict.person == "The valve opens twice."
    assert conflict.above == ONE


def test_the_same_change_on_both_sides_is_no_conflict():
    changed = page("# Pump", ONE, "The valve opens slowly.", THREE, "More.")
    assert merge(BASE, changed, changed) == merge(changed, changed, changed)
    assert merge(BASE, changed, changed).conflicts == ()


def test_a_deleted_block_stays_away_though_the_machine_changed_it():
    person = page("# Pump", ONE, THREE)
    machine = page("# Pump", ONE, "The valve opens slowly.", THREE)
    merged = merge(BASE, machine, person)
    assert merged.text == person
    assert [(c.machine, c.person) for c in merged.conflicts] == [("The valve opens slowly.", "")]


def test_an_edited_block_stays_though_the_machine_deleted_it():
    person = page("# Pump", ONE, "The valve opens twice.", THREE)
    merged = merge(BASE, page("# Pump", ONE, THREE), person)
    assert merged.text == person
    assert [(c.machine, c.person) for c in merged.conflicts] == [("", "The valve opens twice.")]


def test_two_insertions_at_one_place_both_stay():
    person = page("# Pump", ONE, "Our own pump squeaks.", TWO, THREE)
    machine = page("# Pump", ONE, "Order code 7731 fits.", TWO, THREE)
    merged = merge(BASE, machine, person)
    assert merged.text == page(
        "# Pump", ONE, "Our own pump squeaks.", "Order code 7731 fits.", TWO, THREE
    )
    assert merged.conflicts == ()


def test_a_paragraph_of_the_machine_comes_before_a_section_of_the_persons():
    person = page("# Pump", ONE, TWO, THREE, "## Ours", "Our own pump squeaks.")
    machine = page("# Pump", ONE, TWO, THREE, "Order code 7731 fits.")
    merged = merge(BASE, machine, person)
    assert merged.text == page(
        "# Pump", ONE, TWO, THREE, "Order code 7731 fits.", "## Ours", "Our own pump squeaks."
    )


def test_two_insertions_that_are_alike_are_a_conflict():
    person = page("# Pump", ONE, "The order code 7731 fits here.", TWO, THREE)
    machine = page("# Pump", ONE, "The order code 7731 fits.", TWO, THREE)
    merged = merge(BASE, machine, person)
    assert merged.text == person
    assert len(merged.conflicts) == 1


def test_an_edit_follows_a_block_that_the_machine_moved():
    person = page("# Pump", "The pump starts at once.", TWO, THREE)
    machine = page("# Pump", TWO, THREE, ONE)
    merged = merge(BASE, machine, person)
    assert merged.text == page("# Pump", TWO, THREE, "The pump starts at once.")
    assert merged.conflicts == ()


def test_a_deletion_follows_a_block_that_the_machine_moved():
    merged = merge(BASE, page("# Pump", TWO, THREE, ONE), page("# Pump", TWO, THREE))
    assert merged.text == page("# Pump", TWO, THREE)


def test_a_change_of_the_machine_follows_a_block_that_the_person_moved():
    person = page("# Pump", TWO, THREE, ONE)
    machine = page("# Pump", "The pump starts at once.", TWO, THREE)
    assert merge(BASE, machine, person).text == page(
        "# Pump", TWO, THREE, "The pump starts at once."
    )


def test_an_edit_that_would_follow_into_a_conflict_stays_where_it_is():
    person = page("# Pump", "The pump starts at once.", TWO, THREE, "The code 7731 fits here.")
    machine = page("# Pump", TWO, THREE, ONE, "The code 7731 fits.")
    merged = merge(BASE, machine, person)
    assert merged.text == person
    assert merged.conflicts


def test_what_the_person_put_in_already_is_not_put_in_twice():
    base, new = page("# Pump", ONE), "Order code 7731 fits."
    merged = merge(base, page("# Pump", ONE, new), page("# Pump", new))
    assert merged.text == page("# Pump", new)
    assert merged.conflicts == ()


def test_blocks_that_touched_their_neighbours_do_not_run_into_others():
    base = "# Pump\nThe pump starts.\n```\nrun\n```\nThe end.\n"
    person = base.replace("# Pump\n", "# Pump\nOur note.\n\n")
    machine = "# Pump\n```\nrun\n```\nThe end.\nA last line.\n"
    merged = merge(base, machine, person)
    assert page_blocks(merged.text).texts[:2] == ("# Pump", "Our note.")
    assert "```\nrun\n```" in page_blocks(merged.text).texts


def test_a_fence_is_one_block_however_many_blank_lines_it_has():
    code = "```\na\n\n\nb\n```"
    base = page("# Pump", code, ONE)
    person = page("# Pump", code.replace("b", "B"), ONE)
    machine = page("# Pump", code, "The pump stops.")
    assert merge(base, machine, person).text == page(
        "# Pump", code.replace("b", "B"), "The pump stops."
    )


def test_line_ends_of_the_persons_page_stay():
    person = page("# Pump", "The pump starts at once.", TWO, THREE).replace("\n", "\r\n")
    machine = page("# Pump", ONE, TWO, "The lamp is out.")
    assert merge(BASE, machine, person).text == page(
        "# Pump", "The pump starts at once.", TWO, "The lamp is out."
    ).replace("\n", "\r\n")
    assert merge(BASE, BASE, person).text == person


def test_front_matter_is_merged_by_key():
    base = page(ONE, head='---\ntitle: "Pump"\nsource: "a.html"\n---\n\n')
    machine = page(ONE, head='---\ntitle: "Pump"\nsource: "b.html"\nlang: "en"\n---\n\n')
    person = page(ONE, head='---\n# ours\ntitle: My pump\nsource: "a.html"\ntags: [a]\n---\n\n')
    merged = merge(base, machine, person)
    assert merged.text == page(
        ONE,
        head='---\n# ours\ntitle: My pump\nsource: "b.html"\ntags: [a]\nlang: "en"\n---\n\n',
    )
    assert merged.conflicts == ()


def test_a_key_that_both_changed_stays_the_persons():
    base = page(ONE, head='---\ntitle: "Pump"\n---\n\n')
    person = page(ONE, head='---\ntitle: "My pump"\n---\n\n')
    merged = merge(base, page(ONE, head='---\ntitle: "Pumps"\n---\n\n'), person)
    assert merged.text == person
    (conflict,) = merged.conflicts
    assert (conflict.kind, conflict.machine) == ("field", 'title: "Pumps"')
    assert not settled(person, conflict)
    assert settled(accepted(person, conflict), conflict)


def test_a_conflict_is_settled_by_an_edit_that_takes_the_machines_text():
    person = page("# Pump", ONE, "The valve opens twice.", THREE)
    machine = page("# Pump", ONE, "The valve opens slowly.", THREE)
    (conflict,) = merge(BASE, machine, person).conflicts
    assert not settled(person, conflict)
    assert settled(machine, conflict)
    assert settled(page("# Pump", "The valve opens slowly.", TWO), conflict)


def test_a_conflict_is_not_settled_by_the_same_text_elsewhere():
    base = page("Example:", ONE, "Note:", TWO)
    person = page("Example:", ONE, "Notes of ours:", TWO)
    (conflict,) = merge(base, page("Example:", ONE, "Example:", TWO), person).conflicts
    assert not settled(person, conflict)


def test_accepting_puts_the_machines_text_in_the_persons_place():
    person = page("# Pump", ONE, "The valve opens twice.", THREE)
    machine = page("# Pump", ONE, "The valve opens slowly.", THREE)
    (conflict,) = merge(BASE, machine, person).conflicts
    assert accepted(person, conflict) == machine


def test_accepting_finds_the_place_among_equal_blocks():
    base = page("# Pump", "Note.", "# Lamp", "Note.")
    person = page("# Pump", "Mind this.", "# Lamp", "Mind this.")
    machine = page("# Pump", "Note.", "# Lamp", "Note that.")
    (conflict,) = merge(base, machine, person).conflicts
    assert accepted(person, conflict) == page("# Pump", "Mind this.", "# Lamp", "Note that.")


def test_accepting_brings_a_deleted_block_back_to_its_place():
    machine = page("# Pump", ONE, "The valve opens slowly.", THREE)
    person = page("# Pump", ONE, THREE)
    (conflict,) = merge(BASE, machine, person).conflicts
    assert accepted(person, conflict) == machine


def test_accepting_a_deletion_takes_the_block_out():
    person = page("# Pump", ONE, "The valve opens twice.", THREE)
    (conflict,) = merge(BASE, page("# Pump", ONE, THREE), person).conflicts
    assert accepted(person, conflict) == page("# Pump", ONE, THREE)


def test_accepting_where_the_place_is_gone_is_refused():
    person = page("# Pump", ONE, "The valve opens twice.", THREE)
    machine = page("# Pump", ONE, "The valve opens slowly.", THREE)
    (conflict,) = merge(BASE, machine, person).conflicts
    assert accepted(page("# Pump", ONE), conflict) is None


def test_a_conflict_stays_open_as_long_as_the_machine_says_the_same():
    person = page("# Pump", ONE, "The valve opens twice.", THREE)
    machine = page("# Pump", ONE, "The valve opens slowly.", THREE)
    found = merge(BASE, machine, person).conflicts
    later = page("# New", "The valve opens slowly.")
    assert still_open(found, [], machine=later, page=person) == list(found)
    assert still_open(found, [], machine=BASE, page=person) == []
    assert still_open(found, [], machine=later, page=machine) == []
    assert still_open(found, found, machine=later, page=person) == list(found)


def test_what_the_machine_still_says_of_a_conflict_stays_open():
    person = page("# Pump", "The pump and the valve are ours.", THREE)
    machine = page("# Pump", "The pump starts at 5.", "The valve opens at 6.", THREE)
    found = merge(BASE, machine, person).conflicts
    later = page("# Pump", THREE, "The valve opens at 6.")
    listed = "".join(each.machine for each in still_open(found, [], machine=later, page=person))
    assert "opens at 6" in listed
    assert "starts at 5" not in listed


def test_an_emptied_page_stays_empty_but_for_what_is_new():
    machine = page("# Pump", ONE, TWO, THREE, "Order code 7731 fits.")
    assert merge(BASE, BASE, "").text == ""
    assert merge(BASE, machine, "").text == page("Order code 7731 fits.")


@pytest.mark.parametrize("block", ["Same.", "| a | b |"])
def test_thousands_of_equal_blocks_do_not_hang(block):
    many = [block] * 4000
    person = page(*many[:2000], "Our note.", *many[2000:])
    machine = page("New start.", *many[:3000])
    merged = merge(page(*many), machine, person)
    assert "Our note." in merged.text
    assert "New start." in "".join([merged.text, *(each.machine for each in merged.conflicts)])


@pytest.mark.parametrize("new", ["**number**", "the catalogue number"])
def test_a_page_changed_throughout_is_still_matched_block_by_block(new):
    texts = [f"Part {n} of the pump has number {n * 7919}." for n in range(600)]
    base = page(*texts)
    machine = page(*(text.replace("number", new) for text in texts))
    person = page(*texts[:300], "Part 300 of our pump has number 2375700.", *texts[301:])
    merged = merge(base, machine, person)
    assert len(merged.conflicts) == 1
    assert merged.text.count(new) == 599


WORDS = ["pump", "valve", "lamp", "meter", "cable", "panel", "relay", "switch"]


def words(rng, n=8):
    return " ".join(f"{rng.choice(WORDS)}{rng.randint(0, 40)}" for _ in range(n))


def some_page(rng):
    kinds = [lambda: "## " + words(rng, 2), lambda: "Example:", lambda: "```\ncode\n```"]
    return [rng.choice([*kinds, *[lambda: words(rng)] * 9])() for _ in range(rng.randint(0, 12))]


def edited(rng, blocks):
    blocks = list(blocks)
    for _ in range(rng.randint(0, 4)):
        i = rng.randrange(len(blocks) + 1)
        action = rng.choice(["add", "change", "delete", "move", "rewrite"])
        if action == "add" or i == len(blocks):
            blocks.insert(i, words(rng))
        elif action == "change":
            blocks[i] = blocks[i].replace(" ", f" {rng.randint(100, 999)} ", 1)
        elif action == "rewrite":
            blocks[i] = words(rng)
        else:
            block = blocks.pop(i)
            if action == "move":
                blocks.insert(rng.randrange(len(blocks) + 1), block)
    return blocks


@pytest.mark.parametrize("seed", range(400))
def test_of_random_edits_nothing_is_lost(seed):
    rng = random.Random(seed)
    old = some_page(rng)
    base, machine, person = (page(*b) for b in (old, edited(rng, old), edited(rng, old)))
    merged = merge(base, machine, person)
    was, makes, has, now = (
        Counter(page_blocks(text).texts) for text in (base, machine, person, merged.text)
    )
    listed = {text for each in merged.conflicts for text in page_blocks(each.machine).texts}
    assert all(now[text] >= n for text, n in has.items() if not was[text])
    assert all(now[text] or text in listed for text in makes if not was[text])
    for text, n in was.items():
        if n == 1 and not has[text] and makes[text] <= 1:
            assert not now[text], "a deleted block came back"
