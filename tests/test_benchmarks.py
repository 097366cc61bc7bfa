"""What the scripts print is what others read."""

import json
import subprocess
import sys
from collections import Counter
from pathlib import Path

from world import kind_of

SCRIPTS = Path(__file__).parent.parent / "benchmarks"
PRICED = "https://api.openai.com/v1#gpt-5.4-mini"
KEYS = {
    *("pages", "rendered_mean", "precision_mean", "recall_mean", "pages_below_98", "n_below_95"),
    *("failed", "features", "pages_per_second"),
}


def figures(script, *options):
    command = [sys.executable, str(SCRIPTS / script), "--json", *map(str, options)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    return json.loads(done.stdout)


def test_peers_stand_beside_ours_on_the_same_pages_and_a_missing_one_is_named(tmp_path):
    for n in range(6):
        (tmp_path / f"{n}.html").write_text(f"<h1>Page {n}</h1><p>Some words, {n} of them.</p>")
    found = figures(
        "ingest.py", tmp_path, "--peer-pages", "3", "--peers", "html-to-markdown,pandoc"
    )
    assert found.keys() >= KEYS | {"pages_per_second_small", "peak_memory_mb"}
    assert (found["pages"], found["rendered_mean"], found["pages_below_98"]) == (6, 1.0, [])
    assert found["ours_there"]["pages"] == 3
    for peer in ("html-to-markdown", "pandoc"):
        row = found["peers"][peer]
        assert row.get("missing") or (row.keys() >= KEYS and row["pages"] == 3)


def test_both_strategies_write_pairs_about_the_same_documents_and_each_pair_is_priced(
    tmp_path, endpoint
):
    pages = "".join(f"The gate {n} opens after {n + 40} seconds of rain.\n\n" for n in range(300))
    for name in "abc":
        (tmp_path / f"{name}.md").write_text(f"# Gates {name}\n\n{pages}", encoding="utf-8")
    options = ["--root", "Lumenbox", "--base-url", endpoint.base_url, "--model", "m"]
    options += ["--pairs", 4, "--embeddings", "e", "--priced", PRICED]
    found = figures("dataset_cost.py", tmp_path, *options)
    kinds = Counter(kind_of(body) for body in endpoint.seen)
    rolling, coverage = found["rolling"], found["coverage"]
    assert len(found["document_tokens"]) == rolling["documents"] == coverage["documents"] == 2
    assert rolling["calls"] == kinds["question"] + kinds["reply"] >= 16
    assert coverage["calls"] == kinds["generate"] == 3
    assert rolling["embedding_calls"] == len(set(endpoint.embedded))
    each = {name: row["input_tokens"] / row["accepted"] for name, row in found.items()
            if name in ("rolling", "coverage")}  # fmt: skip
    assert found["input_token_ratio"] == round(each["coverage"] / each["rolling"], 4)
    assert found["calls_per_kept_pair"] == round(3 / coverage["accepted"], 3)
    whole = found["extrapolated"]
    money = whole["usd"][PRICED]
    for name in ("rolling", "coverage"):
        tokens = whole[name]
        usd = tokens["input_tokens"] * money["price"]["input"]
        usd += tokens["output_tokens"] * money["price"]["output"]
        assert money[name] == round(usd / 1e6, 2)


def test_deduplication_of_made_up_questions_is_compared_with_brute_force():
    found = figures("dedup.py", "--n", 2000, "--sample", 100)
    assert found.keys() >= {"n", "seconds", "peak_gb", "recall", "precision"}
    assert (found["n"], found["recall"], found["precision"]) == (2000, 1.0, 1.0)
    assert 0 < found["twins_in_sample"] < 100 and found["dropped"] < 150
