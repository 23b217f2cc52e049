"""Runs programs of the host to their end. Failure says what was being done, the command, and what it printed last."""

import shlex
import subprocess

from .errors import VecuError

LAST_LINES = 30


def run(what: str, command: list, **options) -> str:
    """Standard output of the command; standard error goes into the message if it fails."""
    words = [str(word) for word in command]
    try:
        result = subprocess.run(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, **options)
    except OSError as error:
        raise VecuError(f"{what}: cannot run {words[0]}: {error.strerror}") from error
    if result.returncode != 0:
        said = (result.stdout + result.stderr).splitlines()[-LAST_LINES:]
        raise VecuError(f"{what}: `{shlex.join(words)}` ended with status {result.returncode}:\n  " + "\n  ".join(said))
    return result.stdout
