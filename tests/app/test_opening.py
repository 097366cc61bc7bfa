import sqlite3

import pytest

from shikomi import app
from shikomi.app.endpoints import EmbeddedEndpoints, Machine
from shikomi.app.local_server import LocalServer
from shikomi.app.lock import run_lock
from shikomi.config import parse
from shikomi.engine.catalogue import CATALOGUE
from shikomi.errors import ConfigError, EngineError, UserError
from shikomi.server.database import DATABASE_FILE, Database
from world import run, write_project

REMOTE = """
[models.generator]
model = "big"
base_url = "http://127.0.0.1:9/v1/"
api_key_env = "LUMEN_KEY"
price = { input = 0.15, output = 0.6 }
concurrency = 3
"""


def endpoints(tmp_path, text=REMOTE, **environment):
    machine = Machine(cache=tmp_path / "cache", environment=environment)
    return EmbeddedEndpoints(tmp_path, parse(text), machine)


def test_a_remote_role_is_what_shikomi_toml_says(tmp_path):
    endpoint = endpoints(tmp_path, LUMEN_KEY="sk-1").open("generator")
    assert endpoint.base_url == "http://127.0.0.1:9/v1"
    assert (endpoint.model, endpoint.api_key, endpoint.concurrency) == ("big", "sk-1", 3)
    assert endpoint.price.input_nanousd == 150
    assert endpoint.price.output_nanousd == 600


def test_an_embedded_embeddings_role_needs_a_file_of_the_server_s(tmp_path):
    found = endpoints(tmp_path, '[models.embeddings]\nmodel = "e5"\n')
    with pytest.raises(ConfigError, match=r"`embeddings` in \[server\]"):
        found.identity("embeddings")


def test_a_remote_embeddings_role_is_asked_for_vectors(tmp_path):
    text = '[models.embeddings]\nmodel = "e5"\nbase_url = "http://127.0.0.1:9/v1"\n'
    endpoint = endpoints(tmp_path, text).open("embeddings")
    assert (endpoint.kind, endpoint.model) == ("embeddings", "e5")


def priced(tmp_path, base_url, price=""):
    text = f'[models.student]\nmodel = "gpt-4o-mini-2024-07-18"\nbase_url = "{base_url}"\n{price}'
    return endpoints(tmp_path, text)


def test_a_known_host_s_price_is_taken_where_the_role_has_none(tmp_path):
    price = priced(tmp_path, "https://api.openai.com/v1").price("student")
    assert price.output_nanousd > price.input_nanousd > 0
    assert price.training_nanousd is None
    assert price.source.startswith("genai-prices 0.")


def test_a_tuned_model_at_a_known_host_has_its_own_price(tmp_path):
    found = priced(tmp_path, "https://api.openai.com/v1")
    tuned = found.price("student", model="ft:gpt-4o-mini-2024-07-18:org:lamp:1")
    assert tuned.input_nanousd > found.price("student").input_nanousd


@pytest.mark.parametrize("base_url", ["http://127.0.0.1:9/v1", "https://models.example.com/v1"])
def test_a_model_s_name_alone_tells_no_price(tmp_path, base_url):
    assert priced(tmp_path, base_url).price("student") is None


def test_a_model_that_also_costs_by_the_call_has_no_price_by_the_token(tmp_path):
    text = '[models.judge]\nmodel = "sonar"\nbase_url = "https://api.perplexity.ai"\n'
    assert endpoints(tmp_path, text).price("judge") is None


def test_the_project_s_own_price_goes_first_and_may_differ_for_the_tuned_model(tmp_path):
    own = "price = { input = 0.0001, output = 9, training = 5, tuned_output = 18 }"
    found = priced(tmp_path, "https://api.openai.com/v1", own)
    base, tuned = found.price("student"), found.price("student", model="ft:any")
    assert (base.input_nanousd, base.output_nanousd) == (1, 9000)  # rounded up, never to nothing
    assert (tuned.input_nanousd, tuned.output_nanousd) == (1, 18_000)
    assert base.training_nanousd == 5000 and base.source == "shikomi.toml"


def batched(tmp_path, model, base_url, price=""):
    """What a call costs that can wait, and one that cannot."""
    text = f'[models.generator]\nmodel = "{model}"\nbase_url = "{base_url}"\nbatch = true\n{price}'
    found = endpoints(tmp_path, text)
    return found.price("generator", can_wait=True), found.price("generator")


def test_a_known_host_s_batches_cost_half_and_what_cannot_wait_costs_all(tmp_path):
    half, full = batched(tmp_path, "gpt-4o-mini-2024-07-18", "https://api.openai.com/v1")
    assert (half.input_nanousd, half.output_nanousd) == (75, 300)
    assert (full.input_nanousd, full.output_nanousd) == (150, 600)


def test_where_a_host_is_not_known_to_charge_less_for_batches_their_price_is_unknown(tmp_path):
    batch, full = batched(tmp_path, "deepseek-chat", "https://api.deepseek.com/v1")
    assert batch is None and full is not None


@pytest.mark.parametrize(
    ("table", "expected"),
    [
        ("input = 2.0, output = 4.0, batch_input = 1.5, batch_output = 3.0", (1500, 3000)),
        ("input = 2.0, output = 4.0", None),
        ("input = 0.0, output = 0.0", (0, 0)),
    ],
)
def test_the_project_s_own_price_for_batches_is_what_it_says(tmp_path, table, expected):
    batch, _ = batched(tmp_path, "big", "http://127.0.0.1:9/v1", f"price = {{ {table} }}")
    assert (batch and (batch.input_nanousd, batch.output_nanousd)) == expected


def test_a_role_that_is_not_asked_in_batches_has_one_price(tmp_path):
    found = priced(tmp_path, "https://api.openai.com/v1")
    assert found.price("student", can_wait=True) == found.price("student")
    assert not found.open("student", can_wait=True).is_batched


def test_parameters_that_a_model_does_not_take_are_known_to_its_endpoint(tmp_path):
    text = REMOTE + 'max_tokens_field = "max_completion_tokens"\ntemperature = false\n'
    endpoint = endpoints(tmp_path, text, LUMEN_KEY="sk-1").open("generator")
    assert (endpoint.max_tokens_field, endpoint.has_temperature) == ("max_completion_tokens", False)


def test_the_key_is_shown_nowhere(tmp_path):
    assert "sk-1" not in repr(endpoints(tmp_path, LUMEN_KEY="sk-1").open("generator"))


TUNED = "ft:smollm2-135m-instruct:shikomi:lamp:12345678"


def trained(tmp_path, base, name=TUNED):
    """A project whose server has a tuned model."""
    data = tmp_path / "server"
    data.mkdir()
    Database(data / DATABASE_FILE).close()
    with sqlite3.connect(data / DATABASE_FILE) as db:
        db.execute(
            "INSERT INTO models (id, job_id, created_at, base, base_sha256, adapter_sha256,"
            " adapter, step, is_final) VALUES (?, 'ftjob-1', 0, ?, 'b', 'a', 'ftjob-1', NULL, 1)",
            (name, base),
        )
    return endpoints(tmp_path, f'[models.generator]\nmodel = "{name}"\n')


def test_an_embedded_role_may_be_a_tuned_model_whose_replies_are_no_other_model_s(tmp_path):
    found = trained(tmp_path, "smollm2-135m-instruct")
    assert found.identity("generator") == "sha256:b+a"
    assert found.identity("generator") != found.identity("student")
    assert found.price("generator").input_nanousd == 0


def test_a_tuned_model_that_this_project_does_not_have_is_one_plain_line(tmp_path):
    found = endpoints(tmp_path, f'[models.generator]\nmodel = "{TUNED}"\n')
    with pytest.raises(ConfigError, match=r"no such tuned model: `shikomi serve` lists"):
        found.identity("generator")


@pytest.mark.parametrize("environment", [{}, {"LUMEN_KEY": ""}])
def test_a_missing_key_names_its_variable(tmp_path, environment):
    with pytest.raises(ConfigError, match="LUMEN_KEY"):
        endpoints(tmp_path, **environment).open("generator")


def test_an_embedded_model_has_an_identity_before_its_weights_are_there(tmp_path):
    name = next(iter(CATALOGUE))
    found = endpoints(tmp_path, f'[models.student]\nmodel = "{name}"\n')
    assert found.identity("student") == f"sha256:{CATALOGUE[name].sha256}"
    assert not (tmp_path / "cache").exists()


def test_a_model_of_the_hub_is_not_fetched_in_order_to_look_at_a_project(tmp_path):
    found = endpoints(tmp_path, '[models.student]\nmodel = "someone/tiny"\n')
    assert found.identity("student") == "hub:someone/tiny"
    assert not (tmp_path / "cache").exists()


def test_another_model_at_the_same_url_has_another_identity(tmp_path):
    one = endpoints(tmp_path).identity("generator")
    two = endpoints(tmp_path, REMOTE.replace('"big"', '"small"')).identity("generator")
    assert one != two


def test_a_stage_that_there_is_not_is_named_with_those_that_there_are(tmp_path):
    folder = write_project(tmp_path / "p", "http://127.0.0.1:9/v1")
    with pytest.raises(UserError, match="convert, section"):
        run(folder, "cook")


def test_a_stage_by_name_does_what_stands_before_it_and_nothing_after(tmp_path):
    folder = write_project(tmp_path / "p", "http://127.0.0.1:9/v1")
    started = []
    watch = app.Watch(started=started.append)
    machine = Machine(cache=tmp_path, environment={})
    with app.open_project(folder, machine, watch) as ctx:
        app.run(ctx, watch, only="section")
        app.run(ctx, watch, only="section")
    assert started == ["convert", "section"]


def test_the_lock_is_free_again_after_a_run_and_after_a_failed_one(tmp_path):
    with pytest.raises(RuntimeError), run_lock(tmp_path):
        raise RuntimeError
    with run_lock(tmp_path), pytest.raises(UserError, match="another run"), run_lock(tmp_path):
        pass
    with run_lock(tmp_path):
        pass


def test_a_server_s_folder_that_cannot_be_written_is_one_plain_line(tmp_path):
    (tmp_path / "server").write_bytes(b"a file")
    with pytest.raises(EngineError, match=r"cannot write .*server\.log"):
        LocalServer.start(["true"], tmp_path / "server")
