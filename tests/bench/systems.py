# xen-nbdback
# SPDX-License-Identifier: BSD-3-Clause
"""The processes of the benchmark: the fake host, the NBD servers, and the
three systems that are measured.  Whatever is started is ended by its pid."""

import json
import os
import select
import shutil
import signal
import subprocess
import time

DISK = 256 << 20
QEMU = "/usr/libexec/xen-qemu-system-i386"


def system_name(key):
    """What a key of --systems stands for: parse_systems in run."""
    if key in ("a", "c", "o"):
        return {"a": "libnbd", "c": "QEMU", "o": "xen-nbdback, before"}[key]
    queues = key.strip("bp")
    return ("xen-nbdback" + (", persistent grants" if "p" in key else "") +
            (", %s rings" % queues if queues else ""))


class Failed(Exception):
    """The message says what, and ends with the log of who failed."""


class Process:
    """One child, its output in a file of the run's folder."""

    def __init__(self, folder, name, args, env=None, **pipes):
        self.name = name
        self.log = os.path.join(folder, name + ".log")
        with open(self.log, "ab") as log:
            pipes.setdefault("stdin", subprocess.DEVNULL)
            pipes.setdefault("stdout", log)
            self.child = subprocess.Popen(args, env=env, stderr=log, **pipes)
        self.pid = self.child.pid

    def failed(self, what):
        with open(self.log, errors="replace") as log:
            return Failed("%s: %s\n%s" % (self.name, what,
                                          "".join(log.readlines()[-5:])))

    def wait_for(self, ready, seconds=10):
        end = time.monotonic() + seconds
        while not ready():
            if self.child.poll() is not None:
                raise self.failed("ended with %d" % self.child.returncode)
            if time.monotonic() > end:
                raise self.failed("does not come up")
            time.sleep(0.02)

    def stop(self, seconds=10):
        if self.child.poll() is None:
            self.child.terminate()
            try:
                self.child.wait(seconds)
            except subprocess.TimeoutExpired:
                self.child.kill()
                self.child.wait()


class Host:
    """A fake host of tests/fake-xen, for one system."""

    def __init__(self, folder, key, programs):
        self.folder, self.key, self.programs = folder, key, programs
        self.dir = os.path.join(folder, "host-" + key)
        self.env = dict(os.environ, FAKE_XEN_DIR=self.dir,
                        XENSTORED_PATH=os.path.join(self.dir, "store"))
        self.env["LD_LIBRARY_PATH"] = ":".join(
            [os.path.join(programs, "lib")] +
            [p for p in [os.environ.get("LD_LIBRARY_PATH")] if p])
        os.mkdir(self.dir)
        self.control("init", self.dir)
        store = self.env["XENSTORED_PATH"]
        self.store = Process(folder, "fake-xenstored-" + key,
                             [self.program("fake-xenstored"), store], self.env)
        self.store.wait_for(lambda: os.path.exists(store))

    def program(self, name):
        return os.path.join(self.programs, name)

    def control(self, *args):
        return subprocess.run([self.program("fake-xen-ctl"), *args],
                              env=self.env, stdout=subprocess.PIPE,
                              text=True).stdout.strip()

    def complaints(self):
        """What a well-behaved backend would not have left or tried."""
        mapped = self.control("grants-mapped")
        lines = self.control("refusals", "store_refused").splitlines()
        if mapped != "0":
            lines.append("%s grants are still mapped" % mapped)
        return lines

    def stop(self):
        self.store.stop()


class Guest:
    """A fake-guest that runs one command after the other."""

    def __init__(self, host, domid, setup):
        self.process = Process(
            host.folder, "guest-%s-%d" % (host.key, domid),
            [host.program("fake-guest"), "--domid", str(domid),
             "--kind", "qdisk", "--script", "-"],
            host.env, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        for command in setup:
            self.send(command)
        self.ask("show")

    def send(self, command):
        try:
            self.process.child.stdin.write(command.encode() + b"\n")
            self.process.child.stdin.flush()
        except BrokenPipeError:
            raise self.process.failed("ended before " + command) from None

    def ask(self, command, seconds=60):
        """Returns the line that the command prints."""
        self.send(command)
        out = self.process.child.stdout
        if not select.select([out], [], [], seconds)[0]:
            raise self.process.failed("no end of " + command)
        line = out.readline().decode()
        if not line:
            raise self.process.failed("ended in " + command)
        return line

    def finish(self, command):
        """The last command; then wait for the end."""
        try:
            self.send(command)
            self.process.child.stdin.close()
            self.process.child.wait(20)
        except (Failed, OSError, subprocess.TimeoutExpired):
            pass
        self.process.stop()


def cpu_ns(pid):
    """Processor time of all threads so far, also of those that ended."""
    return time.clock_gettime_ns(~pid << 3 | 2)


def private_kib(pid, not_below):
    """Private memory, without what the guest would have and Xen maps."""
    total, counts = 0, True
    with open("/proc/%d/smaps" % pid) as smaps:
        for line in smaps:
            words = line.split()
            if not words[0].endswith(":"):
                counts = len(words) < 6 or not words[5].startswith(not_below)
            elif counts and words[0] in ("Private_Clean:", "Private_Dirty:"):
                total += int(words[1])
    return total


class Backend:
    """A backend that fake-guest drives.  Set up by its children."""

    def __init__(self, queues=1):
        self.guest = self.pid = None
        self.private = 0
        self.queues = queues

    def takes(self, work):
        """Can what is in flight be divided among the rings?"""
        return work.depth % self.queues == 0

    def run(self, work, seconds):
        before = cpu_ns(self.pid)
        result = json.loads(self.guest.ask(
            "load rw=%s bs=%d depth=%d size=%d seconds=%g" %
            (work.mode, work.block, work.depth // self.queues, DISK,
             seconds)))
        used = cpu_ns(self.pid) - before
        self.private = max(self.private,
                           private_kib(self.pid, self.host.dir))
        if result["errors"]:
            raise Failed("%s: %d requests failed" %
                         (self.name, result["errors"]))
        result["cpu_us"] = used / 1e3 / max(result["requests"], 1)
        return result

    def idle_private(self):
        return private_kib(self.pid, self.host.dir)


class Nbdback(Backend):
    def __init__(self, host, domid, socket, build, persistent=False,
                 queues=1):
        super().__init__(queues)
        self.host, self.name = host, system_name(host.key)
        run_dir = os.path.join(host.folder, "run-%s-%d" % (host.key, domid))
        os.mkdir(run_dir)
        config = os.devnull
        if queues > 1:
            config = os.path.join(run_dir, "conf")
            with open(config, "w") as file:
                file.write("max-queues = %d\n" % queues)
        self.daemon = Process(
            host.folder, "xen-nbdback-" + host.key,
            [os.path.join(build, "xen-nbdback"), "--config", config,
             "--run-dir", run_dir, "--log-level", "warning",
             "--worker", os.path.join(build, "xen-nbdback-worker")], host.env)
        try:
            self.guest = Guest(host, domid,
                               ["create params=nbd:unix:" + socket,
                                "connect linux persistent=%d queues=%d" %
                                (persistent, queues),
                                "expect persistent %d" % persistent,
                                "expect queues %d" % queues])
            self.pid = self.worker()
        except BaseException:
            self.stop()
            raise

    def worker(self):
        pid = self.daemon.pid
        with open("/proc/%d/task/%d/children" % (pid, pid)) as children:
            return int(children.read().split()[0])

    def stop(self):
        if self.guest:
            self.guest.finish("detach")
        try:
            worker = self.pid or self.worker()
        except (OSError, IndexError):
            worker = None
        if worker:
            self.end_worker(worker)
        self.daemon.stop()

    def end_worker(self, pid):
        """It is the daemon's child, and has been told to end by now."""
        end = time.monotonic() + 8
        try:
            while self.worker() == pid and time.monotonic() < end:
                time.sleep(0.02)
            if self.worker() == pid:
                os.kill(pid, signal.SIGKILL)
        except (OSError, IndexError):
            pass


class Qemu(Backend):
    def __init__(self, host, domid, socket, build):
        super().__init__()
        self.host, self.name = host, system_name(host.key)
        # The domain: a disk that nobody serves makes it.
        subprocess.run([host.program("fake-guest"), "--domid", str(domid),
                        "--dev", "51728", "--kind", "vbd3",
                        "create wait=0 hotplug=none"],
                       env=host.env, check=True)
        env = dict(host.env, LD_PRELOAD=os.path.join(
            build, "tests/bench/fake-qemu.so"))
        # As libxl's disks: raw on top, an I/O thread of its own.
        self.process = Process(
            host.folder, "qemu",
            [QEMU, "-machine", "xenpv", "-xen-domid", str(domid),
             "-xen-attach", "-nodefaults", "-no-user-config",
             "-display", "none", "-monitor", "none", "-serial", "none",
             "-object", "iothread,id=t0", "-drive",
             "file=nbd+unix:///?socket=%s,format=raw,if=none,id=d0" % socket,
             "-device", "xen-disk,drive=d0,vdev=xvda,iothread=t0"], env)
        self.pid = self.process.pid
        try:
            self.guest = Guest(host, domid, ["connect linux"])
        except BaseException:
            self.stop()
            raise

    def stop(self):
        if self.guest:
            self.guest.finish("close")
        self.process.stop()


class Ceiling:
    def __init__(self, socket, build):
        self.command = [os.path.join(build, "tests/bench/ceiling"),
                        "--socket", socket, "--size", str(DISK)]

    def takes(self, work):
        return True

    def run(self, work, seconds):
        return json.loads(subprocess.run(
            self.command + ["--rw", work.mode, "--bs", str(work.block),
                            "--depth", str(work.depth),
                            "--seconds", str(seconds)],
            stdout=subprocess.PIPE, check=True,
            timeout=seconds + 60).stdout)

    def fill(self):
        """Holes would be read faster than what was written."""
        subprocess.run(
            self.command + ["--rw", "write", "--bs", str(1 << 20), "--depth",
                            "2", "--requests", str(DISK >> 20)],
            stdout=subprocess.DEVNULL, check=True, timeout=60)

    def stop(self):
        pass


def start_nbdkit(folder, socket):
    return ["nbdkit", "-f", "-U", socket, "memory", str(DISK)]


def start_qemu_nbd(folder, socket):
    path = os.path.join(folder, "disk")
    with open(path, "wb") as disk:
        disk.truncate(DISK)
    return ["qemu-nbd", "-f", "raw", "-e", "8", "-t", "-k", socket, path]


SERVERS = {
    "nbdkit memory": start_nbdkit,
    "qemu-nbd file": start_qemu_nbd,
}


def start_server(name, folder):
    """Returns the process and its socket, or None if it is not installed."""
    socket = os.path.join(folder, name.split()[0] + ".sock")
    args = SERVERS[name](folder, socket)
    if shutil.which(args[0]) is None:
        return None
    process = Process(folder, args[0], args)
    try:
        process.wait_for(lambda: os.path.exists(socket))
    except BaseException:
        process.stop()
        raise
    return process, socket
