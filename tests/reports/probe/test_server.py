"""The server of the page: whom it answers, what it reads, where it listens; and the command."""

from __future__ import annotations

import contextlib
import http.client
import json
import re
import socket
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from overspec import InputError, cli
from overspec.reports.probe import server as servers
from overspec.reports.probe.server import LARGEST, MOST_AT_ONCE, Server, listening

VERDICT = json.dumps({"ask": "verdict", "fields": {"k": "3"}})


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    with listening("127.0.0.1", None, {}) as made:
        thread = threading.Thread(target=made.serve_forever, args=(0.05,))
        thread.start()
        yield made
        made.shutdown()
        thread.join()


def answer(server: Server, method: str, path: str, body: str = "", **changed: str) -> Any:
    """The answer to a request as the page sends it, but for what is changed; '' leaves out."""
    here = f"127.0.0.1:{server.server_port}"
    headers = {
        "Host": here, "Origin": f"http://{here}", "X-Overspec-Token": server.token,
        "Content-Type": "application/json", "Content-Length": str(len(body)),
    }  # fmt: skip
    headers |= {name.replace("_", "-"): text for name, text in changed.items()}
    line = http.client.HTTPConnection("127.0.0.1", server.server_port, timeout=20)
    line.putrequest(method, path, skip_host=True, skip_accept_encoding=True)
    for name, text in headers.items():
        if text:
            line.putheader(name, text)
    line.endheaders(body.encode())
    found = line.getresponse()
    found.content = found.read()  # type: ignore[attr-defined]
    line.close()
    return found


def test_it_serves_one_page_and_answers_who_has_the_token(server: Server) -> None:
    page = answer(server, "GET", "/?token=x")
    assert page.status == 200
    assert b"<main" in page.content
    assert server.token.encode() not in page.content  # only the printed address has it
    assert page.headers["X-Content-Type-Options"] == "nosniff"
    assert "frame-ancestors 'none'" in page.headers["Content-Security-Policy"]
    assert "Access-Control-Allow-Origin" not in page.headers
    found = answer(server, "POST", "/ask", VERDICT)
    assert found.status == 200
    assert json.loads(found.content)["facts"][0]["name"] == "σ"


@pytest.mark.parametrize(
    ("changed", "status"),
    [
        ({"Host": "evil.example:{port}"}, 403),  # a name of theirs that leads here
        ({"Host": "127.0.0.1"}, 403),
        ({"Host": "10.0.0.1:{port}"}, 403),
        ({"Host": ""}, 403),
        ({"Origin": "https://evil.example"}, 403),
        ({"Origin": "null"}, 403),
        ({"X_Overspec_Token": ""}, 403),
        ({"X_Overspec_Token": "x" * 32}, 403),
        ({"Content_Type": "text/plain"}, 415),  # what a form could send
        ({"Content_Length": ""}, 411),
        ({"Content_Length": str(LARGEST + 1)}, 413),
        ({"Content_Length": "-1"}, 411),
    ],
)
def test_a_question_from_elsewhere_is_not_read(
    server: Server, changed: dict[str, str], status: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    def never(request: object) -> dict[str, Any]:
        raise AssertionError("it was read")

    monkeypatch.setattr(server.desk, "answer", never)
    given = {name: text.format(port=server.server_port) for name, text in changed.items()}
    found = answer(server, "POST", "/ask", VERDICT, **given)
    assert found.status == status
    assert list(json.loads(found.content)) == ["error"]


@pytest.mark.parametrize(
    "path", ["/../pyproject.toml", "/etc/passwd", "/ui/main.js", "/ask", "/%2e%2e/"]
)
def test_no_path_leads_to_a_file(server: Server, path: str) -> None:
    found = answer(server, "GET", path)
    assert found.status == 404
    assert json.loads(found.content) == {"error": "there is one page here, at /"}


def test_the_page_is_not_shown_under_another_name(server: Server) -> None:
    assert answer(server, "GET", "/", Host=f"evil.example:{server.server_port}").status == 403
    assert answer(server, "GET", "/", Host=f"localhost:{server.server_port}").status == 200


@pytest.mark.parametrize("body", ["{", "[" * 60_000, '"x"', '{"ask": "start", "kind": "x"}'])
def test_what_is_no_question_gets_a_sentence(server: Server, body: str) -> None:
    found = answer(server, "POST", "/ask", body)
    assert found.status == 400
    assert list(json.loads(found.content)) == ["error"]


def test_other_methods_do_nothing(server: Server) -> None:
    for method in ("PUT", "DELETE", "OPTIONS", "TRACE"):
        assert answer(server, method, "/ask", VERDICT).status == 501


def test_connections_are_bounded(server: Server) -> None:
    place = ("127.0.0.1", server.server_port)
    held = [socket.create_connection(place, timeout=20) for _ in range(MOST_AT_ONCE)]
    try:
        for line in held:
            line.sendall(b"GET / HTTP/1.1\r\n")  # and no more
        with (
            socket.create_connection(place, timeout=20) as one_more,
            contextlib.suppress(ConnectionError),
        ):
            one_more.sendall(b"GET / HTTP/1.1\r\n\r\n")
            assert one_more.recv(10) == b""
    finally:
        for line in held:
            line.close()


def test_a_port_that_is_taken_is_said_or_passed_over() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(InputError, match="cannot listen"):
            listening("127.0.0.1", port, {})
    with listening("127.0.0.1", None, {}) as free:
        assert 1 <= free.server_port <= 65535


def test_it_listens_on_this_machine_alone_unless_told_otherwise(server: Server) -> None:
    assert server.server_address[0] == "127.0.0.1"
    with listening("0.0.0.0", None, {}) as wide:
        assert wide.is_here(f"192.0.2.7:{wide.server_port}")
        assert not wide.is_here(f"evil.example:{wide.server_port}")
        assert wide.address({"k": "3"}).startswith(f"http://127.0.0.1:{wide.server_port}/?token=")
        assert wide.address({"k": "3"}).endswith("#k=3")


def test_every_start_has_a_token_of_its_own() -> None:
    with listening("127.0.0.1", None, {}) as one, listening("127.0.0.1", None, {}) as two:
        assert one.token != two.token
        assert len(one.token) >= 32


@pytest.mark.parametrize(
    ("options", "says"),
    [
        (["--k", "1"], "k = 1"),
        (["--weights", "1/2,1/3"], "sum to 5/6"),
        (["--gap", "2"], "strictly between"),
        (["--port", "0"], "1 to 65535"),
        (["--host", "no.such.host.invalid"], "not known"),
        (["--host", "192.0.2.1"], "cannot listen"),
        (["--export", "/dev/null/x.html"], "cannot write"),
        (["--steps", "many"], "whole number"),
    ],
)
def test_bad_options_get_a_sentence(
    options: list[str], says: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.main(["probe", "--no-browser", *options]) == 2
    assert says in capsys.readouterr().err


def test_the_export_is_one_small_file(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "probe.html"
    weights = "2/5,3/10,1/10,1/5"
    assert cli.main(["probe", "--weights", weights, "--json", "--export", str(path)]) == 0
    assert json.loads(capsys.readouterr().out) == {"files": [str(path)]}
    text = path.read_text(encoding="utf-8")
    assert len(text.encode()) < 1_000_000
    assert weights in text
    names = {"http://www.w3.org/2000/svg", "http://www.w3.org/1998/Math/MathML"}
    assert set(re.findall(r"https?://[^\s\"'`)]+", text)) <= names  # names, not addresses
    assert "connect-src 'none'" in text


def test_hostile_fields_do_not_leave_their_attribute() -> None:
    made = servers.page({"weights": "\"><script>alert('1')</script>"})
    assert "<script>alert" not in made
