"""A made-up report for the tests; the same figures in both languages."""

import json
import random
from pathlib import Path

from shikomi.evaluation.comparison import compare
from shikomi.evaluation.report_data import (
    Answer,
    CoverageRow,
    CurvePoint,
    FunnelRow,
    QuestionRow,
    Rejection,
    ReportData,
    SamplePair,
    SettingGroup,
    StageSeconds,
    UsageRow,
)
from shikomi.evaluation.verdicts import Agreement

EXAMPLES = Path(__file__).parents[2] / "examples"
SHARE_RIGHT = {"base": 0.04, "tuned": 0.65, "base+rag": 0.8, "tuned+rag": 0.83}
WRONG = {"ja": "200番です。**一般的な**値が使われます。", "en": "It is 200, the **usual** value."}
UNKNOWN = {"ja": "文書に記載がないため、わかりません。", "en": "I do not know."}


def report_data(lang, seed=4, **changes):
    rng = random.Random(seed)
    lines = (EXAMPLES / lang / "questions.jsonl").read_text("utf-8").splitlines()
    rows = tuple(_row(json.loads(line), lang, rng) for line in lines)
    verdicts = {arm: [_of(row, arm).verdict for row in rows] for arm in SHARE_RIGHT}
    fields = {
        "project": {"ja": "セキレイ気送規約", "en": "Quernstow"}[lang],
        "lang": lang,
        "created": "2026-11-22",
        "question_source": "user",
        "comparison": compare(verdicts, [row.page for row in rows]),
        "questions": rows,
        "funnel": tuple(
            FunnelRow(step=step, count=count)
            for step, count in [
                ("asked", 1240), ("parsed", 1198), ("linted", 1104), ("deduplicated", 1011),
                ("judged", 968), ("leak_free", 941), ("kept", 941),
            ]
        ),
        "rejections": (
            Rejection(step="parsed", reason="truncated at max_tokens", count=42),
            Rejection(step="linted", reason="opens with 'according to the document'", count=94),
            Rejection(step="deduplicated", reason="cosine above 0.9754", count=93),
        ),
        "curve": tuple(
            CurvePoint(step=s, loss=2.6 * 0.985**s + 0.12, token_accuracy=1 - 0.55 * 0.985**s)
            for s in range(1, 236, 5)
        ),
        "usage": (
            UsageRow(stage="facts", model="qwen2.5-coder-1.5b-instruct", calls=61,
                     input_tokens=74210, cached_tokens=0, output_tokens=18344, cost_nanousd=0),
            UsageRow(stage="generate", model="qwen2.5-coder-1.5b-instruct", calls=1240,
                     input_tokens=1402331, cached_tokens=902110, output_tokens=204113,
                     cost_nanousd=0),
            UsageRow(stage="judge", model="other-family", calls=1011, input_tokens=610021,
                     cached_tokens=0, output_tokens=40120, cost_nanousd=412_300_000),
        ),
        "seconds": tuple(
            StageSeconds(stage=stage, seconds=seconds)
            for stage, seconds in [
                ("convert", 1.2), ("facts", 212.0), ("generate", 1843.0), ("judge", 611.0),
                ("finetune", 4210.0), ("evaluate", 388.0),
            ]
        ),
        "coverage": tuple(
            CoverageRow(page=page, section=f"§{i}", pairs=0 if (i, n) == (2, 1) else 38 + i)
            for n, page in enumerate(sorted({row.page for row in rows}))
            for i in range(1, 5)
        ),
        "settings": (
            SettingGroup(title="Models", rows=(
                ("student", "qwen2.5-coder-1.5b-instruct"),
                ("weights", "sha256:9f2c" + "0a1b2c3d" * 7),
            )),
            SettingGroup(title="Training", rows=(
                ("method", "LoRA, r 64, alpha 64"), ("learning rate", "0.001"), ("epochs", "2"),
            )),
            SettingGroup(title="Versions", rows=(("shikomi", "0.1.0"), ("machine", "2 cores"))),
        ),
        "notes": ("The base model was asked with the same prompt.",),
        "agreement": Agreement(n=48, same=46, share=46 / 48, kappa=0.91),
        "samples": tuple(
            SamplePair(question=row.question, answer=row.reference, section=row.page)
            for row in rows[:10]
        ),
    }  # fmt: skip
    return ReportData(**{**fields, **changes})


def _of(row, arm):
    return next(answer for answer in row.answers if answer.arm == arm)


def _row(item, lang, rng):
    page = item["section"].split("#")[0]
    return QuestionRow(
        id=item["id"],
        question=item["question"],
        reference=item["answer"],
        page=page,
        answers=tuple(_answer(item, arm, lang, rng) for arm in SHARE_RIGHT),
    )


def _answer(item, arm, lang, rng):
    right = rng.random() < SHARE_RIGHT[arm]
    value = "CORRECT" if right else rng.choice(["INCORRECT", "INCORRECT", "NOT_ATTEMPTED"])
    text = {"CORRECT": item["answer"], "INCORRECT": WRONG[lang]}.get(value, UNKNOWN[lang])
    sources = (item["section"], "index.md") if arm.endswith("rag") else ()
    return Answer(arm=arm, text=text, verdict=value, sources=sources)
