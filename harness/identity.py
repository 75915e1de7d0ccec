"""The identity of trials: fingerprints of data, settings and code, computed without importing a contender twice.

Settings are what ``configurations(profile)`` returns, so they follow from the code: their fingerprint is
remembered by code fingerprint, and a contender is inspected (in a process of its own) only when its code changed.
"""

import json
import os
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from harness import catalog
from harness.errors import ContractError
from harness.families import protocol_entry
from harness.fingerprint import CodeIndex
from harness.trial import Fingerprints, Trial, trial_key


@dataclass
class Identities:
    """Computes trial keys; remembers parsed code and settings in `folder` between runs."""

    folder: Path | None = None
    code_index: CodeIndex = field(init=False)
    _code: dict[str, str] = field(default_factory=dict)
    _settings: dict[str, str] = field(default_factory=dict)
    _errors: dict[str, str] = field(default_factory=dict)
    _changed: bool = False

    def __post_init__(self) -> None:
        self.code_index = CodeIndex.load(self.folder / "code.json" if self.folder else None)
        try:
            content = json.loads((self.folder / "settings.json").read_text()) if self.folder else {}
            self._settings = {str(k): str(v) for k, v in content.items()}
        except (OSError, ValueError, AttributeError):
            self._settings = {}

    def code(self, contender: str) -> str:
        """Return the code fingerprint of a contender together with its protocol."""
        if contender not in self._code:
            entry = catalog.contender(contender)
            protocol_module = protocol_entry(entry.protocol).module
            self._code[contender] = self.code_index.fingerprint([entry.module, protocol_module])
        return self._code[contender]

    def inspect(self, contenders: Sequence[str], profile: str) -> None:
        """Inspect contenders whose code has changed since their last inspection."""
        memos = {name: self._memo(name, profile) for name in contenders}
        unknown = [name for name, memo in memos.items() if memo not in self._settings and memo not in self._errors]
        if not unknown:
            return
        from harness.inspection import inspect

        for name, inspection in inspect(unknown, profile).items():
            if inspection.error:
                self._errors[memos[name]] = inspection.error
            else:
                self._settings[memos[name]] = inspection.settings
                self._changed = True

    def settings(self, contender: str, profile: str) -> str:
        """Return the fingerprint of the configurations that a trial of this profile searches.

        Raises:
            ContractError: the contender cannot be imported or does not meet its protocol.
        """
        self.inspect([contender], profile)
        memo = self._memo(contender, profile)
        if memo in self._errors:
            raise ContractError(self._errors[memo])
        return self._settings[memo]

    def _memo(self, contender: str, profile: str) -> str:
        return f"{self.code(contender)}:{contender}:{profile}"

    def fingerprints(self, trial: Trial, data: str) -> Fingerprints:
        """Return the three fingerprints of a trial, given that of its data."""
        return Fingerprints(data, self.settings(trial.contender, trial.profile), self.code(trial.contender))

    def key(self, trial: Trial, fingerprints: Fingerprints) -> str:
        """Return the trial's key."""
        return trial_key(trial, fingerprints)

    def save(self) -> None:
        """Write the index and the settings; failing to is not an error."""
        self.code_index.save()
        if self.folder is None or not self._changed:
            return
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            partial = self.folder / f".settings.json.{os.getpid()}"
            partial.write_text(json.dumps(self._settings))
            partial.replace(self.folder / "settings.json")
        except OSError:
            return
