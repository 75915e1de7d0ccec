"""The example family, installed as anybody would install it: every command serves it, no engine file names it."""

import json
import re
from pathlib import Path

import html5lib
import pytest

from tests.harness.end_to_end.installed_package import TESTS, InstalledPackage

SELECTION = ("--suite", "sequence-example", "--profile", "smoke")
RANKED = ["motif-convolutions", "motif-convolutions-shuffled", "motif-moments"]
LISTED = {
    "suites": ["sequence-example"],
    "tasks": ["motifs", "motifs-calibrated"],
    "contenders": RANKED,
    "datasets": ["planted-motifs"],
    "claims": ["motif-convolutions-beat-moments"],
    "protocols": ["motif-classification"],
}


def test_a_family_of_a_package_goes_the_whole_way(tmp_path: Path) -> None:
    package = InstalledPackage("example_family", tmp_path)
    it_is_listed(package.output("list"))
    assert re.search(r"^motifs +3 +15 +0 +15$", package.output("plan", *SELECTION), re.MULTILINE)
    it_is_ranked(package.output("run", *SELECTION))
    it_is_published(package)
    assert package.output("check", RANKED[0], "--blind") == (
        "ok: motifs: repeated with the withheld targets permuted: identical predictions\n"
    )
    it_has_pages(package)
    claims = package.output("claims", *SELECTION)
    assert re.search(r"^motif-convolutions-beat-moments +reproduced, direction and size +\+", claims, re.MULTILINE)
    it_is_gated(package)


def it_is_listed(text: str) -> None:
    sections = dict(re.findall(r"^(\w+)\n((?:  .*\n)+)", text, re.MULTILINE))
    for section, names in LISTED.items():
        listed = [row.split()[0] for row in sections[section].splitlines()]
        assert [name for name in listed if name in names] == names


def it_is_ranked(text: str) -> None:
    """Check the order of both tables: the best accuracy is the highest, the best calibration error the lowest."""
    tables = re.split(r"^(?=motifs)", text, flags=re.MULTILINE)[1:]
    assert [table.splitlines()[0] for table in tables] == [
        "motifs: motifs · accuracy % ↑ · 5 folds",
        "motifs-calibrated: motifs on every second step · ece % ↓ · 5 folds",
    ]
    rows = [re.findall(r"^  (motif-\S+) +(\d+\.\d)  \[", table, re.MULTILINE) for table in tables]
    assert [name for name, _ in rows[0]] == list(RANKED)
    assert f"\nMay be best: {RANKED[0]}, of 3 (n = 5 folds); 2 are worse." in tables[0]
    assert re.search(
        rf"^may be best\n  {RANKED[0]} .*\nworse\n  {RANKED[1]} .*\n  {RANKED[2]} ", tables[0], re.MULTILINE
    )
    assert rows[1][0][0] == RANKED[0]
    scores = [[float(score) for *_, score in table] for table in rows]
    assert scores == [sorted(scores[0], reverse=True), sorted(scores[1])]


def it_is_published(package: InstalledPackage) -> None:
    package.output("leaderboard", *SELECTION, "--out", "tables")
    text = (package.folder / "tables" / "sequence-example.md").read_text()
    assert text.count("**Recall of each motif, %**") == 2
    assert len(re.findall(r"^\| contender +\| +ramp \| +bump \| +wave \|$", text, re.MULTILINE)) == 2
    chart = package.folder / "tables" / "sequence-example" / "motifs-recalls.png"
    assert chart.read_bytes().startswith(b"\x89PNG")
    assert f"(sequence-example/{chart.name})" in text


def it_has_pages(package: InstalledPackage) -> None:
    """Check that the suite's page is valid HTML with the family's chart, and that the method has its card."""
    package.output("report", "--out", "pages", "--profile", "smoke")
    pages = {file.name: file.read_text() for file in (package.folder / "pages").glob("*.html")}
    parser = html5lib.HTMLParser(strict=True, namespaceHTMLElements=False)
    page = parser.parse(pages["suite-sequence-example.html"])
    (figure,) = (one for one in page.iter("figure") if one.get("id") == "figure-motifs-recalls")
    (chart,) = (svg for svg in figure.iter("{http://www.w3.org/2000/svg}svg") if svg.get("aria-labelledby"))
    words = "".join(chart.itertext())
    assert all(name in words for name in ("of every motif", *RANKED))
    assert "(ROCKET: Dempster, Petitjean and Webb, 2020)" in pages["method-motif-sequences.html"]


def it_is_gated(package: InstalledPackage) -> None:
    """Check that the records pass the gate against themselves, and that worse ones do not."""
    package.output("export", "base.jsonl", "--profile", "smoke")
    assert "no regression: 18 same" in package.output("check", "--against", "base.jsonl", "--quiet")
    records = [json.loads(line) for line in (package.folder / "base.jsonl").read_text().splitlines()]
    steps = {(record["task"], record["facts"]["model"]["steps"]) for record in records if "facts" in record}
    assert steps == {("motifs", 96), ("motifs-calibrated", 48)}, "the option of a task decides what contenders get"
    for record in records:
        if (record.get("task"), record.get("contender")) == ("motifs-calibrated", RANKED[0]):
            record["metrics"]["ece"] += 0.3 + 0.01 * record["fold"]
    (package.folder / "worse.jsonl").write_text("\n".join(map(json.dumps, records)) + "\n")
    worse = package.output("check", "--against", "base.jsonl", "--from", "worse.jsonl", code=3)
    better = package.output("check", "--against", "worse.jsonl", "--from", "base.jsonl")
    for text, word in ((worse, "regressed"), (better, "improved")):
        assert re.search(
            rf"^{word}\b.*\n  expected calibration error +motifs-calibrated +{RANKED[0]} ", text, re.MULTILINE
        ), text


@pytest.mark.parametrize("room", ["harness", "methods", "baselines"])
def test_no_file_of_the_project_names_it(room: str) -> None:
    files = [file for file in (TESTS.parent / room).rglob("*") if file.suffix in (".py", ".j2", ".md", ".js")]
    names = ["motif_sequences", "motif-sequences", *(name for listed in LISTED.values() for name in listed[-1:])]
    assert len(files) > 10
    assert not [(file, name) for file in files for name in names if name in file.read_text()]
