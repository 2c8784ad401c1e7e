# SPDX-License-Identifier: Apache-2.0
#
# What is measured.  A group is a function that runs once a round, inside of
# scripts/netlab; who is compared takes turns within it.

"""Groups of measurements."""

import contextlib
import os
import re
import shutil
import signal
import socket
import statistics
import subprocess
import time

from .loss import loss
from .runs import Background, Failure, finish, kill, measure, ready, run, \
    spawn, two_cpus

HOST = "10.0.0.1"
OURS = "10.0.0.2"
NEAR = "10.9.0.1"                  # The veth pair: the host's side
FAR = "10.9.0.2"                   # and the other Linux
MAC = "02:00:00:00:57:01"          # Also that of stackless.c
QUEUE = 10000                      # Frames that wait in the TAP
SENDERS = "reno"                   # Of the host: congestion control
PAGE = 1000
TURNS = 5                          # Of who is compared, in a round of http
REQUESTS = {True: 4000, False: 800}    # Of a turn, with keep-alive and not
PATIENCE = 5                       # Seconds without an answer: a stall
TRIES = 3
CONCURRENCY = (1, 2, 5, 10, 50, 100)
OFFLOADS = ("tx", "rx", "sg", "tso", "gso", "gro")
LOOKS = (0, 100, 200, 300, 400, 500, 600)


class Lab:
    """Who takes part, and the numbers."""

    def __init__(self, programs, progress, mtu, size, scale):
        self.programs = programs
        self.progress = progress
        self.mtu = mtu
        self.size = size
        self.scale = scale
        self.numbers = {}
        self.title = ""
        self.far = None
        self.paths = False             # Whether those of loss.py are there

    def add(self, name, value):
        """A value of this round."""

        self.numbers.setdefault(name, []).append(value)

    @contextlib.contextmanager
    def step(self, text):
        """Say what is measured, and say it again if it fails."""

        self.progress.say(f"{self.title}: {text}")
        try:
            yield
        except (Failure, OSError, subprocess.SubprocessError) as error:
            raise Failure(f"{self.title}: {text}: {error}") from error

    def measure(self, text, words, timeout=120):
        """One program that reports a rate, from the same start."""

        with self.step(text):
            subprocess.run(["ip", "neigh", "flush", "dev", "tap0"],
                           check=False, capture_output=True)
            return measure(words, timeout)

    def kernel(self, command, extra="", wrap="", tap="tap0", address=OURS):
        """The words that make our kernel do one thing."""

        return [self.programs.kernel, "--dev",
                f"tap,name={tap},mtu={self.mtu},mac={MAC}{extra}",
                *(["--wrap", wrap] if wrap else []), "-c",
                f"ifconfig eth0 {address} netmask 255.255.255.0 mtu "
                f"{self.mtu} up; {command}"]

    def netbench(self, *words):
        """The peer on this side."""

        return [self.programs.netbench, *words]

    def linux(self, *words):
        """The same program in the other Linux."""

        return ["nsenter", f"--net=/proc/{self.far.pid}/ns/net",
                self.programs.netbench, *words]

    @staticmethod
    def do_not_pace():
        """What the host sends leaves at once."""

        path = "/proc/sys/net/ipv4/tcp_congestion_control"
        try:
            with open(path, "w", encoding="ascii") as file:
                file.write(SENDERS)
        except OSError as error:
            raise Failure(f"{path}: can not be set to {SENDERS}: "
                          f"{error.strerror}") from error

    def make_linux(self):
        """Another network of Linux, at the end of a pair of interfaces.  It
        belongs to a process, and goes with it."""

        self.far = spawn(["unshare", "--net", "sleep", "infinity"])
        here = os.readlink("/proc/self/ns/net")
        path = f"/proc/{self.far.pid}/ns/net"
        end = time.monotonic() + 10
        while os.readlink(path) == here:
            if self.far.poll() is not None or time.monotonic() > end:
                raise Failure("no second network: unshare --net")
            time.sleep(0.01)
        run(["ip", "link", "add", "near", "mtu", self.mtu, "type", "veth",
             "peer", "name", "far", "mtu", self.mtu, "netns", self.far.pid])
        for name, address, inside in (("near", NEAR, []), ("far", FAR, [
                "nsenter", f"--net={path}"])):
            run([*inside, "sh", "-c", f"echo 1 >/proc/sys/net/ipv6/conf/"
                 f"{name}/disable_ipv6 2>/dev/null; ip link set lo up; "
                 f"ip addr add {address}/24 dev {name}; "
                 f"ip link set {name} up; "
                 f"echo {SENDERS} >/proc/sys/net/ipv4/"
                 "tcp_congestion_control"])

    def make_tap(self, name, address):
        """One more, for who serves at the same time as another.  (What is
        below /sys may be of another network.)"""

        with open("/proc/net/dev", encoding="ascii") as file:
            there = f"{name}:" in file.read().split()
        if not there:
            run(["ip", "tuntap", "add", "dev", name, "mode", "tap"])
            run(["sh", "-c", f"echo 1 >/proc/sys/net/ipv6/conf/{name}/"
                 "disable_ipv6 2>/dev/null; "
                 f"ip addr add {address}/24 dev {name}; ip link set {name} "
                 f"mtu {self.mtu} txqueuelen {QUEUE} up"])

    def offloads(self, value):
        """Of the pair; False if there is no ethtool."""

        if not shutil.which("ethtool"):
            return False
        words = [word for name in OFFLOADS for word in (name, value)]
        run(["ethtool", "-K", "near", *words])
        run(["nsenter", f"--net=/proc/{self.far.pid}/ns/net", "ethtool",
             "-K", "far", *words])
        return True

    def kinds_of_linux(self):
        """Linux as it is, and without its offloads: the names of both."""

        if self.offloads("on"):
            yield "linux"
            self.offloads("off")
            yield "linux_plain"
            self.offloads("on")
        else:
            yield "linux"


def last_words(process):
    """Of a program that was to serve and has ended."""

    if process.poll() is None:
        return ""
    return f" (status {process.returncode}): {process.stdout.read().strip()}"


def listens(port, timeout=20):
    """A function that waits until a program of this network listens."""

    def wait(process):
        end = time.monotonic() + timeout
        while time.monotonic() < end and process.poll() is None:
            with open("/proc/net/tcp", encoding="ascii") as file:
                if f":{port:04X} 00000000:0000 0A" in file.read():
                    return
            time.sleep(0.01)
        raise Failure(f"nobody listens on {port}{last_words(process)}")
    return wait


@contextlib.contextmanager
def servers(lab, size):
    """Those of the host that bulk transfers need."""

    with Background(lab.netbench("discard", 5001), listens(5001)), \
            Background(lab.netbench("source", 5002, size), listens(5002)):
        yield


# Bulk ----------------------------------------------------------------------

def bulk(lab):
    """TCP both ways: the sender without a stack, ours, lwIP, Linux."""

    size, mtu = lab.size, lab.mtu
    got = {}

    def both(who, send, receive):
        for way, words in (("tx", send), ("rx", receive)):
            if words:
                got[who, way] = lab.measure(f"bulk {way} {who}", words)

    with servers(lab, size):
        both("ceiling", [lab.programs.stackless, "tap0", HOST, OURS, "tcp",
                         5001, size, mtu], None)
        both("tcp", lab.kernel(f"netbench send {HOST} 5001 {size}"),
             lab.kernel(f"netbench recv {HOST} 5002"))
        lwip = lab.programs.lwip(mtu)
        if lwip:
            both("lwip", [lwip, "tap0", OURS, "send", HOST, 5001, size],
                 [lwip, "tap0", OURS, "recv", HOST, 5002])
        for kind in lab.kinds_of_linux():
            both(kind, lab.linux("send", NEAR, 5001, size),
                 lab.linux("recv", NEAR, 5002))
    for (who, way), one in got.items():
        lab.add(f"{who}_{way}_{mtu}_gbit", one.rate * 8e-9)
        lab.add(f"{who}_{way}_{mtu}_cpu_s_per_gb", one.cpu / one.count * 1e9)
        if who not in ("tcp", "ceiling"):
            lab.add(f"tcp_{way}_{mtu}_of_{who}",
                    got["tcp", way].rate / one.rate)
    lab.add(f"tcp_tx_{mtu}_of_ceiling",
            got["tcp", "tx"].rate / got["ceiling", "tx"].rate)


def offload(lab):
    """Super-frames, against our own frames of 1500 bytes."""

    size = lab.size
    with servers(lab, size):
        for way, what in (("tx", f"send {HOST} 5001 {size}"),
                          ("rx", f"recv {HOST} 5002")):
            plain = lab.measure(f"offload {way}, without",
                                lab.kernel(f"netbench {what}"))
            fast = lab.measure(f"offload {way}, with",
                               lab.kernel(f"netbench {what}", ",vnet=yes"))
            lab.add(f"offload_{way}_gbit", fast.rate * 8e-9)
            lab.add(f"offload_{way}_cpu_s_per_gb",
                    fast.cpu / fast.count * 1e9)
            lab.add(f"offload_{way}_of_plain", fast.rate / plain.rate)


def poll(lab):
    """Told of frames, or looking for them every so often."""

    size, count = lab.size // 2, int(2000 * lab.scale)
    with servers(lab, size), \
            Background(lab.netbench("echo", 5004), listens(5004)):
        for us in LOOKS:
            key = f"poll_{us}us" if us else "poll_event"
            extra = f",poll={us}us" if us else ""
            for way, what in (("tx", f"send {HOST} 5001 {size}"),
                              ("rx", f"recv {HOST} 5002")):
                one = lab.measure(f"{key} {way}",
                                  lab.kernel(f"netbench {what}", extra))
                lab.add(f"{key}_{way}_gbit", one.rate * 8e-9)
                lab.add(f"{key}_{way}_cpu_s_per_gb",
                        one.cpu / one.count * 1e9)
            one = lab.measure(f"{key} round trips", lab.kernel(
                f"netbench rr {HOST} 5004 {count}", extra))
            lab.add(f"{key}_rr_us", 1e6 / one.rate)
            lab.add(f"{key}_rr_cpu_us", one.cpu / one.count * 1e6)


# The web -------------------------------------------------------------------

class Stall(Exception):
    """Nothing came for too long."""


def ab(address, concurrency, keep, count, cpu):
    """Requests per second, failed ones, 99th percentile."""

    try:
        out = run(["ab", "-q", "-s", PATIENCE, "-c", concurrency, "-n", count,
                   *(["-k"] if keep else []), f"http://{address}/page"], 300,
                  cpu)
    except Failure as error:
        if "timeout specified has expired" in str(error):
            raise Stall() from error
        raise
    rate = re.search(r"Requests per second: +([\d.]+)", out)
    failed = re.search(r"Failed requests: +(\d+)", out)
    slow = re.search(r" 99% +(\d+)", out)
    if not rate or not failed:
        raise Failure(f"ab printed no result: {out.strip()}")
    return (float(rate.group(1)),
            int(failed.group(1)) + ("Non-2xx" in out),
            int(slow.group(1)) if slow else 0)


def answers(address, port=80, timeout=20):
    """A function that waits until connections are accepted there."""

    def wait(process):
        end = time.monotonic() + timeout
        while time.monotonic() < end and process.poll() is None:
            try:
                socket.create_connection((address, port), 1).close()
                return
            except OSError:
                time.sleep(0.02)
        raise Failure(f"nobody answers on {address}:{port}"
                      f"{last_words(process)}")
    return wait


class Web:
    """Those who serve the page, all at the same time: who is not asked does
    nothing.  They have one processor and ab has another: which of the two
    ways the host would choose is chance, and counts more than anything that
    is measured."""

    def __init__(self, lab):
        self.lab = lab
        self.cpu, self.client = two_cpus()
        self.running = {}
        self.stalls = {}
        self.servers = {"ours": (
            lab.kernel(f"netbench http 80 {PAGE}"), OURS)}
        lwip = lab.programs.lwip(1500)
        if lwip:
            lab.make_tap("tap1", "10.0.1.1")
            self.servers["lwip"] = (
                [lwip, "tap1", "10.0.1.2", "http", 80, PAGE], "10.0.1.2")
        lab.make_tap("tap2", "10.0.2.1")
        words = lab.kernel("httpd -q -p 80 /host/www", tap="tap2",
                           address="10.0.2.2")
        self.servers["httpd"] = (
            [words[0], "--host", lab.programs.out, *words[1:]], "10.0.2.2")
        self.servers["linux"] = (lab.linux("http", 80, PAGE), FAR)

    def start(self, who):
        """Start one afresh."""

        self.stop(who)
        words, address = self.servers[who]
        self.running[who] = Background(words, answers(address), self.cpu)

    def stop(self, who):
        """End one, if it runs."""

        if who in self.running:
            kill(self.running.pop(who).process)

    def __enter__(self):
        for who in self.servers:
            with self.lab.step(f"http {who}"):
                self.start(who)
        return self

    def __exit__(self, *error):
        for who in list(self.running):
            self.stop(who)

    def ask(self, who, name, concurrency, keep):
        """One turn.  If it stalls it is said and counted, and once more
        asked, of a server that was started afresh."""

        count = max(concurrency, int(REQUESTS[keep] * self.lab.scale))
        text = f"{name} {who}"
        for _ in range(TRIES):
            try:
                with self.lab.step(text):
                    return ab(self.servers[who][1], concurrency, keep, count,
                              self.client)
            except Stall as error:
                ended = last_words(self.running[who].process)
                if ended:
                    raise Failure(f"{self.lab.title}: {text}: the server "
                                  f"has ended{ended}") from error
                self.lab.progress.note(f"{self.lab.title}: {text}: no answer "
                                       f"for {PATIENCE} s, once more")
                self.stalls[who] = self.stalls.get(who, 0) + 1
                self.start(who)
        raise Failure(f"{self.lab.title}: {text}: no answer for {PATIENCE} "
                      f"s, {TRIES} times")


def web_setting(lab, web, name, concurrency, keep, got):
    """One number of connections: ours and lwIP in short turns, the order
    another each time, then the others.  Servers are new for each, so that
    none meets the connections of earlier ones in TIME_WAIT."""

    with web:
        pair = [who for who in ("ours", "lwip") if who in web.servers]
        for turn in range(TURNS):
            for who in pair if turn % 2 == 0 else reversed(pair):
                got.setdefault((name, who), []).append(
                    web.ask(who, name, concurrency, keep))
        got[name, "httpd"] = [web.ask("httpd", name, concurrency, keep)]
        for kind in lab.kinds_of_linux():
            got[name, kind] = [web.ask("linux", name, concurrency, keep)]


def http(lab):
    """A page of 1000 bytes from memory, by the same responder; and httpd,
    which reads it from a file."""

    page = os.path.join(lab.programs.out, "www", "page")
    os.makedirs(os.path.dirname(page), exist_ok=True)
    with open(page, "w", encoding="ascii") as file:
        file.write("x" * PAGE)
    got = {}
    web = Web(lab)
    for keep in (True, False):
        for c in CONCURRENCY:
            web_setting(lab, web, f"http_{'ka_' if keep else ''}c{c}", c,
                        keep, got)
    failed = 0
    for (name, who), turns in got.items():
        rates, bad, slow = zip(*turns)
        prefix = "" if who == "ours" else who + "_"
        lab.add(f"{prefix}{name}_per_s", statistics.median(rates))
        lab.add(f"{prefix}{name}_p99_ms", statistics.median(slow))
        failed += sum(bad) if who in ("ours", "httpd") else 0
        if who not in ("ours", "httpd"):
            lab.add(f"{name}_of_{who}", statistics.median(
                one[0] / rate for one, rate in zip(got[name, "ours"],
                                                   rates)))
    for who in web.servers:
        lab.add(f"{who}_http_stalls", web.stalls.get(who, 0))
    lab.add("http_failed", failed + web.stalls.get("ours", 0) +
            web.stalls.get("httpd", 0))


# Datagrams -----------------------------------------------------------------

def drained(lab, who, words, count):
    """Receive what waits in the queue of the TAP: who receives is stopped
    until all of it is there, so that the sender's speed does not matter."""

    with lab.step(f"udp rx {who}"):
        process = spawn(words)
        try:
            ready(process)
            time.sleep(0.1)            # Until it sleeps
            os.kill(process.pid, signal.SIGSTOP)
            run(lab.netbench("usend", OURS, 5003, count, 100))
            os.kill(process.pid, signal.SIGCONT)
            found = re.search(r"(\d+) datagrams in [\d.]+ s: ([\d.]+)",
                              finish(process)[0])
        finally:
            kill(process)
        if not found or int(found.group(1)) < count // 10:
            raise Failure("of " + str(count) + " datagrams came " +
                          (found.group(1) if found else "none"))
        return int(found.group(1)), float(found.group(2))


def udp(lab):
    """Datagrams of 100 bytes, against the bare loop."""

    count = int(400000 * lab.scale)
    sink = lab.netbench("usink", 5003, 60)
    rates = {}
    sends = {"tap": [lab.programs.stackless, "tap0", HOST, OURS, "udp", 5003,
                     count, 100],
             "ours": lab.kernel(f"netbench usend {HOST} 5003 {count} 100")}
    for who, words in sends.items():
        with Background(sink, ready):
            rates[who] = lab.measure(f"udp tx {who}", words).rate
        lab.add("udp100_tx_per_s" if who == "ours" else
                "tap_udp100_tx_per_s", rates[who])
    lab.add("udp100_tx_of_tap", rates["ours"] / rates["tap"])

    count //= 4
    run(["ip", "link", "set", "tap0", "txqueuelen", count + QUEUE])
    run(["ip", "neigh", "replace", OURS, "lladdr", MAC, "dev", "tap0",
         "nud", "permanent"])
    try:
        bare = drained(lab, "tap", [lab.programs.stackless, "tap0", HOST,
                                    OURS, "drain", 5003, count], count)
        ours = drained(lab, "ours", lab.kernel("netbench usink 5003 60"),
                       count)
    finally:
        run(["ip", "link", "set", "tap0", "txqueuelen", QUEUE])
        run(["ip", "neigh", "del", OURS, "dev", "tap0"])
    lab.add("tap_udp100_rx_per_s", bare[1])
    lab.add("udp100_rx_per_s", ours[1])
    lab.add("udp100_rx_share", ours[0] / count)
    lab.add("udp100_rx_of_tap", ours[1] / bare[1])
    udp_linux(lab, count, sink)


def udp_linux(lab, count, sink):
    """Linux and Linux: what it sends, and what of it arrives."""

    for kind in lab.kinds_of_linux():
        with Background(sink, ready):
            lab.add(f"{kind}_udp100_tx_per_s", lab.measure(
                f"udp tx {kind}", lab.linux("usend", NEAR, 5003, count,
                                            100)).rate)
        with lab.step(f"udp rx {kind}"):
            process = spawn(lab.linux("usink", 5003, 60))
            try:
                ready(process)
                run(lab.netbench("usend", FAR, 5003, count, 100))
                out = finish(process)[0]
            finally:
                kill(process)
            found = re.search(r"datagrams in [\d.]+ s: ([\d.]+)", out)
            lab.add(f"{kind}_udp100_rx_per_s", float(found.group(1)))


# Small things --------------------------------------------------------------

def latency(lab):
    """Round trips, connections, single calls; ours and Linux."""

    count = int(20000 * lab.scale)
    what = (("tcp_rr_us", ("rr", 5004, count), 1e6),
            ("udp_rr_us", ("urr", 5005, count), 1e6),
            ("tcp_conn_per_s", ("conn", 5001, count // 10), 0))
    with Background(lab.netbench("echo", 5004), listens(5004)), \
            Background(lab.netbench("uecho", 5005)), \
            Background(lab.netbench("discard", 5001), listens(5001)):
        for name, (command, *rest), per in what:
            one = lab.measure(name, lab.kernel(" ".join(map(str, (
                "netbench", command, HOST, *rest)))))
            lab.add(name, per / one.rate if per else one.rate)
        for kind in lab.kinds_of_linux():
            for name, (command, *rest), per in what:
                one = lab.measure(f"{name} {kind}",
                                  lab.linux(command, NEAR, *rest))
                lab.add(f"{kind}_{name}", per / one.rate if per else
                        one.rate)
    calls = int(200000 * lab.scale)
    for prefix, words in (("", [lab.programs.kernel, "-c",
                                f"netbench calls {calls}"]),
                          ("linux_", lab.netbench("calls", calls))):
        with lab.step(f"{prefix}calls"):
            for name, rate in re.findall(
                    r"(\S+) \d+ calls in [\d.]+ s: ([\d.]+)", run(words)):
                name = re.sub(r"\W", "_", name)
                lab.add(f"{prefix}call_{name}_ns", 1e9 / float(rate))


def counters(text):
    """The table of /proc/net/netstat as {name: value}, names as they are,
    those of TCP only."""

    rows = re.findall(r"(?m)^TcpExt: (.*)$", text)
    if len(rows) != 2:
        raise Failure("no counters of TCP: " + text.strip()[-200:])
    return dict(zip(rows[0].split(), map(int, rows[1].split())))


def copies(lab):
    """Bytes copied for each byte sent and received, without and with loss;
    those sent again must not be copied again."""

    size = lab.size // 4
    for loss in (0, 1):
        wrap = f"fault,loss={loss}%,seed=7" if loss else ""
        with servers(lab, size):
            sums = {}
            for way, what in (("tx", f"send {HOST} 5001 {size}"),
                              ("rx", f"recv {HOST} 5002")):
                with lab.step(f"copies {way}, {loss} % loss"):
                    out = run(lab.kernel(f"netbench {what}; cat "
                                         "/proc/net/netstat", wrap=wrap),
                              300)
                    sums[way] = counters(out)
        lab.add("copies_tx", sums["tx"]["copies_tx"] / size)
        lab.add("copies_rx", sums["rx"]["copies_rx"] / size)
        lab.add("copies_resend", sums["tx"]["copies_resend"] / size)
        for name in ("copies_collapse", "bounces", "csum_bytes"):
            lab.add(f"{name}{'_loss' if loss else ''}", sums["tx"][name])


def idle(lab):
    """System calls and processor time of ten seconds with connections that
    nobody uses."""

    if not shutil.which("strace"):
        return
    seconds = 10 if lab.scale == 1 else 2
    trace = os.path.join(lab.programs.out, "idle.strace")
    with lab.step(f"idle for {seconds} s"), Background(
            lab.kernel(f"netbench http 80 {PAGE}"), answers(OURS)) as server:
        with contextlib.ExitStack() as stack:
            for _ in range(20):
                stack.enter_context(socket.create_connection((OURS, 80), 10))
            time.sleep(8)              # Until ARP and delayed work rest
            strace = spawn(["strace", "-f", "-o", trace, "-p", server.pid])
            time.sleep(1)
            before = run_ns(server.pid)
            time.sleep(seconds)
            cpu = run_ns(server.pid) - before
            if strace.poll() is not None:
                raise Failure("strace: " + strace.stdout.read().strip())
            strace.send_signal(signal.SIGINT)
            strace.wait(10)
            kill(strace)
        with open(trace, encoding="ascii") as file:
            lab.add("idle_syscalls", sum("(" in line and "detached" not in
                                         line for line in file))
        os.unlink(trace)
        lab.add("idle_cpu_ns", cpu)


def run_ns(pid):
    """What a process has used of a processor, to the nanosecond."""

    with open(f"/proc/{pid}/schedstat", encoding="ascii") as file:
        return int(file.read().split()[0])


def memory(lab):
    """What tests count and print: "bench NAME VALUE", or a sentence."""

    for name in ("test_conn", "test_tcp_copies", "test_scale"):
        test = lab.programs.test(name)
        if test:
            with lab.step(name):
                out = run([test], 600)
            for key, value in said(out):
                lab.numbers[key] = [value]


def said(out):
    """Numbers in the output of a test."""

    found = re.search(r"at 10: ([\d.]+) compares, .* at 100000: ([\d.]+),",
                      out)
    if found and float(found.group(1)) > 0:
        yield ("lookup_compares_100k_over_10",
               float(found.group(2)) / float(found.group(1)))
    for mtu, unacked, held in re.findall(
            r"MTU (\d+): (\d+) bytes unacknowledged hold (\d+)", out):
        yield f"resident_over_unacked_{mtu}", int(held) / int(unacked)
    for key, value in re.findall(r"(?m)^bench (\w+) ([\d.]+)$", out):
        yield key, float(value)


# Each group: its function, where it runs (the networks of bench-net), whether
# it runs once instead of once a round, what it can not do without.  Those
# that run once come first: where they fail nothing long is lost.

GROUPS = {
    "memory": (memory, ("1500",), True, None),
    "copies": (copies, ("1500",), True, None),
    "idle": (idle, ("1500",), True, "strace"),
    "bulk": (bulk, ("1500", "9000"), False, None),
    "offload": (offload, ("vnet",), False, None),
    "http": (http, ("1500",), False, "ab"),
    "udp": (udp, ("1500",), False, None),
    "latency": (latency, ("1500",), False, None),
    "poll": (poll, ("1500",), False, None),
    "loss": (loss, ("1500",), False, None),
}
