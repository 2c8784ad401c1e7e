# SPDX-License-Identifier: Apache-2.0
#
# Recovery from loss, ours and that of Linux, over the same bad path: how the
# path is built, who sends over it, and what arrives when.

"""Goodput under loss.

Each flow has a path of its own:

   ours  --TAP u--+            our kernel, as a router
                  +-- bridge --TAP a--[delay]   [loss]--TAP b-- receiver
   Linux --veth---+

The router forwards between two TAPs.  Both directions travel for half of a
round trip on the sender's side; on the receiver's side data is lost, segment
by segment, by a generator whose seed the two senders of a pair share: the
n-th data segment is lost for both or for none.  There is no bottleneck, so a
flow is limited by its congestion control alone, and flows do not disturb each
other: all flows of a round run at the same time."""

import contextlib
import json
import os
import selectors
import socket
import time

from .runs import Background, Failure, kill, ready, run

RATES = {"0_1": "0.1%", "1": "1%", "5": "5%"}
WHO = ("ours", "linux")
HALF = "10ms"                      # Of a round trip
CONTROL = "reno"
SECONDS = 20                       # That count, of a flow
LANES = 3                          # Pairs of one rate, at the same time
PATIENCE = 20                      # Until the first byte of a flow
BUCKET = 0.1                       # Seconds of a point of the plot
PORT = 5010
WAITING = 100000                   # Frames that may be under way
MTU = 1500


class Flow:
    """One sender and its path."""

    def __init__(self, number, rate, who, seed):
        self.number = number
        self.rate = rate
        self.who = who
        self.seed = seed
        self.start = None
        self.sender = None
        self.buckets = []

    def __str__(self):
        return f"{RATES[self.rate]} {self.who}"

    def near(self, host):
        """An address of the sender's side."""

        return f"10.7.{self.number}.{host}"

    def far(self, host):
        """An address of the receiver's side."""

        return f"10.8.{self.number}.{host}"

    def mac(self, kind):
        """Of a TAP."""

        return f"02:00:00:00:{ord(kind):02x}:{self.number:02x}"

    def tap(self, kind):
        """The words for one of its TAPs."""

        return ["--dev", f"tap,name=loss{kind}{self.number},mtu={MTU},"
                f"mac={self.mac(kind)}"]

    def router(self, kernel):
        """Our kernel between the two networks."""

        return [kernel, *self.tap("a"),
                "--wrap", f"fault,delay={HALF},limit={WAITING}",
                *self.tap("b"),
                "--wrap", f"fault,dir=tx,tcp=data,loss={RATES[self.rate]},"
                f"seed={self.seed},limit={WAITING}", "-c",
                f"ifconfig eth0 {self.near(2)} netmask 255.255.255.0 up; "
                f"ifconfig eth1 {self.far(2)} netmask 255.255.255.0 up; "
                "echo 1 >/proc/sys/net/ipv4/ip_forward; echo ready; "
                "sleep 86400"]

    def words(self, lab):
        """Who sends, until it is ended."""

        send = ["send", self.far(1), PORT, 1 << 50, CONTROL]
        if self.who == "linux":
            return lab.linux(*send)
        return [lab.programs.kernel, *self.tap("u"), "-c",
                f"ifconfig eth0 {self.near(3)} netmask 255.255.255.0 up; "
                f"route add default gw {self.near(2)}; netbench "
                f"{' '.join(map(str, send))}"]

    def came(self, now, count):
        """Some bytes, at this time."""

        place = int((now - self.start) / BUCKET)
        self.buckets += [0] * (place + 1 - len(self.buckets))
        self.buckets[place] += count

    def goodput(self, seconds):
        """Bits per second, of so many seconds from the first byte."""

        return sum(self.buckets[:round(seconds / BUCKET)]) * 8 / seconds


def inside(lab, *words):
    """A command in the other Linux."""

    run(["nsenter", f"--net=/proc/{lab.far.pid}/ns/net", *words])


def set_up(lab, lanes):
    """The networks, once: a bridge that the senders share, addresses and
    routes for each flow."""

    if lab.paths:
        return
    lab.paths = True
    run(["ip", "link", "add", "lossbr", "type", "bridge"])
    run(["ip", "link", "add", "lossn", "type", "veth", "peer", "name",
         "lossf", "netns", lab.far.pid])
    inside(lab, "sh", "-c", "echo 1 >/proc/sys/net/ipv4/tcp_no_metrics_save "
           "&& ip link set lossf up")
    run(["ip", "link", "set", "lossn", "master", "lossbr"])
    for name in ("lossbr", "lossn"):
        quiet(name)
        run(["ip", "link", "set", name, "up"])
    for i in range(len(RATES) * lanes * len(WHO)):
        flow = Flow(i, "1", "linux", 0)
        for kind in "abu":
            name = f"loss{kind}{i}"
            run(["ip", "tuntap", "add", "dev", name, "mode", "tap"])
            quiet(name)
            if kind != "b":
                run(["ip", "link", "set", name, "master", "lossbr"])
            run(["ip", "link", "set", name, "mtu", MTU, "txqueuelen", 10000,
                 "up"])
        run(["ip", "addr", "add", flow.far(1) + "/24", "dev", f"lossb{i}"])
        run(["ip", "route", "add", flow.near(0) + "/24", "via",
             flow.far(2)])
        inside(lab, "ip", "addr", "add", flow.near(1) + "/24", "dev",
               "lossf")
        inside(lab, "ip", "route", "add", flow.far(0) + "/24", "via",
               flow.near(2))


def quiet(name):
    """The host sends nothing by itself."""

    path = f"/proc/sys/net/ipv6/conf/{name}/disable_ipv6"
    if os.path.exists(path):
        with open(path, "w", encoding="ascii") as file:
            file.write("1")


class Receiver:
    """All flows end here; what arrives is counted and thrown away."""

    def __init__(self, flows):
        self.flows = {flow.far(1): flow for flow in flows}
        self.selector = selectors.DefaultSelector()
        self.listener = socket.create_server(("", PORT), backlog=1024)
        self.listener.setblocking(False)
        self.selector.register(self.listener, selectors.EVENT_READ)
        self.buffer = bytearray(1 << 20)

    def __enter__(self):
        return self

    def __exit__(self, *error):
        for key in list(self.selector.get_map().values()):
            key.fileobj.close()
        self.selector.close()

    def accept(self, now):
        """A sender has connected."""

        peer, _ = self.listener.accept()
        peer.setblocking(False)
        flow = self.flows[peer.getsockname()[0]]
        flow.start = now
        self.selector.register(peer, selectors.EVENT_READ, flow)

    def step(self):
        """What has come."""

        events = self.selector.select(0.1)
        now = time.monotonic()
        for key, _ in events:
            if key.data is None:
                self.accept(now)
                continue
            count = key.fileobj.recv_into(self.buffer)
            if count == 0:
                raise Failure(f"{key.data}: ended by itself")
            key.data.came(now, count)

    def run(self, seconds):
        """Until each flow has had its time."""

        flows = self.flows.values()
        begin = time.monotonic()
        while any(flow.start is None or
                  time.monotonic() < flow.start + seconds for flow in flows):
            self.step()
            for flow in flows:
                if flow.sender.poll() is not None:
                    raise Failure(f"{flow}: the sender has ended: "
                                  f"{flow.sender.stdout.read().strip()}")
                if flow.start is None and \
                        time.monotonic() > begin + PATIENCE:
                    raise Failure(f"{flow}: nothing came for {PATIENCE} s")


def transfer(lab, flows, seconds):
    """All flows at the same time."""

    with contextlib.ExitStack() as stack:
        for flow in flows:
            stack.enter_context(Background(flow.router(lab.programs.kernel),
                                           ready))
        receiver = stack.enter_context(Receiver(flows))
        for flow in flows:
            flow.sender = stack.enter_context(Background(flow.words(lab)))
        receiver.run(seconds)
        for flow in flows:
            kill(flow.sender)


def loss(lab):
    """One round: pairs of each rate, a seed for each pair."""

    seconds = SECONDS * lab.scale
    lanes = LANES if lab.scale == 1 else 1
    rounds = len(lab.numbers.get(f"loss_{next(iter(RATES))}_of_linux", ()))
    flows = []
    for lane in range(lanes):
        for rate in RATES:
            seed = 1 + rounds * LANES + lane
            flows += [Flow(len(flows) + i, rate, who, seed)
                      for i, who in enumerate(WHO)]
    with lab.step(f"loss, {len(flows)} flows for {seconds:.0f} s"):
        set_up(lab, lanes)
        transfer(lab, flows, seconds)
    for rate in RATES:
        rates = {who: [flow.goodput(seconds) for flow in flows
                       if flow.rate == rate and flow.who == who]
                 for who in WHO}
        for who, values in rates.items():
            prefix = "" if who == "ours" else who + "_"
            lab.add(f"{prefix}loss_{rate}_mbit",
                    sum(values) / len(values) * 1e-6)
        lab.add(f"loss_{rate}_of_linux",
                sum(rates["ours"]) / sum(rates["linux"]))
    keep(lab, flows, round(seconds / BUCKET), rounds == 0)


PART = "net-loss.part"             # From it the plot is drawn


def series(folder):
    """Mbit/s of each bucket of each flow: {rate: {who: [[...], ...]}}."""

    path = os.path.join(folder, PART)
    if not os.path.exists(path):
        return {}
    with open(path, encoding="ascii") as file:
        return json.load(file)


def keep(lab, flows, count, first):
    """Add to the file from which the plot is drawn."""

    kept = {} if first else series(lab.programs.out)
    for flow in flows:
        values = flow.buckets[:count]
        values += [0] * (count - len(values))
        kept.setdefault(flow.rate, {}).setdefault(flow.who, []).append(
            [value * 8e-6 / BUCKET for value in values])
    with open(os.path.join(lab.programs.out, PART), "w",
              encoding="ascii") as file:
        json.dump(kept, file)
