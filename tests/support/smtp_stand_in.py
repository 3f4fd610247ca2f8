"""A mail server that keeps what it takes, and answers as a test wants it."""

from __future__ import annotations

import base64
import socketserver
import ssl
import threading
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path


class SmtpStandIn:
    """A server that serves as long as the context lasts."""

    def __init__(self, certificate: tuple[Path, Path] | None = None, login: tuple[str, str] | None = None) -> None:
        self.mails: list[EmailMessage] = []
        self.envelopes: list[tuple[str, list[str]]] = []
        self.answers: dict[str, str] = {}
        """Command -> what is answered in place of the usual."""
        self.was_tls: list[bool] = []
        self.login = login
        stand_in = self

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
        self.server.shutdown()
        self.server.server_close()


class _Talk:
    """One connection."""

    def __init__(self, its: SmtpStandIn, handler: socketserver.StreamRequestHandler, certificate: tuple[Path, Path] | None) -> None:
        self._its, self._certificate, self._is_tls = its, certificate, False
        self._socket, self._file = handler.connection, handler.connection.makefile("rwb")
        self._sender, self._to = "", list[str]()

    def run(self) -> None:
        self._say(self._its.answers.get("CONNECT", "220 stand-in"))
        while line := self._file.readline():
            command, _, rest = line.decode().strip().partition(" ")
            answer = self._its.answers.get(command.upper()) or self._usual(command.upper(), rest)
            self._say(answer)
            if command.upper() == "STARTTLS":
                self._begin_tls()
            if answer.startswith(("221", "421")):
                break
        self._file.close()
        self._socket.close()

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
        return self._its.answers.get("END", "250 taken")

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
        self._file.write(f"{line}\r\n".encode())
        self._file.flush()
