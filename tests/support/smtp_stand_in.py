"""A mail server that keeps what it takes, and answers as a test wants it."""

from __future__ import annotations

import base64
import socket
import socketserver
import ssl
import threading
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path


class SmtpStandIn:
    """A server that serves as long as the context lasts."""

    def __init__(
        self, certificate: tuple[Path, Path] | None = None, login: tuple[str, str] | None = None, *, at_once: bool = False
    ) -> None:
        """`at_once`: TLS from the first byte."""
        self.mails: list[EmailMessage] = []
        self.envelopes: list[tuple[str, list[str]]] = []
        self.answers: dict[str, str] = {}
        """Command, or its whole line -> what is answered instead; `HANG`, `CUT` and `DRIP` do so."""
        self.script: list[dict[str, str]] = []
        """The same for the next connections, one each."""
        self.talks = 0
        """How many connections there were."""
        self.was_tls: list[bool] = []
        self.login, self.at_once = login, at_once
        self.end, stand_in = threading.Event(), self

        class Handler(socketserver.StreamRequestHandler):
            def handle(self) -> None:
                _Talk(stand_in, self, certificate).run()

        class Server(socketserver.ThreadingTCPServer):
            allow_reuse_address = daemon_threads = True

            def handle_error(self, *_: object) -> None:
                pass  # a client that leaves is what is tested

        self.server = Server(("127.0.0.1", 0), Handler)

    @property
    def port(self) -> int:
        return int(self.server.server_address[1])

    def __enter__(self) -> SmtpStandIn:
        threading.Thread(target=self.server.serve_forever, args=(0.02,), daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self.end.set()
        self.server.shutdown()
        self.server.server_close()


class _CutError(Exception):
    """The connection ends without another word."""


class _Talk:
    """One connection."""

    def __init__(self, its: SmtpStandIn, handler: socketserver.StreamRequestHandler, certificate: tuple[Path, Path] | None) -> None:
        self._its, self._certificate, self._is_tls = its, certificate, False
        self._socket, self._file = handler.connection, handler.connection.makefile("rwb")
        self._sender, self._to = "", list[str]()
        its.talks += 1
        self._answers = its.script.pop(0) if its.script else its.answers

    def run(self) -> None:
        try:
            if self._its.at_once:
                self._begin_tls()
            self._serve()
        except _CutError:
            self._socket.shutdown(socket.SHUT_RDWR)
        finally:
            self._file.close()
            self._socket.close()

    def _serve(self) -> None:
        self._say(self._answers.get("CONNECT", "220 stand-in"))
        while line := self._file.readline():
            command, _, rest = line.decode().strip().partition(" ")
            command = command.upper()
            answer = self._answers.get(f"{command} {rest}") or self._answers.get(command) or self._usual(command, rest)
            self._say(answer)
            if command == "STARTTLS":
                self._begin_tls()
            if answer.startswith(("221", "421")):
                break

    def _usual(self, command: str, rest: str) -> str:
        match command:
            case "EHLO":
                offers = ["stand-in", *(["STARTTLS"] if self._certificate and not self._is_tls else []), "AUTH PLAIN", "8BITMIME"]
                return "\r\n".join(f"250{'-' if one != offers[-1] else ' '}{one}" for one in offers)
            case "AUTH":
                _, user, password = base64.b64decode(rest.split()[1]).decode().split("\0")
                return "235 welcome" if (user, password) == self._its.login else "535 no"
            case "MAIL":
                self._sender = rest
                return "250 ok"
            case "STARTTLS":
                return "220 go on"
            case "RCPT":
                self._to.append(rest)
                return "250 ok"
            case "DATA":
                return self._data()
            case "QUIT":
                return "221 bye"
        return "250 ok"

    def _data(self) -> str:
        self._say("354 go on")
        lines = []
        while (line := self._file.readline()) not in (b".\r\n", b""):
            lines.append(line.removeprefix(b"."))
        parsed = message_from_bytes(b"".join(lines), policy=policy.default)
        assert isinstance(parsed, EmailMessage)
        self._its.mails.append(parsed)
        self._its.envelopes.append((self._sender, list(self._to)))
        self._its.was_tls.append(self._is_tls)
        return self._answers.get("END", "250 taken")

    def _begin_tls(self) -> None:
        assert self._certificate is not None
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(*self._certificate)
        self._file.close()
        self._socket = context.wrap_socket(self._socket, server_side=True, do_handshake_on_connect=False)
        try:
            self._socket.do_handshake()
        except OSError:
            self._socket.close()
            raise
        self._file, self._is_tls = self._socket.makefile("rwb"), True

    def _say(self, line: str) -> None:
        if line == "HANG":
            self._its.end.wait(30)
        while line == "DRIP" and not self._its.end.wait(0.05):
            self._file.write(b"250-wait\r\n")
            self._file.flush()
        if line in ("HANG", "CUT", "DRIP"):
            raise _CutError
        self._file.write(f"{line}\r\n".encode())
        self._file.flush()
