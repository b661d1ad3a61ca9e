"""A language without blanks between words, learnt from end to end."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

import nnlab
from nnlab.runs.project import Project

N_REVIEWS = 400
THINGS = ["菜", "汤", "面条", "饺子", "鱼", "咖啡", "房间", "服务", "手机", "电影", "音乐", "座位"]
PLACES = ["这家店的", "我们点的", "昨天买的", "朋友推荐的", "楼下那家的", "网上看到的", "他们的", "这次的"]
GOOD = ["很好", "非常不错", "让人满意", "值得再来", "超出期望", "真好吃", "又快又好", "我很喜欢"]
BAD = ["不好", "非常糟糕", "让人失望", "不值得再来", "不如期望", "真难吃", "又慢又贵", "我不喜欢"]
HOWEVER = ["真的", "其实", "今天", "总的来说", "说实话", "老实讲", "看起来", "一直", "这回", "到底"]
SIGNS = ["。", "！", "，下次再说。", "，就是这样。", "，大家看看吧！"]


def reviews() -> tuple[list[str], list[str]]:
    """Reviews by a small grammar, good and bad ones alike often; hardly any sentence comes twice."""
    rng = np.random.default_rng(0)
    texts, marks = [], []
    for at in range(N_REVIEWS):
        is_good = at % 2 == 0
        parts = [
            f"{rng.choice(PLACES)}{rng.choice(THINGS)}{rng.choice(HOWEVER)}{rng.choice(GOOD if is_good else BAD)}"
            for _ in range(rng.integers(2, 4))
        ]
        texts.append("，".join(parts) + str(rng.choice(SIGNS)))
        marks.append("good" if is_good else "bad")
    return texts, marks


def accuracy(path: Path, **settings: object) -> float:
    """The test accuracy of the template mlp on the reviews."""
    table = nnlab.read(path)
    made = Project().for_file(table)
    chosen = {"template": "mlp", "settings": {"training.epochs": 40, "split.test": 0.4}}
    if settings:
        steps = [{"kind": "tf_idf", "least_rows": 1, **settings}]
        chosen["settings"]["recipe.columns"] = json.dumps([{"column": "review", "steps": steps}])  # type: ignore[index]
    report = nnlab.train(path, "mark", project=made, **chosen).report()  # type: ignore[arg-type]
    return float(report.metrics["test"]["accuracy"] or 0)


def test_chinese_is_learnt_from_characters_and_pairs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, measured: Callable[[str], None]
) -> None:
    """By default to .9 at least, and not from what stands between blanks, which hardly comes twice."""
    monkeypatch.setenv("NNLAB_HOME", str(tmp_path / "home"))
    texts, marks = reviews()
    path = tmp_path / "reviews.csv"
    lines = ["review,mark", *(f"{text},{mark}" for text, mark in zip(texts, marks, strict=True))]
    path.write_text("\n".join(lines) + "\n", "utf-8")
    cut, whole = accuracy(path), accuracy(path, unspaced="blanks")
    measured(f"accuracy on Chinese reviews: {cut:.3f} by characters and pairs, {whole:.3f} cut by blanks")
    assert cut >= 0.9
    assert whole < 0.7
