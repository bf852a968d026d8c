"""On a build server, a test that was skipped has not passed."""

import os
import pathlib
import subprocess
import sys

import pytest

SKIPPING = {
    "test_one.py": 'import pytest\n\n@pytest.mark.skip(reason="no browser")\ndef test_a():\n    pass\n',
    "test_two.py": 'import pytest\n\npytest.skip("no window", allow_module_level=True)\n',
    "test_three.py": "import pytest\n\n@pytest.mark.xfail(strict=True)\ndef test_c():\n    assert False\n",
}


@pytest.fixture
def suite(tmp_path: pathlib.Path) -> pathlib.Path:
    """Tests that skip themselves or fail as expected, under this project's conftest."""
    conftest = pathlib.Path(__file__).resolve().parents[1] / "conftest.py"
    (tmp_path / "conftest.py").write_text(conftest.read_text())
    for name, text in SKIPPING.items():
        (tmp_path / name).write_text(text)
    return tmp_path


def run(suite: pathlib.Path, **variables: str) -> tuple[int, str]:
    """Run these tests; returns the exit status and what pytest said."""
    environment = {name: value for name, value in os.environ.items() if name != "CI"} | variables
    command = [
        sys.executable,
        "-m",
        "pytest",
        "-q",
        "--continue-on-collection-errors",
        "--rootdir",
        str(suite),
        str(suite),
    ]
    result = subprocess.run(command, env=environment, cwd=suite, capture_output=True, text=True, check=False)
    return result.returncode, result.stdout


def test_skips_pass_on_a_persons_machine(suite: pathlib.Path) -> None:
    status, said = run(suite)

    assert status == 0, said
    assert "2 skipped, 1 xfailed" in said


def test_skips_fail_on_a_build_server_with_their_reason(suite: pathlib.Path) -> None:
    status, said = run(suite, CI="true")

    assert status != 0
    assert "no browser" in said
    assert "no window" in said
    assert "does not allow" in said
