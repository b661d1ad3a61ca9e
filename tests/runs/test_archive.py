"""Downloaded runs: what is packed opens anywhere; what was tampered with is refused, named, and leaves nothing."""

from __future__ import annotations

import io
import json
import stat
import struct
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from nnlab.data.columns import Task
from nnlab.errors import LimitError, NetworkError, NnlabError, NotFoundError, StorageError
from nnlab.runs.archive import KNOWN, holds_run, pack, unpack
from nnlab.runs.folder import RunFolder
from nnlab.runs.load import load
from nnlab.runs.trainer import train
from nnlab.runs.workspace import Space, hashed_space
from tests.runs import given
from tests.runs.a_run import FRAME, make_run
from tests.runs.tampered import everything_in, members, with_json, zipped

HOSTILE = Path(__file__).parents[1] / "fixtures" / "archives"
ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def good(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """A downloaded run as it should be."""
    return pack(make_run(tmp_path_factory.mktemp("runs") / "abcdefghij"))


@pytest.fixture
def space(home: Path) -> Space:
    return Space(home)


# As it should be


def test_a_packed_run_opens_in_another_space_and_predicts_the_same(good: bytes, space: Space, tmp_path: Path) -> None:
    """Weights, preparation, specs, events and report arrive; predictions agree to the last bit."""
    run = space.run(unpack(good, space))
    original = make_run(tmp_path / "abcdefghij")
    assert run.state().name == "finished"
    assert run.spec.name == original.spec.name
    assert run.spec.id == run.id != original.id
    assert run.spec.having(id=original.id, key="a click") == original.spec
    assert run.report_plain() == original.report_plain()
    assert [event["event"] for event in run.events()] == ["started", "epoch", "finished"]
    mine, theirs = load(run).predict(FRAME).frame, load(original).predict(FRAME).frame
    assert mine.equals(theirs)
    assert len(mine) == len(FRAME)


@pytest.mark.parametrize("task", ["binary", "multiclass", "regression"])
def test_a_trained_run_arrives_with_every_event(task: Task, home: Path) -> None:
    """What the trainer writes today is what an archive may hold; the file's own table predicts the same."""
    original = given.run(home, task)
    assert train(original) == "finished"
    other = Space(home, hashed_space("cookie", "another"))
    run = other.run(unpack(pack(original), other))
    assert run.events() == original.events()
    rows = given.frame(50, task)
    assert load(run).predict(rows).frame.equals(load(original).predict(rows).frame)


def test_the_zip_holds_known_names_only_and_neither_table_nor_exact_state(good: bytes) -> None:
    """The same run packs to the same bytes; weights are named as in the printed code."""
    content = members(good)
    assert sorted(content) == sorted(KNOWN)
    assert b"not to be taken away" not in good
    length = int.from_bytes(content["best.safetensors"][:8], "little")
    names = set(json.loads(content["best.safetensors"][8 : 8 + length])) - {"__metadata__"}
    assert {"trunk.0.weight", "head.weight", "head.bias"} <= names
    assert json.loads(content["run.json"])["key"] == ""


def test_the_zip_says_what_it_is_and_how_it_is_used(tmp_path: Path) -> None:
    """In words, by the name that the download has, which no system and no shell stumbles over."""
    run = make_run(tmp_path / "abcdefghij")
    run.rename('../"Köln": \u202e sales; rm -rf ~ ' + "x" * 99)
    assert run.zip_name.startswith("Köln-sales-rm-rf-x")
    assert run.zip_name.endswith("x-abcdefghij.zip")
    assert len(run.zip_name) <= 40 + len("-abcdefghij.zip")
    said = members(pack(run))["README.txt"].decode()
    assert f"scripts/run predict {run.zip_name} ROWS.csv" in said
    assert "\u202e" not in said
    run.rename("Ko\u0308ln e\u0301te\u0301")  # letters and marks apart, as some systems write them
    assert run.zip_name == "Köln-été-abcdefghij.zip"
    run.rename("…")
    assert run.zip_name == "abcdefghij.zip"


def test_packing_twice_gives_the_same_bytes(good: bytes, tmp_path: Path) -> None:
    """No clock enters; the time of an event is the run's own."""
    folder = make_run(tmp_path / "abcdefghij")
    assert pack(folder) == pack(folder.path)


def test_a_run_without_weights_cannot_be_taken_away_yet(tmp_path: Path) -> None:
    """The sentence says what to do."""
    folder = make_run(tmp_path / "abcdefghij")
    (folder.path / "best.safetensors").unlink()
    with pytest.raises(NotFoundError, match="no weights yet"):
        pack(folder)


def test_a_run_packed_while_it_trained_arrives_as_stopped(tmp_path: Path, space: Space) -> None:
    """A torn last line is left out, and nobody offers to resume what has no table."""
    folder = make_run(tmp_path / "abcdefghij")
    events = folder.path / "events.jsonl"
    events.write_bytes(events.read_bytes()[:-20])
    run = space.run(unpack(pack(folder), space))
    assert run.state().name == "stopped"
    assert load(run).predict(FRAME).frame.shape[0] == len(FRAME)


def test_what_looks_like_a_run_is_told_from_a_table_in_a_zip(good: bytes) -> None:
    """By names alone; anything odd is no run."""
    assert holds_run(good)
    assert not holds_run(zipped({"people.csv": b"a,b\n1,2\n"}))
    assert not holds_run(b"a,b\n1,2\n")
    assert not holds_run(b"")


# Tampered with


def refused(data: bytes, space: Space, kind: type[NnlabError] = StorageError) -> str:
    """The sentence of the refusal; nothing may have been written anywhere in the home."""
    with pytest.raises(kind) as caught:
        unpack(data, space)
    assert everything_in(space.home) == []
    assert not holds_folders(space.path / "runs")
    return str(caught.value)


def holds_folders(path: Path) -> bool:
    return path.is_dir() and any(path.iterdir())


@pytest.mark.parametrize(
    "name", ["zip_slip.zip", "zip_symlink.zip", "zip_dup_names.zip", "not_a_zip.zip", "evil_model.pt", "tar_escape.tar"]
)
def test_hostile_archives_are_refused_and_touch_nothing(name: str, space: Space) -> None:
    """Slip, link, duplicate names, pickles: one sentence each, and no canary."""
    assert "not a run downloaded from nnlab" in refused((HOSTILE / name).read_bytes(), space)
    for canary in ("nnlab_canary", "nnlab_canary_abs", "nnlab_canary_pickle", "nnlab_canary_json"):
        assert not Path("/tmp", canary).exists()


@pytest.mark.parametrize("name", ["../run.json", "/tmp/run.json", "..\\run.json", "run.json/", "RUN.JSON", "x.pkl"])
def test_a_name_that_is_not_known_is_refused(name: str, good: bytes, space: Space) -> None:
    """However the rest looks."""
    refused(zipped({**members(good), name: b"x"}), space)


def test_links_and_duplicate_names_among_known_names_are_refused(good: bytes, space: Space) -> None:
    """A link called report.json, and run.json twice."""
    content = members(good)
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as archive:
        for name, data in content.items():
            info = zipfile.ZipInfo(name)
            if name == "report.json":
                info.external_attr = (stat.S_IFLNK | 0o777) << 16
            archive.writestr(info, data)
    assert "link" in refused(made.getvalue(), space)
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as archive:
        for name, data in content.items():
            archive.writestr(name, data)
        with pytest.warns(UserWarning, match="Duplicate"):
            archive.writestr("run.json", content["run.json"])
    assert "twice" in refused(made.getvalue(), space)


def test_a_bomb_is_refused_before_memory_is_taken(good: bytes, space: Space, tmp_path: Path) -> None:
    """Megabytes of zeros as report.json: refused under a limit of memory that would not hold it."""
    bomb = tmp_path / "bomb.zip"
    with zipfile.ZipFile(bomb, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in members(good).items():
            if name != "report.json":
                archive.writestr(name, data)
        with archive.open("report.json", "w", force_zip64=False) as member:
            for _ in range(200):
                member.write(bytes(1_000_000))
    code = (
        "import resource, sys\nfrom pathlib import Path\nfrom nnlab.errors import LimitError\n"
        "from nnlab.runs.archive import unpack\n"
        "from nnlab.runs.workspace import Space\n"
        "used = int(Path('/proc/self/statm').read_text().split()[0]) * resource.getpagesize()\n"
        "resource.setrlimit(resource.RLIMIT_AS, (used + 100_000_000, -1))\n"
        "try:\n    unpack(Path(sys.argv[1]).read_bytes(), Space(Path(sys.argv[2])))\n"
        "except LimitError as error:\n    print(error)\n"
    )
    argv = [sys.executable, "-c", code, str(bomb), str(space.home)]
    done = subprocess.run(argv, cwd=ROOT, capture_output=True, text=True, check=True)
    assert "unpack to a multiple of its size" in done.stdout
    assert everything_in(space.home) == []


def test_sizes_are_counted_while_unpacking_whatever_the_list_says(good: bytes, space: Space) -> None:
    """The list claims 10 bytes for a member that has many more; or many more than there are."""
    for claim in (10, 40_000_000):
        data = bytearray(zipped(members(good), zipfile.ZIP_STORED))
        at = data.index(b"PK\x01\x02")
        while data[at : at + 4] == b"PK\x01\x02":
            length = struct.unpack("<H", data[at + 28 : at + 30])[0]
            if bytes(data[at + 46 : at + 46 + length]) == b"events.jsonl":
                struct.pack_into("<L", data, at + 24, claim)
            at += 46 + length + sum(struct.unpack("<HH", data[at + 30 : at + 34]))
        refused(bytes(data), space, NnlabError)


def test_twenty_thousand_files_are_refused_before_the_list_is_read(space: Space) -> None:
    """By the end record alone."""
    data = zipped({f"d/{n}": b"" for n in range(20_000)})
    assert "may hold 100 files" in refused(data, space, LimitError)


def test_an_archive_larger_than_is_granted_is_refused(
    good: bytes, space: Space, monkeypatch: pytest.MonkeyPatch
) -> None:
    """`archive_bytes` counts the zip and what it unpacks to."""
    monkeypatch.setenv("NNLAB_LIMITS", json.dumps({"archive_bytes": len(good) - 1}))
    refused(good, space, LimitError)
    dense = with_json(good, lambda plain: plain["project"].update(name="x" * 200))
    monkeypatch.setenv("NNLAB_LIMITS", json.dumps({"archive_bytes": len(dense) + 1}))
    assert "unpacked" in refused(dense, space, LimitError)


def test_every_truncation_and_many_turned_bytes_are_refused_or_harmless(good: bytes, space: Space) -> None:
    """No traceback of a library's own, and whatever opens predicts as the original."""
    want = None
    for end in range(0, len(good), 1 + len(good) // 25):
        refused(good[:end], space, NnlabError)
    for at in range(20, len(good), 1 + len(good) // 60):
        data = bytearray(good)
        data[at] ^= 0x41
        try:
            run_id = unpack(bytes(data), space)
        except NnlabError:
            continue
        want = load(space.run(unpack(good, space))).predict(FRAME).frame if want is None else want
        assert load(space.run(run_id)).predict(FRAME).frame.equals(want)


def test_a_newer_run_is_refused_with_both_versions(good: bytes, space: Space) -> None:
    """For the run and for the project inside it."""
    run = with_json(good, lambda plain: plain.update(format=9, nnlab="8.8", more=1))
    assert "made by nnlab 8.8" in refused(run, space)
    project = with_json(good, lambda plain: plain["project"].update(format=9, nnlab="8.8"))
    assert "made by nnlab 8.8" in refused(project, space)


def test_huge_networks_are_refused_by_estimate(good: bytes, space: Space) -> None:
    """10⁹ units and 100 000 layers take neither memory nor time."""

    def units(plain: dict) -> None:
        plain["project"]["network"]["trunk"] = [{"kind": "Linear", "out_features": 65_536}] * 3

    refused(with_json(good, units), space, LimitError)

    def many(plain: dict) -> None:
        plain["project"]["network"]["trunk"] = [{"kind": "ReLU"}] * 100_000

    refused(with_json(good, many), space, LimitError)

    def wrong(plain: dict) -> None:
        plain["project"]["network"]["trunk"] = [
            {"kind": "LayerNorm"},
            {"kind": "Unflatten", "unflattened_size": [7, 9]},
        ]

    refused(with_json(good, wrong), space, NetworkError)

    def none(plain: dict) -> None:
        plain["project"]["network"] = None

    refused(with_json(good, none), space)


@pytest.mark.parametrize("name", ["run.json", "report.json"])
@pytest.mark.parametrize("text", [b"[" * 100_000, b"{", b"[]", b'{"format": 1}', b"\xff", b'{"a": NaN}'])
def test_json_that_is_none_is_refused(name: str, text: bytes, good: bytes, space: Space) -> None:
    """Deep, torn, of another kind: a sentence."""
    refused(zipped({**members(good), name: text}), space, NnlabError)


def test_events_of_a_stranger_are_taken_only_as_events(good: bytes, space: Space) -> None:
    """Lines that no reader of ours could draw are left out."""
    lines = [
        b'{"event":"started","step":0,"epoch":0,"n":1}',
        b'{"event":"step","step":1,"epoch":1,"n":2,"loss":"<script>"}',
        b'{"event":"step","step":-1,"epoch":1,"n":2,"loss":1}',
        b'{"event":"step","step":"1","epoch":1,"n":2,"loss":1}',
        b'{"event":7,"step":1}',
        b"[" * 100_000,
        b"not json",
        b'{"event":"step","step":2,"epoch":1,"n":3,"loss":null}',
        b'{"event":"failed","step":2,"epoch":1,"n":4,"cause":"x","error":"text"}',
        b'{"event":"finished","step":2,"epoch":1,"n":5}',
    ]
    run = space.run(unpack(zipped({**members(good), "events.jsonl": b"\n".join(lines)}), space))
    assert [(event["event"], event["step"]) for event in run.events()] == [("started", 0), ("step", 2), ("finished", 2)]


def test_a_preparation_of_another_run_is_refused(good: bytes, space: Space) -> None:
    """The head and the inputs of run.json and of the preparation must be the same."""

    def other(plain: dict) -> None:
        plain["head"] = {"task": "regression", "n_outputs": 1}

    assert "does not fit" in refused(with_json(good, other), space)


def test_a_full_space_takes_no_more_runs(good: bytes, space: Space, monkeypatch: pytest.MonkeyPatch) -> None:
    """`stored_runs` holds for downloaded runs as well, and what was there stays."""
    first = unpack(good, space)
    monkeypatch.setenv("NNLAB_LIMITS", '{"stored_runs": 1}')
    with pytest.raises(LimitError, match="keeps 1 run"):
        unpack(good, space)
    assert [run.id for run in space.runs()] == [first]


def test_a_stranger_s_id_and_click_are_not_taken_over(good: bytes, space: Space) -> None:
    """Each opening is a run of its own, under an id of this space."""
    data = with_json(good, lambda plain: plain.update(id="zzzzzzzz", key="theirs"))
    one, two = unpack(data, space), unpack(data, space)
    assert len({one, two, "zzzzzzzz"}) == 3
    assert {run.spec.id for run in space.runs()} == {one, two}
    assert all(run.spec.key == "" for run in space.runs())


def test_a_run_outside_of_every_space_packs_by_its_path(good: bytes, tmp_path: Path) -> None:
    """`train --out RUN` makes such a folder."""
    folder = make_run(tmp_path / "aside")
    assert sorted(members(pack(str(folder.path)))) == sorted(members(good))
    assert isinstance(RunFolder(folder.path).spec.name, str)
