"""The command line."""

import argparse
import json
import signal
from pathlib import Path

from lib.errors import VecuError

from . import api, calls, cycle, host, memory, reaction, turn, watchdog

PARTS = {
    "cycle": (cycle.measure, "instructions of a cycle for 1, 4, 16 and 32 partitions (no Xen needed)"),
    "calls": (calls.measure, "system calls and hypercalls, beside xentop and xl vcpu-list"),
    "api": (api.measure, "requests of many clients, and the cycle's lateness meanwhile (no Xen needed)"),
    "turn": (turn.measure, "what one API peer that reads can cost a supervision cycle (no Xen needed)"),
    "memory": (memory.measure, "resident and locked memory; heap allocations of the supervision thread"),
    "reaction": (reaction.measure, "detection and restart times of injected faults"),
    "watchdog": (watchdog.measure, "the same faults left to Xen's domain watchdog and xl"),
}


def main(arguments: list[str]) -> int:
    options = _parse(arguments)
    _end_orderly()
    host.say(host.description())
    tables, failed = [], []
    for name in options.parts or PARTS:
        try:
            for table in PARTS[name][0](options):
                tables.append(table)
                print(f"{table.text()}\n", flush=True)
                if options.json:
                    _write(options.json, tables)
        except KeyboardInterrupt:
            print(f"{name}: interrupted\n", flush=True)
            return 1
        except (VecuError, RuntimeError, AssertionError) as error:
            failed.append(name)
            print(f"{name}: not measured: {error}\n", flush=True)
    return 1 if failed else 0


def _end_orderly():
    """However this run is ended, its ECU goes down and the tables show what was measured until then."""
    def interrupt(*_):
        raise KeyboardInterrupt
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, interrupt)


def _write(file: Path, tables: list):
    file.write_text(json.dumps({"machine": host.description(), "tables": [table.data() for table in tables]}, indent=2) + "\n")


def _parse(arguments: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="tests/bench/run", description="Measures xhm and prints tables.",
                                     formatter_class=argparse.RawDescriptionHelpFormatter,
                                     epilog="\n".join(f"  {name:10}{what}" for name, (_, what) in PARTS.items()))
    parser.add_argument("parts", metavar="PART", nargs="*", help="parts to measure, of those below (default: all)")
    parser.add_argument("--count", type=int, default=20, help="injections of each fault (default 20)")
    parser.add_argument("--faults", metavar="LIST", help="faults to inject, separated by commas (default: all)")
    parser.add_argument("--seconds", type=int, default=20, help="how long system calls are counted, and twice the time of each load on the API (default 20)")
    parser.add_argument("--wait", metavar="MINUTES", type=float, default=10,
                        help="how long to wait for other QEMUs on this machine to end (default 10)")
    parser.add_argument("--json", metavar="FILE", type=Path, help="also write the tables to this file")
    options = parser.parse_args(arguments)
    unknown = [name for name in options.parts if name not in PARTS]
    if unknown:
        parser.error(f"no such part: {', '.join(unknown)} (parts: {', '.join(PARTS)})")
    return options
