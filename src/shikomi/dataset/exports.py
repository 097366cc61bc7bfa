"""A frozen dataset as the file that is trained on, and where each of its lines is from."""

import json
from collections.abc import Iterable
from dataclasses import asdict

from shikomi.dataset import rows
from shikomi.types import Sample


def messages_jsonl(samples: Iterable[Sample]) -> str:
    """OpenAI's fine-tuning form: one `{"messages": [...]}` a line and no other key."""
    return "".join(_line(rows.messages(sample.messages)) for sample in samples)


def provenance_jsonl(samples: Iterable[Sample]) -> str:
    """The sidecar, line by line beside messages_jsonl: strict validators refuse unknown keys."""
    return "".join(
        _line(
            {
                "id": sample.id,
                "view": sample.view,
                "lang": sample.lang,
                "section_ids": sample.section_ids,
                "fact_ids": sample.fact_ids,
                "call_id": sample.call_id,
                **asdict(sample.phrasing),
            }
        )
        for sample in samples
    )


def _line(value: object) -> str:
    return json.dumps(value, ensure_ascii=False) + "\n"
