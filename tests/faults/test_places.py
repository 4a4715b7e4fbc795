"""The lock and the journal where the disk does not let them be: one clear finding, and nothing is written to Notion."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from reconciler.execute.journal import Journal
from reconciler.execute.lock import NAME, locked
from reconciler.model.finding import WtstateError


def test_a_lock_that_cannot_be_opened_is_said(tmp_path: Path) -> None:
    (tmp_path / NAME).mkdir()
    with pytest.raises(WtstateError) as refused, locked(tmp_path, "me"):
        pytest.fail("nobody has the lock")
    assert [finding.code for finding in refused.value.findings] == ["lock-unusable"]


def test_a_journal_that_cannot_be_written_is_said(tmp_path: Path) -> None:
    (tmp_path / "journal").write_bytes(b"a file where the folder is to be")
    with pytest.raises(WtstateError) as refused:
        Journal.begin(tmp_path, run="r", workspace="w", batch="b", now=datetime.now(UTC))
    assert [finding.code for finding in refused.value.findings] == ["journal-unwritable"]
