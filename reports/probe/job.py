"""A command of ours that runs beside the page: started, watched, cancelled, and its result read."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import tempfile
import time
import weakref
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

CAP = 600.0  # seconds after which a job is ended
GRACE = 3.0
CERTIFICATE = "certificate.json"  # in the job's folder


@dataclass
class Job:
    """One run of ``overspec …`` in a process of its own; the page stays alive meanwhile.

    Attributes:
        words: the command, ``overspec`` first.
        process: the child.
        folder: holds what it prints.
        started: by the monotonic clock.
        ended: "" while it runs, then why it ended: done, cancelled, or too long.

    >>> job = Job.start(["overspec", "derive", "--k", "3", "--weights", "uniform", "--json"])
    >>> while job.running():
    ...     time.sleep(0.05)
    >>> job.result()["invertible"]
    False
    """

    words: list[str]
    process: subprocess.Popen[bytes]
    folder: Path
    started: float = field(default_factory=time.monotonic)
    ended: str = ""

    @classmethod
    def of(cls, command: list[str], certify: bool = False) -> Job:
        """Run a command that answers with JSON, and writes a certificate if asked to."""
        return cls.start([*command, *(["--out", CERTIFICATE] if certify else []), "--json"])

    @classmethod
    def start(cls, words: list[str]) -> Job:
        """Run the command; its arguments go to the program as they are, through no shell."""
        folder = Path(tempfile.mkdtemp(prefix="overspec-probe-"))
        with (folder / "out").open("wb") as out, (folder / "err").open("wb") as err:
            process = subprocess.Popen(
                [sys.executable, "-P", "-m", *words],
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=err,
                cwd=folder,
            )
        job = cls(words, process, folder)
        weakref.finalize(job, _forget, process, folder)  # nobody looks any more
        return job

    def seconds(self) -> float:
        """How long it has been running."""
        return time.monotonic() - self.started

    def running(self) -> bool:
        """Whether it still runs; ends it where it takes longer than the cap."""
        if self.ended:
            return False
        if self.process.poll() is not None:
            self.ended = "done"
        elif self.seconds() > CAP:
            self.stop(f"stopped after {CAP:.0f} s, the cap of this page; run it on a terminal")
        return not self.ended

    def cancel(self) -> None:
        """End it at the reader's wish."""
        if not self.ended:
            self.stop("cancelled")

    def stop(self, why: str) -> None:
        """End the child, gently first."""
        self.process.terminate()
        try:
            self.process.wait(GRACE)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self.ended = why

    def said(self) -> str:
        """The last line of its progress."""
        lines = self._read("err").splitlines()
        return lines[-1].strip() if lines else ""

    def result(self) -> dict[str, Any]:
        """The JSON object it printed; a sentence under ``reason`` where there is none."""
        text = self._read("out")
        try:
            found: dict[str, Any] = json.loads(text)
        except ValueError:
            why = self.said().removeprefix("error: ") if self.ended == "done" else self.ended
            return {"reason": why or "the command printed nothing"}
        return found

    def printed(self) -> str:
        """What it printed, to be kept."""
        return self._read("out")

    def certificate(self) -> str:
        """The certificate that it wrote, for ``overspec check``; empty where there is none."""
        return self._read(CERTIFICATE)

    def _read(self, name: str) -> str:
        path = self.folder / name
        return path.read_text(encoding="utf-8", errors="replace") if path.exists() else ""


def _forget(process: subprocess.Popen[bytes], folder: Path) -> None:
    """End what still runs for a page that was closed, and remove what it wrote."""
    process.kill()
    process.wait()
    shutil.rmtree(folder, ignore_errors=True)
