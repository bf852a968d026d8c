"""Two clients of tus 1.0 that others wrote, behind one interface: tuspy (Python) and tus-js-client (Node.js)."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import ssl
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import pytest
from tusclient import client as tuspy
from tusclient.exceptions import TusCommunicationError

from tests.contracts.signing_gateway import Gateway

HERE = Path(__file__).parent
INSTALLED = HERE.parents[1] / ".venv" / "tus-js-client"
SYSTEM_AUTHORITIES = "/etc/ssl/certs/ca-certificates.crt"  # of Debian and Ubuntu
TRIES = 3


@dataclass(frozen=True)
class Sent:
    """What a client says. `url`: of the upload, to go on with. `status`: of what stopped it, None if nothing did."""

    url: str | None
    status: int | None = None


class Client(Protocol):
    """Uploads a file. Args: stop: give up after about so many bytes. url: go on with this upload."""

    def send(
        self,
        gateway: Gateway,
        file: Path,
        metadata: dict[str, str],
        *,
        piece: int,
        stop: int = 0,
        url: str | None = None,
    ) -> Sent: ...


class Tuspy:
    """tuspy, with checksums of each piece."""

    def send(
        self,
        gateway: Gateway,
        file: Path,
        metadata: dict[str, str],
        *,
        piece: int,
        stop: int = 0,
        url: str | None = None,
    ) -> Sent:
        made = tuspy.TusClient(f"{gateway.url}/photos/1/")
        uploader = None
        try:
            uploader = made.uploader(
                str(file),
                metadata=metadata,
                chunk_size=piece,
                retries=TRIES,
                retry_delay=0,
                url=url,
                upload_checksum=True,
            )
            if uploader.url is None:  # it finds out with the first piece
                uploader.set_url(uploader.create_url())
                uploader.offset = uploader.get_offset()
            uploader.upload(stop_at=stop or None)
        except TusCommunicationError as error:
            return Sent(uploader.url if uploader else None, error.status_code)
        return Sent(uploader.url)


class TusJs:
    """tus-js-client in a process of its own."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def send(
        self,
        gateway: Gateway,
        file: Path,
        metadata: dict[str, str],
        *,
        piece: int,
        stop: int = 0,
        url: str | None = None,
    ) -> Sent:
        wanted: dict[str, Any] = {"endpoint": f"{gateway.url}/photos/1/", "file": str(file), "metadata": metadata}
        wanted |= {"piece": piece, "stop": stop, "url": url, "retries": [0] * TRIES}
        script = self.folder / "tus_js.js"
        shutil.copy(HERE / "tus_js.js", script)
        done = subprocess.run(["node", script], input=json.dumps(wanted), text=True, capture_output=True, timeout=60)
        assert done.returncode == 0, done.stderr
        told = json.loads(done.stdout)
        return Sent(told["url"], (told["status"] or 0) if told["error"] else None)


def _with_authorities() -> dict[str, str]:
    """Node.js looks at its own authorities only: here also at those that the system trusts, as everything else does."""
    known = ssl.get_default_verify_paths().cafile or SYSTEM_AUTHORITIES
    more = {"NODE_EXTRA_CA_CERTS": known} if Path(known).exists() else {}
    return {**more, **os.environ}


def install_tus_js() -> Path:
    """The folder with tus-js-client as package-lock.json has it. Skips where there is no Node.js."""
    if not (shutil.which("node") and shutil.which("npm")):
        pytest.skip("tus-js-client needs Node.js: apt-get install -y nodejs npm")
    lock = (HERE / "package-lock.json").read_bytes()
    stamp, wanted = INSTALLED / "installed", hashlib.sha256(lock).hexdigest()
    if not stamp.exists() or stamp.read_text() != wanted:
        INSTALLED.mkdir(parents=True, exist_ok=True)
        for name in ("package.json", "package-lock.json"):
            shutil.copy(HERE / name, INSTALLED / name)
        command = ["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund"]
        done = subprocess.run(
            command, cwd=INSTALLED, env=_with_authorities(), capture_output=True, text=True, timeout=110
        )
        assert done.returncode == 0, done.stderr
        stamp.write_text(wanted)
    return INSTALLED
