"""A mail server for tests: speaks SMTP over a real socket, and refuses, breaks off or is silent where it is told."""

from __future__ import annotations

import socketserver
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from email import message_from_bytes, policy
from email.message import EmailMessage

# Where the conversation stands when the trouble comes, and what is said then. "" breaks off.
Trouble = dict[str, str]


class MailServer(socketserver.ThreadingTCPServer):
    """`trouble["RCPT"] = "550 No such user"` answers that instead; "" closes the connection; "…" is silence.

    Places: greeting, EHLO, MAIL, RCPT, DATA (the command), content (after the letter's last byte), middle (while the
    letter comes in).
    """

    allow_reuse_address = True
    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Conversation)
        self.trouble: Trouble = {}
        self.taken: list[bytes] = []
        self.over = threading.Event()

    @property
    def port(self) -> int:
        return int(self.server_address[1])

    @property
    def letters(self) -> list[EmailMessage]:
        """What was accepted, read as a mail program would."""
        return [message_from_bytes(raw, policy=policy.default) for raw in self.taken]


class _Conversation(socketserver.StreamRequestHandler):
    def handle(self) -> None:
        if not self._says("greeting", "220 test ready"):
            return
        while line := self.rfile.readline():
            word = line[:4].decode("ascii", "replace").upper().strip()
            if word == "QUIT":
                self._says("QUIT", "221 bye")
                return
            if word == "DATA":
                if not self._data():
                    return
            elif not self._says(word, "250 ok"):
                return

    def _data(self) -> bool:
        if "DATA" in self._trouble:
            return self._says("DATA", "")
        self._says("go on", "354 go on")
        if "middle" in self._trouble:
            self.rfile.read(20)
            return False
        lines = []
        while (line := self.rfile.readline()) not in (b".\r\n", b""):
            lines.append(line.removeprefix(b".") if line.startswith(b"..") else line)
        if self._server.trouble.get("content", "250")[:1] == "2" or "lost answer" in self._trouble:
            self._server.taken.append(b"".join(lines))
        return self._says("content", "250 taken")

    def _says(self, place: str, usual: str) -> bool:
        words = self._trouble.get(place, usual)
        if words == "…":
            self._server.over.wait(10)
            return False
        if words:
            self.wfile.write(words.encode() + b"\r\n")
        return bool(words)

    @property
    def _server(self) -> MailServer:
        assert isinstance(self.server, MailServer)
        return self.server

    @property
    def _trouble(self) -> Trouble:
        return self._server.trouble


@contextmanager
def running_mail_server() -> Iterator[MailServer]:
    server = MailServer()
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.over.set()
        server.shutdown()
        server.server_close()
