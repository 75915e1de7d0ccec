"""Downloads that survive a cut connection: a downloader for pooch that resumes by HTTP range requests."""

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

CONNECT_SECONDS = 4.0
SILENCE_SECONDS = 30.0
ATTEMPTS = 4
BLOCK = 1 << 14

DownloadProgress = Callable[[int, int | None], None]


class DownloadFailed(Exception):
    """A download that did not succeed; the message is the reason in a sentence."""


def official_or_mirror(url: str, mirror: str | None) -> str:
    """Return the address of a download: `url`, or ``<mirror>/<host>/<path>``."""
    if mirror is None:
        return url
    parts = urlsplit(url)
    return f"{mirror.rstrip('/')}/{parts.netloc}{parts.path}"


@dataclass
class Hosts:
    """Unreachable hosts, so that a machine without network waits once, not once a file."""

    unreachable: dict[str, str] = field(default_factory=dict)

    def check(self, url: str) -> None:
        """Raise DownloadFailed if the host of `url` has failed before."""
        host = urlsplit(url).netloc
        if host in self.unreachable:
            raise DownloadFailed(f"{host} could not be reached before ({self.unreachable[host]})")

    def failed(self, url: str, reason: str) -> None:
        """Remember that the host of `url` cannot be reached."""
        self.unreachable[urlsplit(url).netloc] = reason


HOSTS = Hosts()


@dataclass
class ResumingDownloader:
    """Called by pooch as ``downloader(url, output_file, pooch)``.

    The bytes received so far are kept in `partial`; the next attempt, or the next run, requests the rest, provided
    that the server names the same version (``If-Range`` with a strong ETag or a date).
    """

    partial: Path
    progress: DownloadProgress | None = None
    hosts: Hosts = field(default_factory=lambda: HOSTS)

    def __call__(self, url: str, output_file: str, pooch: Any, check_only: bool = False) -> bool | None:
        """Download `url` to `output_file`; raise DownloadFailed if that is impossible now."""
        self.hosts.check(url)
        fault = ""
        for _ in range(ATTEMPTS):
            try:
                total = self._attempt(url)
            except _CutShort as cut:
                fault = str(cut)
                continue
            if total is None or self._size() == total:
                self.partial.replace(output_file)
                self._validator_file.unlink(missing_ok=True)
                return None
            fault = f"{self._size()} of {total} bytes arrived"
        raise DownloadFailed(f"{url}: {fault} after {ATTEMPTS} attempts; the next run resumes")

    def _attempt(self, url: str) -> int | None:
        """Request once; return the total size if the server sent it."""
        import requests  # type: ignore[import-untyped]

        headers = {"Accept-Encoding": "identity", **self._resume_headers(url)}
        try:
            reply = requests.get(url, headers=headers, stream=True, timeout=(CONNECT_SECONDS, SILENCE_SECONDS))
        except (requests.ConnectionError, requests.ConnectTimeout) as error:
            reason = _root_cause(error)
            if not _was_connected(error):
                self.hosts.failed(url, reason)
                raise DownloadFailed(f"{urlsplit(url).netloc} cannot be reached: {reason}") from error
            raise _CutShort(reason) from error
        except requests.RequestException as error:
            raise DownloadFailed(f"{url}: {_root_cause(error)}") from error
        with reply:
            return self._receive(url, reply)

    def _receive(self, url: str, reply: Any) -> int | None:
        import requests

        start = self._start_of(reply)
        if start is None:
            self._forget()
            raise _CutShort(f"the rest cannot be resumed (HTTP {reply.status_code})")
        if reply.status_code >= 500:
            raise _CutShort(f"HTTP {reply.status_code} {reply.reason}")
        if reply.status_code not in (200, 206):
            raise DownloadFailed(f"{url}: HTTP {reply.status_code} {reply.reason}")
        length = reply.headers.get("Content-Length")
        total = start + int(length) if length and length.isdigit() else None
        self._remember_validator(url, reply.headers)
        reply.raw.enforce_content_length = False  # else urllib3 drops a last block that was cut
        try:
            with self.partial.open("ab" if start else "wb") as file:
                for block in reply.iter_content(BLOCK):
                    file.write(block)
                    if self.progress:
                        self.progress(file.tell(), total)
        except requests.RequestException as error:
            raise _CutShort(f"connection cut at {self._size()} of {total or 'unknown'} bytes") from error
        return total

    def _start_of(self, reply: Any) -> int | None:
        """Return the offset of the reply's bytes; None if it is another range than requested."""
        if reply.status_code == 416:
            return None
        if reply.status_code != 206:
            return 0
        offset = reply.headers.get("Content-Range", "").removeprefix("bytes ").partition("-")[0]
        return self._size() if offset == str(self._size()) else None

    def _resume_headers(self, url: str) -> dict[str, str]:
        size = self._size()
        try:
            known = json.loads(self._validator_file.read_text())
        except (OSError, ValueError):
            known = {}
        if not size or known.get("url") != url or not known.get("validator"):
            self._forget()
            return {}
        return {"Range": f"bytes={size}-", "If-Range": known["validator"]}

    def _remember_validator(self, url: str, headers: Any) -> None:
        tag = headers.get("ETag", "")
        validator = headers.get("Last-Modified") if tag.startswith("W/") or not tag else tag
        self._validator_file.write_text(json.dumps({"url": url, "validator": validator}))

    def _forget(self) -> None:
        self.partial.unlink(missing_ok=True)
        self._validator_file.unlink(missing_ok=True)

    def _size(self) -> int:
        return self.partial.stat().st_size if self.partial.exists() else 0

    @property
    def _validator_file(self) -> Path:
        return self.partial.with_name(self.partial.name + ".json")


class _CutShort(Exception):
    """An attempt that may be repeated."""


def _was_connected(error: BaseException) -> bool:
    """Return whether a failed connection was established first."""
    import requests
    from urllib3.exceptions import NewConnectionError

    if isinstance(error, requests.ConnectTimeout | requests.exceptions.ProxyError):
        return False
    reason = getattr(error.args[0] if error.args else None, "reason", None)
    return not isinstance(reason, NewConnectionError)


def _root_cause(error: BaseException) -> str:
    while error.__cause__ or error.__context__:
        error = error.__cause__ or error.__context__  # type: ignore[assignment]
    return f"{type(error).__name__}: {error}"
