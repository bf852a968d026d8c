"""The command, in a process of its own on a screen of an X server: the walk of a day by mouse and
keyboard from outside."""

from __future__ import annotations

import os
import resource
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from field_app.device import Device
from field_app.presenters import drafts
from field_app.services import reading
from tests.device.builders import PASSPHRASE, clear_text_in, jpeg
from tests.presenters.rounds import SHOPS, Round, now_ms

WIDE, HIGH = 390, 844
DEADLINE_S = 30.0
LOCK_NOW = 632  # how far below the top «Lock now» stands on the page «More»
NEEDED = ("Xvfb", "xdotool")
CANARIES = {"shop": SHOPS[1].encode(), "telephone": b"515-243-0001", "address": b"13 Main Street"}


class Screen:
    """An X server with the field app on it. Points are measured from the upper left corner."""

    def __init__(self, display: str, pictures: Path) -> None:
        self.environment = {**os.environ, "DISPLAY": display, "SDL_VIDEODRIVER": "x11"}
        self.pictures = pictures

    def do(self, *words: str) -> str:
        """One command of xdotool."""
        done = subprocess.run(["xdotool", *words], env=self.environment, capture_output=True, text=True, timeout=20)
        return done.stdout.strip()

    def click(self, x: int, y: int) -> None:
        """The mouse at a point of the window; a tap takes as long as a finger's."""
        self.do("mousemove", str(x), str(y), "sleep", "0.15", "mousedown", "1", "sleep", "0.12", "mouseup", "1")

    def write(self, text: str) -> None:
        """The keyboard."""
        self.do("type", "--delay", "25", text)

    def shown(self, page: str) -> bool:
        """Whether a page of that name has been in view (the app saves a picture of each)."""
        return any(self.pictures.glob(f"*-{page}.png"))

    def wait(self, condition: Callable[[], object], what: str) -> None:
        """Wait for a condition."""
        until = time.monotonic() + DEADLINE_S
        while not condition():
            assert time.monotonic() < until, f"waited in vain for {what}; seen: {sorted(os.listdir(self.pictures))}"
            time.sleep(0.1)


@pytest.fixture
def screen(tmp_path: Path) -> Iterator[Screen]:
    missing = [name for name in NEEDED if shutil.which(name) is None]
    if missing:
        pytest.skip(f"needs {' and '.join(missing)}: apt-get install xvfb xdotool")
    read, write = os.pipe()
    server = subprocess.Popen(
        ["Xvfb", "-displayfd", str(write), "-screen", "0", f"{WIDE}x{HIGH}x24", "-nolisten", "tcp"],
        pass_fds=(write,),
        stderr=subprocess.DEVNULL,
    )
    os.close(write)
    with os.fdopen(read) as display:
        number = display.readline().strip()
    try:
        yield Screen(f":{number}", tmp_path / "pictures")
    finally:
        server.terminate()
        server.wait(10)


def memory_of(process: int) -> Iterator[bytes]:
    """What a process may write in its memory, piece by piece."""
    with open(f"/proc/{process}/maps") as maps, open(f"/proc/{process}/mem", "rb", 0) as memory:
        for line in maps:
            place, rights, *_rest = line.split()
            if not rights.startswith("rw"):
                continue
            begin, end = (int(part, 16) for part in place.split("-"))
            memory.seek(begin)
            try:
                yield memory.read(end - begin)
            except OSError:  # pages that nobody may read from outside
                continue


def holds(process: int, secret: bytes) -> bool:
    """Whether the memory of a process holds these bytes anywhere."""
    return any(secret in piece for piece in memory_of(process))


def core_dump(app: subprocess.Popen[bytes], folder: Path) -> bytes:
    """End the app as a fault would: the core file that it leaves. Where the machine hands those to a program: its memory before."""
    resource.prlimit(app.pid, resource.RLIMIT_CORE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
    is_written = Path("/proc/sys/kernel/core_pattern").read_text().strip() == "core"
    before = b"" if is_written else b"".join(memory_of(app.pid))
    app.send_signal(signal.SIGABRT)
    app.wait(60)
    if not is_written:
        return before
    (path,) = folder.glob("core*")
    content = path.read_bytes()
    path.unlink()
    return content


@pytest.fixture
def secrets(the_round: Round, tmp_path: Path) -> dict[str, bytes]:
    """The keys of the device in the folder `field`."""
    the_round.home(tmp_path / "field")
    device = Device.unlock(tmp_path / "field", PASSPHRASE, clock_ms=now_ms)
    found = {"data key": device.keyring._data_key, "key of the outbox": device.keyring.derived("outbox")}
    device.close()
    return found


@pytest.fixture
def unlocked(screen: Screen, secrets: dict[str, bytes], tmp_path: Path) -> Iterator[subprocess.Popen[bytes]]:
    """The app on the page Today."""
    command = [sys.executable, "-m", "roundbook", "field", "--home", str(tmp_path / "field"), "--language", "en"]
    command += ["--size", f"{WIDE}x{HIGH}", "--screenshot-folder", str(screen.pictures)]
    aside = tmp_path / "aside"  # where a core dump would be written
    aside.mkdir()
    app = subprocess.Popen(command, cwd=aside, env={**screen.environment, "HOME": str(tmp_path / "nobody")})
    try:
        screen.wait(lambda: app.poll() is not None or screen.shown("UnlockPage"), "the app")
        screen.write(PASSPHRASE)
        screen.do("key", "Return")
        screen.wait(lambda: screen.shown("TodayPage"), "today")
        yield app
    finally:
        app.terminate()
        assert app.wait(15) in (0, -signal.SIGTERM, -signal.SIGABRT)


def lock(screen: Screen) -> None:
    """Touch «Lock now» and wait for the new process."""
    screen.click(340, 812)  # More, in the bar at the bottom
    screen.wait(lambda: screen.shown("MorePage"), "more")
    screen.click(160, LOCK_NOW)
    screen.wait(lambda: len(list(screen.pictures.glob("*-UnlockPage.png"))) == 2, "the locked app")


def test_a_lock_ends_the_process_that_held_the_key(
    screen: Screen, unlocked: subprocess.Popen[bytes], secrets: dict[str, bytes], tmp_path: Path
) -> None:
    try:
        for name, secret in {"data key": secrets["data key"], **CANARIES}.items():
            assert holds(unlocked.pid, secret), f"the test looks where the {name} is not"
    except PermissionError:
        pytest.skip("this machine lets nobody read the memory of a process")

    lock(screen)

    assert unlocked.poll() is None  # the same process to who started it
    assert {name for name, secret in {**secrets, **CANARIES}.items() if holds(unlocked.pid, secret)} == set()
    assert clear_text_in(tmp_path / "field", *CANARIES.values()) == []
    screen.write(PASSPHRASE)
    screen.do("key", "Return")
    screen.wait(lambda: len(list(screen.pictures.glob("*-TodayPage.png"))) == 2, "today once more")


@pytest.mark.parametrize("is_locked", [False, True], ids=["unlocked", "locked"])
def test_a_core_dump_of_the_locked_app_shows_nothing(
    screen: Screen, unlocked: subprocess.Popen[bytes], secrets: dict[str, bytes], tmp_path: Path, is_locked: bool
) -> None:
    if is_locked:
        lock(screen)
    content = core_dump(unlocked, tmp_path / "aside")

    assert PASSPHRASE.encode() not in content or not is_locked
    found = {name for name, secret in {**secrets, **CANARIES}.items() if secret in content}
    assert b"field_app.screens" in content and len(content) > 50_000_000, "this is not the whole memory"
    assert found == (set() if is_locked else {*CANARIES, "data key"} | (found & {"key of the outbox"}))


def test_the_command_opens_a_window_in_which_a_day_can_be_worked(
    screen: Screen, the_round: Round, tmp_path: Path
) -> None:
    home = tmp_path / "field"
    the_round.enrol(home).close()
    (tmp_path / "shelf.jpg").write_bytes(jpeg(9))
    shop = the_round.shops[SHOPS[1]]
    command = [sys.executable, "-m", "roundbook", "field", "--home", str(home), "--language", "en"]
    command += ["--size", f"{WIDE}x{HIGH}", "--screenshot-folder", str(screen.pictures)]
    app = subprocess.Popen(
        command, env={**screen.environment, "HOME": str(tmp_path / "nobody")}, stderr=subprocess.PIPE
    )
    try:
        screen.wait(
            lambda: app.poll() is not None or (screen.pictures.exists() and screen.shown("UnlockPage")), "the app"
        )
        assert app.poll() is None, app.stderr and app.stderr.read().decode()

        screen.write(PASSPHRASE)
        screen.do("key", "Return")
        screen.wait(lambda: screen.shown("TodayPage"), "today")

        check_in(screen)

        screen.click(70, 205)  # the place for a photo
        screen.wait(lambda: screen.shown("TakePhotoPage"), "the photo")
        screen.click(160, 138)
        screen.write(str(tmp_path / "shelf.jpg"))
        screen.do("key", "Return")
        screen.wait(lambda: [path for path in home.glob("*/photos/*/*") if path.is_file()], "the picture on the disk")
        time.sleep(1.5)
        screen.click(195, 804)  # Keep this photo
        screen.wait(lambda: len(list(screen.pictures.glob("*-VisitPage.png"))) == 2, "the visit once more")

        screen.do("key", "Escape")  # back to the customer: the visit stays open
        screen.wait(lambda: len(list(screen.pictures.glob("*-CustomerPage.png"))) == 2, "the customer once more")
        screen.click(150, 145)  # Order, in the row of actions
        screen.wait(lambda: screen.shown("OrderPage"), "the order")
        screen.click(364, 192)  # the plus of the first product
        time.sleep(0.5)
        screen.click(195, 804)  # Save order
        time.sleep(1.0)
        screen.click(190, 88)  # the line about sync
        screen.wait(lambda: screen.shown("SyncPage"), "the page about sync")
        screen.click(195, 804)  # Sync now
        screen.wait(lambda: the_round.received("order", shop), "the order at head office")
    finally:
        app.terminate()
        assert app.wait(15) in (0, -15)

    (order,) = the_round.received("order", shop)
    assert order["lines"][0]["quantity"] == "1"
    device = Device.unlock(home, PASSPHRASE, clock_ms=now_ms)
    (visit,) = reading.below(device, shop, "visit")
    (photo,) = reading.below(device, shop, "photo")
    assert visit.fields["state"] == "open" and photo.fields["visit"] == visit.id
    device.close()
    assert not (tmp_path / "nobody").exists() or not list((tmp_path / "nobody").rglob("*.db"))


def test_what_was_being_written_when_it_was_killed_is_there_after_the_next_start(
    screen: Screen, the_round: Round, tmp_path: Path
) -> None:
    home, shop = tmp_path / "field", the_round.shops[SHOPS[1]]
    the_round.enrol(home).close()
    command = [sys.executable, "-m", "roundbook", "field", "--home", str(home), "--language", "en"]
    command += ["--size", f"{WIDE}x{HIGH}", "--screenshot-folder"]
    environment = {**screen.environment, "HOME": str(tmp_path / "nobody")}

    with subprocess.Popen([*command, str(screen.pictures)], env=environment) as app:
        begin(screen)
        check_in(screen)
        screen.click(195, 755)  # the need that was found
        time.sleep(0.5)  # the field takes the keyboard in the next frame
        screen.write("A cooler before the holi")
        time.sleep(1.0)
        app.kill()

    screen.pictures = tmp_path / "after"
    with subprocess.Popen([*command, str(screen.pictures)], env=environment) as app:
        begin(screen)
        screen.click(195, 739)  # Go on with the visit
        screen.wait(lambda: screen.shown("VisitPage"), "the visit that was begun")
        app.kill()

    device = Device.unlock(home, PASSPHRASE, clock_ms=now_ms)
    (visit,) = reading.below(device, shop, "visit")
    assert visit.fields["state"] == "open"
    assert drafts.kept(device, f"visit:{visit.id}")["need_found"] == "A cooler before the holi"
    device.close()


def check_in(screen: Screen) -> None:
    """From any page that has the bar at the bottom: find the customer and begin a visit there."""
    screen.click(145, 812)  # Customers, in the bar at the bottom
    screen.wait(lambda: screen.shown("CustomersPage"), "the customers")
    screen.click(160, 138)  # the search
    screen.write("sun")
    time.sleep(1.0)
    screen.click(160, 236)  # the one that is found
    screen.wait(lambda: screen.shown("CustomerPage"), "the customer")
    screen.click(195, 804)  # Check in here
    screen.wait(lambda: screen.shown("VisitPage"), "the visit")


def begin(screen: Screen) -> None:
    """Unlock the app that was just started."""
    screen.wait(lambda: screen.pictures.exists() and screen.shown("UnlockPage"), "the app")
    screen.write(PASSPHRASE)
    screen.do("key", "Return")
    screen.wait(lambda: screen.shown("TodayPage"), "today")
