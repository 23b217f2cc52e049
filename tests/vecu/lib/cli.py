"""The command line of `vecu`: one function for each sub-command, one table that names them."""

import argparse
import dataclasses
import os
import signal
import sys
import time

from . import configuration as configurations, demo, interactive, paths, project_build, remote, schedulers, snapshot, soak, test_run, testing
from .ecu import CONSOLE_LOGS, Ecu
from .errors import VecuError
from .machine import Machine
from .progress import say
from .turn import turn


def _chosen(options) -> configurations.Configuration:
    name = _scheduler_name(options) or ("bare" if options.bare else options.configuration)
    if name not in configurations.ALL:
        raise VecuError(f"there is no configuration {name}; there are {', '.join(configurations.ALL)}")
    chosen = configurations.ALL[name]
    return dataclasses.replace(chosen, kvm=True) if options.kvm else chosen


def _scheduler_name(options) -> str | None:
    """The configuration that --hypervisor and --scheduler stand for, if given."""
    if options.hypervisor == "debian":
        if options.scheduler:
            raise VecuError("Debian's own hypervisor has no real-time scheduler; `--hypervisor rt` has all")
        return None
    if options.bare or options.configuration != "default":
        raise VecuError("--hypervisor rt chooses a configuration of its own: neither --bare nor --configuration goes with it")
    return f"rt-{options.scheduler or schedulers.ALL[0]}"


def _own_name(command: str) -> str:
    """An ECU that only this run of vecu uses."""
    return f"{command}-{os.getpid()}"


def _running(options) -> Machine:
    machine = Machine(options.name)
    if not machine.running():
        raise VecuError(f"ECU {options.name} is not up; `vecu up` starts it")
    return machine


def up(options) -> int:
    configuration = _chosen(options)
    project_build.host_setup()
    ecu = Ecu(options.name)
    if ecu.machine.running():
        raise VecuError(f"ECU {options.name} is already up; `vecu down` ends it, `--name` starts another one beside it")
    start = time.monotonic()
    if options.boot:
        ecu.boot(configuration, keep=True)
    else:
        images = configurations.images(configuration)
        snapshot.provide(configuration, images)
        start = time.monotonic()
        snapshot.restore(ecu.machine, configuration, images)
    say(f"ECU {options.name} ({configuration.name}) is up after {time.monotonic() - start:.1f} s")
    return 0


def down(options) -> int:
    machine = Machine(options.name)
    if not machine.running():
        say(f"ECU {options.name} was not up")
        return 0
    Ecu(options.name).keep_logs(machine.folder / "logs")
    machine.stop()
    say(f"ECU {options.name} is down; its logs are in {machine.folder / 'logs'}")
    return 0


def status(options) -> int:
    folders = sorted(path for path in paths.runs().glob("*") if path.is_dir())
    for folder in folders:
        machine = Machine(folder.name)
        state = f"up, process {machine.pid()}" if machine.running() else "down"
        print(f"{folder.name}  {machine.description().get('configuration', '?')}  {state}  {folder}")
    if not folders:
        print("no ECU has been up")
    machine = Machine(options.name)
    if not machine.running():
        return 1
    result = remote.run(machine, ["xl", "vcpu-list"])
    print(f"\nDomains of {options.name}:\n{result.stdout}{result.stderr}", end="")
    return 0


def execute(options) -> int:
    if not options.command:
        raise VecuError("exec needs a command, for example `vecu exec xl list`")
    forward = not options.no_input and not sys.stdin.isatty()
    return interactive.attach(_running(options), options.command, options.domain, forward_input=forward)


def push(options) -> int:
    target = options.path or f"/root/{options.file.rsplit('/', 1)[-1]}"
    Ecu(_running(options).name).push(options.file, target)
    return 0


def console(options) -> int:
    if options.domain in ("dom0", "Domain-0", "xen"):
        print(Ecu(options.name).console("dom0"), end="")
        return 0
    words = ["tail", "-n", "+1", *(["-F"] if options.follow else []), f"{CONSOLE_LOGS}/guest-{options.domain}.log"]
    return interactive.attach(_running(options), words, None, forward_input=False)


def shell(options) -> int:
    return interactive.shell(_running(options), options.domain)


def show(options) -> int:
    configuration = (configurations.WITH_STANDBY if options.standby else configurations.DEDICATED if options.dedicated
                     else _chosen(options))
    project_build.host_setup()
    with turn():
        return demo.run(Ecu(_own_name("demo")), configuration)


def test(options) -> int:
    if options.list:
        for function in (testing.find_for_dedicated if options.dedicated else testing.find)(options.names):
            print(f"{function.__name__}\n    {' '.join(function.__doc__.split())}")
            if hasattr(function, "alone"):
                print(f"    alone: {function.alone}")
            if options.dedicated and hasattr(function, "not_dedicated"):
                print(f"    not carried out: {function.not_dedicated}")
        return 0
    if options.jobs < 1:
        raise VecuError("--jobs: at least one test at a time")
    project_build.host_setup()
    return test_run.run(options.names, _own_name("test"), options.jobs, options.dedicated)


def soak_(options) -> int:
    configuration = _chosen(options)
    project_build.host_setup()
    with turn():
        return soak.run(Ecu(_own_name("soak")), configuration, options.minutes)


def parser() -> argparse.ArgumentParser:
    result = argparse.ArgumentParser(prog="vecu", description="The virtual ECU: a real Xen in QEMU, with dom0 and three partitions.")
    result.add_argument("--name", default="ecu", help="which ECU, where several are up (default: %(default)s)")
    commands = result.add_subparsers(title="commands", required=True, metavar="COMMAND")

    def command(name: str, function, text: str):
        added = commands.add_parser(name, help=text, description=text)
        added.set_defaults(function=function)
        return added

    def configured(added):
        added.add_argument("--configuration", default="default", help="which ECU to build: " + ", ".join(configurations.ALL))
        added.add_argument("--bare", action="store_true", help="without our programs in dom0; xl starts the partitions")
        added.add_argument("--hypervisor", choices=["debian", "rt"], default="debian",
                           help="Debian's own (default), or rebuilt with the real-time schedulers")
        added.add_argument("--scheduler", choices=schedulers.ALL, help="of the partitions' cpupool, with --hypervisor rt "
                           f"(default: {schedulers.ALL[0]})")
        added.add_argument("--kvm", action="store_true", help="use the host's virtualisation instead of emulation")

    starts = command("up", up, "build what is missing, boot once, and bring up a copy of the moment at which everything was up")
    configured(starts)
    starts.add_argument("--boot", action="store_true", help="boot from power-on instead of restoring the snapshot; "
                        "what does not come up stays there for a look")
    command("down", down, "end the ECU; its logs stay until it is started again")
    command("status", status, "list the ECUs and the domains of this one; exit status 1 if it is not up")
    runs = command("exec", execute, "run a command in the ECU: its output, its exit status; standard input is passed on")
    runs.add_argument("--in", dest="domain", metavar="DOMAIN", help="a partition instead of dom0")
    runs.add_argument("-n", "--no-input", action="store_true", help="do not read standard input")
    runs.add_argument("command", nargs=argparse.REMAINDER, metavar="COMMAND…")
    pushes = command("push", push, "put a file into dom0, with its permissions")
    pushes.add_argument("file", metavar="FILE")
    pushes.add_argument("path", nargs="?", metavar="PATH", help="where to (default: its name in /root)")
    shows = command("console", console, "print what a domain has said on its console (dom0 and xen share one)")
    shows.add_argument("domain", metavar="DOMAIN")
    shows.add_argument("-f", "--follow", action="store_true", help="go on printing what it says")
    opens = command("shell", shell, "an interactive shell in the ECU")
    opens.add_argument("--in", dest="domain", metavar="DOMAIN", help="in a partition instead of dom0")
    shows = command("demo", show, "show the main job step by step; exit status 1 if a step did not hold")
    configured(shows)
    shows.add_argument("--standby", action="store_true", help="fail over and safe states, on an ECU with a standby of brake")
    shows.add_argument("--dedicated", action="store_true", help="with the supervisor in a domain of its own, under Xen's Flask")
    tests = command("test", test, "run tests on the virtual ECU, each on a copy of its own; the last line counts them")
    tests.add_argument("names", nargs="*", metavar="NAME", help="a test or a file of tests (default: all)")
    tests.add_argument("--jobs", type=int, default=test_run.default_jobs(), metavar="N",
                       help="how many at a time, at most one for each core (default here: %(default)s)")
    tests.add_argument("--list", action="store_true", help="only say which tests there are and what they show")
    tests.add_argument("--dedicated", action="store_true", help="the tests of the default configuration, with the supervisor in a domain "
                       "of its own; those without a meaning there are skipped with the reason")
    soaks = command("soak", soak_, "run a healthy ECU for minutes; exit status 1 if a fault was raised")
    configured(soaks)
    soaks.add_argument("--minutes", type=float, default=10, help="how long (default: %(default)s)")
    return result


def main(arguments: list[str]) -> int:
    options = parser().parse_args(arguments)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that ECUs of our own are ended on the way out
    try:
        return options.function(options)
    except VecuError as error:
        print(f"vecu: {error}", file=sys.stderr)
        return 125
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:
        return 141
