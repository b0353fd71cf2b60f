"""The server of the page: one page, one place to ask, for this machine alone unless told otherwise.

Every request is checked before anything is done: its Host (so that no other name leads here), its
Origin, the token of the printed address, the size of what it sends. There is no path to a file.
"""

from __future__ import annotations

import hmac
import ipaddress
import json
import re
import secrets
import socket
import threading
from collections.abc import Mapping
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import quote, urlencode, urlsplit

from overspec.errors import InputError
from overspec.reports.probe.desk import Desk
from overspec.reports.probe.page import page

ASK = "/ask"
FIRST_PORT, PORTS = 2718, 200
LARGEST = 64 * 1024  # bytes of a request
PATIENCE = 15.0  # seconds for a request to arrive
MOST_AT_ONCE = 16  # connections
NAMES = frozenset({"localhost", "127.0.0.1", "[::1]"})
HEADERS = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": "frame-ancestors 'none'",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}


class Server(ThreadingHTTPServer):
    """Serves one page; see `listening`.

    Attributes:
        host: the address it listens on.
        token: what a request to the library must carry.
        desk: who answers.
        html: the page.
    """

    daemon_threads = True
    request_queue_size = 2 * MOST_AT_ONCE

    def __init__(self, host: str, port: int, html: bytes) -> None:
        self.address_family = socket.AF_INET6 if ":" in host else socket.AF_INET
        self.host, self.html = host, html
        self.token = secrets.token_urlsafe(24)
        self.desk = Desk()
        self.free = threading.BoundedSemaphore(MOST_AT_ONCE)
        super().__init__((host, port), Handler)

    def address(self, fields: Mapping[str, str]) -> str:
        """What to open: the page at a view, with the token."""
        host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(self.host, self.host)
        name = f"[{host}]" if ":" in host else host
        view = "#" + urlencode(fields, safe=",/:", quote_via=quote) if fields else ""
        return f"http://{name}:{self.server_port}/?token={self.token}{view}"

    def is_here(self, host: str) -> bool:
        """Whether a Host header names this server: by an address, by its own name, or localhost.

        A page elsewhere that makes its own name lead here (rebinding) still sends that name.
        """
        name, _, port = host.rpartition(":")
        if port != str(self.server_port):
            return False
        if name in NAMES or name.strip("[]") == self.host:
            return True
        try:
            ipaddress.ip_address(name.strip("[]"))
        except ValueError:
            return False
        return self.host not in ("127.0.0.1", "localhost", "::1")

    def process_request(self, request: Any, client_address: Any) -> None:
        """In a thread of its own, if there are not too many."""
        if self.free.acquire(blocking=False):
            super().process_request(request, client_address)
        else:
            self.shutdown_request(request)

    def process_request_thread(self, request: Any, client_address: Any) -> None:
        try:
            super().process_request_thread(request, client_address)
        finally:
            self.free.release()

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A connection that broke is no news."""

    def server_close(self) -> None:
        self.desk.close()
        super().server_close()


class Handler(BaseHTTPRequestHandler):
    """One request: the page, a question, or a refusal in a sentence."""

    server: Server
    timeout = PATIENCE
    server_version, sys_version = "overspec", ""

    def do_GET(self) -> None:
        if not self.server.is_here(self.headers.get("Host", "")):
            self.say(HTTPStatus.FORBIDDEN, {"error": "Host: this server has another name"})
        elif urlsplit(self.path).path == "/":
            self.send(HTTPStatus.OK, self.server.html, "text/html; charset=utf-8")
        else:
            self.say(HTTPStatus.NOT_FOUND, {"error": "there is one page here, at /"})

    def do_POST(self) -> None:
        status, words = self.refused()
        if words:
            self.close_connection = True  # what it sent is not read
            self.say(status, {"error": words})
            return
        try:
            request = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        except (ValueError, RecursionError):
            self.say(HTTPStatus.BAD_REQUEST, {"error": "send one JSON object"})
            return
        answer = self.server.desk.answer(request)
        self.say(HTTPStatus.BAD_REQUEST if "error" in answer else HTTPStatus.OK, answer)

    def refused(self) -> tuple[HTTPStatus, str]:
        """Why a question is not even read; no words where it is."""
        headers, host = self.headers, self.headers.get("Host", "")
        if not self.server.is_here(host):
            return HTTPStatus.FORBIDDEN, "Host: this server has another name"
        if headers.get("Origin", f"http://{host}") != f"http://{host}":
            return HTTPStatus.FORBIDDEN, "Origin: another page may not ask here"
        token = headers.get("X-Overspec-Token", "")
        if not hmac.compare_digest(token.encode(), self.server.token.encode()):
            return HTTPStatus.FORBIDDEN, "token: open the address that overspec printed"
        if self.path != ASK:
            return HTTPStatus.NOT_FOUND, f"questions go to {ASK}"
        if headers.get("Content-Type", "").partition(";")[0].strip() != "application/json":
            return HTTPStatus.UNSUPPORTED_MEDIA_TYPE, "send JSON"
        length = headers.get("Content-Length", "")
        if not re.fullmatch(r"\d{1,9}", length):
            return HTTPStatus.LENGTH_REQUIRED, "say how long the question is"
        if int(length) > LARGEST:
            return HTTPStatus.REQUEST_ENTITY_TOO_LARGE, f"at most {LARGEST} bytes are read"
        return HTTPStatus.OK, ""

    def say(self, status: HTTPStatus, answer: dict[str, Any]) -> None:
        self.send(status, json.dumps(answer).encode(), "application/json")

    def send(self, status: HTTPStatus, content: bytes, kind: str) -> None:
        self.send_response(status)
        for name, value in HEADERS.items():
            self.send_header(name, value)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(content)

    def log_message(self, format: str, *args: Any) -> None:
        """Nothing is logged."""


def listening(host: str, port: int | None, fields: Mapping[str, str]) -> Server:
    """A server that listens but does not serve yet, at the port asked for or the first free one.

    Raises:
        InputError: the port is taken or out of range, or the host is not of this machine.
    """
    if port is not None and not 1 <= port <= 65535:
        raise InputError(f"port {port}: a port is a number from 1 to 65535")
    html = page(fields, line=ASK).encode()
    for candidate in (port,) if port is not None else range(FIRST_PORT, FIRST_PORT + PORTS):
        try:
            return Server(host, candidate, html)
        except socket.gaierror:
            raise InputError(f"host {host}: this address is not known") from None
        except OSError as error:
            if port is not None or error.errno not in (98, 48, 10048):
                raise InputError(
                    f"cannot listen on {host}, port {candidate}: {error.strerror}; "
                    "choose another host or port"
                ) from None
    raise InputError(f"no free port from {FIRST_PORT} on; choose one")
