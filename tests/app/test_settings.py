"""shikomi.toml: values that no run could work with are refused where they stand."""

import codecs

import pytest

from shikomi import config
from shikomi.errors import ConfigError


@pytest.mark.parametrize(
    ("table", "key"),
    [
        ("[budget]\nusd = inf", "budget.usd"),
        ("[budget]\nusd = nan", "budget.usd"),
        ("[models.judge]\nprice = { input = inf, output = 1 }", "models.judge.price.input"),
        ("[finetune]\nlearning_rate = nan", "finetune.learning_rate"),
        ("[finetune]\nlearning_rate = 0", "finetune.learning_rate"),
        ("[holdout]\nlimit = 0", "holdout.limit"),
        ("[holdout]\nlimit = -1", "holdout.limit"),
    ],
)
def test_a_number_that_cannot_be_meant_is_refused_with_its_key(table, key):
    with pytest.raises(ConfigError, match=key.replace(".", r"\.")):
        config.parse(table)


def test_a_byte_order_mark_is_passed_over(tmp_path):
    text = b'[project]\nroot = "Lumenbox"\n'
    (tmp_path / config.FILE_NAME).write_bytes(codecs.BOM_UTF8 + text)
    assert config.load(tmp_path).project.root == "Lumenbox"
