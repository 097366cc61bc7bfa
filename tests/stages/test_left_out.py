"""Replies of which a part is missing."""

import json

from world import PAGES, kind_of, run, write_project


def test_a_reply_that_leaves_statements_out_is_asked_for_anew_when_failures_are(tmp_path, endpoint):
    pages = {"dimmer.md": PAGES["dimmer.md"]}
    extra = "[generate]\ngoals_per_call = 4\n"
    folder = write_project(tmp_path / "p", endpoint.base_url, pages=pages, extra=extra)
    endpoint.spoil = lambda body: _first_alone(body, endpoint)
    failed = run(folder, "generate")
    assert failed and all("leaves statements out" in reason for reason in failed)
    endpoint.spoil = lambda body: None
    assert run(folder, "generate", retry_failed=True) == []


def _first_alone(body, endpoint):
    if kind_of(body) != "generate":
        return None
    return json.dumps({"1": json.loads(endpoint.right(body))["1"]})
