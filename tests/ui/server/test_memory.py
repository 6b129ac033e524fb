"""Memory is released when nobody has used the app for some time."""

import os
import platform
import subprocess
import sys
import threading

import pytest

from ui.registry import ROOT
from ui.server import memory


def test_memory_is_released_once_after_the_last_of_several_uses(monkeypatch: pytest.MonkeyPatch) -> None:
    released, calls = threading.Event(), []

    def release() -> None:
        calls.append(1)
        released.set()

    monkeypatch.setattr(memory, "DELAY_SECONDS", 0.2)
    for _ in range(3):
        memory.note_use()
    memory.start_releasing(release)
    assert released.wait(10)
    released.clear()
    assert not released.wait(0.5), "nobody has used the app since"
    assert len(calls) == 1
    memory.note_use()
    assert released.wait(10)


needs_glibc = pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="other C libraries have other heaps")


def output(code: str) -> int:
    """Return the number that a new process prints, with glibc's default settings."""
    # Dask sets variables of glibc, which processes inherit.
    environment = {name: value for name, value in os.environ.items() if not name.startswith("MALLOC_")}
    command = [sys.executable, "-c", code]
    return int(subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, check=True).stdout)


def count_heaps(prepare: str) -> int:
    """Return the number of glibc's heaps of a new process in which eight threads allocate."""
    code = f"""
import ctypes, tempfile, threading
from ui.server import memory
{prepare}
together = threading.Barrier(8)
def allocate():
    together.wait()
    kept = [bytearray(2000) for _ in range(100)]
    together.wait()
threads = [threading.Thread(target=allocate) for _ in range(8)]
for thread in threads: thread.start()
for thread in threads: thread.join()
libc = ctypes.CDLL("libc.so.6")
libc.fopen.restype = ctypes.c_void_p
with tempfile.NamedTemporaryFile() as file:
    stream = ctypes.c_void_p(libc.fopen(file.name.encode(), b"w"))
    libc.malloc_info(0, stream)
    libc.fclose(stream)
    print(file.read().count(b"<heap nr"))
"""
    return output(code)


def bytes_with_own_pages(prepare: str) -> int:
    """Return how many bytes have pages of their own after two large blocks, the first of which was freed."""
    code = f"""
import ctypes
from ui.server import memory
{prepare}
block = bytearray(1_000_000)
del block
block = bytearray(1_000_000)
names = "arena ordblks smblks hblks hblkhd usmblks fsmblks uordblks fordblks keepcost".split()
class Information(ctypes.Structure):
    _fields_ = [(name, ctypes.c_size_t) for name in names]
libc = ctypes.CDLL("libc.so.6")
libc.mallinfo2.restype = Information
print(libc.mallinfo2().hblkhd)
"""
    return output(code)


@needs_glibc
def test_all_threads_allocate_from_one_heap() -> None:
    assert count_heaps("pass") > 1
    assert count_heaps("memory.configure_heap()") == 1


@needs_glibc
def test_large_blocks_have_pages_of_their_own() -> None:
    assert bytes_with_own_pages("pass") < 1_000_000
    assert bytes_with_own_pages("memory.configure_heap()") >= 1_000_000
