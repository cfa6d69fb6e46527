#!/bin/sh
# xen-nbdback
# SPDX-License-Identifier: BSD-3-Clause
#
# Proves that the tests see what matters: breaks a copy of the code on
# purpose, one place at a time, and requires that a test then fails.
#
#   mutants.sh [NAME...]   all mutants, or these
#
#   SRCDIR   the sources; a copy of them is built in a folder below TMPDIR
#   JOBS     of make at a time (2)
#   LIMIT    seconds that a test may take (300); longer is failed
#   KEEP     if set, the folder with the copy and all output stays
#
# 0: all were caught, 1: one survived, 77: a tool is missing, 2: a change does
# not apply, or does not compile, or a test fails without any.

SRCDIR=$(cd "${SRCDIR:-$(dirname "$0")/..}" && pwd) || exit 2
names=$* keep=${KEEP:-}
unset KEEP BUILDDIR FAKE_XEN_BIN MAKEFLAGS MFLAGS MAKELEVEL

# die WHY [STATUS]: after the last command's output
die ()
{
  tail -n 20 "$work/out" >&2
  echo "mutants.sh: $1" >&2
  exit "${2:-2}"
}

work=$(mktemp -d "${TMPDIR:-/tmp}/nbdback-mutants.XXXXXX") || exit 2
work=$(cd "$work" && pwd) copy=$work/copy
: >"$work/out"
trap '[ "$keep" ] && echo "kept: $work" || rm -rf "$work"' EXIT
trap 'exit 2' INT TERM HUP
for tool in make pkg-config nbdkit timeout xenstore-read; do
  command -v $tool >/dev/null || die "skipped: there is no $tool" 77
done
pkg-config --exists cmocka || die "skipped: there is no cmocka" 77

quietly () { "$@" >"$work/out" 2>&1 </dev/null; }

# build TEST...: each is e2e/NAME or a program in tests/
build ()
{
  goals=
  for test; do
    case $test in
      e2e/*) goals="$goals all tests/fake-xen/out/stamp" ;;
      *) goals="$goals tests/$test" ;;
    esac
  done
  quietly make -C "$copy" -j"${JOBS:-2}" $goals
}

run ()
{
  case $1 in
    e2e/*) set -- sh "$copy/tests/e2e/test-${1#e2e/}.sh" ;;
    *) set -- "$copy/tests/$1" ;;
  esac
  quietly env SRCDIR="$copy" BUILDDIR="$copy" timeout -k 9 "${LIMIT:-300}" "$@"
}

# mutant NAME TEST FILE (OLD NEW)...: each OLD has to be in FILE once; \n is
# allowed.  Called twice, first to see whether it is, and what tests there are.
mutant ()
{
  name=$1 by=$2 file=$copy/$3
  case " ${names:-$name} " in *" $name "*) ;; *) return ;; esac
  cp "$file" "$work/new" || die "$name: no $file"
  shift 3
  while [ $# -gt 0 ]; do
    mv "$work/new" "$work/old"
    OLD=$(printf %b "$1") NEW=$(printf %b "$2") awk '
      { text = text $0 "\n" }
      END {
        old = ENVIRON["OLD"]; at = index (text, old)
        if (at == 0 || index (substr (text, at + 1), old) > 0) exit 1
        printf "%s", substr (text, 1, at - 1) ENVIRON["NEW"] substr (text, at + length (old))
      }' "$work/old" >"$work/new" || die "$name: it is not, or not once, in $file: $1"
    shift 2
  done
  count=$((count + 1)) needed="$needed $by"
  [ $pass = run ] || return
  cp "$file" "$work/old" && cp "$work/new" "$file" || die "cp"
  build "$by" || die "$name does not compile"
  run "$by"
  status=$?
  cp "$work/out" "$work/$name.log" && cp "$work/old" "$file" || die "cp"
  case $status in
    0) echo "SURVIVED $name" ;;
    77) die "$name: $by was skipped" ;;
    *) echo "CAUGHT $name by $by" && caught=$((caught + 1)) ;;
  esac
}

# In the guest's page, which it may have changed.
entry='(const uint8_t *) queue->ring.shared + 64 + (size_t)
  ((queue->ring.req_cons - 1) & (queue->ring.entries - 1)) *
  queue->ring.abi->request_size'

all_mutants ()
{
  # Beyond the disk or the page.
  set -- xenbus/test-blkif-parse xenbus/blkif.c
  end='sector > bounds->sectors || nr_sectors > bounds->sectors - sector'
  mutant disk-end "$@" "$end" 'false'
  mutant disk-end-wraps "$@" "$end" 'sector + nr_sectors > bounds->sectors'
  mutant segment-end "$@" 'seg.last_sect >= SECTORS_PER_PAGE || ' ''
  mutant segment-order "$@" ' || seg.first_sect > seg.last_sect' ''
  mutant segment-count "$@" ' || nsegments > BLKIF_SEGMENTS_MAX' ''
  set -- xenbus/test-blkif-indirect xenbus/blkif.c
  mutant indirect-none "$@" 'nsegments > 0 && nsegments <= bounds' 'nsegments <= bounds'
  mutant indirect-many "$@" ' && nsegments <= bounds->indirect &&\n ' ' &&'
  mutant indirect-nested "$@" '!= BLKIF_OP_WRITE)' \
    '!= BLKIF_OP_WRITE && io->operation != BLKIF_OP_INDIRECT)'
  set -- xenbus/test-blkif-parse xenbus/blkif.c
  # Read-only.
  ro='bounds->read_only)\n    return BLKIF_BAD_WRITE;\n '
  mutant read-only-write "$@" "$ro return" 'false)\n    return 0;\n  return'
  mutant read-only-discard "$@" "$ro if (!bounds->discard" 'false)\n    return 0;\n  if (!bounds->discard'
  mutant read-only-indirect xenbus/test-blkif-indirect xenbus/blkif.c \
    "$ro if (!is_ind" 'false)\n    return 0;\n  if (!is_ind'
  mutant read-only-flush "$@" '> 0)\n    return parse_write' '> 0)\n    return parse_data'
  set -- nbd-client/test-client-io nbd-client/check.c
  mutant disk-end-client "$@" ' || command->count > size - command->offset' ''
  mutant read-only-client "$@" 'export->read_only ? EPERM : 0' '0'
  mutant read-only-disk fuzz/replay-frontend bridge/worker/session.c \
    'connect->read_only || export->read_only' 'false'

  # What is in the ring is copied, once.
  set -- fuzz/replay-frontend bridge/worker/queue.c
  mutant ring-not-copied "$@" 'parse (queue, request, raw)' "parse (queue, request, $entry)"
  set -- "$@" 'queue_plan (request);\n      request->data'
  mutant page-read-twice "$@" "memcpy (&request->io.segments[0].gref,
      $entry + queue->ring.abi->segments, 4);\n $3"
  mutant length-read-twice "$@" "request->io.segments[0].length =
      (($entry)[queue->ring.abi->segments + 5] + 1) * 512;\n $3"
  # No memory of ours is in an answer.
  mutant padding xenbus/test-blkif xenbus/blkif.c 'memset (raw, 0, abi->response_size);' ''

  # Data is with the guest before the answer, and its pages before Closed.
  mutant answer-before-data fuzz/replay-frontend bridge/worker/queue.c \
    '  grants_copy (queue->grants);\n  while ((request = request_pop (&queue->fin' \
    '  while ((request = request_pop (&queue->fin' \
    'channel_notify (queue->channel);' 'channel_notify (queue->channel);\n  grants_copy (queue->grants);'
  set -- xenbus/test-persistent xenbus/persistent.c
  mutant kept-for-ever "$@" 'mapper_unmap (persistent->mapper, page->address, 1);' ''
  mutant kept-without-limit "$@" 'persistent->count == persistent->most' 'false'
  mutant kept-in-no-order "$@" 'if (index != persistent->newest)' 'if (false)'
  mutant kept-with-large-rings e2e/persistent bridge/daemon/disk-guest.c \
    'rings->rings[0].pages == 1' 'true'
  set -- fuzz/replay-frontend bridge/worker/queue.c
  mutant not-unmapped "$@" 'grants_unmap (queue->grants, queue->pages, queue->npages)' ''
  mutant not-released "$@" 'grants_close (queue->grants);' ''
  set -- xenbus/test-handshake xenbus/handshake.c
  mutant closed-with-rings "$@" \
    'CONNECTED:\n    return HANDSHAKE_DISCONNECT;\n' 'CONNECTED:\n    return HANDSHAKE_FINISH;\n'
  mutant closed-too-early "$@" \
    'DISCONNECTING:\n    return HANDSHAKE_WAIT;\n' 'DISCONNECTING:\n    return HANDSHAKE_FINISH;\n'
  mutant unmapped-said-early e2e/lie-close bridge/worker/lanes.c \
    '[LANES_CLOSING] = HANDSHAKE_RINGS_DISCONNECTING' '[LANES_CLOSING] = HANDSHAKE_RINGS_NONE'
  mutant unmapped-stale fuzz/replay-handshake bridge/daemon/disk-worker.c \
    'if (!worker_link_settled (&worker->link))' 'if (false)'

  # Flushes are sent, and cover what they have to.
  mutant flush-not-sent fuzz/replay-frontend bridge/worker/duties.c \
    'request->duties = DUTIES_FLUSH_BEFORE;' 'request->duties = 0;'
  mutant flush-not-sent-client nbd-client/test-plan nbd-client/plan.c \
    'if (command->stage == STAGE_OVER)' 'if (true)'
  mutant barrier-not-flushed fuzz/replay-frontend bridge/worker/duties.c \
    'plan_durable (request, fua, DUTIES_FLUSH_AFTER);' '{ }'
  set -- fuzz/replay-frontend bridge/worker/volume.c
  mutant barrier-overtakes "$@" 'volume_at_rest (volume))\n    go_on' \
    '(volume->barrier->duties & 1 || volume_at_rest (volume)))\n    go_on'
  mutant barrier-overtakes-parked "$@" 'policy_idle (&volume->policy);' 'true;'
  mutant last-flush-lost fuzz/replay-frontend bridge/worker/session.c \
    'VOLUME_DRAINING && volume->unflushed' 'VOLUME_IDLE && volume->unflushed'
  mutant failed-flush-covers "$@" '_FLUSH)\n    volume->unflushed = true;' '_FLUSH)\n    { }'

  # A write that is to be durable is written again with its flush.
  mutant durable-after-loss e2e/io-durable-killed bridge/worker/duties.c \
    'request->written != request->command.connection' 'false'
  mutant durable-after-loss-shared e2e/io-durable-killed bridge/worker/durability.c \
    'request->command.connection = command->connection;' 'request->command.connection = request->written;'
  mutant resize-hangs-up e2e/resize-flushes bridge/worker/task.c \
    ' ||\n        !is_flushed (tasks, agreement))' ')'
  mutant resize-below-throttled e2e/resize-limited bridge/worker/lane.c \
    'reach > report->reach' 'false'
  mutant flush-not-parked e2e/hold-flush bridge/worker/policy.c \
    'want != TUNE_STOP && is_empty_flush' 'is_empty_flush'

  # Each part of the data path keeps its rule by itself.
  mutant flush-covers-later bridge/test-durability bridge/worker/durability.c \
    'durability->busy || ' ''
  mutant gap-merged bridge/test-merge bridge/worker/merge.c \
    'next->io.offset == merge->end &&' ''
  mutant parked-for-ever bridge/test-policy bridge/worker/policy.c \
    'request_append_all (&policy->due, &policy->parked);' ''
  mutant kept-overtaken bridge/test-throttle bridge/worker/throttle.c \
    'throttle->kept[ring][!is_read (request)].head ||' ''
  mutant duty-forgotten bridge/test-duties bridge/worker/duties.c \
    'request->duties -= first;' 'request->duties = 0;'
  mutant agreed-too-early bridge/test-agreement-turns bridge/worker/agreement.c \
    '!agreement_is_current (agreement, i) ||\n                                ' ''

  # Limits are for all rings, and new ones hold at once.
  mutant limits-starve e2e/limit-rings bridge/worker/throttle.c \
    '!found || list->head->taken < found->head->taken' '!found'
  mutant limits-in-debt e2e/limit-change bridge/worker/session.c \
    'throttle_replaced (&volume->throttle, old.limits, throttle_clock ());' ''
  mutant limits-without-cap bridge/test-bucket bridge/worker/bucket.c 'old > most &&' 'false &&'

  # What xen-nbdctl attach made is removed, and a bad medium does not stay.
  set -- e2e/control-attach-destroyed bridge/daemon/disk-attached.c
  mutant attached-stays "$@" \
    '(facts->state.online && store_exists (store, facts->paths.vm) != 0)' \
    'facts->state.online'
  mutant detached-stays "$@" 'facts->state.online && store_exists' 'store_exists'
  mutant medium-stuck e2e/cdrom-stopped bridge/worker/lanes.c \
    'lane_give_up (&lanes->lane[0])' 'false'

  # Several lanes are one disk.
  mutant lanes-barrier-alone e2e/io-barrier-queues bridge/worker/volume.c \
    'volume->allowed == volume->barriers' 'true'
  set -- e2e/io-barrier-queues bridge/worker/agreement.c
  mutant lanes-not-quiet "$@" '!agreement->report[i].quiet' 'false'
  mutant lanes-starve bridge/test-agreement-turns bridge/worker/agreement.c \
    '  set_paused (agreement);\n  if (agreement->serving > 1 && agreement_all_current (agreement))' \
    '  if (agreement->serving > 1)'
  mutant lanes-go-on e2e/threads-stop bridge/worker/agreement.c \
    'agreement_stop (agreement, agreement->report[i].why);' ''
  mutant lanes-larger e2e/threads-size bridge/worker/agreement.c \
    '.export.size < space->size' '.export.size > space->size'
  set -- e2e/threads bridge/worker/agreement.c
  mutant lanes-same-block "$@" 'first->export.minimum_block > BLKIF_SECTOR' 'false'
  mutant lanes-inconsistent "$@" '!first->export.multi_conn' 'false' \
    '         export->multi_conn;' '         true;'
  mutant lanes-inconsistent-later e2e/threads-wrong nbd-client/uplink.c \
    'uplink->options->several && ' 'false && '

  # What had no answer is sent again, all of it.
  held='list_append (&flight->held, command);'
  else="\n      list_append (&flight->done, command);\n    else\n      $held"
  set -- e2e/server-flush nbd-client/flight.c "$held"
  mutant flush-not-sent-again "$@" "if (command->op == NBD_CLIENT_FLUSH) $else"
  mutant write-not-sent-again "$@" "if (command->op == NBD_CLIENT_WRITE) $else"
  mutant write-fails-instead "$@" \
    "if (command->op == NBD_CLIENT_WRITE && (command->error = EIO)) $else"
  mutant write-sent-in-part nbd-client/test-client-loss nbd-client/flight.c \
    "$held" "$held\n    command->cookie = -2;" \
    'plan_begin (command);' 'if (command->cookie != -2)\n    plan_begin (command);'

  # A store that fails says nothing, and is asked again, but not all the time.
  mutant unread-disk-left e2e/daemon-kill-read bridge/daemon/disk-facts.c \
    'if (r == -1) {' 'if (r == -1 && is_for_us (config)) {'
  mutant unread-ring-refused e2e/fault-store-connect xenbus/device-rings.c \
    'else if (device_unknown (reader->store))' 'else if (false)' \
    'return device_unknown (reader->store) ?' 'return false ?'
  mutant unread-flag-guessed e2e/fault-store-flags xenbus/device.c \
    '&number) == -1 && device_unknown (store))' '&number) == -1 && false)'
  mutant unwatched-forgotten e2e/fault-store-watch bridge/daemon/disk-facts.c \
    'store_watch (store, path) == -1;' \
    'store_watch (store, path) == -1 && false;'
  mutant error-node-stays e2e/fault-store-rm bridge/daemon/disk-shown.c \
    '  note (shown->error, unknown);\n  return false;' '  return false;'
  mutant state-node-stays e2e/fault-store-show bridge/daemon/disk-shown.c \
    '  note (shown->state, unknown);\n  return false;' '  return false;'
  mutant verdict-too-early e2e/fault-store-claim bridge/daemon/disk-verdict.c \
    '(disk->phase == DISK_OURS && disk->claim != DISK_CLAIM_NONE)' 'false'
  mutant store-asked-all-the-time e2e/fault-store-long bridge/daemon/disk-timers.c \
    'ev_timer_set (&timers->look_again, DISK_LOOK_AGAIN, 0);' ''

  # A disk is told what it has to know of others, and no more is asked for.
  mutant claim-does-not-wait bridge/test-attach bridge/daemon/disk.c \
    'disk->claim != DISK_CLAIM_READ' 'disk->claim == DISK_CLAIM_NONE'
  mutant attach-looks-at-all bridge/test-attach bridge/daemon/scan.c \
    'disk = scan_find (scan, &id);' \
    '{ disk = disks_find (scan->disks, &id); scan->due |= !disk; }'
  set -- bridge/test-disks-others bridge/daemon/disks.c
  mutant rival-gone-too-early "$@" \
    "disk->worker.link.state != WORKER_LINK_DEAD" 'false'
  mutant rival-of-itself "$@" 'other != disk && reserves' 'reserves'
  mutant fellows-of-no-group "$@" "group[0] && " ''

  # Operators are answered, once, and workers are told what they understand.
  mutant answer-never fuzz/replay-control bridge/daemon/verbs.c \
    'if (!late)\n    return false;' 'return false;'
  mutant answer-again fuzz/replay-control bridge/daemon/control.c \
    '  client->asking = false;\n  if (ask_send' '  if (ask_send'
  mutant task-without-end fuzz/replay-control bridge/daemon/verb.c \
    '*to <= VERB_WAIT_MAX' 'true'
  mutant old-worker-told-all e2e/version-old bridge/daemon/worker-link.c \
    'status.version >= 2' 'status.version >= 1'
  mutant later-worker-killed e2e/version-strange bridge/daemon/worker-link.c \
    'known || link->pidfd == -1' 'true'
  mutant later-worker-stays e2e/version-strange bridge/daemon/disk-worker.c \
    'if (is_in_the_way (worker, own))' 'if (false)'
  mutant later-worker-told fuzz/replay-handshake bridge/daemon/disk-worker.c \
    'if (worker->link.state != WORKER_LINK_STRANGE)' 'if (true)'
  set -- e2e/worker-hung-waited bridge/daemon/worker-link.c
  mutant late-worker-killed "$@" 'if (!link->keep) {' 'if (true) {'
  mutant full-socket-kills "$@" 'link->keep && errno == EAGAIN' 'false'
  mutant late-worker-kept "$@" 'link->keep = keep;' 'link->keep = true;'
}

# The copy, the tests as they are, the mutants.
mkdir "$copy" && cd "$SRCDIR" || exit 2
find . ! -name . -prune -type f -exec cp -p {} "$copy" \;
for folder in base bridge build-aux contrib doc nbd-client tests xenbus; do
  [ ! -d $folder ] || cp -a $folder "$copy" || die "cannot copy $folder"
done
cd "$copy" && chmod -R u+w . || exit 2
[ -x configure ] || quietly autoreconf -i || die "autoreconf fails"
quietly ./configure || die "configure fails"
quietly make -s clean || die "make clean fails"
count=0 needed= pass=look
all_mutants
needed=$(printf '%s\n' $needed | sort -u)
[ "$needed" ] || die "there is no mutant $names"
build $needed || die "the unchanged copy does not compile"
for test in $needed; do
  run "$test" || die "$test fails or is skipped without any change" $(($? == 77 ? 77 : 2))
done
count=0 caught=0 pass=run
all_mutants
echo "$count mutants, $caught caught"
[ $caught = $count ]
