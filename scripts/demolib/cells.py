# SPDX-License-Identifier: Apache-2.0
#
# One cell: a lab of its own, the kernel on one side, the peer on the other.

"""The cells of the demo, and how one runs.

A cell runs inside of its lab (scripts/netlab), or over a socket link:

  kernel:  stack - pcap "inner" - fault - pcap "outer" - hold - TAP
  peer:    the host's own stack, with the same sockettest, built for Linux

A device is "sg", a TAP that takes frames in pieces; "flat", one that wants
them in one piece; or "hold", that keeps what it has sent.  Over a link the
peer is a second kernel.  What happens, in this order: the
peer listens; the kernel boots to nsh> and gets its address; a loop in the
kernel samples /proc/iobinfo; sockettest runs; counters and buffers are read
again; the kernel powers off, which closes the captures; wirecheck reads them.
All files are in the folder of the cell, which is also /host in the kernel."""

import json
import os
import re
import subprocess
import time

from . import procs
from .procs import ROOT, Failure, Node, Wrong

HOST = "10.0.0.1"
OURS = "10.0.0.2"
PORT = 5471
SAMPLE_US = 50000
SUITE = 240                       # Seconds for sockettest, at most
CAPTURES = ("inner.pcapng", "outer.pcapng")

# Name, MTU, loss each way, device, and patterns of tests; "cost" are about as
# many seconds: those that take long begin first.  Transfers of many
# megabytes are in the cells without loss only: there each loss may cost a
# retransmission time-out; of the group loss those that wait for few of them.
# Where much traffic goes through the loopback, which is not captured, copies
# are not compared with captured bytes.

SHORT = ["data.*sizes", "data.mix", "data.scatter_gather", "data.peek",
         "data.waitall", "data.cork", "mixed.sizes"]
FAULTS = [f"loss.{name}" for name in (
    "every_*_segment", "one_percent", "no_copies", "every_2nd_ack", "syn*",
    "third_ack", "fin", "duplicated", "reordered", "corrupted")]
CELLS = {
    cell["name"]: cell for cell in (
        {"name": "calls-1500", "mtu": 1500, "loss": 0, "device": "sg",
         "tests": ["conn.*", "calls.*", "opts.*", "udp.*"],
         "loopback": True, "cost": 2,
         "about": "Each socket call, option and flag, datagrams, and how "
                  "connections begin and end."},
        {"name": "flat-1500", "mtu": 1500, "loss": 0, "device": "flat",
         "tests": ["data.*"], "cost": 6,
         "about": "Every size, from 1 byte to 64 MiB, both ways, in frames "
                  "of the usual size."},
        {"name": "sg-9000", "mtu": 9000, "loss": 0, "device": "sg",
         "tests": ["data.*", "mixed.*"], "cost": 30,
         "about": "The same in jumbo frames; then bulk, small datagrams and "
                  "conversations at once."},
        {"name": "hold-1500", "mtu": 1500, "loss": 0, "device": "hold",
         "tests": ["hold.*", "data.*"], "cost": 20,
         "about": "The device keeps each frame after it was sent; TCP sends "
                  "the same bytes again meanwhile, or forgets them."},
        {"name": "hold-9000-loss1", "mtu": 9000, "loss": 1,
         "device": "hold", "tests": SHORT, "cost": 14,
         "about": "Jumbo frames, kept by the device, of which some are "
                  "lost."},
        {"name": "loss1-1500", "mtu": 1500, "loss": 1, "device": "sg",
         "tests": SHORT, "cost": 12,
         "about": "Of a hundred frames one is lost, each way."},
        {"name": "loss5-9000", "mtu": 9000, "loss": 5, "device": "flat",
         "tests": SHORT, "cost": 21,
         "about": "Of twenty jumbo frames one is lost, each way."},
        {"name": "faults-1500", "mtu": 1500, "loss": 0, "device": "sg",
         "tests": FAULTS, "cost": 17,
         "about": "Losses where they hurt: handshakes, FIN, ACKs, every n-th "
                  "segment; frames twice, out of order, damaged."},
    )}

COUNTERS = ("tcp.copies_tx", "tcp.copies_rx", "tcp.copies_resend",
            "tcp.copies_collapse", "tcp.bounces", "tcp.retranssegs",
            "tcp.outsegs", "tcp.timeouts", "tcp.fastrecovery",
            "tcp.lossprobes", "tcp.deferrals", "udp.copies_tx",
            "udp.copies_rx")


def say(text):
    """A line for the script outside."""

    print(text, flush=True)


def devices(cell, mode, seed):
    """The words that give the kernel its device."""

    base = f"tap,name={os.environ.get('NETLAB_TAP')}" if mode == "tap" \
        else "link,path=ours.sock,peer=peer.sock"
    flat = ",flat=yes" if cell["device"] == "flat" else ""
    words = ["--dev", f"{base},mtu={cell['mtu']}{flat}"]
    if cell["device"] == "hold":
        words += ["--wrap", "hold,time=20ms"]
    fault = ["--wrap", f"fault,loss={cell['loss']}%,seed={seed}"]
    if not checked(cell):
        return words + fault
    inner, outer = (f"pcap,file={name}" for name in CAPTURES)
    return words + ["--wrap", outer, *fault, "--wrap", inner]


def checked(cell):
    """Whether frames are captured and checked, and buffers sampled."""

    return cell.get("check", True)


def drop_captures(folder):
    """Of a cell that is clean: they are most of what it wrote."""

    for name in CAPTURES:
        try:
            os.remove(os.path.join(folder, name))
        except FileNotFoundError:
            pass                   # Of a cell that is not checked


def up(address, mtu):
    """The command that gives a kernel its address."""

    return f"ifconfig eth0 {address}/24 mtu {mtu} up"


def listens(port):
    """Whether somebody in this network listens on a port."""

    with open("/proc/net/tcp", encoding="ascii") as file:
        return re.search(rf":{port:04X} 00000000:0000 0A", file.read())


class HostPeer:
    """sockettest -s of Linux."""

    def __init__(self, program, folder):
        with open(os.path.join(folder, "peer.log"), "wb") as log:
            self.process = procs.spawn([program, "-s", "-p", PORT],
                                       cwd=folder, stdout=log, stderr=log)
        try:
            self.wait(os.path.join(folder, "peer.log"))
        except BaseException:
            procs.end(self.process)
            raise

    def wait(self, log):
        """Until it listens."""

        deadline = time.monotonic() + 20
        while not listens(PORT):
            if self.process.poll() is not None or \
                    time.monotonic() > deadline:
                with open(log, encoding="utf-8", errors="replace") as file:
                    text = file.read().strip()
                raise Wrong("the peer can not be reached: sockettest -s does "
                            "not listen: "
                            + (text.split("\n")[-1] or "it says nothing"))
            time.sleep(0.02)

    def close(self):
        """End it."""

        procs.end(self.process)


class KernelPeer:
    """sockettest -s in a second kernel, at the other end of a link."""

    def __init__(self, kernel, folder, mtu):
        # pylint: disable=consider-using-with
        self.log = open(os.path.join(folder, "peer.log"), "w",
                        encoding="utf-8")
        self.node = Node([kernel, "--host", ".", "--dev",
                          f"link,path=peer.sock,peer=ours.sock,mtu={mtu}"],
                         folder, self.log)
        try:
            self.node.must(up(HOST, mtu))
            self.node.send(f"sockettest -s -p {PORT} &")
            deadline = time.monotonic() + 20
            while f":{PORT} " not in self.node.run("netstat -ltn")[0]:
                if time.monotonic() > deadline:
                    raise Wrong("the peer can not be reached: sockettest -s "
                                "in the second kernel does not listen")
                time.sleep(0.02)
        except BaseException:
            self.close()
            raise

    def close(self):
        """End it."""

        procs.end(self.node.process)
        self.log.close()


def numbers(text):
    """The counters of netstat -s, or of /proc/iobinfo."""

    return {name: int(value) for name, value in
            re.findall(r"(?m)^([\w.]+) +(\d+)(?:\s|$)", text)}


def used(text):
    """Bytes of each class in use, by /proc/iobinfo."""

    return {name: int(value) for name, value in
            re.findall(r"(?m)^class_(\w+) +used (\d+)", text)}


def samples(folder):
    """The samples of /proc/iobinfo: [seconds, used, rx, tx, ctrl, ring]."""

    rows = []
    row = None
    try:
        with open(os.path.join(folder, "samples"), encoding="ascii",
                  errors="replace") as file:
            for line in file:
                words = line.split()
                if len(words) == 1 and "." in words[0]:
                    row = [float(words[0]), 0]
                elif row and words and words[0].startswith("class_"):
                    row.append(int(words[2]))
                elif row and words and words[0] == "used":
                    row[1] = int(words[1])
                    rows.append([row[0], row[1], *row[2:6]])
                    row = None
    except (OSError, ValueError, IndexError) as error:
        raise Failure(f"samples of the buffers: {error}") from error
    start = rows[0][0] if rows else 0
    step = len(rows) // 600 + 1   # A plot has no room for more
    return [[round(row[0] - start, 3), *row[1:]] for row in rows[::step]]


class Suite:
    """Lines of sockettest become progress."""

    def __init__(self, name):
        self.name = name
        self.count = 0
        self.test = ""

    def line(self, text):
        """A line of the kernel."""

        found = re.match(r"\[ RUN +\] (\S+)", text)
        if found:
            self.count += 1
            self.test = found.group(1)
            say(f"@ {self.name}: test {self.count}: {self.test}")


def settle(node, before):
    """Until the buffers are as before; what is used if they never are.  All
    classes together: the ring of the device may have one of another class,
    that came back to it."""

    node.run("hold eth0 release=all count=0 time=0ms")
    for _ in range(50):
        now = used(node.must("cat /proc/iobinfo"))
        if sum(now.values()) <= sum(before.values()):
            return None
        node.must("usleep 100000")
    return now


def command(cell, seed):
    """What is typed at nsh>."""

    tests = " ".join(f"-t '{test}'" for test in cell["tests"])
    return f"sockettest -c {HOST} -p {PORT} {tests} -S {seed} " \
           "-j /host/sockettest.json"


def converse(node, cell, seed, result, suite):
    """The part at nsh>."""

    say(f"@ {cell['name']}: boots the kernel")
    try:
        node.must(up(OURS, cell["mtu"]))
    except Failure as error:
        raise Wrong(f"the kernel does not come up: {error}") from error
    node.run(f"ping -c 1 -W 2 {HOST}")           # The peer is known now
    before = used(node.must("cat /proc/iobinfo"))
    if checked(cell):
        node.send('sh -c "while true; do cat /proc/uptime /proc/iobinfo '
                  f'>> /host/samples; usleep {SAMPLE_US}; done" &')
    result["command"] = command(cell, seed)
    node.line = suite.line
    out, result["status"] = node.run(result["command"], SUITE)
    node.line = None
    result["output"] = out.splitlines()[-400:]
    say(f"@ {cell['name']}: reads counters and buffers")
    left = settle(node, before)
    counted = numbers(node.must("cat /proc/net/stats"))
    result["counters"] = {name: counted.get(name, 0) for name in COUNTERS}
    result["iob"] = numbers(node.must("cat /proc/iobinfo"))
    shown = node.run("hold eth0")[0] if cell["device"] == "hold" else ""
    found = re.search(r"modified +(\d+)", shown)
    result["modified"] = int(found.group(1)) if found else None
    check(result, "the pool is complete afterwards", not left,
          f"used before: {before}; still: {left}")


def check(result, name, good, why=""):
    """A check of the demo itself."""

    result["checks"].append({"name": name, "passed": bool(good),
                             "reason": "" if good else why})


def examine(programs, cell, folder, result):
    """wirecheck over both captures."""

    say(f"@ {cell['name']}: wirecheck reads the captures")
    words = [programs["wirecheck"]]
    for name in CAPTURES:
        words += ["-r", name]
    words += ["-j", "wire.json", "--segments", "2", "--quiet"]
    done = procs.spawn(words, cwd=folder, stdout=subprocess.PIPE,
                       stderr=subprocess.STDOUT, text=True)
    try:
        why = done.communicate(timeout=120)[0].strip().splitlines()
    except subprocess.TimeoutExpired as error:
        raise Failure("wirecheck did not end in 120 s") from error
    finally:
        procs.end(done)
    try:
        with open(os.path.join(folder, "wire.json"),
                  encoding="utf-8") as file:
            result["wire"] = json.load(file)
    except (OSError, ValueError) as error:
        raise Failure(f"wirecheck ended with {done.returncode} and gave no "
                      f"result: {why[-1] if why else error}") from error
    wire = result["wire"]
    first = wire["findings"][0]["rule"] + ": " + \
        wire["findings"][0]["text"] if wire["findings"] else \
        "; ".join(wire.get("reasons", []))
    check(result, "wirecheck finds nothing in the captures",
          done.returncode == 0 and wire["verdict"] == "clean",
          f"{wire['verdict']}, {len(wire['findings'])} findings; {first}")


def load_tests(folder, result):
    """What sockettest says of itself."""

    path = os.path.join(folder, "sockettest.json")
    try:
        with open(path, encoding="utf-8") as file:
            report = json.load(file)
        result["tests"] = report["tests"]
        result["calls"] = report["calls"]
    except (OSError, ValueError, KeyError) as error:
        last = [line for line in result.get("output", []) if line.strip()]
        raise Failure(f"sockettest ended with {result.get('status')} and "
                      f"gave no result: {last[-1] if last else error}") \
            from error
    check(result, "sockettest ran tests", result["tests"], "none ran")
    failed = any(test["result"] == "failed" for test in result["tests"])
    check(result, "the exit status of sockettest is its verdict",
          result["status"] == (1 if failed else 0),
          f"it is {result['status']}")


def kept(result):
    """What the kernel itself counted.  A device that wants frames in one
    piece gets a resend with other boundaries put together, by a copy; so of
    it nothing is claimed."""

    again = result["counters"]["tcp.copies_resend"]
    if result["cell"]["device"] != "flat":
        check(result, "no payload byte is copied for a resend", again == 0,
              f"{again} bytes were")
    if result["modified"] is not None:
        check(result, "nobody writes into a frame that the device keeps",
              result["modified"] == 0, f"{result['modified']} frames")


def copies(result):
    """Payload copies per captured byte."""

    got = result["counters"]
    wire = result["wire"]
    sent = received = resent = 0
    for flow in wire["flows"]:
        for way in flow["directions"]:
            ours = way["from"].startswith(OURS + ":")
            sent += way["payload_bytes"] if ours else 0
            received += 0 if ours else way["payload_bytes"]
            resent += way["resent_segments"]
    result["payload"] = {"sent": sent, "received": received,
                         "resent_segments": resent}
    wire["flows"] = [flow for flow in wire["flows"]
                     if flow.get("segments")]      # Enough for the graphs
    moved = got["tcp.copies_tx"] + got["tcp.copies_resend"] + \
        got["tcp.copies_collapse"]
    local = result["cell"].get("loopback")
    result["copies"] = {
        "tx": round(moved / sent, 3) if sent and not local else None,
        "rx": round(got["tcp.copies_rx"] / received, 3)
        if received and not local else None,
        "resend": got["tcp.copies_resend"]}


def run(programs, cell, mode, seed, folder):
    """The cell, in its lab; the result is also in its folder."""

    start = time.monotonic()
    result = {"name": cell["name"], "cell": cell, "seed": seed,
              "checks": [], "tests": [], "calls": {}, "error": None}
    log = os.path.join(folder, "nsh.log")
    suite = Suite(cell["name"])
    try:
        with open(log, "w", encoding="utf-8") as file:
            peer = HostPeer(programs["sockettest"], folder) \
                if mode == "tap" else \
                KernelPeer(programs["kernel"], folder, cell["mtu"])
            node = None
            try:
                node = Node([programs["kernel"], "--host", ".", "--seed",
                             seed, *devices(cell, mode, seed)], folder, file)
                converse(node, cell, seed, result, suite)
                status = node.close()
                check(result, "the kernel ends in order", status == 0,
                      f"status {status}: {node.rest()}")
            finally:
                if node:
                    procs.end(node.process)
                peer.close()
        load_tests(folder, result)
        kept(result)
        if checked(cell):
            result["samples"] = samples(folder)
            examine(programs, cell, folder, result)
            copies(result)
    except Failure as error:
        result["error"] = str(error)
        check(result, "the cell ran to its end", False, str(error))
    result["seconds"] = round(time.monotonic() - start, 1)
    with open(os.path.join(folder, "result.json"), "w",
              encoding="utf-8") as file:
        json.dump(result, file)


def lab_words(cell, mode):
    """What to put before a command to run it in the cell's network."""

    if mode == "link":
        return []
    return [os.path.join(ROOT, "scripts/netlab"), "--no-ipv6", "--mtu",
            str(cell["mtu"]), "--addr", HOST + "/24", "--"]
