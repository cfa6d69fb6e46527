# xen-nbdback
# SPDX-License-Identifier: BSD-3-Clause
#
# For nbdkit's python plugin: a server with a cache that is lost when it is
# killed.  What was flushed, or written with FUA, is in the file `disk`; what
# was only written is in memory.  Parameters:
#
#   disk=FILE    what lasts; its size is the disk's
#   trace=FILE   a line for each command: when it begins and, with END in
#                front, when it has ended
#   fua=1        the server has FUA
#   delay=N      milliseconds that each write and flush takes
#   fail=FILE    while it is there, flushes fail
#   alone=1      no multi-conn: each connection has a cache of its own, and what
#                it has not flushed when it is closed will never last

import io
import os
import threading
import time

import nbdkit

API_VERSION = 2

options = {"fua": "0", "delay": "0", "fail": "/nonexistent",
           "alone": "0"}
lock = threading.Lock()
state = {}


def config(key, value):
    options[key] = value


def thread_model():
    return nbdkit.THREAD_MODEL_PARALLEL


def get_ready():
    with io.open(options["disk"], "rb") as f:
        state["now"] = bytearray(f.read())
    state["dirty"] = []


def after_fork():
    state["file"] = os.open(options["disk"], os.O_WRONLY)
    state["trace"] = os.open(options["trace"],
                             os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o644)


def trace(text):
    os.write(state["trace"], (text + "\n").encode())


def open(readonly):
    return {"dirty": []} if options["alone"] == "1" else state


def get_size(h):
    return len(state["now"])


def can_multi_conn(h):
    return options["alone"] == "0"


def can_fua(h):
    return nbdkit.FUA_NATIVE if options["fua"] == "1" else nbdkit.FUA_NONE


def can_flush(h):
    return True


def can_trim(h):
    return True


def can_zero(h):
    return True


def pread(h, buf, offset, flags):
    with lock:
        buf[:] = state["now"][offset:offset + len(buf)]


def keep(offset, data):
    os.pwrite(state["file"], data, offset)


def change(h, name, offset, data, flags):
    what = "%s %d %d%s%s" % (name, offset, len(data),
                             " fua" if flags & nbdkit.FLAG_FUA else "",
                             " trim" if flags & nbdkit.FLAG_MAY_TRIM else "")
    with lock:
        trace(what)
    time.sleep(int(options["delay"]) / 1000)
    with lock:
        state["now"][offset:offset + len(data)] = data
        if flags & nbdkit.FLAG_FUA:
            keep(offset, data)
        else:
            h["dirty"].append((offset, data))
        trace("END " + what)


def pwrite(h, buf, offset, flags):
    change(h, "write", offset, bytes(buf), flags)


def zero(h, count, offset, flags):
    change(h, "zero", offset, bytes(count), flags)


def trim(h, count, offset, flags):
    change(h, "trim", offset, bytes(count), flags)


# What had ended when it began lasts when it has ended, and no more.
def flush(h, flags):
    with lock:
        trace("flush")
        mine, h["dirty"] = h["dirty"], []
    time.sleep(int(options["delay"]) / 1000)
    with lock:
        if os.path.exists(options["fail"]):
            h["dirty"] = mine + h["dirty"]
            trace("END flush failed")
            nbdkit.set_error(5)
            raise RuntimeError("told to fail")
        for offset, data in mine:
            keep(offset, data)
        trace("END flush")
