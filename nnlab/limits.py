"""How much of everything is granted: one value, so that a test or a classroom can shrink it in one place."""

from __future__ import annotations

import os

from pydantic import Field

from nnlab.spec import Spec, plain_json


class Limits(Spec):
    """Rows, columns, parameters, minutes, disk and waits; `NNLAB_LIMITS` holds changes as a JSON object."""

    upload_bytes: int = Field(200_000_000, description="The largest file taken through the browser, bytes.")
    file_bytes: int = Field(8_000_000_000, description="The largest file read by its path, bytes.")
    cell_bytes: int = Field(5_000_000, description="The longest single cell, bytes.")
    picture_bytes: int = Field(150_000_000, description="The largest picture, as a file and once unpacked, bytes.")
    columns: int = Field(20_000, description="The most columns a table may have.")
    one_hot_levels: int = Field(32, description="The most levels a one-hot step keeps; the rest are 'other'.")
    features: int = Field(50_000, description="The most numbers a row may become.")
    encoded_bytes: int = Field(4_000_000_000, description="The largest encoded table, bytes.")
    layers: int = Field(2_000, description="The most layers of a network, nested ones included.")
    parameters: int = Field(500_000_000, description="The most parameters of a network that may train.")
    default_steps: int = Field(2_000, description="Gradient steps of a run with nothing said about epochs.")
    suggested_multiply_adds: int = Field(
        250_000_000_000,
        description="The most multiply-adds (rows, times those of a row, times epochs) of a run that nobody designed.",
    )
    job_bytes: int = Field(10_000_000, description="A file larger than this is read in a process of its own, bytes.")
    archive_bytes: int = Field(500_000_000, description="The most a downloaded run may unpack to, bytes.")
    archive_files: int = Field(100, description="The most files a downloaded run may hold.")
    free_bytes: int = Field(
        2_000_000_000, description="Where less of the disk is free, spaces that nobody touched for long go, bytes."
    )
    untouched_days: float = Field(
        30.0, description="How long an untouched space stays where the disk runs short, days."
    )
    stored_runs: int = Field(200, description="The most runs a space keeps; then the oldest unpinned one goes.")
    stored_blocks: int = Field(200, description="The most named blocks of layers a space keeps.")
    slots: int = Field(1, description="Runs that may train at once on this machine.")
    jobs: int = Field(2, description="Jobs (reading, preparing, judging) that may run at once.")
    event_s: float = Field(0.05, description="The least time between two step events, seconds.")
    control_s: float = Field(0.05, description="The least time between two looks at what is wanted, seconds.")
    silent_s: float = Field(
        30.0, description="A run whose events stand still for this long is 'not answering', seconds."
    )
    idle_s: float = Field(600.0, description="A worker leaves after this long without work, seconds.")
    poll_s: float = Field(
        0.005,
        description="How often an idle worker looks at the queue, seconds; after ten idle seconds a fourth as often.",
    )
    turn_s: float = Field(
        4.0, description="How long a run trains before it gives way while other people's runs wait, seconds."
    )
    first_turn_s: float = Field(
        0.5, description="The same while a run waits that has not begun: every curve starts soon, seconds."
    )
    spawn_s: float = Field(
        2.0, description="A page that sees a queued run and a free slot this long starts a worker, seconds."
    )
    first_step_s: float = Field(
        0.3, description="How long a page waits for a run's first step before it draws the run as waiting, seconds."
    )
    refresh_s: float = Field(1.0, description="How often the Train page draws a living run, seconds.")
    replay_s: float = Field(2.0, description="How long a run that ended at once is replayed, seconds.")
    checkpoint_ratio: float = Field(
        50.0, description="The next checkpoint comes no sooner than this many times the last one's duration."
    )
    points: int = Field(500, description="The most points a trace is drawn with.")


def limits() -> Limits:
    """The limits of this process: the defaults, changed by the JSON object in `NNLAB_LIMITS`."""
    changes = os.environ.get("NNLAB_LIMITS", "")
    return Limits.parse(plain_json(changes, "NNLAB_LIMITS"), "NNLAB_LIMITS") if changes else Limits()
