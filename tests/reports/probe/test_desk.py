"""What the page asks of the library, without a browser: facts, jobs, and nothing else."""

from __future__ import annotations

import gc
import json
import time
from typing import Any

import pytest

from overspec.evidence import Evidence
from overspec.reports.probe import job as jobs
from overspec.reports.probe.choice import Choice
from overspec.reports.probe.desk import KINDS, MOST_RUNNING, Desk
from overspec.reports.probe.job import Job
from overspec.verify.radius.search import gamma

SLOW = {"k": "5", "orbit": "all"}


def waited(desk: Desk, number: int) -> dict[str, Any]:
    while (seen := desk.answer({"ask": "look", "job": number}))["running"]:
        time.sleep(0.05)
    return seen


def test_a_verdict_is_the_library_s_with_its_evidence() -> None:
    made = Desk().answer({"ask": "verdict", "fields": {"weights": "2/5,3/10,1/10,1/5"}})
    assert made["words"][0].startswith("Degenerate: frequency 2 is null")
    assert {fact["evidence"] for fact in made["facts"]} == {"proved"}
    assert [fact["name"] for fact in made["facts"]] == ["σ", "limit of t² KL"]
    regular = Desk().answer({"ask": "verdict", "fields": {"weights": "one-heavy:4/5"}})["facts"]
    assert regular[0]["text"].startswith("[0.537777")
    evidence = {e.value for e in Evidence}
    assert all(fact["evidence"] in evidence for fact in regular)


@pytest.mark.parametrize(
    ("request_", "says"),
    [
        (None, "ask one of"),
        ([], "ask one of"),
        ({"ask": "shell"}, "ask one of"),
        ({"ask": "start", "kind": "rm -rf /", "fields": {}}, "choose radius"),
        ({"ask": "start", "kind": ["radius"], "fields": {}}, "choose radius"),
        ({"ask": "start", "kind": "radius"}, "fields"),
        ({"ask": "start", "kind": "radius", "fields": {"k": 4}}, "field 'k'"),
        ({"ask": "verdict", "fields": {"weights": "x" * 5000}}, "at most 4000"),
        ({"ask": "verdict", "fields": {"k": "1000000000"}}, "from 2 to"),
        ({"ask": "look", "job": "../../etc/passwd"}, "none of this number"),
        ({"ask": "look", "job": 7}, "none of this number"),
        ({"ask": "cancel", "job": None}, "none of this number"),
    ],
)
def test_what_makes_no_sense_is_answered_by_a_sentence(request_: Any, says: str) -> None:
    desk = Desk()
    assert says in desk.answer(request_)["error"]
    assert not desk.jobs


def test_no_command_has_a_word_that_is_not_a_field_s() -> None:
    choice = Choice.read({"weights": "2/5,3/10,1/5,1/10", "amplitudes": "1,1/2", "d": "5"})
    allowed = {text for _, text in choice.fields} | {"4"}
    for words, _ in KINDS.values():
        command = words(choice)
        assert command[0] == "overspec"
        assert command[1] in ("radius", "evaluate")
        for word in command[2:]:
            assert word.startswith("--") or word in allowed


def test_a_job_can_be_watched_cancelled_and_capped(monkeypatch: pytest.MonkeyPatch) -> None:
    desk = Desk()
    number = desk.answer({"ask": "start", "kind": "certify", "fields": SLOW})["job"]
    assert desk.answer({"ask": "look", "job": number})["running"]
    process = desk.jobs[number].process
    desk.answer({"ask": "cancel", "job": number})
    seen = desk.answer({"ask": "look", "job": number})
    assert not seen["running"]
    assert process.poll() is not None
    assert seen["result"] == {"reason": "cancelled"}
    monkeypatch.setattr(jobs, "CAP", 0.2)
    capped = desk.answer({"ask": "start", "kind": "certify", "fields": SLOW})["job"]
    time.sleep(0.3)
    assert "the cap" in desk.answer({"ask": "look", "job": capped})["result"]["reason"]


def test_not_everything_runs_at_once_and_nothing_outlives_its_desk() -> None:
    desk = Desk()
    start = {"ask": "start", "kind": "certify", "fields": SLOW}
    for _ in range(MOST_RUNNING):
        assert "job" in desk.answer(start)
    assert "jobs are running" in desk.answer(start)["error"]
    processes = [job.process for job in desk.jobs.values()]
    desk.close()
    assert all(process.poll() is not None for process in processes)


@pytest.mark.slow
def test_a_certificate_is_that_of_the_command() -> None:
    fields = {"k": "3", "digits": "4", "kind": "factor"}
    desk = Desk()
    started = desk.answer({"ask": "start", "kind": "certify", "fields": fields})
    seen = waited(desk, started["job"])
    result = seen["result"]
    assert result["evidence"] == "certified"
    choice = Choice.read(fields)
    direct = gamma(choice.mixture, choice.kind, choice.gap, "simplex", 8)
    assert float(result["lower"]) <= direct.lower <= direct.upper <= float(result["upper"])
    assert json.loads(seen["certificate"])["claim"] == "radius"
    assert json.loads(seen["printed"]) == result


@pytest.mark.slow
def test_more_digits_are_those_of_the_command() -> None:
    fields = {"k": "3", "weights": "1/2,3/10,1/5", "digits": "12"}
    desk = Desk()
    number = desk.answer({"ask": "start", "kind": "evaluate", "fields": fields})["job"]
    assert waited(desk, number)["result"]["kl"].startswith("0.1048390556")


@pytest.mark.slow
def test_a_job_that_fails_says_why() -> None:
    job = Job.start(["overspec", "radius", "--k", "3", "--weights", "uniform", "--json"])
    while job.running():
        time.sleep(0.05)
    assert "sigma = 0" in job.result()["reason"]


def test_a_closed_page_leaves_no_job_behind() -> None:
    job = Job.start(["overspec", "radius", "--k", "5", "--weights", "one-heavy:9/10", "--certify"])
    process, folder = job.process, job.folder
    del job
    gc.collect()
    assert process.returncode not in (None, 0)
    assert not folder.exists()
