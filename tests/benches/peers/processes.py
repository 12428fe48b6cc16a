"""Processes: started with an environment of their own, measured by their kernel, ended by their ids."""

import os
import re
import signal
import subprocess
import time
from pathlib import Path

# How long a process may take to start, and to end, in seconds.
PATIENCE = 60
TICK = 1 / os.sysconf("SC_CLK_TCK")


class Process:
    """A process and those that it starts."""

    def __init__(self, name, command, *, folder, variables, talks=False):
        folder.mkdir(parents=True, exist_ok=True)
        self.name = name
        self.log = folder / f"{name}.log"
        with self.log.open("wb") as log:
            self.spawned_at = time.monotonic()
            self.process = subprocess.Popen(
                [str(part) for part in command],
                cwd=folder,
                env={"PATH": os.environ["PATH"], "HOME": str(folder), **variables},
                stdin=subprocess.PIPE if talks else subprocess.DEVNULL,
                stdout=subprocess.PIPE if talks else log,
                stderr=log,
            )

    def address(self, pattern):
        """The address that the process logs, as the group of `pattern`."""
        while time.monotonic() < self.spawned_at + PATIENCE:
            if found := re.search(pattern, self.log.read_text(errors="replace")):
                return found[1]
            if self.process.poll() is not None:
                break
            time.sleep(0.001)
        raise RuntimeError(f"{self.name} does not start:\n{self.log.read_text(errors='replace')}")

    def ids(self):
        """The process and its descendants."""
        found = [self.process.pid]
        for pid in found:
            for children in Path(f"/proc/{pid}/task").glob("*/children"):
                found += map(int, children.read_text().split())
        return found

    def cpu(self):
        """The CPU of all of them since they were started, in seconds.

        The clock of a process counts what utime and stime of /proc/<pid>/stat count, in nanoseconds: clock_gettime(2).
        """
        return sum(time.clock_gettime((~pid << 3) | 2) for pid in self.ids())

    def cpu_of_first_thread(self):
        """The CPU of the first thread of the process that was started, in seconds."""
        pid = self.process.pid
        return int(Path(f"/proc/{pid}/task/{pid}/schedstat").read_text().split()[0]) / 1e9

    def cpu_at_rest(self):
        """The same, once nothing of a request is left to do."""
        cpu = self.cpu()
        for _ in range(100):
            time.sleep(0.01)
            before, cpu = cpu, self.cpu()
            if cpu - before < 0.000_05:
                break
        return cpu

    def check_clock(self):
        """Fails if the clocks do not agree with /proc/<pid>/stat."""
        ids, ticks = self.ids(), 0
        clock = self.cpu()
        for pid in ids:
            fields = Path(f"/proc/{pid}/stat").read_text().rpartition(") ")[2].split()
            ticks += int(fields[11]) + int(fields[12])
        if abs(clock - ticks * TICK) > 3 * TICK * len(ids):
            raise RuntimeError(f"{self.name}: {clock} s by its clock, {ticks * TICK} s by /proc")

    def peak_mb(self):
        """The most memory each of them had at once, added up, in megabytes. What they share counts for each."""
        statuses = [Path(f"/proc/{pid}/status").read_text() for pid in self.ids()]
        return sum(int(re.search(r"VmHWM:\s*(\d+) kB", status)[1]) for status in statuses) * 1024 / 1e6

    def ask(self, line):
        """Writes a line to the process and waits for the line that it answers with."""
        self.process.stdin.write(f"{line}\n".encode())
        self.process.stdin.flush()
        if not self.process.stdout.readline():
            raise RuntimeError(f"{self.name} ended:\n{self.log.read_text(errors='replace')}")

    def stop(self):
        """Ends the process, which ends its own."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            try:
                self.process.wait(PATIENCE)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
        for pipe in (self.process.stdin, self.process.stdout):
            if pipe:
                pipe.close()


def run(command, *, folder, variables):
    """Runs a command to its end."""
    folder.mkdir(parents=True, exist_ok=True)
    environment = {"PATH": os.environ["PATH"], "HOME": str(folder), **variables}
    subprocess.run(
        [str(part) for part in command],
        cwd=folder,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        check=True,
    )
