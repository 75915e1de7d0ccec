"""An HTTP server on this machine that can misbehave like those of the world."""

import re
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread


@dataclass
class LocalServer:
    """Serves `files` by path; records what was asked.

    Attributes:
        cuts: path -> numbers of bytes after which successive replies are cut.
        etags: path -> validator; a file's length by default.
        ranges: whether range requests are honoured.
        asked: (path, Range header or None) of every request.
    """

    files: dict[str, bytes] = field(default_factory=dict)
    cuts: dict[str, list[int]] = field(default_factory=dict)
    etags: dict[str, str] = field(default_factory=dict)
    failures: list[int] = field(default_factory=list)
    ranges: bool = True
    asked: list[tuple[str, str | None]] = field(default_factory=list)

    def __post_init__(self) -> None:
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                outer.answer(self)

            def log_message(self, format: str, *args: object) -> None:
                """Stay silent."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()

    @property
    def url(self) -> str:
        """Base address."""
        return f"http://127.0.0.1:{self._server.server_port}"

    def stop(self) -> None:
        """Close the port."""
        self._server.shutdown()
        self._server.server_close()

    def answer(self, request: BaseHTTPRequestHandler) -> None:
        """Answer one request."""
        wanted = request.headers.get("Range")
        self.asked.append((request.path, wanted))
        if self.failures:
            request.send_error(self.failures.pop(0))
            return
        body = self.files.get(request.path)
        if body is None:
            request.send_error(404)
            return
        tag = self.etags.get(request.path, f'"{len(body)}"')
        start = 0
        if wanted and self.ranges and request.headers.get("If-Range") == tag:
            match = re.fullmatch(r"bytes=(\d+)-", wanted)
            assert match is not None
            start = int(match[1])
            if start >= len(body):
                request.send_error(416)
                return
            request.send_response(206)
            request.send_header("Content-Range", f"bytes {start}-{len(body) - 1}/{len(body)}")
        else:
            request.send_response(200)
        request.send_header("Content-Length", str(len(body) - start))
        request.send_header("ETag", tag)
        request.end_headers()
        cuts = self.cuts.get(request.path)
        end = start + cuts.pop(0) if cuts else len(body)
        request.wfile.write(body[start:end])
