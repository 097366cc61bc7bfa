"""The script that compares converters: what it prints is what others read."""

import json
import subprocess
import sys
from pathlib import Path

SCRIPT = Path(__file__).parent.parent / "benchmarks" / "ingest.py"
KEYS = {
    *("pages", "rendered_mean", "precision_mean", "recall_mean", "pages_below_98", "n_below_95"),
    *("failed", "features", "pages_per_second"),
}


def figures(folder, *options):
    command = [sys.executable, str(SCRIPT), str(folder), "--json", *options]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    return json.loads(done.stdout)


def test_peers_stand_beside_ours_on_the_same_pages_and_a_missing_one_is_named(tmp_path):
    for n in range(6):
        (tmp_path / f"{n}.html").write_text(f"<h1>Page {n}</h1><p>Some words, {n} of them.</p>")
    found = figures(tmp_path, "--peer-pages", "3", "--peers", "html-to-markdown,pandoc")
    assert found.keys() >= KEYS | {"pages_per_second_small", "peak_memory_mb"}
    assert (found["pages"], found["rendered_mean"], found["pages_below_98"]) == (6, 1.0, [])
    assert found["ours_there"]["pages"] == 3
    for peer in ("html-to-markdown", "pandoc"):
        row = found["peers"][peer]
        assert row.get("missing") or (row.keys() >= KEYS and row["pages"] == 3)
