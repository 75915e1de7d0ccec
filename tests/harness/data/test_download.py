"""Downloads from a server that cuts, lies and refuses."""

from pathlib import Path

import pytest

from harness.data.download import ATTEMPTS, DownloadFailed, Hosts, ResumingDownloader, official_or_mirror
from tests.harness.data.local_server import LocalServer

BODY = bytes(range(256)) * 1200


@pytest.fixture
def downloader(tmp_path: Path) -> ResumingDownloader:
    return ResumingDownloader(tmp_path / "f.partial", hosts=Hosts())


def test_whole_file_with_progress(server: LocalServer, tmp_path: Path) -> None:
    server.files["/f"] = BODY
    seen: list[tuple[int, int | None]] = []
    get = ResumingDownloader(tmp_path / "f.partial", lambda done, total: seen.append((done, total)), Hosts())
    get(f"{server.url}/f", str(tmp_path / "f"), None)
    assert (tmp_path / "f").read_bytes() == BODY
    assert seen[-1] == (len(BODY), len(BODY))
    assert [done for done, _ in seen] == sorted(done for done, _ in seen)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["f"]


def test_cut_connection_is_resumed(server: LocalServer, downloader: ResumingDownloader, tmp_path: Path) -> None:
    server.files["/f"] = BODY
    server.cuts["/f"] = [100_000, 50_000]
    downloader(f"{server.url}/f", str(tmp_path / "f"), None)
    assert (tmp_path / "f").read_bytes() == BODY
    assert server.asked == [("/f", None), ("/f", "bytes=100000-"), ("/f", "bytes=150000-")]


def test_next_run_resumes(server: LocalServer, downloader: ResumingDownloader, tmp_path: Path) -> None:
    server.files["/f"] = BODY
    server.cuts["/f"] = [1000] * ATTEMPTS
    with pytest.raises(DownloadFailed, match=f"after {ATTEMPTS} attempts; the next run resumes"):
        downloader(f"{server.url}/f", str(tmp_path / "f"), None)
    assert not (tmp_path / "f").exists()
    again = ResumingDownloader(downloader.partial, hosts=Hosts())
    again(f"{server.url}/f", str(tmp_path / "f"), None)
    assert (tmp_path / "f").read_bytes() == BODY
    assert server.asked[-1] == ("/f", f"bytes={1000 * ATTEMPTS}-")


def test_file_that_changed_meanwhile_starts_again(
    server: LocalServer, downloader: ResumingDownloader, tmp_path: Path
) -> None:
    server.files["/f"] = BODY
    server.etags["/f"] = '"old"'
    server.cuts["/f"] = [1000] * ATTEMPTS
    with pytest.raises(DownloadFailed):
        downloader(f"{server.url}/f", str(tmp_path / "f"), None)
    server.files["/f"], server.etags["/f"] = BODY[::-1], '"new"'
    downloader(f"{server.url}/f", str(tmp_path / "f"), None)
    assert (tmp_path / "f").read_bytes() == BODY[::-1]


def test_rest_of_another_file_is_not_used(
    server: LocalServer, downloader: ResumingDownloader, tmp_path: Path
) -> None:
    server.files.update({"/f": BODY, "/g": BODY[::-1]})
    server.cuts["/f"] = [1000] * ATTEMPTS
    with pytest.raises(DownloadFailed):
        downloader(f"{server.url}/f", str(tmp_path / "f"), None)
    downloader(f"{server.url}/g", str(tmp_path / "g"), None)
    assert (tmp_path / "g").read_bytes() == BODY[::-1]
    assert server.asked[-1] == ("/g", None)


def test_weak_validators_are_not_resumed(
    server: LocalServer, downloader: ResumingDownloader, tmp_path: Path
) -> None:
    server.files["/f"], server.etags["/f"] = BODY, 'W/"weak"'
    server.cuts["/f"] = [1000]
    downloader(f"{server.url}/f", str(tmp_path / "f"), None)
    assert (tmp_path / "f").read_bytes() == BODY
    assert server.asked == [("/f", None), ("/f", None)]


def test_server_without_ranges(server: LocalServer, downloader: ResumingDownloader, tmp_path: Path) -> None:
    server.files["/f"], server.ranges = BODY, False
    server.cuts["/f"] = [1000]
    downloader(f"{server.url}/f", str(tmp_path / "f"), None)
    assert (tmp_path / "f").read_bytes() == BODY


def test_partial_file_longer_than_the_whole(
    server: LocalServer, downloader: ResumingDownloader, tmp_path: Path
) -> None:
    server.files["/f"] = BODY
    server.cuts["/f"] = [1000] * ATTEMPTS
    with pytest.raises(DownloadFailed):
        downloader(f"{server.url}/f", str(tmp_path / "f"), None)
    downloader.partial.write_bytes(BODY + BODY)
    downloader(f"{server.url}/f", str(tmp_path / "f"), None)
    assert (tmp_path / "f").read_bytes() == BODY


def test_404_is_final(server: LocalServer, downloader: ResumingDownloader, tmp_path: Path) -> None:
    with pytest.raises(DownloadFailed, match="HTTP 404"):
        downloader(f"{server.url}/f", str(tmp_path / "f"), None)
    assert len(server.asked) == 1


def test_busy_server_is_asked_again(server: LocalServer, downloader: ResumingDownloader, tmp_path: Path) -> None:
    server.files["/f"] = BODY
    server.failures += [503, 502]
    downloader(f"{server.url}/f", str(tmp_path / "f"), None)
    assert (tmp_path / "f").read_bytes() == BODY
    server.failures += [503] * ATTEMPTS
    with pytest.raises(DownloadFailed, match="HTTP 503"):
        downloader(f"{server.url}/f", str(tmp_path / "f"), None)


def test_unreachable_host_is_tried_once(server: LocalServer, tmp_path: Path) -> None:
    server.stop()
    hosts = Hosts()
    first = ResumingDownloader(tmp_path / "f.partial", hosts=hosts)
    with pytest.raises(DownloadFailed, match="cannot be reached"):
        first(f"{server.url}/f", str(tmp_path / "f"), None)
    second = ResumingDownloader(tmp_path / "g.partial", hosts=hosts)
    with pytest.raises(DownloadFailed, match="could not be reached before"):
        second(f"{server.url}/g", str(tmp_path / "g"), None)


def test_mirror_holds_hosts_and_paths() -> None:
    url = "https://example.org/sets/T.zip"
    assert official_or_mirror(url, None) == url
    assert official_or_mirror(url, "http://here:1/m/") == "http://here:1/m/example.org/sets/T.zip"
