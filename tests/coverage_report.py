"""Reads llvm-cov's export of the supervision core: a table of branches and MC/DC, the gaps, and a verdict on branches."""

import json
import sys
from pathlib import Path


def branch_gaps(branches) -> list[str]:
    """llvm's branch: line, column, end line, end column, count of true, count of false, file ids, kind. A branch that stands
    in several instances of a file (macros, inlined headers) counts once, with the sum of its counts."""
    counts = {}
    for line, column, _, _, taken, not_taken, *_ in branches:
        before = counts.get((line, column), (0, 0))
        counts[(line, column)] = (before[0] + taken, before[1] + not_taken)
    return [f"{line}:{column} never {'true' if taken == 0 else 'false'}" for (line, column), (taken, not_taken)
            in sorted(counts.items()) if taken == 0 or not_taken == 0]


def condition_gaps(records) -> list[str]:
    """llvm's MC/DC record: line, column, end line, end column, file ids, kind, list of conditions shown or not."""
    gaps = []
    for record in records:
        shown = next(part for part in record if isinstance(part, list))
        missing = [str(number + 1) for number, is_shown in enumerate(shown) if not is_shown]
        if missing:
            gaps.append(f"{record[0]}:{record[1]} condition {', '.join(missing)} of {len(shown)}")
    return sorted(set(gaps))


def row(name: str, summary) -> str:
    branches, conditions = summary["branches"], summary["mcdc"]
    return (f"{name:28} {branches['covered']:5} of {branches['count']:5} {branches['percent']:6.1f} %"
            f" {conditions['covered']:5} of {conditions['count']:5} {conditions['percent']:6.1f} %")


def main() -> int:
    data = json.loads(Path(sys.argv[1]).read_text())["data"][0]
    files = [entry for entry in data["files"] if "/daemon/core/" in entry["filename"] and entry["filename"].endswith(".c")]
    gaps = []
    print(f"{'file':28} {'branches':>23} {'MC/DC':>22}")
    for entry in sorted(files, key=lambda entry: entry["filename"]):
        name = Path(entry["filename"]).name
        print(row(name, entry["summary"]))
        gaps += [(name, "branch", gap) for gap in branch_gaps(entry["branches"])]
        gaps += [(name, "MC/DC", gap) for gap in condition_gaps(entry.get("mcdc_records", []))]
    for name, kind, gap in gaps:
        print(f"{kind} not covered: {name}:{gap}")
    missing = sum(kind == "branch" for _, kind, _ in gaps)
    shown = sum(entry["summary"]["branches"]["count"] for entry in files)
    print(f"daemon/core: {len(files)} files, {shown} branches, {missing} places with a branch that was never taken")
    return 0 if missing == 0 and files else 1


sys.exit(main())
