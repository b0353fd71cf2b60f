"""What the page asks of the library: exact facts at once, radii and certificates as jobs beside it.

A request and its answer are JSON objects; a server or a notebook carries them. Nothing in a request
names a file or a command: it has the fields of a view, a kind from a list, or the number of a job.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from itertools import count
from typing import Any

from overspec.errors import InputError
from overspec.reports.content.format import quantity_text
from overspec.reports.probe.choice import FIELDS, Choice
from overspec.reports.probe.job import Job
from overspec.reports.probe.verdict import verdict

MOST_RUNNING = 3  # jobs at a time
MOST_KEPT = 12  # jobs whose results are kept
#: What may be started: kind → words of the command, and whether a certificate is written.
KINDS: dict[str, tuple[Callable[[Choice], list[str]], bool]] = {
    "radius": (Choice.radius_command, False),
    "certify": (lambda choice: choice.radius_command(certify=True), True),
    "evaluate": (Choice.evaluate_command, False),
}


@dataclass
class Desk:
    """Answers requests; may be asked by several threads.

    >>> desk = Desk()
    >>> facts = desk.answer({"ask": "verdict", "fields": {"weights": "2/5,3/10,1/10,1/5"}})["facts"]
    >>> facts[0]["name"], facts[0]["text"], facts[0]["evidence"]
    ('σ', '0', 'proved')
    >>> desk.answer({"ask": "verdict", "fields": {"k": "x"}})["error"]
    "k 'x': write a whole number from 2 to 1000000"
    """

    jobs: dict[int, Job] = field(default_factory=dict)
    numbers: Any = field(default_factory=lambda: count(1))
    lock: Any = field(default_factory=threading.Lock)

    def answer(self, request: object) -> dict[str, Any]:
        """The answer to a request; a sentence under ``error`` where it cannot be answered."""
        asked = {"verdict": self._verdict, "start": self._start, "look": self._look,
                 "cancel": self._cancel}  # fmt: skip
        try:
            if not isinstance(request, Mapping) or request.get("ask") not in asked:
                raise InputError(f"ask one of {', '.join(asked)}")
            with self.lock:
                return asked[request["ask"]](request)
        except InputError as wrong:
            return {"error": str(wrong)}

    def close(self) -> None:
        """End every job."""
        with self.lock:
            for job in self.jobs.values():
                job.cancel()
            self.jobs.clear()

    def _verdict(self, request: Mapping[str, Any]) -> dict[str, Any]:
        choice = _choice(request)
        part = verdict(choice)
        facts = [
            {"name": fact.name, "text": quantity_text(fact.value, choice.digits),
             "evidence": fact.value.evidence.value, "how": fact.how}
            for fact in part.facts
        ]  # fmt: skip
        return {"words": list(part.words), "facts": facts}

    def _start(self, request: Mapping[str, Any]) -> dict[str, Any]:
        kind = request.get("kind")
        if not isinstance(kind, str) or kind not in KINDS:
            raise InputError(f"kind: choose {', '.join(KINDS)}")
        choice = _choice(request)
        if sum(job.running() for job in self.jobs.values()) >= MOST_RUNNING:
            raise InputError(f"{MOST_RUNNING} jobs are running; cancel one or wait")
        words, certificate = KINDS[kind]
        number = next(self.numbers)
        self.jobs[number] = Job.of(words(choice), certificate)
        for old in [n for n, job in self.jobs.items() if not job.running()][:-MOST_KEPT]:
            del self.jobs[old]
        return {"job": number, "command": self.jobs[number].words}

    def _look(self, request: Mapping[str, Any]) -> dict[str, Any]:
        job = self._job(request)
        if job.running():
            return {"running": True, "seconds": job.seconds(), "said": job.said()}
        return {"running": False, "ended": job.ended, "seconds": job.seconds(), "said": job.said(),
                "result": job.result(), "printed": job.printed(),
                "certificate": job.certificate()}  # fmt: skip

    def _cancel(self, request: Mapping[str, Any]) -> dict[str, Any]:
        self._job(request).cancel()
        return {"ended": "cancelled"}

    def _job(self, request: Mapping[str, Any]) -> Job:
        number = request.get("job")
        if not isinstance(number, int) or number not in self.jobs:
            raise InputError("job: there is none of this number")
        return self.jobs[number]


def _choice(request: Mapping[str, Any]) -> Choice:
    """The view that a request is about; only texts under names of fields are read."""
    fields = request.get("fields")
    if not isinstance(fields, Mapping):
        raise InputError("fields: give the fields of a view")
    if wrong := [name for name, text in fields.items() if not isinstance(text, str)]:
        raise InputError(f"field {wrong[0]!r}: give its text")
    return Choice.read({name: text for name, text in fields.items() if name in FIELDS})
