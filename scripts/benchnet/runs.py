# SPDX-License-Identifier: Apache-2.0
#
# Programs that are measured: started, timed, and certain to end.

"""Processes of the benchmarks.

Each child has a session of its own, so that Ctrl-C reaches only the script,
which then ends its children one by one; and if the script itself is killed,
the host ends them."""

import ctypes
import os
import re
import signal
import subprocess
import sys
import threading
import time

PR_SET_PDEATHSIG = 1
LIBC = ctypes.CDLL(None, use_errno=True)
CHILDREN = []
QUIET = 20                         # Seconds without a line, at most


class Failure(Exception):
    """A measurement that failed; the text says which and why."""


class Progress:
    """What is being done.  On a terminal one line that changes; elsewhere a
    line from time to time, so that nobody takes the script for dead."""

    def __init__(self):
        self.text = ""
        self.last = time.monotonic()
        self.lock = threading.Lock()
        threading.Thread(target=self.remind, daemon=True).start()

    def say(self, text):
        """This is done now; "": nothing, the line may go."""

        with self.lock:
            self.text = text
            if sys.stderr.isatty():
                print(f"\r\033[K{text}", end="", file=sys.stderr,
                      flush=True)
            elif time.monotonic() - self.last > QUIET / 2:
                self.line()

    def line(self):
        """A line of its own."""

        self.last = time.monotonic()
        if self.text:
            print(f"bench-net: {self.text}", file=sys.stderr, flush=True)

    def note(self, text):
        """Something that whoever reads the numbers must know."""

        with self.lock:
            clear = "\r\033[K" if sys.stderr.isatty() else ""
            print(f"{clear}bench-net: {text}", file=sys.stderr, flush=True)

    def remind(self):
        """The same again, when a step takes long."""

        while True:
            time.sleep(1)
            with self.lock:
                if not sys.stderr.isatty() and \
                        time.monotonic() - self.last > QUIET:
                    self.line()


class Outcome:
    """What a measurement said, and what the process cost."""

    def __init__(self, words, text, usage):
        found = re.findall(r"(\d+) [a-z ]+ in ([\d.]+) s: ([\d.]+) per",
                           text)
        if not found:
            raise Failure(f"{words[0]} printed no result: {text.strip()!r}")
        self.count = int(found[-1][0])
        self.seconds = float(found[-1][1])
        self.rate = float(found[-1][2])
        self.cpu = usage.ru_utime + usage.ru_stime
        self.text = text
        if self.count <= 0 or self.rate <= 0:
            raise Failure(f"{words[0]} measured nothing: {text.strip()!r}")


def stop_on_signals():
    """SIGTERM and SIGHUP end the script as Ctrl-C does."""

    def stop(number, _frame):
        raise SystemExit(128 + number)

    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGHUP, stop)


def two_cpus():
    """A processor for the one and another for the other; with a single one
    there is nothing to choose."""

    cpus = sorted(os.sched_getaffinity(0))
    return cpus[:2] if len(cpus) > 1 else [None, None]


def child_of(number, cpu):
    """For a child: the signal that it gets if its parent dies, and the only
    processor that it may use, unless None."""

    def prepare():
        LIBC.prctl(PR_SET_PDEATHSIG, number, 0, 0, 0)
        if cpu is not None:
            os.sched_setaffinity(0, {cpu})
    return prepare


def spawn(words, **keys):
    """A program in the background, its output in a pipe."""

    prepare = child_of(keys.pop("orphan", signal.SIGKILL),
                       keys.pop("cpu", None))
    keys.setdefault("stdout", subprocess.PIPE)
    keys.setdefault("stderr", subprocess.STDOUT)
    # pylint: disable=consider-using-with,subprocess-popen-preexec-fn
    process = subprocess.Popen([str(word) for word in words], text=True,
                               stdin=subprocess.DEVNULL,
                               start_new_session=True,
                               preexec_fn=prepare, **keys)
    CHILDREN.append(process)
    return process


def kill(process):
    """End it, whatever it does."""

    if process.returncode is None:
        try:
            os.kill(process.pid, signal.SIGCONT)
            process.kill()
            process.wait()
        except (ProcessLookupError, ChildProcessError):
            pass
    if process.stdout:
        process.stdout.close()
    if process in CHILDREN:
        CHILDREN.remove(process)


def kill_all():
    """End all that runs."""

    for process in list(CHILDREN):
        kill(process)


def finish(process, timeout=120):
    """Wait for its end; its output and what it used.  An error if it failed
    or takes too long."""

    late = []

    def expire():
        late.append(True)
        process.kill()

    timer = threading.Timer(timeout, expire)
    timer.start()
    try:
        out = process.stdout.read()
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    finally:
        timer.cancel()
    words = " ".join(process.args)
    kill(process)
    if late:
        raise Failure(f"not done after {timeout} s: {words}: {out.strip()}")
    if process.returncode:
        raise Failure(f"status {process.returncode}: {words}: {out.strip()}")
    return out, usage


def measure(words, timeout=120):
    """A program that reports a rate."""

    return Outcome(words, *finish(spawn(words), timeout))


def run(words, timeout=60, cpu=None):
    """A program of the host that has to succeed; its output."""

    return finish(spawn(words, cpu=cpu), timeout)[0]


def ready(process, timeout=20):
    """Until a program says so."""

    timer = threading.Timer(timeout, process.kill)
    timer.start()
    seen = []
    for line in process.stdout:
        seen.append(line)
        if line.strip() == "ready":
            timer.cancel()
            return
    timer.cancel()
    raise Failure(f"not ready: {' '.join(process.args)}: "
                  f"{''.join(seen).strip()}")


class Background:
    """A program for as long as it is needed."""

    def __init__(self, words, wait=None, cpu=None):
        self.process = spawn(words, cpu=cpu)
        try:
            if wait:
                wait(self.process)
        except BaseException:
            kill(self.process)
            raise

    def __enter__(self):
        return self.process

    def __exit__(self, *error):
        kill(self.process)
