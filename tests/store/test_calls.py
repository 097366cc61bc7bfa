import pytest

from shikomi.store import Store, calls
from shikomi.types import Price, Usage


@pytest.fixture
def store(tmp_path):
    return Store(tmp_path / "p.db")


def reserve(store, key="k", reserved=500, host="here", stage="facts"):
    intent = calls.Intent(
        request_key=key, stage=stage, model="m", host=host, request="{}",
        reserved_nanousd=reserved,
    )  # fmt: skip
    return calls.reserve(store, intent)


def settle(store, call_id, status="ok", cost=200):
    usage = Usage(input_tokens=7, output_tokens=3, cached_tokens=2)
    calls.settle(
        store,
        calls.Settlement(
            call_id=call_id, status=status, cost_nanousd=cost, seconds=0.1, usage=usage,
            response="text",
        ),
    )  # fmt: skip


def test_a_call_in_flight_counts_at_its_worst_and_a_settled_one_at_its_cost(store):
    call_id = reserve(store)
    assert calls.spent_nanousd(store) == 500
    settle(store, call_id)
    assert calls.spent_nanousd(store) == 200
    settle(store, call_id)
    assert calls.spent_nanousd(store) == 200


@pytest.mark.parametrize(
    ("status", "replays"),
    [("ok", True), ("truncated", False), ("refused", False), ("error", False), ("unknown", False)],
)
def test_only_ok_rows_replay(store, status, replays):
    settle(store, reserve(store), status=status)
    assert (calls.find_answer(store, "k") is not None) is replays


def test_a_reply_that_was_cut_off_replays_where_it_will_do(store):
    settle(store, reserve(store), status="truncated")
    assert calls.find_answer(store, "k", cut_off=True) is not None


def test_a_pending_row_does_not_replay(store):
    reserve(store)
    assert calls.find_answer(store, "k") is None


def test_a_reply_marked_unparsed_is_kept_and_paid_but_never_replayed(store):
    call_id = reserve(store)
    settle(store, call_id)
    calls.mark_unparsed(store, call_id, "no JSON")
    assert calls.find_answer(store, "k") is None and calls.is_unparsed(store, "k")
    call = calls.read_call(store, call_id)
    assert (call.response, call.error, call.cost_nanousd) == ("text", "no JSON", 200)


def test_what_a_dead_run_left_pending_becomes_unknown_and_counts_as_spent(store):
    settle(store, reserve(store, "a"))
    lost = reserve(store, "b")
    assert calls.settle_lost(store) == 1 and calls.settle_lost(store) == 0
    assert calls.read_call(store, lost).status == "unknown"
    assert calls.spent_nanousd(store) == 700


def test_an_unpriced_call_costs_null_and_is_counted_apart(store):
    settle(store, reserve(store, reserved=None), cost=None)
    settle(store, reserve(store))
    [line] = calls.costs(store)
    assert (line.stage, line.calls, line.cost_nanousd, line.n_unpriced) == ("facts", 2, 200, 1)
    assert (line.input_tokens, line.cached_tokens, line.output_tokens) == (14, 4, 6)


def test_a_price_that_becomes_known_is_that_of_answered_calls_and_not_of_a_training(store):
    answered = reserve(store, reserved=None)
    trained = reserve(store, reserved=None, stage="finetune")
    settle(store, answered, cost=None)
    settle(store, trained, cost=None)
    assert calls.unpriced_models(store) == [("m", False)]
    calls.price(store, "m", Price(input_nanousd=10, output_nanousd=100))
    costs = [calls.read_call(store, each).cost_nanousd for each in (answered, trained)]
    assert costs == [7 * 10 + 3 * 100, None]
    assert calls.unpriced_models(store) == []


def test_calls_to_the_same_model_elsewhere_are_counted_apart(store):
    for host in ("a.example", "b.example:8000", "a.example"):
        settle(store, reserve(store, host=host))
    assert [(line.host, line.calls) for line in calls.costs(store)] == [
        ("a.example", 2), ("b.example:8000", 1)
    ]  # fmt: skip


def test_the_host_of_an_earlier_projects_calls_is_read_from_their_requests(tmp_path):
    asked = {"sha256:ab": "embedded", "https://api.example.com/v1#m": "api.example.com",
             "http://127.0.0.1:11434/v1#a/b": "127.0.0.1:11434", "tuned-id": None}  # fmt: skip
    with Store(tmp_path / "p.db") as store:
        store.db.execute("DROP INDEX calls_money")
        store.db.execute("ALTER TABLE calls DROP COLUMN host")
        store.db.execute("CREATE INDEX calls_money ON calls (stage)")
        store.db.execute("PRAGMA user_version = 10")
        for endpoint in asked:
            store.db.execute(
                "INSERT INTO calls (request_key, stage, status, model, request)"
                " VALUES ('k', 's', 'ok', 'm', json_object('endpoint', ?))",
                (endpoint,),
            )
    with Store(tmp_path / "p.db") as store:
        rows = store.db.execute("SELECT host FROM calls ORDER BY id").fetchall()
    assert [row["host"] for row in rows] == list(asked.values())


def test_usage_reads_back_as_it_was_booked(store):
    settle(store, reserve(store))
    found = calls.find_answer(store, "k")
    assert found.usage == Usage(input_tokens=7, output_tokens=3, cached_tokens=2)
