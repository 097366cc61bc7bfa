from shikomi.llm.lanes import Lanes


def serve(groups, *, n_lanes, slots, last_first=False):
    """Answer all items with so many slots; the items in flight at each step, in order sent."""
    lanes = Lanes(groups, n_lanes=n_lanes)
    in_flight, sent, seen = [], [], []
    while True:
        while len(in_flight) < slots and (item := next(lanes, None)) is not None:
            in_flight.append(item)
            sent.append(item)
        seen.append(tuple(in_flight))
        if not in_flight:
            return sent, seen
        lanes.done(in_flight.pop(-1 if last_first else 0))


def test_items_of_one_group_follow_one_another_while_other_groups_have_items():
    groups = [["a1", "a2", "a3"], ["b1", "b2", "b3"], ["c1"], ["d1"]]
    for last_first in (False, True):
        _, seen = serve(groups, n_lanes=2, slots=2, last_first=last_first)
        groups_of = [{item[0] for item in step} for step in seen[:5]]
        assert all(len(names) == 2 for names in groups_of), seen


def test_every_item_comes_once_whatever_is_answered_first():
    groups = [[(g, i) for i in range(g + 1)] for g in range(5)] + [[]]
    for last_first in (False, True):
        for slots in (1, 2, 4, 9):
            sent, _ = serve(groups, n_lanes=4, slots=slots, last_first=last_first)
            assert sorted(sent) == sorted(item for group in groups for item in group)


def test_the_longest_groups_come_first():
    sent, _ = serve([["a"], ["b1", "b2"]], n_lanes=1, slots=1)
    assert sent == ["b1", "b2", "a"]


def test_free_slots_take_items_of_a_busy_lane_when_no_group_is_left():
    _, seen = serve([["a1", "a2", "a3"]], n_lanes=4, slots=3)
    assert seen[0] == ("a1", "a2", "a3")
