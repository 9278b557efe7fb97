"""The paths that a worker may use: the libraries, and its own folder."""

from __future__ import annotations

import errno
import importlib.util
import os
import shutil
import site
import stat
import sys
import sysconfig
import tempfile
from collections.abc import Iterable, Mapping
from contextlib import suppress
from pathlib import Path, PurePosixPath

from grader.errors import SandboxError
from grader.sandbox.inside import folders

__all__ = [
    "DEVICES",
    "Home",
    "UnwritableName",
    "cut_out",
    "home_of_grader",
    "libraries",
    "open_to_others",
    "readable",
    "working_folder",
]

# Shared libraries, time zones, fonts, and information that numerical libraries read about the CPU.
_SYSTEM = (
    "/usr/lib",
    "/usr/lib32",
    "/usr/lib64",
    "/lib",
    "/lib64",
    "/usr/local/lib",
    "/etc/ld.so.cache",
    "/etc/localtime",
    "/usr/share/zoneinfo",
    "/usr/share/fonts",
    "/usr/local/share/fonts",
    "/etc/fonts",
    "/etc/mime.types",
    "/dev/urandom",
    "/dev/random",
    "/proc/cpuinfo",
    "/proc/meminfo",
    "/proc/stat",
    "/proc/sys/vm/overcommit_memory",
    "/sys/devices/system/cpu",
    "/sys/devices/system/node",
)
# A folder in memory is created and removed instantly, where a disk may take 10 ms. Containers limit
# it to 64 MiB by default.
_MEMORY, _ENOUGH = "/dev/shm", 1 << 30  # noqa: S108 - mkdtemp makes the folder
_BINARY = getattr(os, "O_CLOEXEC", 0) | getattr(os, "O_BINARY", 0)
DEVICES = ("/dev/null", "/dev/zero")


def libraries(preload: Iterable[str]) -> list[str]:
    """Return the module search path of a worker.

    It contains the interpreter's own folders, but no folder where someone works. A folder with one
    of the packages to preload counts as a library too, wherever an administrator has installed it.

    Args:
        preload: The modules that the warm interpreter imports.

    """
    trees = {sys.prefix, sys.base_prefix, *site.getsitepackages(), *sysconfig.get_paths().values()}
    if site.ENABLE_USER_SITE:
        trees.add(site.getusersitepackages())
    for package in {name.partition(".")[0] for name in preload}:
        spec = importlib.util.find_spec(package)
        trees.update(
            str(Path(folder).parent) for folder in (spec and spec.submodule_search_locations) or ()
        )
    roots = tuple(os.path.join(os.path.realpath(tree), "") for tree in trees)
    programs = sysconfig.get_path("scripts")  # first on the path of a console script
    absolute = [path for path in sys.path if os.path.isabs(path) and path != programs]
    return [path for path in absolute if os.path.join(os.path.realpath(path), "").startswith(roots)]


def home_of_grader() -> str:
    """Return the folder from which `grader` is imported: site-packages or a checkout."""
    return str(Path(__file__).parents[2])


def readable(search_path: Iterable[str]) -> list[str]:
    """Return what a worker may read apart from the submission."""
    prefixes = [
        os.path.join(prefix, lib)
        for prefix in (sys.prefix, sys.base_prefix)
        for lib in ("lib", "lib64")
    ]
    return [
        path for path in dict.fromkeys([*search_path, *prefixes, *_SYSTEM]) if os.path.exists(path)
    ]


def cut_out(trees: Iterable[str], holes: Iterable[str]) -> tuple[list[str], list[str]]:
    """Exclude paths from readable trees.

    An allow-list cannot name exceptions, so the result names everything else.

    Args:
        trees: The readable trees.
        holes: The paths to exclude.

    Returns:
        The trees that remain, and the folders around the holes, which may be listed.

    """
    wanted = {os.path.realpath(hole) for hole in holes}
    around = {str(parent) for hole in wanted for parent in Path(hole).parents}
    remaining: list[str] = []
    listed: list[str] = []
    waiting = list(trees)
    while waiting:
        tree = waiting.pop()
        real = os.path.realpath(tree)
        if real in wanted or real in listed:  # listed: another path to a folder already handled
            continue
        if real not in around:
            remaining.append(tree)
            continue
        listed.append(real)
        with suppress(OSError):
            waiting += [entry.path for entry in os.scandir(real)]
    return list(dict.fromkeys(remaining)), listed


def open_to_others(path: str) -> bool:
    """Return whether any user may read this path, given its mode and those of its parents."""
    real = Path(os.path.realpath(path))
    try:
        above = all(parent.stat().st_mode & stat.S_IXOTH for parent in real.parents)
        wanted = stat.S_IROTH | stat.S_IXOTH if real.is_dir() else stat.S_IROTH
        return above and real.stat().st_mode & wanted == wanted
    except OSError:
        return False


def working_folder(*, for_others: bool) -> str:
    """Create a folder for the folders of the workers.

    Args:
        for_others: Whether other users must be able to reach it.

    """
    # mkdtemp makes the folder
    places = [tempfile.gettempdir(), "/tmp", "/var/tmp"]  # noqa: S108
    if "TMPDIR" not in os.environ and _room_in(_MEMORY) >= _ENOUGH:
        places.insert(0, _MEMORY)
    place = next((place for place in places if not for_others or open_to_others(place)), places[0])
    return tempfile.mkdtemp(prefix="gradmark-", dir=place)


def _room_in(place: str) -> int:
    """Return the free space in bytes, or 0 if there is no such folder."""
    try:
        room = os.statvfs(place)
    except (AttributeError, OSError):
        return 0
    return room.f_bavail * room.f_frsize


# The errors of a system that rejects a name: too long, not encodable, or another spelling of an
# existing name.
_BY_NAME = {
    errno.ENAMETOOLONG,
    errno.EILSEQ,
    errno.EINVAL,
    errno.EEXIST,
    errno.ENOTDIR,
    errno.EISDIR,
}


class UnwritableName(Exception):
    """A file of a submission whose name this machine cannot write."""


class Home:
    """The folder of one worker, which no other worker can enter.

    It contains `files` to read, `scratch` to write, and the output.

    Args:
        path: The folder to create.
        files: The files of the submission.
        uid: The user of the worker, or None if it is the grader's.

    Raises:
        UnwritableName: A file has a name that is not possible on this machine.

    """

    def __init__(self, path: str, files: Mapping[str, bytes], uid: int | None) -> None:
        self.path, self.uid = path, uid
        self.files, self.scratch = os.path.join(path, "files"), os.path.join(path, "scratch")
        self._mkdir(path)
        try:
            self.output = self.writer = -1
            self._mkdir(self.files)
            for name, content in files.items():
                try:
                    self._write(PurePosixPath(name), content)
                # ValueError: a null byte, or half a surrogate pair
                except (OSError, ValueError) as error:
                    if isinstance(error, OSError) and error.errno not in _BY_NAME:
                        raise
                    raise UnwritableName(name) from error
            os.mkdir(self.scratch, 0o700)
            if uid is not None:
                os.chown(self.scratch, uid, uid)
            self._link_data()
            # Opened twice: flags that the worker sets on its descriptor (non-blocking, direct
            # access) must not affect the grader's.
            output = os.path.join(path, "output")
            self.output = os.open(output, os.O_RDWR | os.O_CREAT | os.O_EXCL | _BINARY, 0o600)
            self.writer = os.open(output, os.O_WRONLY | os.O_APPEND | _BINARY)
        except BaseException:
            self.close()
            raise

    def started(self) -> None:
        """Close the grader's copy of the worker's output descriptor."""
        if self.writer >= 0:
            os.close(self.writer)
            self.writer = -1

    def close(self) -> None:
        """Remove the folder."""
        self.started()
        if self.output >= 0:
            os.close(self.output)
            self.output = -1
        folders.remove(self.path)

    def _mkdir(self, folder: str) -> None:
        os.mkdir(folder, 0o700)
        self._hand_over(folder, 0o750)

    def _write(self, name: PurePosixPath, content: bytes) -> None:
        if name.is_absolute() or ".." in name.parts:
            raise SandboxError(f"{name} is not a name inside a submission")
        for parent in reversed(name.parents[:-1]):
            if not os.path.isdir(folder := os.path.join(self.files, *parent.parts)):
                self._mkdir(folder)
        path = os.path.join(self.files, *name.parts)
        with open(path, "xb") as file:
            file.write(content)
        self._hand_over(path, 0o640)

    def _hand_over(self, path: str, mode: int) -> None:
        """Let the worker's group read it.

        The grader stays the owner, so the worker can change neither the content nor the mode.
        """
        if self.uid is not None:
            os.chown(path, -1, self.uid)
        os.chmod(path, mode)

    def _link_data(self) -> None:
        """Link data files into the working directory, so that `np.load("data/x.npz")` works."""
        for name in os.listdir(self.files):
            if not name.endswith(".py"):
                source, link = os.path.join(self.files, name), os.path.join(self.scratch, name)
                try:
                    os.symlink(source, link)
                except OSError:  # most users of Windows may not create links
                    (shutil.copytree if os.path.isdir(source) else shutil.copyfile)(source, link)
