# SPDX-License-Identifier: Apache-2.0
#
# Processes that are certain to end, and a kernel that is told what to do.

"""Processes of the demo.

Nothing may be left behind, whatever ends the script.  So each child asks the
host for a signal when its parent dies, its temporary files are in a folder of
the run, and the network belongs to the processes in it (scripts/netlab).
What is left to do on Ctrl-C is to end the children and remove the folder."""

import ctypes
import fcntl
import os
import re
import select
import shutil
import signal
import subprocess
import sys
import time

PR_SET_PDEATHSIG = 1
LIBC = ctypes.CDLL(None, use_errno=True)
HANGUP_IGNORED = signal.getsignal(signal.SIGHUP) == signal.SIG_IGN
GRACE = 3                         # Seconds to end politely
QUIET = 10                        # Seconds without a line, at most
ROOT = os.path.abspath(os.path.join(os.path.dirname(__file__), "../.."))


class Failure(Exception):
    """Something that did not work; the text says what, and what to do."""


class Wrong(Exception):
    """Wrong use: status 2."""


def stop_on_signals():
    """SIGINT, SIGTERM and SIGHUP end the script by an exception, the first
    of them; while it cleans up, more of them change nothing.  Under nohup,
    SIGHUP does not."""

    def stop(number, _frame):
        for other in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(other, signal.SIG_IGN)
        raise SystemExit(128 + number)

    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        if number != signal.SIGHUP or not HANGUP_IGNORED:
            signal.signal(number, stop)


def die_with_parent(number):
    """For this process: the signal that it gets when its parent dies."""

    LIBC.prctl(PR_SET_PDEATHSIG, number, 0, 0, 0)


def spawn(words, orphan=signal.SIGKILL, **keys):
    """A program in the background."""

    def prepare():
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, signal.SIG_DFL)
        if not HANGUP_IGNORED:
            signal.signal(signal.SIGHUP, signal.SIG_DFL)
        die_with_parent(orphan)

    keys.setdefault("stdin", subprocess.DEVNULL)
    # pylint: disable=consider-using-with,subprocess-popen-preexec-fn
    return subprocess.Popen([str(word) for word in words],
                            preexec_fn=prepare, **keys)


def end_group(process):
    """End a child that leads a session, and all of that session: politely,
    for compilers have files to remove, then surely."""

    def tell(number):
        try:
            os.killpg(process.pid, number)
        except (ProcessLookupError, PermissionError):
            pass

    tell(signal.SIGTERM)
    try:
        process.wait(GRACE)
    except subprocess.TimeoutExpired:
        pass
    tell(signal.SIGKILL)
    process.wait()


def end(process):
    """End one child."""

    if process.poll() is None:
        process.terminate()
        try:
            process.wait(GRACE)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


class Progress:
    """What is being done, on stderr.  On a terminal one line that changes;
    elsewhere a line a step, and again from time to time."""

    def __init__(self, who):
        self.who = who
        self.text = ""
        self.begun = self.last = time.monotonic()
        self.terminal = sys.stderr.isatty()

    def say(self, text, whole=False):
        """This is done now; "": nothing.  A line of its own elsewhere than
        on a terminal if it is a whole step."""

        self.text = text
        if self.terminal:
            width = shutil.get_terminal_size().columns - 1
            print(f"\r\033[K{text[:width]}", end="", file=sys.stderr,
                  flush=True)
        elif text and (whole or time.monotonic() - self.last > QUIET):
            print(f"{self.who}: {text}", file=sys.stderr, flush=True)
            self.last = time.monotonic()

    def step(self, text):
        """A whole step begins."""

        self.begun = time.monotonic()
        self.say(text, True)

    def tick(self):
        """It still takes."""

        text = self.text
        if text:
            self.say(f"{text} ({time.monotonic() - self.begun:.0f} s)")
        self.text = text


class RunFolder:
    """The folder of one run, below the folder of results, named by its
    owner's process; what a run left that was killed is removed by the
    next."""

    def __init__(self, out):
        self.out = out
        self.path = os.path.join(out, f".run-{os.getpid()}")

    def __enter__(self):
        if not self.out:
            raise Wrong("--out names no folder; choose another folder")
        try:
            os.makedirs(self.out, exist_ok=True)
            self.sweep()
            os.mkdir(self.path)
            os.mkdir(os.path.join(self.path, "tmp"))
        except OSError as error:
            raise Wrong(f"{self.out}: {error.strerror}; choose another "
                        "folder with --out") from error
        return self

    def __exit__(self, *error):
        shutil.rmtree(self.path, ignore_errors=True)

    def sweep(self):
        """Remove folders whose owners are gone."""

        for name in os.listdir(self.out):
            found = re.fullmatch(r"\.(?:run|old)-(\d+)", name)
            if found and not os.path.exists(f"/proc/{found.group(1)}"):
                shutil.rmtree(os.path.join(self.out, name),
                              ignore_errors=True)

    def publish(self, names, keep):
        """What was made becomes the result, each file whole or not at all;
        two runs at once do not mix: the one that ends last is there."""

        lock = os.open(self.out, os.O_RDONLY | os.O_DIRECTORY)
        try:
            fcntl.flock(lock, fcntl.LOCK_EX)
            target = os.path.join(self.out, keep)
            old = os.path.join(self.out, f".old-{os.getpid()}")
            if os.path.exists(target):
                os.rename(target, old)
            os.rename(os.path.join(self.path, keep), target)
            shutil.rmtree(old, ignore_errors=True)
            for name in names:
                os.replace(os.path.join(self.path, name),
                           os.path.join(self.out, name))
        finally:
            os.close(lock)


class Node:
    """A kernel that runs, told what to do through its standard input."""

    MARK = "--- done %d ---"

    def __init__(self, words, cwd, log, line=None):
        self.process = spawn(words, cwd=cwd, stdin=subprocess.PIPE,
                             stdout=subprocess.PIPE,
                             stderr=subprocess.STDOUT)
        self.log = log
        self.line = line
        self.marks = 0
        self.buffer = b""

    def send(self, command):
        """A command, without waiting for its end."""

        try:
            os.write(self.process.stdin.fileno(), command.encode() + b"\n")
        except BrokenPipeError:
            pass                   # It has ended: run() will see and say so

    def read_line(self, deadline):
        """The next line of its output."""

        while b"\n" not in self.buffer:
            left = deadline - time.monotonic()
            ready = select.select([self.process.stdout], [], [],
                                  max(0, min(left, 1)))[0]
            if ready:
                part = os.read(self.process.stdout.fileno(), 65536)
                if not part:
                    raise Failure("the kernel has ended with status "
                                  f"{self.process.wait()}: {self.rest()}")
                self.buffer += part
            elif left <= 0:
                raise Failure("the kernel did not answer in time: "
                              f"{self.rest()}")
            if self.line and not ready:
                self.line("")
        line, self.buffer = self.buffer.split(b"\n", 1)
        return line.decode("utf-8", "replace")

    def rest(self):
        """The end of what it printed."""

        self.log.flush()
        text = self.buffer.decode("utf-8", "replace").strip()
        with open(self.log.name, encoding="utf-8",
                  errors="replace") as file:
            lines = file.read().splitlines()[-4:]
        return " | ".join(lines + ([text] if text else []))

    def run(self, command, seconds=30):
        """A command, until it has ended; its output and status."""

        self.marks += 1
        mark = self.MARK % self.marks
        self.send(f"{command}; echo $? '{mark}'")
        deadline = time.monotonic() + seconds
        out = []
        while True:
            line = self.read_line(deadline)
            if mark in line:
                return "\n".join(out), int(line.split()[0])
            out.append(line)
            self.log.write(line + "\n")
            if self.line:
                self.line(line)

    def must(self, command, seconds=30):
        """A command that has to succeed; its output."""

        out, status = self.run(command, seconds)
        if status:
            raise Failure(f"in nsh> `{command}` ended with {status}: {out}")
        return out

    def close(self):
        """End it in order; its status, and what it still said."""

        self.send("poweroff")
        deadline = time.monotonic() + 20
        try:
            while True:
                self.log.write(self.read_line(deadline) + "\n")
        except Failure:
            end(self.process)
        self.log.flush()
        return self.process.returncode
