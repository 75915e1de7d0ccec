"""Small files in the formats of CIFAR-10 and CIFAR-10H."""

import io
import tarfile
import zipfile
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from harness.data.entry import DatasetEntry
from harness.families import dataset_entry
from harness.protocols.noisy_labels.human.cifar10 import TEST, TRAIN
from harness.protocols.noisy_labels.human.cifar10h import TABLE

TRUE = np.arange(12) % 10
"""True classes of the official test images."""

ANNOTATORS, PER = 5, 3
HEADER = (
    "annotator_id,trial_index,is_attn_check,true_category,chosen_category,true_label,chosen_label,correct_guess,"
    "{index},image_filename,subcategory,reaction_time,time_elapsed"
)


def records(targets: np.ndarray, seed: int) -> tuple[bytes, np.ndarray]:
    """Return the bytes of a file of the binary archive, and its images (n, 32, 32, 3)."""
    images = np.random.default_rng(seed).integers(0, 256, (len(targets), 32, 32, 3), dtype=np.uint8)
    rows = images.transpose(0, 3, 1, 2).reshape(len(targets), -1)
    return np.concatenate([targets[:, None].astype(np.uint8), rows], axis=1).tobytes(), images


def official() -> dict[str, bytes]:
    """Return all files of a small binary archive: four images a training file, twelve that test."""
    files = {name: records((np.arange(4) + number) % 10, number)[0] for number, name in enumerate(TRAIN)}
    return {**files, TEST[0]: records(TRUE, 9)[0], "batches.meta.txt": b"airplane\n"}


def tar_gz(files: Mapping[str, bytes]) -> bytes:
    """Return an archive with the files in the official folder."""
    sink = io.BytesIO()
    with tarfile.open(fileobj=sink, mode="w:gz") as archive:
        for name, content in files.items():
            member = tarfile.TarInfo(f"cifar-10-batches-bin/{name}")
            member.size = len(content)
            archive.addfile(member, io.BytesIO(content))
    return sink.getvalue()


def trials() -> list[dict[str, Any]]:
    """Return the trials of all annotators: each image three times, and an attention check each."""
    random = np.random.default_rng(4)
    rows: list[dict[str, Any]] = []
    for image, truth in enumerate(TRUE):
        for annotator in random.permutation(ANNOTATORS)[:PER]:
            chosen = truth if random.random() < 0.7 else random.integers(10)
            time = round(float(random.lognormal(7, 0.6)), 1)
            rows.append(row(int(annotator), image, int(truth), int(chosen), len(rows) % 210, time))
    for annotator in range(ANNOTATORS):
        rows.append({**row(annotator, -99999, 3, 3, 100, 1e9), "check": 1})
    return [rows[i] for i in random.permutation(len(rows))]


def row(annotator: int, image: int, truth: int, chosen: int, trial: int, time: float) -> dict[str, Any]:
    """Return one trial."""
    return {"annotator": annotator, "image": image, "truth": truth, "chosen": chosen, "trial": trial, "time": time,
            "check": 0}  # fmt: skip


def table(rows: list[dict[str, Any]], index: str = "cifar10_test_test_idx") -> str:
    """Return the table as text."""
    lines = [HEADER.format(index=index)]
    for r in rows:
        guess = int(r["truth"] == r["chosen"])
        lines.append(
            f"{r['annotator']},{r['trial']},{r['check']},cat,dog,{r['truth']},{r['chosen']},{guess},{r['image']},"
            f"a.png,cat,{r['time']},1"
        )
    return "\n".join(lines) + "\n"


def zipped_table(text: str, name: str = TABLE) -> bytes:
    """Return a zip archive with the table."""
    sink = io.BytesIO()
    with zipfile.ZipFile(sink, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(f"__MACOSX/._{name}", "junk")
        archive.writestr(name, text)
    return sink.getvalue()


def small(name: str, **options: Any) -> DatasetEntry:
    """Return the entry of a set for the small files: other published numbers, no checksums."""
    entry = dataset_entry(name)
    raw = replace(entry.raw, checksums={}) if entry.raw else None
    return replace(entry, raw=raw, items=None, options={**entry.options, **options})


def put(folder: Path, files: Mapping[str, bytes]) -> Path:
    """Write files; return the folder."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, content in files.items():
        (folder / name).write_bytes(content)
    return folder
