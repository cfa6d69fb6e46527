# xen-nbdback
# SPDX-License-Identifier: BSD-3-Clause
#
# Sourced by run and demo: what is needed, and the images that real Xen boots from. Everything comes from Debian
# packages: the kernel from its .deb (it need not be installed here), all else copied from the installed packages.

packages='qemu-system-x86 xen-hypervisor-4.17-amd64 xen-utils-4.17 xen-utils-common xenstore-utils qemu-system-xen
  grub-xen-host busybox-static cpio kmod bash e2fsprogs fio nbdkit qemu-utils libnbd-bin xz-utils make'

# Prints why this machine cannot boot real Xen; prints nothing if it can.
missing ()
{
  if [ "$(uname -m)" != x86_64 ]; then
    echo "real Xen is emulated on x86_64 only"
    return
  fi
  if ! command -v dpkg-query >/dev/null; then
    echo "this is not Debian: the images are made from Debian 12 packages"
    return
  fi
  for p in $packages; do
    if ! dpkg-query -W -f '${Status}' "$p" 2>/dev/null | grep -q 'ok installed'; then
      printf '%s ' "$p"
    fi
  done | sed 's/^./packages not installed: &/; s/ $//'
}

# The kernel package that linux-image-amd64 stands for: the cloud kernel has no dom0 support.
kernel_package ()
{
  apt-cache depends linux-image-amd64 2>/dev/null | sed -n 's/.*Depends: \(linux-image-[0-9].*\)/\1/p' | head -n 1
}

# Leaves the path of the kernel's .deb in $deb; downloads it unless an earlier run did.
fetch_kernel ()
{
  pkg=$(kernel_package)
  if [ -z "$pkg" ]; then
    # No package lists here: the newest kernel of an earlier run will do.
    deb=$(ls -t "$cache"/linux-image-*.deb 2>/dev/null | head -n 1)
    [ -n "$deb" ]
    return
  fi
  version=$(apt-cache show --no-all-versions "$pkg" | sed -n 's/^Version: //p' | head -n 1)
  deb=$cache/${pkg}_$(echo "$version" | sed 's/:/%3a/')_amd64.deb
  if [ ! -f "$deb" ]; then
    echo "real-xen: downloading $pkg $version"
    rm -rf "$cache/download"
    mkdir "$cache/download"
    (cd "$cache/download" && apt-get -q download "$pkg" >apt.log 2>&1) || { cat "$cache/download/apt.log"; return 1; }
    rm -f "$cache"/linux-image-*.deb
    mv "$cache"/download/*.deb "$deb"
    rm -rf "$cache/download"
  fi
}

# skeleton ROOT: folders and links of a merged-/usr Debian.
skeleton ()
{
  for d in usr/bin usr/sbin usr/lib usr/lib64 etc proc sys dev tmp run var mnt root boot; do
    mkdir -p "$1/$d"
  done
  for d in bin sbin lib lib64; do
    ln -s usr/$d "$1/$d"
  done
  ln -s /run "$1/var/run"
  cp -L "$(command -v busybox)" "$1/bin/busybox"
  for a in $(busybox --list); do
    [ "$a" = busybox ] || ln -s busybox "$1/bin/$a"
  done
}

# copy ROOT FILE...: the files at the same place below ROOT, with the libraries that they are linked with.
copy ()
{
  to=$1
  shift
  for f; do
    # A path through a link such as /bin goes to where the link leads.
    path=$(realpath "$(dirname "$f")")/$(basename "$f")
    mkdir -p "$to$(dirname "$path")"
    rm -f "$to$path"
    cp -L "$f" "$to$path"
    copy_libraries "$to" "$f"
  done
}

copy_libraries ()
{
  ldd "$2" 2>/dev/null | grep -o '/[^ ]*' | while read -r lib; do
    path=$(realpath "$(dirname "$lib")")/$(basename "$lib")
    if [ ! -e "$1$path" ]; then
      mkdir -p "$1$(dirname "$path")"
      cp -L "$lib" "$1$path"
    fi
  done
}

# modules KERNEL-TREE ROOT MODULE...: the modules and all that they depend on.
modules ()
{
  tree=$1
  to=$2
  shift 2
  version=$(basename "$tree"/lib/modules/*)
  from=$tree/lib/modules/$version
  mkdir -p "$to/usr/lib/modules/$version"
  cp "$from/modules.builtin" "$from/modules.builtin.modinfo" "$from/modules.order" "$to/usr/lib/modules/$version/"
  for m; do
    sed -n "s,^\(kernel/.*/$m\.ko\):\(.*\),\1 \2,p" "$from/modules.dep"
  done | tr ' ' '\n' | sort -u | while read -r f; do
    [ -n "$f" ] || continue
    mkdir -p "$to/usr/lib/modules/$version/$(dirname "$f")"
    cp "$from/$f" "$to/usr/lib/modules/$version/$f"
  done
  depmod -b "$to" "$version"
}

# pack ROOT IMAGE: uncompressed, because unpacking costs more than reading where the processor is emulated.
pack ()
{
  (cd "$1" && find . | sort | cpio -o -H newc -R 0:0 --quiet) >"$2"
}

# unpack_kernel VMLINUZ: the ELF file in it. libxl would unpack it as well, for 3 s at each `xl create'. Where it is
# stands in the header: setup_sects at 0x1f1, payload_offset and payload_length from 0x248 on.
unpack_kernel ()
{
  set -- "$1" $(od -An -tu1 -j 497 -N 1 "$1") $(od -An -tu4 -j 584 -N 8 "$1")
  tail -c +$((($2 + 1) * 512 + $3 + 1)) "$1" | head -c "$4" | xz -dc --single-stream
}

guest_images ()
{
  skeleton "$work/guest"
  modules "$work/kernel" "$work/guest" xen-blkfront ext4 crc32c_generic
  # Where the kernel looks for it.
  ln -s ../bin/busybox "$work/guest/usr/sbin/modprobe"
  copy "$work/guest" /usr/bin/xenstore-read /usr/bin/xenstore-write /usr/sbin/mkfs.ext4 /usr/sbin/e2fsck
  cp "$here/guest-init" "$work/guest/init"
  chmod 755 "$work/guest/init"
  pack "$work/guest" "$work/dom0/boot/guest.img"
  # fio brings 80 MB of libraries: only the guests that use it pay for them.
  copy "$work/guest" /usr/bin/fio
  pack "$work/guest" "$work/dom0/boot/guest-fio.img"
}

dom0_image ()
{
  xen=$(dirname "$(ls -d /usr/lib/xen-*/bin/xl | sort -V | tail -n 1)")
  copy "$work/dom0" /bin/bash /usr/bin/xenstore-* "$xen/xl" "$xen/xenstored" "$xen/xenconsoled" "$xen/xen-init-dom0" \
    "$xen/libxl-save-helper" "$xen/lsevtchn" /usr/libexec/xen-qemu-system-i386 \
    /usr/bin/nbdkit /usr/bin/qemu-nbd /usr/bin/qemu-img /usr/bin/nbdinfo /usr/bin/nbdcopy /usr/sbin/mkfs.ext4
  [ ! -x /usr/bin/strace ] || copy "$work/dom0" /usr/bin/strace
  ln -s "$xen/xl" "$work/dom0/usr/sbin/xl"
  nbdkit=$(nbdkit --dump-config | sed -n 's/^libdir=//p')/nbdkit
  for p in data eval file memory null pattern sh; do
    copy "$work/dom0" "$nbdkit/plugins/nbdkit-$p-plugin.so"
  done
  copy "$work/dom0" "$nbdkit"/filters/*.so
  mkdir -p "$work/dom0/usr/share/qemu" "$work/dom0/etc/xen" "$work/dom0/usr/lib/grub-xen"
  cp -r /usr/share/qemu/keymaps "$work/dom0/usr/share/qemu/"
  cp -rL /etc/xen/scripts "$work/dom0/etc/xen/"
  cp /usr/lib/grub-xen/*.bin "$work/dom0/usr/lib/grub-xen/"
  : >"$work/dom0/etc/xen/xl.conf"
  echo 'root:x:0:0::/root:/bin/sh' >"$work/dom0/etc/passwd"
  echo 'root:x:0:' >"$work/dom0/etc/group"
  echo '127.0.0.1 localhost' >"$work/dom0/etc/hosts"
  modules "$work/kernel" "$work/dom0" xen-gntdev xen-evtchn xen-privcmd xenfs xen-gntalloc xen-blkback xen-blkfront \
    loop ext4 crc32c_generic 9p 9pnet_virtio virtio_pci
  cp "$work/vmlinuz" "$work/dom0/boot/vmlinuz"
  unpack_kernel "$work/vmlinuz" >"$work/dom0/boot/vmlinux"
}

# Leaves in $images a folder with xen, vmlinuz, dom0.img and dom0.list (what is in dom0.img).
build_images ()
{
  mkdir -p "$cache"
  fetch_kernel || return 1
  key=$( (echo "$deb"; cat "$here/images.sh" "$here/guest-init"; dpkg-query -W) | sha256sum | cut -c 1-16)
  images=$cache/images-$key
  [ ! -d "$images" ] || return 0
  echo "real-xen: building the images for dom0 and the guests (kept in $cache)"
  # The last two are kept: another run may be starting from them.
  ls -td "$cache"/images-* 2>/dev/null | tail -n +2 | xargs -r rm -rf
  work=$cache/work-$$
  mkdir -p "$work/kernel" "$work/out"
  dpkg-deb -x "$deb" "$work/kernel" || return 1
  depmod -b "$work/kernel" "$(basename "$work"/kernel/lib/modules/*)"
  cp "$work"/kernel/boot/vmlinuz-* "$work/vmlinuz"
  skeleton "$work/dom0"
  guest_images
  dom0_image
  pack "$work/dom0" "$work/out/dom0.img" || return 1
  (cd "$work/dom0" && find . | sort) >"$work/out/dom0.list"
  mv "$work/vmlinuz" "$work/out/"
  gunzip -c "$(ls /boot/xen-4*-amd64.gz | sort -V | tail -n 1)" >"$work/out/xen" || return 1
  [ -d "$images" ] || mv "$work/out" "$images"
  rm -rf "$work"
}

# Leaves in $programs our programs as `make install' puts them, and the libraries that dom0.img lacks.
install_programs ()
{
  programs=$logs/programs
  if ! make -C "$build" install DESTDIR="$programs" prefix=/usr exec_prefix=/usr bindir=/usr/bin sbindir=/usr/sbin \
    libexecdir=/usr/libexec sysconfdir=/etc localstatedir=/var runstatedir=/run datarootdir=/usr/share \
    mandir=/usr/share/man >"$logs/install.log" 2>&1; then
    tail -n 20 "$logs/install.log"
    echo "real-xen: make install failed (log: $logs/install.log)"
    return 1
  fi
  rm -rf "$programs/usr/share"
  # A guest's program, for err-guest-request.
  make -C "$build" tests/real-xen/rogue-frontend >>"$logs/install.log" 2>&1 &&
    mkdir -p "$programs/usr/bin" &&
    cp "$build/tests/real-xen/rogue-frontend" "$programs/usr/bin/" || return 1
  find "$programs" -type f -perm -100 | while read -r f; do
    copy_libraries "$programs" "$f"
  done
  (cd "$programs" && find . -type f -name '*.so*') | while read -r f; do
    ! grep -Fqx "$f" "$images/dom0.list" || rm -f "$programs/$f"
  done
  # These are links in dom0.img and must stay so.
  for d in bin sbin lib lib64; do
    if [ -d "$programs/$d" ]; then
      mkdir -p "$programs/usr/$d"
      cp -r "$programs/$d/." "$programs/usr/$d/"
      rm -rf "${programs:?}/$d"
    fi
  done
}

# overlay OUT FILE...: our programs, the test scripts and the given files (in /rx), in a small archive that is appended
# to dom0's: always fresh.
overlay ()
{
  out=$1
  shift
  root=$out.root
  cp -r "$programs" "$root"
  mkdir -p "$root/rx"
  cp -r "$here/lib.sh" "$here/run-case" "$here/guest-init" "$@" "$root/rx/"
  cp "$here/dom0-init" "$root/init"
  chmod 755 "$root/init"
  pack "$root" "$out"
  rm -rf "$root"
}
