"""The mend of a server that does not start, from what Valkey 9.1 has written."""

from __future__ import annotations

from pathlib import Path

import pytest

from ops.redis.server_faults import fate, kept, last_words, start_mend

HEAD = "15300:M 28 Nov 2026 09:35:49.378 * Server initialized\n15300:M 28 Nov 2026 09:35:49.379 # "


@pytest.mark.parametrize(
    ("log", "last", "mend"),
    [
        (
            "Warning: Could not create server TCP listening socket 127.0.0.1:80: bind: Permission denied\n"
            "15318:M 28 Nov 2026 09:35:49.460 # Failed listening on port 80 (tcp), aborting.",
            "Failed listening on port 80 (tcp), aborting",
            "this user may not listen on port 80: choose a --port from 1024 on",
        ),
        (
            "Warning: Could not create server TCP listening socket 127.0.0.1:80: bind: Address already in use\n"
            "15364:M 28 Nov 2026 09:35:50.006 # Failed listening on port 80 (tcp), aborting.",
            "Failed listening on port 80 (tcp), aborting",
            "end the program that listens on port 80, or choose another --port",
        ),
        (
            "Write error writing append only file on disk: No space left on device",
            "Write error writing append only file on disk: No space left on device",
            "free some space on the disk of kept, or name another --folder",
        ),
        (
            "Can't open or create append-only dir appendonlydir: Permission denied",
            "Can't open or create append-only dir appendonlydir: Permission denied",
            "allow this user to write into kept, or name another --folder",
        ),
        (
            "*** FATAL CONFIG FILE ERROR (Version 9.1.2) ***\n"
            "Reading the configuration file, at line 5\n>>> 'dir \"/root\"'\nPermission denied",
            "Permission denied",
            "allow this user to write into kept, or name another --folder",
        ),
        (
            "Bad file format reading the append only file appendonly.aof.1.incr.aof: make a backup of your AOF file",
            "Bad file format reading the append only file appendonly.aof.1.incr.aof: make a backup of your AOF file",
            "the file in kept is damaged: restore it from a backup, or name another --folder",
        ),
        ("", "15300:M 28 Nov 2026 09:35:49.379 #", "see what it says, or use a Redis server of yours (setting redis.url)"),
    ],
)
def test_the_mend_fits_the_fault(log: str, last: str, mend: str) -> None:
    assert (last_words(HEAD + log), start_mend(HEAD + log, 80, Path("kept"))) == (last, mend)


def test_a_server_in_memory_has_no_folder_to_mend() -> None:
    assert "--folder" not in start_mend("No space left on device", 80, None)


def test_silence_and_odd_signals_have_words() -> None:
    assert last_words("") == "it said nothing"
    assert fate(-9, "") == "was ended by SIGKILL"
    assert fate(-64, "").startswith("was ended by ")
    full = "Can't recover from AOF write error when the AOF fsync policy is 'always'. Exiting..."
    assert kept(Path("x"), HEAD + full) == "its data is in x: free some space on that disk, then start it again with that --folder"
    assert fate(1, HEAD + "Out Of Memory") == "ended with code 1 (Out Of Memory)"
