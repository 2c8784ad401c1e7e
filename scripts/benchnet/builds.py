# SPDX-License-Identifier: Apache-2.0
#
# What has to be built before a measurement: nothing is compiled beside one.

"""Programs of the benchmarks."""

import glob
import os
import re
import shutil
import subprocess

from .runs import Failure, run

ROOT = os.path.abspath(os.path.join(os.path.dirname(__file__), "../.."))
LWIP = os.path.join(ROOT, "build/lwip")
VERSION = "lwip-2.1.3*"
TESTS = ("test_scale", "test_conn", "test_tcp_copies")


CONFIG = "sim-large"               # Of the kernel that is measured
COUNTED = "sim"                    # Of the tests that count memory


class Programs:
    """Where they are."""

    def __init__(self, out, folder):
        self.out = out
        self.folder = folder
        self.kernel = os.path.join(self.built(CONFIG), "kernel")
        self.netbench = os.path.join(out, "netbench")
        self.stackless = os.path.join(out, "stackless")

    def built(self, config):
        """The folder of a configuration."""

        return os.path.join(self.folder, config, "plain")

    def lwip(self, mtu):
        """lwIP for this MTU; None if there is none."""

        path = os.path.join(self.out, f"lwip{mtu}")
        return path if os.path.exists(path) else None

    def test(self, name):
        """A test that also measures; None if there is none."""

        path = os.path.join(self.built(COUNTED), "bin", name)
        return path if os.path.exists(path) else None


def make(programs, config, target):
    """A target of scripts/build.mk."""

    run(["make", "-s", "--no-print-directory", f"-j{os.cpu_count()}", "-C",
         ROOT, "-f", "scripts/build.mk", f"CONFIG={config}", "VARIANT=plain",
         f"O={programs.built(config)}", target], 1800)


def build(programs, progress, tests):
    """The kernel, the peer and the limits; what is missing, in words."""

    os.makedirs(programs.out, exist_ok=True)
    missing = []
    progress.say("building the kernel")
    make(programs, CONFIG, "kernel")
    compile_host(programs.netbench,
                 glob.glob(f"{ROOT}/apps/testing/netbench/*.c"))
    compile_host(programs.stackless, [f"{ROOT}/bench/net/stackless.c"])
    for name in TESTS if tests else ():
        if glob.glob(f"{ROOT}/tests/host/net/{name}.c"):
            progress.say(f"building {name}")
            make(programs, COUNTED,
                 os.path.join(programs.built(COUNTED), "bin", name))
    progress.say("looking for lwIP")
    source = glob.glob(f"{LWIP}/{VERSION}/src") or fetch()
    for mtu in (1500, 9000):
        if source:
            progress.say("building lwIP")
            build_lwip(programs, source[0], mtu)
        elif programs.lwip(mtu):
            os.unlink(programs.lwip(mtu))
    if not source:
        missing.append("lwIP: its source package can not be had (the log is "
                       "build/lwip/log); its columns are left out")
    for tool, what in (("ab", "http"), ("strace", "idle"),
                       ("ethtool", "Linux without offloads"),
                       ("gnuplot", "the plot")):
        if not shutil.which(tool):
            missing.append(f"{what}: no {tool} here (scripts/setup)")
    return missing


def compile_host(program, sources, *flags):
    """A program of Linux; new if its sources are newer."""

    folders = {os.path.dirname(source) for source in sources}
    newest = max(os.path.getmtime(path) for folder in folders
                 for path in glob.glob(folder + "/*.[ch]"))
    if not os.path.exists(program) or os.path.getmtime(program) < newest:
        run(["gcc", "-O2", "-w", "-o", program + ".new", *flags, *sources],
            300)
        os.replace(program + ".new", program)


def build_lwip(programs, source, mtu):
    """lwIP with our responder."""

    here = os.path.join(ROOT, "bench/net/lwip")
    program = os.path.join(programs.out, f"lwip{mtu}")
    newest = max(map(os.path.getmtime, glob.glob(here + "/*.[ch]") +
                     glob.glob(here + "/*/*.h")))
    if os.path.exists(program) and os.path.getmtime(program) < newest:
        os.unlink(program)
    if not os.path.exists(program):
        compile_host(program, [f"{here}/lwip_bench.c",
                               *glob.glob(f"{source}/core/*.c"),
                               *glob.glob(f"{source}/core/ipv4/*.c"),
                               f"{source}/netif/ethernet.c"],
                     "-D_GNU_SOURCE", f"-DLWIP_BENCH_MTU={mtu}", "-I", here,
                     "-I", f"{source}/include")


def fetch():
    """Debian's source package of lwIP, without a change to the system: lists
    and cache of its own, with the deb-src lines that the system lacks."""

    for name in ("lists/partial", "cache/archives/partial", "parts"):
        os.makedirs(os.path.join(LWIP, name), exist_ok=True)
    found = glob.glob("/etc/apt/sources.list") + \
        glob.glob("/etc/apt/sources.list.d/debian*")
    for i, path in enumerate(found):
        with open(path, encoding="utf-8") as file:
            text = file.read()
        kind = "sources" if path.endswith(".sources") else "list"
        text = re.sub(r"(?m)^Types: deb$", "Types: deb-src", text) \
            if kind == "sources" else re.sub(r"(?m)^deb ", "deb-src ", text)
        with open(f"{LWIP}/parts/{i}.{kind}", "w", encoding="utf-8") as file:
            file.write(text)
    options = ["-o", f"Dir::State::lists={LWIP}/lists",
               "-o", f"Dir::Cache={LWIP}/cache",
               "-o", f"Dir::Etc::sourceparts={LWIP}/parts",
               "-o", "Dir::Etc::sourcelist=/dev/null",
               "-o", "APT::Sandbox::User=root",
               "-o", "Acquire::http::Timeout=30", "-o", "Acquire::Retries=1"]
    with open(f"{LWIP}/log", "w", encoding="utf-8") as log:
        for words in (["update", "-qq"],
                      ["source", "-qq", "--download-only", "lwip=2.1.3*"],
                      ["source", "-qq", "--download-only", "lwip"]):
            if not glob.glob(f"{LWIP}/lwip_*.orig.tar.*"):
                fetch_step(["apt-get", *options, *words], log)
    for path in glob.glob(f"{LWIP}/lwip_2.1.3*.orig.tar.*"):
        unpack(path)
    return glob.glob(f"{LWIP}/{VERSION}/src")


def fetch_step(words, log):
    """One command of apt; whether it worked is seen by what is there."""

    try:
        subprocess.run(words, cwd=LWIP, stdin=subprocess.DEVNULL, stdout=log,
                       stderr=log, timeout=300, check=False)
    except (OSError, subprocess.TimeoutExpired) as error:
        log.write(f"{error}\n")


def unpack(path):
    """Whole or not at all."""

    part = f"{LWIP}/part"
    shutil.rmtree(part, ignore_errors=True)
    os.makedirs(part)
    try:
        run(["tar", "xf", path, "-C", part], 300)
        for folder in glob.glob(f"{part}/{VERSION}"):
            os.rename(folder, os.path.join(LWIP, os.path.basename(folder)))
    except (Failure, OSError):
        os.unlink(path)                # Damaged: fetch it anew next time
    shutil.rmtree(part, ignore_errors=True)
