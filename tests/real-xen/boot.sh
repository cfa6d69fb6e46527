# xen-nbdback
# SPDX-License-Identifier: BSD-3-Clause
#
# Sourced by run and demo (which set $here): makes the images and boots them.

build=${BUILDDIR:-$(cd "$here/../.." && pwd)}
cache=${CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/xen-nbdback}/real-xen
logs=$build/tests/real-xen/logs
. "$here/images.sh"

# Ends with status 77 where real Xen cannot be booted.
prepare ()
{
  why=$(missing)
  if [ -n "$why" ]; then
    echo "real-xen: skipped, nothing was tested: $why"
    exit 77
  fi
  rm -rf "$logs"
  mkdir -p "$logs" || exit 1
  if ! build_images; then
    echo "real-xen: skipped, nothing was tested: the images could not be made"
    exit 77
  fi
  install_programs || exit 1
}

# The processor: with smap dom0 dies at once; without the second line PVH guests do not run under emulated SVM. Whatever
# stops one of QEMU's processors for another one (a locked cmpxchg16b, a full translation buffer) makes it deliver the
# interrupt that was injected into a PVH guest last again, if it was not interrupted since: no cmpxchg16b, and a boot
# group of their own, with a buffer that does not get full, for the cases with PVH guests.
cpu=max,cx16=off,smap=off,smep=off,pku=off,pks=off,la57=off
cpu=$cpu,nrip-save=off,rdtscp=off,rdpid=off,tsc-scale=off,xsave=off

# moved PID: nanoseconds that the threads of a process ran and waited for a processor.
moved () { cat "/proc/$1"/task/*/schedstat 2>/dev/null | awk '{ n += $1 + $2 } END { printf "%d\n", n }'; }

# watch_qemu PID DIR SECONDS: ends QEMU when nothing has moved for so long: nothing new came from dom0, and QEMU neither ran
# nor waited for a processor for more than an eighth of the time, as one does whose guests sleep. A slow or busy machine
# takes longer for everything, and that is no reason to give up.
watch_qemu ()
{
  local before=0 after said still=0 heard=
  while kill -0 "$1" 2>/dev/null; do
    after=$(moved "$1")
    said=$(stat -c '%s' "$2/console" "$2/results" "$2"/*/log 2>/dev/null)
    still=$((still + 5))
    [ "$said" = "$heard" ] && [ $((after - before)) -le 625000000 ] || still=0
    before=$after heard=$said
    if [ $still -ge "$3" ]; then
      echo "nothing has moved for $still s" >"$2/stalled"
      kill "$1"
      return
    fi
    sleep 5
  done
}

# boot SHARE SECONDS FILE...: boots dom0 with the files in /rx and prints the lines of its /log/results as they come,
# until it powers off or nothing has moved for so long. dom0 has the folder SHARE as /log; its console is in SHARE/console.
# $translations is the size of QEMU's buffer for translated code, in MB.
boot ()
{
  dir=$1 seconds=$2
  shift 2
  : >"$dir/results"
  overlay "$dir/overlay" "$@" || return 1
  cat "$images/dom0.img" "$dir/overlay" >"$dir/initrd"
  rm "$dir/overlay"
  qemu-system-x86_64 -accel tcg,thread=multi,tb-size="${translations:-512}" \
    -smp 2 -m 3500M -cpu "$cpu" -display none -nodefaults -no-reboot -monitor none -serial "file:$dir/console" \
    -kernel "$images/xen" \
    -append "console=com1 com1=115200,8n1 dom0_mem=1800M dom0_max_vcpus=1 loglvl=warning conring_size=256k" \
    -initrd "$images/vmlinuz console=hvc0 nokaslr quiet,$dir/initrd" \
    -virtfs "local,path=$dir,mount_tag=log,security_model=none" >"$dir/qemu.log" 2>&1 &
  qemu=$!
  echo $qemu >"$dir/qemu.pid"
  watch_qemu $qemu "$dir" "$seconds" >/dev/null 2>&1 &
  # tail ends with QEMU.
  tail -n +1 -s 0.3 -f --pid=$qemu "$dir/results" 2>/dev/null
  wait $qemu
  rm -f "$dir/initrd"
}
