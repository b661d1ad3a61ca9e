"""What this process is granted: cores, memory and devices, each with a sentence that says why.

A container sees the whole machine in the usual places and is killed for believing them; so the limits of control
groups (version 1 and 2), of the scheduler's affinity and of the process itself are asked, and the least one counts.
Whatever cannot be read (another system, no /proc) is left out; nothing here raises for it.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from nnlab.errors import TrainingError

Item = TypeVar("Item")
Answer = TypeVar("Answer")

ROOT = Path("/")
OMP_IS_OURS = "NNLAB_OMP_IS_OURS"  # in the environment of children whose OMP_NUM_THREADS no person has set
NO_LIMIT_BYTES = 1 << 60  # control groups of version 1 write "no limit" as a number near 2**63


@dataclass(frozen=True)
class Cores:
    """How many cores may compute at once (at least 1), and what set this number."""

    count: int
    reason: str


@dataclass(frozen=True)
class Memory:
    """Bytes granted in all and bytes free now, None where the system does not tell; and what set the limit."""

    total_bytes: int | None
    available_bytes: int | None
    reason: str


@dataclass(frozen=True)
class Device:
    """Where a network can train: `name` as torch takes it ("cpu", "cuda:0", "mps"), and its own memory if known."""

    name: str
    title: str
    memory_bytes: int | None = None

    @property
    def family(self) -> str:
        """The name without its number: cpu, cuda or mps."""
        return self.name.partition(":")[0]


@dataclass(frozen=True)
class Choice:
    """The device that was chosen, and one sentence that says why."""

    device: Device
    reason: str


def cores(root: Path = ROOT) -> Cores:
    """The cores granted: the least of the machine's, the process's affinity and the container's quota.

    A quota of 2.5 cores counts as 2: a third thread would wait while it holds up the others.
    """
    machine = os.cpu_count() or 1
    found = [(machine, f"the machine has {_counted(machine)}")]
    if hasattr(os, "sched_getaffinity"):
        n = len(os.sched_getaffinity(0))
        found.append((n, f"this process may use {n} of the machine's {_counted(machine)}"))
    quotas = [quota for quota in _quotas(root) if quota > 0]
    if quotas:
        found.append((max(1, int(min(quotas))), f"the container is granted {min(quotas):g} of {_counted(machine)}"))
    return Cores(*min(found, key=lambda pair: pair[0]))


def threads() -> Cores:
    """The most threads a computation may take: what OMP_NUM_THREADS says where a person set it, else the cores."""
    said = os.environ.get("OMP_NUM_THREADS", "").partition(",")[0]  # "4,2": further numbers are for nested parts
    count = _number(said)
    if count is None or count < 1 or OMP_IS_OURS in os.environ:
        return cores()
    return Cores(count, f"OMP_NUM_THREADS is {said}")


def on_all_cores(work: Callable[[Item], Answer], items: Iterable[Item]) -> list[Answer]:
    """The answers in the order of the items, worked out in a thread for each core.

    For work that numpy or torch does on long arrays, which lets other threads in meanwhile. An error is that of the
    first item that has one.
    """
    each = list(items)
    n_threads = min(cores().count, len(each)) if len(each) > 1 else 1
    if n_threads < 2:
        return [work(item) for item in each]
    with ThreadPoolExecutor(n_threads) as pool:
        return list(pool.map(work, each))


def one_thread_unless_said() -> dict[str, str]:
    """What a process that computes needs in its environment before torch is imported, where nobody said otherwise."""
    said = {"OMP_WAIT_POLICY": os.environ.get("OMP_WAIT_POLICY", "passive")}
    if "OMP_NUM_THREADS" in os.environ:
        return said
    return {**said, "OMP_NUM_THREADS": "1", OMP_IS_OURS: "1"}


def memory(root: Path = ROOT) -> Memory:
    """The memory granted: the least of the machine's, the container's and the process's own limit (address space)."""
    total, free = _machine_memory(root)
    found = [(total, free, "the machine's memory")] if total is not None else []
    for limit, used in _memory_groups(root):
        found.append((limit, None if used is None else max(0, limit - used), "the container's limit"))
    own = _address_space()
    if own is not None:
        found.append((own, max(0, own - _address_space_used(root)), "the limit of this process"))
    if not found:
        return Memory(None, None, "this system does not tell its memory")
    least, _, reason = min(found, key=lambda entry: entry[0])
    known_free = [available for _, available, _ in found if available is not None]
    return Memory(least, min(known_free, default=None), reason)


def devices() -> tuple[Device, ...]:
    """Every device torch can train on here: graphics processors first, the processor always last."""
    import torch

    found = [
        Device(f"cuda:{index}", torch.cuda.get_device_name(index), torch.cuda.get_device_properties(index).total_memory)
        for index in range(torch.cuda.device_count() if torch.cuda.is_available() else 0)
    ]
    if torch.backends.mps.is_available():
        found.append(Device("mps", "Apple graphics processor"))
    return (*found, Device("cpu", f"processor, {_counted(cores().count)}", memory().total_bytes))


def choose(wanted: str = "auto", found: tuple[Device, ...] | None = None) -> Choice:
    """The device for a run: the one named, or with "auto" a CUDA device where there is one, else the processor.

    An Apple graphics processor is taken only by name: resuming to the bit is promised on the processor, and tables
    seldom fill such a device. Raises `TrainingError` when the named device is not here.
    """
    found = devices() if found is None else found
    if wanted == "auto":
        return _chosen_for_the_person(found)
    for device in found:
        if wanted in (device.name, device.family):
            return Choice(device, f"{device.title}: it was asked for")
    raise TrainingError(
        "this device is not on this machine",
        where="training.device",
        came=wanted,
        do=f"Found here: {', '.join(device.name for device in found)}.",
        repair={"set": "training.device", "value": "auto"},
    )


def _chosen_for_the_person(found: tuple[Device, ...]) -> Choice:
    cuda = [device for device in found if device.family == "cuda"]
    if cuda:
        return Choice(cuda[0], f"{cuda[0].title}: the first CUDA device found")
    processor = next(device for device in found if device.family == "cpu")
    others = [device.title for device in found if device.family != "cpu"]
    why = f"{others[0]} is used when asked for" if others else "no graphics processor was found"
    return Choice(processor, f"{processor.title}: {why}")


def _counted(n: int) -> str:
    return "1 core" if n == 1 else f"{n} cores"


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="ascii", errors="replace").strip()
    except OSError:
        return ""


def _number(text: str) -> int | None:
    try:
        return int(text)
    except ValueError:
        return None


def _group_folders(root: Path, controller: str) -> Iterator[Path]:
    """The control group folders that bind this process, innermost first, of version 2 and of version 1.

    In a container the path may be the host's and lie outside of what is mounted; its mount point still counts.
    """
    mount = root / "sys/fs/cgroup"
    for line in _read(root / "proc/self/cgroup").splitlines() or ["0::/"]:
        _, _, rest = line.partition(":")
        names, _, path = rest.partition(":")
        tops = [mount, mount / "unified"] if not names else [mount / names, mount / controller]
        if names and controller not in names.split(","):
            continue
        for top in tops:
            inner = [part for part in path.split("/") if part not in ("", "..")]
            for depth in range(len(inner), -1, -1):
                yield top.joinpath(*inner[:depth])


def _quotas(root: Path) -> Iterator[float]:
    for folder in _group_folders(root, "cpu"):
        quota, _, period = _read(folder / "cpu.max").partition(" ")
        if not period:
            quota, period = _read(folder / "cpu.cfs_quota_us"), _read(folder / "cpu.cfs_period_us")
        share, per = _number(quota), _number(period)
        if share is not None and per and share > 0:
            yield share / per


def _memory_groups(root: Path) -> Iterator[tuple[int, int | None]]:
    """The limit and the use of each control group with a limit, bytes; file cache counts as free."""
    for folder in _group_folders(root, "memory"):
        for limit_name, use_name in (
            ("memory.max", "memory.current"),
            ("memory.limit_in_bytes", "memory.usage_in_bytes"),
        ):
            limit, used = _number(_read(folder / limit_name)), _number(_read(folder / use_name))
            if limit is not None and 0 < limit < NO_LIMIT_BYTES:
                yield limit, None if used is None else max(0, used - _file_cache(folder))


def _file_cache(folder: Path) -> int:
    pairs = (line.split() for line in _read(folder / "memory.stat").splitlines())
    stat = {pair[0]: _number(pair[1]) or 0 for pair in pairs if len(pair) == 2}
    return stat.get("total_inactive_file", stat.get("inactive_file", 0))


def _machine_memory(root: Path) -> tuple[int | None, int | None]:
    lines = (line.split() for line in _read(root / "proc/meminfo").splitlines())
    kilobytes = {words[0].rstrip(":"): _number(words[1]) for words in lines if len(words) >= 2}
    total, free = kilobytes.get("MemTotal"), kilobytes.get("MemAvailable")
    if total is not None:
        return total * 1024, None if free is None else free * 1024
    try:
        return os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE"), None
    except (AttributeError, ValueError, OSError):
        return None, None


def _address_space() -> int | None:
    try:
        import resource
    except ImportError:  # a system without process limits
        return None
    soft, _ = resource.getrlimit(resource.RLIMIT_AS)
    return soft if 0 < soft < NO_LIMIT_BYTES else None


def _address_space_used(root: Path) -> int:
    for line in _read(root / "proc/self/status").splitlines():
        name, _, value = line.partition(":")
        if name == "VmSize":
            return (_number(value.split()[0]) or 0) * 1024
    return 0
