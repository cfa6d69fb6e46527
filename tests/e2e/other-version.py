# xen-nbdback
# SPDX-License-Identifier: BSD-3-Clause
#
# other-version.py WORKER ARGUMENT...: be that worker, started as the daemon
# does, with a process between the two that makes their messages those of
# another version.  $D/version says which, for each message anew:
#
#   1       the first: no options, no tasks, no statistics
#   own     as they are
#   later   a later one that is understood, with members that are not
#   strange a later one that is not; as they are for a worker that is started
#           while it says so, which would be of the daemon's version
#   foreign a later one that is not, and such a worker as well
#
# What this worker would not know is written to $D/not-known, and the daemon
# is hung up on, as such a worker does.

import ctypes
import json
import os
import select
import signal
import socket
import sys

PR_SET_PDEATHSIG = 1
PACKET = 65536
KNOWN = {"1": ("open", "connect", "disconnect", "quit")}
LATER = {"status": ("tune", "tasks", "indirect", "persistent", "stopped",
                    "io-status"),
         "open": ("tune", "removable"),
         "connect": ("indirect", "persistent", "sector-size")}


def version():
    with open(os.path.join(os.environ["D"], "version")) as file:
        kind = file.read().strip()
    return "own" if kind == "strange" and at_first == kind else kind


def without(message, names):
    return {k: v for k, v in message.items() if k not in names}


def to_daemon(packet):
    """What the daemon is sent instead: a list of packets."""
    message, kind = json.loads(packet), version()
    more = []
    if kind == "1":
        message = without(message, LATER.get(message["type"], ()))
        message["version"] = 1
    elif kind != "own":
        message["version"] = 1000
        message["colour"] = {"red": [1, None]}
    if kind in ("strange", "foreign"):
        message["server"] = "cloudy"
        more = [{"type": "weather", "serial": message["serial"]}]
    return [json.dumps(m).encode() for m in [message] + more]


def to_worker(packet):
    """Likewise, or None if it is not known."""
    message, kind = json.loads(packet), version()
    if message["type"] not in KNOWN.get(kind, [message["type"]]):
        with open(os.path.join(os.environ["D"], "not-known"), "a") as file:
            file.write(message["type"] + "\n")
        return None
    if kind == "1":
        message = without(message, LATER.get(message["type"], ()))
    return json.dumps(message).encode()


def serve(daemon, worker):
    """Until one of them hangs up.  False: it was the worker."""
    while True:
        ready = select.select([daemon, worker, front], [], [])[0]
        if worker in ready:
            packet = worker.recv(PACKET)
            if not packet:
                return False
            for each in to_daemon(packet):
                daemon.send(each)
        if daemon in ready:
            packet = daemon.recv(PACKET)
            packet = packet and to_worker(packet)
            if not packet:
                return True
            worker.send(packet)
        elif front in ready:
            return True


def between():
    going_on = True
    while going_on:
        daemon = front.accept()[0]
        worker = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        worker.connect(back_path)
        try:
            going_on = serve(daemon, worker)
        except OSError:
            pass
        worker.close()
        daemon.close()


at_first = None
at_first = version()
where = sys.argv.index("--listen-fd") + 1
front = socket.socket(fileno=int(sys.argv[where]))
front.setblocking(True)
back_path = os.path.join(os.environ["D"], "back-%d" % os.getpid())
back = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
back.bind(back_path)
back.listen(16)
front.listen(16)  # whoever calls this last is whom the daemon finds
parent = os.getpid()
if os.fork() == 0:
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    back.close()
    if os.getppid() == parent:
        between()
    os._exit(0)
sys.argv[where] = str(back.fileno())
back.set_inheritable(True)
os.execv(sys.argv[1], sys.argv[1:])
