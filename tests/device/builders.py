"""A device at work, in one line each."""

from __future__ import annotations

import io
import random
from pathlib import Path

from PIL import Image

from field_app.device import Device
from field_app.sync.client import SyncReport, sync_once
from field_app.sync.transport import HttpTransport, NoNetwork, Response

PASSPHRASE = "four words are enough"
START_MS = 1_795_000_000_000


class Clock:
    """A clock that tests set. It starts at the real time, because the server's does."""

    def __init__(self, now_ms: int) -> None:
        self.now_ms = now_ms

    def __call__(self) -> int:
        self.now_ms += 1
        return self.now_ms


class Cut:
    """A way to the server that breaks: before the request arrives, or before its answer does."""

    def __init__(self, transport: HttpTransport) -> None:
        self.transport = transport
        self.lose_requests, self.lose_answers = 0, 0
        self.seen: list[tuple[str, str, int]] = []

    def exchange(self, method: str, path: str, headers: dict[str, str], body: bytes) -> Response:
        self.seen.append((method, path, len(body)))
        if self.lose_requests:
            self.lose_requests -= 1
            raise NoNetwork("lost on the way there")
        answer = self.transport.exchange(method, path, headers, body)
        if self.lose_answers:
            self.lose_answers -= 1
            raise NoNetwork("lost on the way back")
        return answer


def jpeg(seed: int = 1, side: int = 400, mark: bytes = b"") -> bytes:
    """A real JPEG, different for each seed; `mark` goes into its EXIF comment."""
    noise = random.Random(seed)
    image = Image.new("RGB", (side, side * 3 // 4))
    image.putdata([(noise.randrange(256), x % 256, 90) for x in range(image.width * image.height)])
    exif = Image.Exif()
    exif[0x010E] = mark.decode() or "taken on the round"
    exif[0x0112] = 6
    made = io.BytesIO()
    image.save(made, "JPEG", quality=92, exif=exif)
    return made.getvalue()


def sync(device: Device) -> SyncReport:
    """One sync over HTTP that must go through."""
    transport = HttpTransport(device.identity.server_url)
    try:
        report = sync_once(device, transport)
    finally:
        transport.close()
    assert report.error is None, report
    return report


def clear_text_in(folder: Path, *needles: str | bytes) -> list[tuple[str, bytes]]:
    """Where any of these is found in a folder: as UTF-8, as UTF-16, or as it is."""
    wanted = [
        n
        for needle in needles
        for n in ([needle] if isinstance(needle, bytes) else [needle.encode(), needle.encode("utf-16-le")])
    ]
    return [
        (path.name, needle)
        for path in folder.rglob("*")
        if path.is_file()
        for needle in wanted
        if needle in path.read_bytes()
    ]
