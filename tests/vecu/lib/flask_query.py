"""What a compiled Flask policy allows, asked of checkpolicy itself: the answer that Xen's security server computes from the same file."""

import re
from pathlib import Path

from . import programs
from .errors import VecuError


def _context(name: str) -> str:
    """Event channels are objects; everything else that is asked about acts."""
    return f"system_u:{'object_r' if name.endswith('_channel') else 'system_r'}:{name}"


def allowed(policy: Path, questions: list[tuple[str, str, str]]) -> list[set[str]]:
    """The permissions that the policy gives, for each (source type, target type, class)."""
    types = list(dict.fromkeys(name for source, target, _ in questions for name in (source, target)))
    names = [line for name in types for line in ("2", _context(name))]
    numbers = re.findall(r"^sid (\d+)", _ask(policy, names), re.MULTILINE)
    if len(numbers) != len(types):
        raise VecuError(f"asking {policy}: of {len(types)} types it knows {len(numbers)}: {', '.join(types)}")
    number = dict(zip(types, numbers))
    said = _ask(policy, names + [line for source, target, kind in questions for line in ("0", number[source], number[target], kind)])
    answers = re.findall(r"^(?:allowed \{([^}]*)\}|allowed (\S*)|No such class)", said, re.MULTILINE)
    if len(answers) != len(questions):
        raise VecuError(f"asking {policy}: {len(answers)} answers to {len(questions)} questions")
    return [set((several or one).split()) for several, one in answers]


def _ask(policy: Path, lines: list[str]) -> str:
    return programs.run("asking for what the Flask policy allows", ["sh", "-c", "exec checkpolicy -t Xen -d -b \"$0\" 2>/dev/null", policy],
                        input="\n".join([*lines, "q", ""]))
