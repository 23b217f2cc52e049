"""Every requirement of docs/safety-manual.md is named by a test, and every test names only requirements that there are.
Argument: the root of the source tree."""

import re
import sys
from pathlib import Path

ROOT = Path(sys.argv[1])
ID = re.compile(r"XHM-[A-Z]+-[0-9]+")
SUFFIXES = {".c", ".h", ".py", ".sh", ".trace", ".pml", ".build", ""}


def declared() -> list[str]:
    manual = (ROOT / "docs/safety-manual.md").read_text()
    return re.findall(r"^- \*\*(XHM-[A-Z]+-[0-9]+)\*\*", manual, re.MULTILINE)


def covered() -> dict[str, list[str]]:
    """Ids that stand behind `Covers:`, by the files that name them."""
    found = {}
    for path in sorted((ROOT / "tests").rglob("*")):
        if path.suffix not in SUFFIXES or not path.is_file() or path.resolve() == Path(__file__).resolve() or "corpus" in path.parts:
            continue
        for line in path.read_text(errors="replace").splitlines():
            if "Covers:" in line:
                for name in ID.findall(line.split("Covers:", 1)[1]):
                    found.setdefault(name, []).append(str(path.relative_to(ROOT)))
    return found


ids, named = declared(), covered()
wanted = set(ids)
problems = [f"{name}: declared more than once" for name in sorted(wanted) if ids.count(name) > 1]
problems += [f"{name}: no test names it" for name in sorted(wanted - named.keys())]
problems += [f"{name}: named by {', '.join(named[name])}, but the safety manual has no such requirement"
             for name in sorted(named.keys() - wanted)]
if not wanted:
    problems.append("docs/safety-manual.md declares no requirement")
print("\n".join(problems) or f"{len(wanted)} requirements, each named by a test")
sys.exit(1 if problems else 0)
