"""What was measured, as JSON for programs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from statistics import fmean
from typing import Literal

from hydrophone.evaluation.intervals import Estimate
from hydrophone.evaluation.retrieval import DEEP, SHALLOW, Retrieval
from hydrophone.types import JsonValue

Method = Literal["words", "fusion", "fusion and cross-encoder"]
NDCG, MRR, RECALL = f"ndcg@{SHALLOW}", f"mrr@{SHALLOW}", f"recall@{DEEP}"
_DIGITS = 4


def as_object(
    measured: Sequence[Retrieval], method: Method, model: str | None
) -> dict[str, JsonValue]:
    """One object: the means over all sets (each counts the same), and each set by itself.

    `measured` is not empty.
    """
    sets: list[JsonValue] = [_set(one) for one in measured]
    means: dict[str, JsonValue] = {
        NDCG: round(fmean(one.ndcg.mean for one in measured), _DIGITS),
        MRR: round(fmean(one.mrr.mean for one in measured), _DIGITS),
        RECALL: round(fmean(one.recall.mean for one in measured), _DIGITS),
    }
    return {**means, "method": method, "model": model, "sets": sets}


def _set(one: Retrieval) -> Mapping[str, JsonValue]:
    return {
        "set": one.name,
        "split": one.split,
        "documents": one.documents,
        "passages": one.passages,
        "queries": one.queries,
        **_metric(NDCG, one.ndcg),
        **_metric(MRR, one.mrr),
        **_metric(RECALL, one.recall),
        "latency_ms": {
            "p50": round(one.latency.p50_ms, 2),
            "p99": round(one.latency.p99_ms, 2),
            "cpu": round(one.latency.cpu_ms, 2),
        },
    }


def _metric(name: str, value: Estimate) -> dict[str, JsonValue]:
    interval: list[JsonValue] = [round(value.low, _DIGITS), round(value.high, _DIGITS)]
    return {name: round(value.mean, _DIGITS), f"{name}_interval": interval}
