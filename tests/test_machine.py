"""What is granted, read from made-up systems in a folder, from this one, and from a child under a limit."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from nnlab import machine
from nnlab.errors import TrainingError
from nnlab.machine import Cores, Device, choose, cores, memory, on_all_cores

GB = 1 << 30
CPU, GPU, MPS = Device("cpu", "processor, 2 cores"), Device("cuda:0", "H100"), Device("mps", "Apple graphics processor")


def system(root: Path, files: dict[str, str]) -> Path:
    for path, text in files.items():
        target = root / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text + "\n")
    return root


@pytest.fixture(autouse=True)
def a_large_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    """64 cores, all of them allowed, and no limit of the process."""
    monkeypatch.setattr(os, "cpu_count", lambda: 64)
    monkeypatch.setattr(os, "sched_getaffinity", lambda pid: set(range(64)), raising=False)
    monkeypatch.setattr(machine, "_address_space", lambda: None)


MEMINFO = f"MemTotal: {64 * GB // 1024} kB\nMemAvailable: {60 * GB // 1024} kB"
VERSION_2 = {
    "proc/self/cgroup": "0::/user/box",
    "proc/meminfo": MEMINFO,
    "sys/fs/cgroup/user/cpu.max": "250000 100000",
    "sys/fs/cgroup/user/box/cpu.max": "max 100000",
    "sys/fs/cgroup/user/memory.max": "max",
    "sys/fs/cgroup/user/box/memory.max": str(4 * GB),
    "sys/fs/cgroup/user/box/memory.current": str(3 * GB),
    "sys/fs/cgroup/user/box/memory.stat": f"anon 1\nfile 2\ninactive_file {GB}",
}
VERSION_1 = {
    "proc/self/cgroup": "8:memory:/docker/abc\n4:cpu,cpuacct:/docker/abc\n1:name=systemd:/",
    "proc/meminfo": MEMINFO,
    # inside the container the path of the host is not there: only the mount points are
    "sys/fs/cgroup/cpu,cpuacct/cpu.cfs_quota_us": "50000",
    "sys/fs/cgroup/cpu,cpuacct/cpu.cfs_period_us": "100000",
    "sys/fs/cgroup/memory/memory.limit_in_bytes": str(2 * GB),
    "sys/fs/cgroup/memory/memory.usage_in_bytes": str(GB),
    "sys/fs/cgroup/memory/memory.stat": "inactive_file 5\ntotal_inactive_file 0",
}


def test_the_least_quota_on_the_way_up_counts(tmp_path: Path) -> None:
    """Control groups version 2: the group itself is free, the one around it is granted 2.5 cores."""
    found = cores(system(tmp_path, VERSION_2))
    assert found.count == 2
    assert found.reason == "the container is granted 2.5 of 64 cores"


def test_half_a_core_is_one(tmp_path: Path) -> None:
    """Control groups version 1, with the path of the host: there is always one core."""
    assert cores(system(tmp_path, VERSION_1)).count == 1


@pytest.mark.parametrize("quota", ["max 100000", "-1 100000", "", "nonsense"])
def test_without_a_quota_the_machine_counts(tmp_path: Path, quota: str) -> None:
    """No limit is written in several ways."""
    found = cores(system(tmp_path, {"proc/self/cgroup": "0::/", "sys/fs/cgroup/cpu.max": quota}))
    assert (found.count, found.reason) == (64, "the machine has 64 cores")


def test_affinity_counts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """`taskset` and the scheduler of a cluster grant fewer cores than there are."""
    monkeypatch.setattr(os, "sched_getaffinity", lambda pid: {3, 5, 7}, raising=False)
    found = cores(tmp_path)
    assert (found.count, found.reason) == (3, "this process may use 3 of the machine's 64 cores")


def test_a_system_without_proc_and_affinity_works(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """macOS and Windows: the machine's count, and memory as far as it is told."""
    monkeypatch.delattr(os, "sched_getaffinity", raising=False)
    assert cores(tmp_path).count == 64
    assert memory(tmp_path).total_bytes == os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    monkeypatch.delattr(os, "sysconf")
    unknown = memory(tmp_path)
    assert (unknown.total_bytes, unknown.available_bytes) == (None, None)
    assert unknown.reason == "this system does not tell its memory"


def test_the_containers_memory_counts_and_its_file_cache_is_free(tmp_path: Path) -> None:
    """4 GB granted, 3 in use of which 1 is cache that the kernel gives back."""
    found = memory(system(tmp_path, VERSION_2))
    assert (found.total_bytes, found.available_bytes) == (4 * GB, 2 * GB)
    assert found.reason == "the container's limit"


def test_the_memory_of_version_1_counts(tmp_path: Path) -> None:
    """Its own file names, at the mount point."""
    found = memory(system(tmp_path, VERSION_1))
    assert (found.total_bytes, found.available_bytes) == (2 * GB, GB)


def test_a_limit_larger_than_the_machine_does_not_count(tmp_path: Path) -> None:
    """Version 1 writes "no limit" as a number of 19 digits."""
    files = {**VERSION_1, "sys/fs/cgroup/memory/memory.limit_in_bytes": "9223372036854771712"}
    found = memory(system(tmp_path, files))
    assert (found.total_bytes, found.available_bytes) == (64 * GB, 60 * GB)
    assert found.reason == "the machine's memory"


def test_the_limit_of_the_process_counts() -> None:
    """A real child under RLIMIT_AS."""
    pytest.importorskip("resource")
    code = (
        f"import resource; resource.setrlimit(resource.RLIMIT_AS, ({GB}, {GB}));"
        "from nnlab.machine import memory; m = memory();"
        "print(m.total_bytes, 0 < m.available_bytes < m.total_bytes, m.reason)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == f"{GB} True the limit of this process"


def test_this_machine_is_read() -> None:
    """Whatever it is: a sentence each, and figures that can be."""
    assert cores().count >= 1
    found = memory()
    assert found.total_bytes is None or found.total_bytes > (found.available_bytes or 0)


def test_auto_takes_cuda_where_there_is_one() -> None:
    """The sentence says why."""
    found = choose("auto", (GPU, CPU))
    assert (found.device, found.reason) == (GPU, "H100: the first CUDA device found")


def test_auto_takes_the_processor_otherwise() -> None:
    """An Apple device is said but not taken unless asked for."""
    assert choose("auto", (CPU,)).reason == "processor, 2 cores: no graphics processor was found"
    found = choose("auto", (MPS, CPU))
    assert found.device == CPU
    assert "Apple" in found.reason
    assert choose("mps", (MPS, CPU)).device == MPS


def test_a_device_can_be_named() -> None:
    """By family or by number."""
    assert choose("cuda", (GPU, CPU)).device == GPU
    assert choose("cuda:0", (GPU, CPU)).device == GPU
    assert choose("cpu", (GPU, CPU)).device == CPU


def test_a_device_that_is_not_here_is_refused_with_what_is() -> None:
    """The repair goes back to auto."""
    with pytest.raises(TrainingError) as caught:
        choose("cuda", (CPU,))
    assert caught.value.do == "Found here: cpu."
    assert caught.value.repair == {"set": "training.device", "value": "auto"}


def test_the_processor_is_always_a_device() -> None:
    """On this machine too, and it comes last."""
    assert machine.devices()[-1].name == "cpu"


def test_torch_is_not_imported_by_asking_for_cores() -> None:
    """A page shows cores and memory before torch is there."""
    code = "import sys, nnlab.machine as m; m.cores(); m.memory(); assert 'torch' not in sys.modules"
    subprocess.run([sys.executable, "-c", code], check=True)


@pytest.mark.parametrize(
    ("environment", "expected"),
    [
        ({}, 64),
        ({"OMP_NUM_THREADS": "3"}, 3),
        ({"OMP_NUM_THREADS": "3,2"}, 3),
        ({"OMP_NUM_THREADS": "many"}, 64),
        ({"OMP_NUM_THREADS": "1", machine.OMP_IS_OURS: "1"}, 64),
    ],
)
def test_a_number_of_threads_that_a_person_set_is_honoured(
    environment: dict[str, str], expected: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And not the one that nnlab sets for its own children, so that idle threads cost nothing."""
    monkeypatch.delenv("OMP_NUM_THREADS", raising=False)
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    assert machine.threads().count == expected


def test_children_compute_with_one_thread_unless_a_person_said_otherwise(monkeypatch: pytest.MonkeyPatch) -> None:
    """What was set stays; what was not is marked as nnlab's own."""
    monkeypatch.delenv("OMP_NUM_THREADS", raising=False)
    monkeypatch.delenv("OMP_WAIT_POLICY", raising=False)
    own = {"OMP_NUM_THREADS": "1", "OMP_WAIT_POLICY": "passive", machine.OMP_IS_OURS: "1"}
    assert machine.one_thread_unless_said() == own
    monkeypatch.setenv("OMP_NUM_THREADS", "6")
    monkeypatch.setenv("OMP_WAIT_POLICY", "active")
    assert machine.one_thread_unless_said() == {"OMP_WAIT_POLICY": "active"}


@pytest.mark.parametrize("n_cores", [1, 3])
def test_work_on_all_cores_answers_in_order_and_with_the_first_error(
    n_cores: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As one by one, whichever thread is done first; of no items there are no answers."""
    monkeypatch.setattr(machine, "cores", lambda: Cores(n_cores, "said by the test"))
    assert on_all_cores(lambda n: 1 / n, [4, 2, 1]) == [0.25, 0.5, 1.0]
    assert on_all_cores(lambda n: 1 / n, []) == []
    with pytest.raises(ZeroDivisionError):
        on_all_cores(lambda n: 1 / n, [2, 0, 1])


def test_work_on_all_cores_goes_on_side_by_side(monkeypatch: pytest.MonkeyPatch) -> None:
    """Two that wait for each other both end."""
    monkeypatch.setattr(machine, "cores", lambda: Cores(2, "said by the test"))
    meet = threading.Barrier(2, timeout=60)
    assert sorted(on_all_cores(lambda _: meet.wait(), range(2))) == [0, 1]
