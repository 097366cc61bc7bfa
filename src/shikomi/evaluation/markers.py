"""What the report says of those who marked the answers: the program, the judges, people."""

import dataclasses
from collections.abc import Iterator, Mapping
from typing import Any

from shikomi.evaluation.calibration import PROGRAM, RELIABLE_KAPPA, Calibration, Sameness
from shikomi.evaluation.report_data import MarkersAgree, ReportData
from shikomi.evaluation.verdicts import Agreement
from shikomi.rounding import whole_percent

_FIRST = "judge"
_FEWEST = 20  # answers that two markers have in common
Texts = Mapping[str, str]


def to_json(data: ReportData) -> dict[str, Any]:
    return {
        "agreement": dataclasses.asdict(data.agreement) if data.agreement else None,
        "further_agreements": [
            {"between": [each.one, each.other], **dataclasses.asdict(each.agreement)}
            for each in data.further_agreements
        ],
        "calibration": [calibration_json(each) for each in data.calibrations],
    }


def calibration_json(found: Calibration) -> dict[str, Any]:
    """`table` holds, by label, how often which verdict was given; "unread" is none."""
    table: dict[str, dict[str, int]] = {}
    for label, verdict, n in found.table:
        table.setdefault(label, {})[verdict or "unread"] = n
    return {
        "marker": found.marker,
        "n": found.right.share.n,
        "unread": found.right.share.n_unscored,
        "right": _sameness_json(found.right),
        "verdicts": _sameness_json(found.verdicts),
        "needed_kappa": RELIABLE_KAPPA,
        "reliability": found.reliability,
        "table": table,
    }


def _sameness_json(found: Sameness) -> dict[str, float | None]:
    return {
        "same": found.same,
        "share": found.share.mean,
        "share_low": found.share.low,
        "share_high": found.share.high,
        "kappa": found.kappa,
        "kappa_low": found.low,
        "kappa_high": found.high,
    }


def warnings(data: ReportData, texts: Texts) -> list[str]:
    """For the top of the report: markers that people's labels show to be unreliable, and a judge
    whose verdicts count although nobody has shown it to be reliable."""
    n_judged = sum(row.is_judged for row in data.questions)
    counts = {"n": n_judged, "of": len(data.questions)}
    found = {each.marker: each.reliability for each in data.calibrations}
    said = [
        _joined(
            texts["not_reliable"].format(marker=_name(marker, texts)),
            texts[_weight(marker, n_judged)].format(**counts),
        )
        for marker, reliability in found.items()
        if reliability == "not_reliable"
    ]
    if n_judged and found.get(_FIRST) not in ("reliable", "not_reliable"):
        said.append(_joined(texts["hangs_on_judge"].format(**counts), *_doubt(data, texts)))
    return said


def _weight(marker: str, n_judged: int) -> str:
    """The text that says what a marker decides."""
    if marker == PROGRAM:
        return "decides_others" if n_judged else "decides_all"
    return "hangs_on_judge" if marker == _FIRST and n_judged else "decides_none"


def _doubt(data: ReportData, texts: Texts) -> Iterator[str]:
    """Why a judge that is not shown to be reliable may not be."""
    is_labelled = any(each.marker == _FIRST for each in data.calibrations)
    yield texts["not_shown" if is_labelled else "not_labelled"]
    if data.agreement and _is_low(data.agreement):
        yield _agreement(MarkersAgree(one=PROGRAM, other=_FIRST, agreement=data.agreement), texts,
                         is_labelled=True)  # fmt: skip


def lines(data: ReportData, texts: Texts) -> Iterator[str]:
    """How the markers agree with each other and with people."""
    found = list(data.further_agreements)
    if data.agreement:
        found.insert(0, MarkersAgree(one=PROGRAM, other=_FIRST, agreement=data.agreement))
    for each in found:
        if each.agreement.n:
            yield _agreement(each, texts, is_labelled=bool(data.calibrations))
    for calibration in data.calibrations:
        yield _calibration(calibration, texts)


def _agreement(found: MarkersAgree, texts: Texts, *, is_labelled: bool) -> str:
    agreed = found.agreement
    said = texts["agreement"].format(
        one=_name(found.one, texts),
        other=_name(found.other, texts),
        same=agreed.same,
        n=agreed.n,
        share=whole_percent(agreed.share),
        kappa="" if agreed.kappa is None else texts["kappa"].format(kappa=f"{agreed.kappa:.2f}"),
    )
    if is_labelled or not _is_below(agreed):
        return said
    return _joined(said, texts["unsure" if _is_low(agreed) else "few_marked"])


def _is_low(agreed: Agreement) -> bool:
    """Of answers enough to say so: of a few, one mark alone may take kappa to 0."""
    return _is_below(agreed) and agreed.n >= _FEWEST


def _is_below(agreed: Agreement) -> bool:
    return agreed.kappa is not None and agreed.kappa < RELIABLE_KAPPA


def _calibration(found: Calibration, texts: Texts) -> str:
    share, unread = found.right.share, found.right.share.n_unscored
    marker = _name(found.marker, texts)
    said = texts["calibration"].format(
        n=share.n,
        marker=marker,
        same=found.right.same,
        share=whole_percent(share.mean),
        low=whole_percent(share.low),
        high=whole_percent(share.high),
        kappa=_kappa(found.right, texts),
        all=found.verdicts.same,
        unread=texts["unread"].format(n=unread) if unread else "",
    )
    if found.reliability == "not_measured":
        return said
    return _joined(said, texts[found.reliability].format(marker=marker))


def _kappa(found: Sameness, texts: Texts) -> str:
    if found.kappa is None or found.low is None or found.high is None:
        return ""
    ends = (found.kappa, found.low, found.high)
    kappa, low, high = (f"{value:.2f}".replace("-", "\u2212") for value in ends)
    return texts["kappa_interval"].format(kappa=kappa, low=low, high=high)


def _joined(*sentences: str) -> str:
    """Japanese sentences follow each other without a space."""
    return ("" if sentences[0].endswith("。") else " ").join(each for each in sentences if each)


def _name(marker: str, texts: Texts) -> str:
    return texts[marker] if marker in (PROGRAM, _FIRST) else marker
