"""Somebody with a clone, an empty environment of Python and an empty home."""

import os
import shutil
import signal
import subprocess
import venv
from collections.abc import Iterator, Mapping
from pathlib import Path
from urllib.request import urlopen

import pytest

ROOT = Path(__file__).parents[1]
BUILT = ("out", "build", "*.egg-info", "__pycache__", ".git", ".venv", ".*_cache")


@pytest.fixture(scope="module")
def clone(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What a clone holds, without what was built in it."""
    target = tmp_path_factory.mktemp("newcomer") / "overspec"
    return shutil.copytree(ROOT, target, symlinks=True, ignore=shutil.ignore_patterns(*BUILT))


@pytest.fixture(scope="module")
def newcomer(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Mapping[str, str]]:
    """The environment variables of a room of their own."""
    room = tmp_path_factory.mktemp("room")
    venv.create(room / "venv", with_pip=True, symlinks=True)
    kept = {n: v for n, v in os.environ.items() if not n.startswith(("PYTHON", "VIRTUAL_ENV"))}
    path = os.pathsep.join([str(room / "venv" / "bin"), os.environ["PATH"]])
    yield {**kept, "PATH": path, "HOME": str(room), "BROWSER": "true"}
    shutil.rmtree(room / "venv", ignore_errors=True)


def finish(line: str, folder: Path, environment: Mapping[str, str]) -> str:
    """Run a line of a shell to its end; what it prints."""
    done = subprocess.run(
        line, shell=True, cwd=folder, env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, f"{line}\n{done.stdout[-1500:]}\n{done.stderr[-1500:]}"
    return done.stdout


def answers(line: str, folder: Path, environment: Mapping[str, str]) -> None:
    """A server: it prints its address, answers, and ends on Ctrl-C."""
    with subprocess.Popen(
        line, shell=True, cwd=folder, env=environment, text=True, start_new_session=True,
        stdout=subprocess.PIPE,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),  # a job may ignore it
    ) as server:  # fmt: skip
        assert server.stdout is not None
        try:
            address = server.stdout.readline().strip()  # it gives up by itself after a while
            assert address.startswith("http://127.0.0.1:"), address
            with urlopen(address, timeout=60) as page:
                assert page.status == 200
                assert b"<html" in page.read()
        finally:
            os.killpg(server.pid, signal.SIGINT)
            server.wait(60)
