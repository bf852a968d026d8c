"""python-for-android: the package sqlcipher3, built against SQLCipher's amalgamation and python-for-android's OpenSSL."""

from __future__ import annotations

import shutil
from os.path import join
from typing import Any

import sh
from pythonforandroid.logger import shprint
from pythonforandroid.recipe import CompiledComponentsPythonRecipe, Recipe
from pythonforandroid.util import current_directory

SQLCIPHER = "4.9.0"
FLAGS = (
    "-DSQLITE_HAS_CODEC",
    "-DSQLITE_EXTRA_INIT=sqlcipher_extra_init",
    "-DSQLITE_EXTRA_SHUTDOWN=sqlcipher_extra_shutdown",
    "-DSQLCIPHER_CRYPTO_OPENSSL",
    "-DSQLITE_TEMP_STORE=2",  # nothing temporary in clear on the flash
    "-DSQLITE_THREADSAFE=1",
    "-DSQLITE_ENABLE_FTS5",
    "-DSQLITE_ENABLE_JSON1",
    "-DHAVE_STDINT_H",
)


class Sqlcipher3Recipe(CompiledComponentsPythonRecipe):
    """Builds `sqlcipher3._sqlite3` for the target, with the amalgamation inside it: no library beside it."""

    version = "0.6.0"
    url = "https://github.com/coleifer/sqlcipher3/archive/{version}.zip"
    name = "sqlcipher3"
    depends = ("openssl", "setuptools")
    call_hostpython_via_targetpython = False
    install_in_hostpython = False
    build_cmd = "build_static build_ext"

    def get_recipe_env(self, arch: Any = None, with_flags_in_cc: bool = True) -> dict[str, str]:
        """Compiler flags: SQLCipher's own, and where OpenSSL is."""
        env: dict[str, str] = super().get_recipe_env(arch, with_flags_in_cc)
        openssl = Recipe.get_recipe("openssl", self.ctx)
        env["CFLAGS"] += " " + " ".join(FLAGS) + openssl.include_flags(arch)
        env["LDFLAGS"] += openssl.link_flags(arch)
        return env

    def prebuild_arch(self, arch: Any) -> None:
        """Put `sqlite3.c` and `sqlite3.h` where the package's `build_static` looks for them."""
        super().prebuild_arch(arch)
        place = self.get_build_dir(arch.arch)
        source = join(place, f"sqlcipher-{SQLCIPHER}")
        address = f"https://github.com/sqlcipher/sqlcipher/archive/v{SQLCIPHER}.tar.gz"
        with current_directory(place):
            self.download_file(address, join(place, "sqlcipher.tar.gz"))
            shprint(sh.tar, "xzf", "sqlcipher.tar.gz")
        with current_directory(
            source
        ):  # the amalgamation is made on this machine; only its C is compiled for the phone
            shprint(sh.Command("./configure"), "--with-tempstore=yes", "--disable-tcl")
            shprint(sh.make, "sqlite3.c")
        for name in ("sqlite3.c", "sqlite3.h"):
            shutil.copy(join(source, name), join(place, name))


recipe = Sqlcipher3Recipe()
