"""Compares ours with better-auth and django-allauth, in turns, in one run. See README.md beside this file.

    measure.py --node FOLDER --python FOLDER --release FOLDER --hash PROGRAM [--quick]
"""

import argparse
import contextlib
import os
import platform
import statistics
import sys
import tempfile
import time
from collections import defaultdict
from pathlib import Path

from browsers import Person
from systems import FULL, HARDLY_ANY, HASHES, STEPS, BetterAuth, DjangoAllauth, Functions, Local, hashers

# Rounds that are counted, those before that warm up, and how often a process is started.
ROUNDS, WARM_UP, STARTS = 7, 2, 7
# People who take each step in a round, and how often each of them signs in and refreshes.
PEOPLE, OFTEN = 6, 3
# The same in the first round, which warms up: V8 compiles what runs often.
OFTEN_AT_FIRST = 25
# Bare hashes in a round.
BARE = 12
LESS = {0: "", 1: ", less a bare hash", 2: ", less two bare hashes"}
# The line that the budget is held to: peers less a bare hash, ours without the thread that hashes.
HELD = "sign in, above its hash"
STORED = "$argon2id$v=19$m={ARGON2_MEMORY_KIB},t={ARGON2_ITERATIONS},p=1$"
PEERS = [BetterAuth.name, DjangoAllauth.name]
OURS = [Local.name, Functions.name]
# Of DESIGN.md, 12: a warm sign-in's CPU above its hash, as a share of a peer's.
AT_MOST = {BetterAuth.name: 0.12, DjangoAllauth.name: 0.08}


class Bench:
    """What is measured, and what was found."""

    def __init__(self, folder, installed, quick):
        self.quick, self.folder = quick, folder
        # How many people there were, and somebody whom each system knows: one whose hash costs hardly anything.
        self.people, self.known = 0, {}
        self.systems = []
        for cost in (FULL, HARDLY_ANY):
            local = Local(folder, cost, installed)
            peers = [BetterAuth(folder, cost, installed), DjangoAllauth(folder, cost, installed)]
            self.systems += [*peers, local, Functions(folder, cost, installed, local)]
        self.hashers = hashers(folder, installed)
        # By system, whether its hash is at full cost, and step: CPU of each round, in milliseconds.
        self.cpu = defaultdict(list)
        # By system: CPU of a bare hash in each round, in milliseconds.
        self.bare = defaultdict(list)
        # By system: CPU of its first thread, of a sign-in with the full hash, in milliseconds.
        self.first_thread = defaultdict(list)
        self.peaks = {}
        # By system: CPU and time from spawn to the first answer, in milliseconds.
        self.starts = defaultdict(list)

    def run(self):
        """Measures everything."""
        for system in self.systems:
            system.start()
        for number in range(-WARM_UP, ROUNDS if not self.quick else 2):
            self.round(number)
        for system in self.systems:
            (process,) = system.processes("sign in")
            process.check_clock()
            if system.cost is FULL:
                self.peaks[system.name] = process.peak_mb()
        self.start_again()

    def round(self, number):
        """A round: each system in its turn, and the hashes; the first in one is the last in the next."""
        turn = number % len(self.systems)
        for system in [*self.systems[turn:], *self.systems[:turn]]:
            people = [self.person() for _ in range(PEOPLE)]
            for step in STEPS:
                often = 1
                if step in ("sign in", "refresh"):
                    often = OFTEN_AT_FIRST if number == -WARM_UP and not self.quick else OFTEN
                cpu, first_thread = self.take(system, step, people, often)
                if number >= 0:
                    self.cpu[system.name, system.cost is FULL, step].append(cpu)
                    if step == "sign in" and system.cost is FULL:
                        self.first_thread[system.name].append(first_thread)
                if step == "sign in" and system.cost is FULL:
                    # At the same time as what it is taken off.
                    bare = self.bare_hash(system.hash_by)
                    if number >= 0:
                        self.bare[system.name].append(bare)
            self.check_hashes(system, people)
            if system.cost is HARDLY_ANY:
                self.known[system.name] = people[0]
            system.close()

    def bare_hash(self, name):
        """CPU of a bare hash, in milliseconds."""
        hasher = self.hashers[name]
        hasher.ask(2)
        before = hasher.cpu_at_rest()
        # One by one, as they are asked of a server.
        for _ in range(BARE):
            hasher.ask(1)
        return (hasher.cpu_at_rest() - before) / BARE * 1e3

    def person(self):
        self.people += 1
        return Person(self.people)

    def take(self, system, step, people, often):
        """Has people take a step; CPU for each time, in milliseconds, and that of the first thread."""
        system.prepare(step, people)
        (process,) = system.processes(step)
        before, first_before = process.cpu_at_rest(), process.cpu_of_first_thread()
        for _ in range(often):
            for person in people:
                system.step(step, person)
        after, first_after = process.cpu_at_rest(), process.cpu_of_first_thread()
        each = 1e3 / len(people) / often
        return (after - before) * each, (first_after - first_before) * each

    def check_hashes(self, system, people):
        """Fails if a stored hash is not of the cost that is measured."""
        prefix = STORED.format(**system.cost)
        for stored in system.hashes(people):
            if not stored.startswith(prefix):
                raise RuntimeError(f"{system.name} stores {stored[:40]}, not {prefix}")

    def start_again(self):
        """Starts each system, by turns, and has somebody sign in whom it knows."""
        for system in self.systems:
            system.stop()
        for _ in range(STARTS if not self.quick else 2):
            for system in self.systems:
                if system.cost is FULL:
                    continue
                system.stop()
                system.start(["sign in"])
                system.step("sign in", self.known[system.name])
                ended = time.monotonic()
                (process,) = system.processes("sign in")
                self.starts[system.name].append((process.cpu_at_rest() * 1e3, (ended - process.spawned_at) * 1e3))
                system.close()

    def stop(self):
        """Ends every process."""
        for system in self.systems:
            system.stop()
        for hasher in self.hashers.values():
            hasher.stop()


class Table:
    """What was found, a line for each thing that is compared."""

    def __init__(self, bench):
        self.bench = bench
        self.lines = [["", *PEERS, *OURS, *(f"{ours} ÷ {peer}" for ours in OURS for peer in PEERS)]]
        self.lines.append(["---"] + ["--:"] * (len(self.lines[0]) - 1))
        self.ratios = {}

    def add(self, what, values, unit):
        """Adds a line: values of each system, by round or by start."""
        cells = [f"{told(values[name])} {unit}" if name in values else "" for name in (*PEERS, *OURS)]
        for ours in OURS:
            for peer in PEERS:
                if ours not in values or peer not in values:
                    cells.append("")
                    continue
                ratios = [a / b for a, b in zip(values[ours], values[peer], strict=True)]
                self.ratios[what, ours, peer] = statistics.median(ratios)
                cells.append(told(ratios))
        self.lines.append([what, *cells])

    def fill(self):
        """Adds every line."""
        bench = self.bench
        bare = bench.bare
        of_peers = {
            peer: [cpu - of_hash for cpu, of_hash in zip(bench.cpu[peer, True, "sign in"], bare[peer], strict=True)]
            for peer in PEERS
        }
        self.add(HELD, of_peers | {Functions.name: bench.first_thread[Functions.name]}, "ms")
        for step in STEPS:
            of_step = {
                name: [
                    cpu - HASHES[step] * of_hash
                    for cpu, of_hash in zip(bench.cpu[name, True, step], bare[name], strict=True)
                ]
                for name in (*PEERS, *OURS)
            }
            self.add(f"{step}{LESS[HASHES[step]]}", of_step, "ms")
        self.add("a bare hash", bare, "ms")
        for step in STEPS:
            of_step = {name: bench.cpu[name, False, step] for name in (*PEERS, *OURS)}
            self.add(f"{step}, hash next to nothing", of_step, "ms")
        self.add("peak memory, hash included", {name: [peak] for name, peak in bench.peaks.items()}, "MB")
        starts = {name: list(zip(*starts, strict=True)) for name, starts in bench.starts.items()}
        self.add("CPU from spawn to a first sign-in", {name: start[0] for name, start in starts.items()}, "ms")
        self.add("time from spawn to a first sign-in", {name: start[1] for name, start in starts.items()}, "ms")

    def text(self):
        return "\n".join(f"| {' | '.join(line)} |" for line in self.lines)


def told(values):
    """The median, and the quartiles where there are many."""
    median = figure(statistics.median(values))
    if len(values) < 4:
        return median
    low, _, high = statistics.quantiles(values, n=4, method="inclusive")
    return f"{median} ({figure(low)} to {figure(high)})"


def figure(value):
    """A number with three digits that count."""
    return f"{value:.{0 if abs(value) >= 99.95 else 1 if abs(value) >= 9.995 else 2 if abs(value) >= 0.9995 else 3}f}"


def machine():
    """What the figures were found on."""
    model = next(line for line in Path("/proc/cpuinfo").read_text().splitlines() if line.startswith("model name"))
    return f"{model.partition(': ')[2]}, {os.cpu_count()} CPUs, Linux {platform.release()}"


def load():
    return " ".join(f"{of:.1f}" for of in os.getloadavg())


def main():
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    for name in ("node", "python", "release", "hash"):
        parser.add_argument(f"--{name}", type=Path, required=True)
    parser.add_argument("--quick", action="store_true", help="two rounds, to see that everything works")
    given = vars(parser.parse_args())
    quick = given.pop("quick")
    started, load_before = time.monotonic(), load()
    with tempfile.TemporaryDirectory(prefix="peers-") as folder, contextlib.ExitStack() as stack:
        bench = Bench(Path(folder), given, quick)
        stack.callback(bench.stop)
        bench.run()
    table = Table(bench)
    table.fill()
    print(f"{machine()}; load (1, 5, 15 minutes) {load_before} before, {load()} after; {time.strftime('%F')}, ", end="")
    print(f"{ROUNDS if not quick else 2} rounds in {time.monotonic() - started:.0f} s. Medians, with quartiles.\n")
    print(table.text())
    print()
    held = True
    for peer, at_most in AT_MOST.items():
        ratio = table.ratios[HELD, Functions.name, peer]
        held &= ratio <= at_most
        verdict = "held" if ratio <= at_most else "OVER"
        print(f"a warm sign-in by the function alone ÷ {peer}: {ratio:.3f}, at most {at_most}: {verdict}")
    return 0 if held else 1


if __name__ == "__main__":
    sys.exit(main())
