"""Find out which system packages are missing, by what is really used, and install them where that is allowed."""

from __future__ import annotations

import ctypes
import dataclasses
import glob
import os
import pathlib
import shutil
import subprocess
import sys
from collections.abc import Callable

FONT_FOLDERS = ("/usr/share/fonts", "/usr/local/share/fonts", "~/.local/share/fonts", "~/.fonts")
CHINESE_FONTS = ("wqy*", "NotoSansCJK*", "NotoSansSC*", "SourceHanSans*", "DroidSansFallback*")
BROWSERS = ("chromium", "chromium-browser", "google-chrome")


@dataclasses.dataclass(frozen=True)
class Need:
    """Something of the system that Roundbook uses, how to see whether it is there, and the packages that bring it."""

    what: str
    is_there: Callable[[], bool]
    packages: tuple[str, ...]


def loads(library: str) -> bool:
    """Whether a shared library can be loaded."""
    try:
        ctypes.CDLL(library)
    except OSError:
        return False
    return True


def has_command(*names: str) -> bool:
    """Whether at least one of these commands is on the path."""
    return any(shutil.which(name) for name in names)


def has_chinese_font() -> bool:
    """Whether a font with Chinese glyphs is installed for programs that choose fonts by themselves (the browser)."""
    folders = [pathlib.Path(folder).expanduser() for folder in FONT_FOLDERS]
    return any(next(folder.rglob(font), None) for folder in folders if folder.is_dir() for font in CHINESE_FONTS)


def has_postgresql() -> bool:
    """Whether the programs of a PostgreSQL server are installed (Debian keeps them off the path)."""
    return has_command("initdb") or bool(glob.glob("/usr/lib/postgresql/*/bin/initdb"))


def has_kannel() -> bool:
    """Whether Kannel's boxes and its fake SMS centre are installed (Debian keeps the latter off the path)."""
    return has_command("bearerbox") and pathlib.Path("/usr/lib/kannel/test/fakesmsc").exists()


def has_perl_smpp() -> bool:
    """Whether Perl has Net::SMPP."""
    return any(
        pathlib.Path(folder, "Net/SMPP.pm").exists() for folder in ("/usr/share/perl5", "/usr/local/share/perl5")
    )


def has_software_rendering() -> bool:
    """Whether Mesa's drivers are installed, by which a machine without a graphics card draws."""
    folders = ("/usr/lib/*/dri", "/usr/lib/dri", "/usr/lib64/dri")
    return any(glob.glob(f"{folder}/*swrast_dri.so") for folder in folders)


TO_RUN = (
    Need("OpenGL, for the field app's window", lambda: loads("libGL.so.1"), ("libgl1",)),
    Need("EGL, for the field app's window", lambda: loads("libEGL.so.1"), ("libegl1",)),
    Need("drawing without a graphics card", has_software_rendering, ("libgl1-mesa-dri",)),
    Need("touch screens", lambda: loads("libmtdev.so.1"), ("libmtdev1",)),
    Need("the clipboard, to paste an invitation into the app", lambda: has_command("xclip"), ("xclip",)),
)
TO_TEST = (
    Need("a screen for tests of the field app", lambda: has_command("Xvfb"), ("xvfb",)),
    Need("access to that screen", lambda: has_command("xauth"), ("xauth",)),
    Need("a hand on that screen's mouse and keyboard", lambda: has_command("xdotool"), ("xdotool",)),
    Need("a browser for tests of the console", lambda: has_command(*BROWSERS), ("chromium",)),
    Need("Chinese glyphs in that browser", has_chinese_font, ("fonts-wqy-microhei",)),
    Need("PostgreSQL, the other database the server runs on", has_postgresql, ("postgresql",)),
    Need("Kannel, the SMS gateway that messages are tested with", has_kannel, ("kannel", "kannel-extras")),
    Need("an SMPP centre's library, to test SMPP with", has_perl_smpp, ("libnet-smpp-perl",)),
    Need("Node.js, for a tus client that others wrote", lambda: has_command("node"), ("nodejs",)),
    Need("npm, to install that client", lambda: has_command("npm"), ("npm",)),
    Need("age, to open Roundbook's backups with another program", lambda: has_command("age"), ("age",)),
)


def ensure(for_tests: bool) -> bool:
    """Install what is missing if that needs no question, else say which packages to install.

    Returns: whether everything is there now.
    """
    needs = TO_RUN + TO_TEST if for_tests else TO_RUN
    missing = [need for need in needs if not need.is_there()]
    if not missing:
        return True
    packages = [package for need in missing for package in need.packages]
    prefix = privileged()
    if prefix is None or not has_command("apt-get"):
        say("Missing: " + "; ".join(need.what for need in missing) + ". To install it:")
        say(f"  sudo apt-get update && sudo apt-get install -y --no-install-recommends {' '.join(packages)}")
        return False

    say("Installing system packages with apt-get:")
    for need in missing:
        say(f"  {' '.join(need.packages)}: {need.what}")
    environment = [*prefix, "env", "DEBIAN_FRONTEND=noninteractive"]
    run_quietly([*environment, "apt-get", "update", "-qq"])
    available = [package for package in packages if has_candidate(package)]
    if available:
        run_quietly([*environment, "apt-get", "install", "-y", "-qq", "--no-install-recommends", *available])
    for need in missing:
        if not need.is_there():
            say(f"Still missing: {need.what}. Install {' '.join(need.packages)}, or what it is called here, by hand.")
    return all(need.is_there() for need in missing)


def privileged() -> list[str] | None:
    """What to put before a command to run it as root without a question; None if that cannot be."""
    if os.geteuid() == 0:
        return []
    if has_command("sudo") and not subprocess.run(["sudo", "-n", "true"], capture_output=True, check=False).returncode:
        return ["sudo", "-n"]
    return None


def has_candidate(package: str) -> bool:
    """Whether apt-get can install this package here; what one system calls chromium, another does not have."""
    answer = subprocess.run(["apt-cache", "policy", package], capture_output=True, text=True, check=False)
    return "Candidate:" in answer.stdout and "Candidate: (none)" not in answer.stdout


def run_quietly(command: list[str]) -> int:
    """Run a command whose own messages matter only when it fails; returns its exit status."""
    result = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)
    if result.returncode:
        say(result.stdout.rstrip())
        say(f"This failed with status {result.returncode}: {' '.join(command)}")
    return result.returncode


def say(line: str) -> None:
    """Write a line for people: stdout belongs to the program that is started next."""
    print(line, file=sys.stderr, flush=True)
