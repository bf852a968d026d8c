"""The measurements run, and measure what they say: on a workload of a few dozen documents."""

from __future__ import annotations

import json

import pytest

from benchmarks import run, workload
from benchmarks.workload import Size
from sync_protocol.records import check_values


def test_a_tiny_run_prints_every_measure_of_both_sides_as_its_last_line(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(run, "NOTHING_TIMES", 2)
    monkeypatch.setattr("sys.argv", ["bench", "--tiny", "--chains", "1"])

    run.main()

    found = json.loads(capsys.readouterr().out.splitlines()[-1])
    assert set(found) == set(run.TARGETS)
    for name, row in found.items():
        assert row["ours"] > 0 and row["limit"] > 0, name
        assert row["ratio"] == round(row["ours"] / row["limit"], 3)


def test_the_workload_has_the_numbers_of_the_common_one_and_is_the_same_every_time() -> None:
    made = workload.make()

    assert len(made.base) == 13_000
    assert 9_400_000 < sum(len(document.whole()) for document in made.base) < 10_400_000
    assert [len(made.push_small), len(made.push_large), len(made.day), len(made.down)] == [1_000, 10_000, 60, 40]
    assert all(len(d.values["lines"]) == 4 for d in made.base if d.type == "order")
    assert workload.make(Size(3, 3, 3)) == workload.make(Size(3, 3, 3))


def test_every_document_of_it_is_a_record_that_we_would_take() -> None:
    for document in workload.make(Size(5, 5, 5)).base:
        assert check_values(document.type, document.values, creating=True) == {}
