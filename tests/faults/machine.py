# SPDX-License-Identifier: MIT
"""The small machine that faults are tried on: reads what it is like, and puts it back to that.

Knows what of it is memprov's to change; everything else is compared by inode and times, and must
stay. Knows nothing of faults.
"""

import ctypes
import fcntl
import mmap
import os
import stat
import struct
from typing import NamedTuple, Optional

LIVE = '/mnt/memprov-live'
DISK = LIVE + '/disk'
MEMPROV = LIVE + '/memprov'
FSTAB = DISK + '/etc/fstab'
SYSCTL_D = DISK + '/etc/sysctl.d'
DROPIN = SYSCTL_D + '/99-zz-memprov.conf'
CONFLICTS = (SYSCTL_D + '/99-zzz-one.conf', SYSCTL_D + '/99-zzz-two.conf')
TEXTS = (FSTAB, DROPIN) + CONFLICTS
SWAPFILE = DISK + '/swapfile'
FORMER = DISK + '/former'
# In a directory of its own, which memprov makes.
DEEP = DISK + '/swap/swapfile'
FILES = (SWAPFILE, FORMER, DEEP)
UNITS = '/run/systemd/systemd-units-load'
RUN = ('memprov.lock', 'systemd', 'mount')  # the last is mount(8)'s
PROC_VM = '/proc/sys/vm/'

PAGE = os.sysconf('SC_PAGE_SIZE')
SIGNATURE = b'SWAPSPACE2'
FS_IOC_GETFLAGS, FS_IOC_SETFLAGS, FS_IOC_FIEMAP = 0x80086601, 0x40086602, 0xC020660B
FS_NOCOW_FL = 0x800000
FIEMAP_EXTENT_LAST = 1

libc = ctypes.CDLL(None, use_errno=True)


class Swapfile(NamedTuple):
    """What is at a path where a swapfile may be."""
    mode: int
    owner: tuple
    links: int
    size: int
    allocated: bool
    in_place: bool  # No_COW, where the filesystem is btrfs
    signed: bool
    pages: int  # behind the header, as that says
    uuid: bytes
    label: bytes

    def is_usable(self):
        """Whether the kernel takes it, and nobody else can read it."""
        return (stat.S_ISREG(self.mode) and stat.S_IMODE(self.mode) == 0o600 and
                self.owner == (0, 0) and self.links == 1 and self.allocated and
                self.in_place and self.signed and (self.pages + 1) * PAGE <= self.size)


class State(NamedTuple):
    """All that memprov may change, by content; what else changed is in `foreign`."""
    texts: tuple  # of each in TEXTS: None or (mode, owner, bytes)
    files: tuple  # of each in FILES: None or Swapfile
    directory: Optional[int]  # the mode of the one that is to be made
    active: tuple  # paths
    vm: tuple
    outdated: bool  # systemd has not read fstab since it changed
    left: tuple  # temporary names
    foreign: tuple

    def file(self, path):
        return self.files[FILES.index(path)]

    def text(self, path):
        found = self.texts[TEXTS.index(path)]
        return found and found[2]

    def lines(self):
        """Of fstab: those of our swapfiles, and all others."""
        lines = (self.text(FSTAB) or b'').splitlines(keepends=True)
        ours = [line for line in lines if is_our_line(line)]
        return ours, [line for line in lines if not is_our_line(line)]

    def nameless(self):
        """As it is to memprov, whichever random UUID a new swapfile got."""
        return self._replace(files=tuple(
            file and file._replace(uuid=b'') for file in self.files))

    def unlabelled(self):
        """As it is to the kernel: what is made anew after a kill does not take the label over."""
        return self._replace(files=tuple(
            file and file._replace(uuid=b'', label=b'') for file in self.files))


def is_our_line(line):
    fields = line.split()
    return bool(fields) and fields[0].decode(errors='replace') in FILES


def check(result, what):
    if result < 0:
        error = ctypes.get_errno()
        raise OSError(error, os.strerror(error), what)
    return result


def swapon(path):
    check(libc.swapon(os.fsencode(path), 0), 'swapon ' + path)


def swapoff(path):
    check(libc.swapoff(os.fsencode(path)), 'swapoff ' + path)


def active_swap():
    with open('/proc/swaps', encoding='utf-8') as swaps:
        return [line.split()[0] for line in swaps.readlines()[1:]]


def is_allocated(fd, size):
    """Whether each byte has a block; one that is allocated and not written is a hole to lseek."""
    at = 0
    while at < size:
        request = bytearray(struct.pack('=QQLLLL', at, size - at, 0, 0, 64, 0) + bytes(64 * 56))
        fcntl.ioctl(fd, FS_IOC_FIEMAP, request)
        n = struct.unpack_from('=L', request, 20)[0]
        for i in range(n):
            logical, _, length, _, _, flags = struct.unpack_from('=QQQQQL', request, 32 + 56 * i)
            if logical > at:
                return False
            at = logical + length
            if flags & FIEMAP_EXTENT_LAST and at < size:
                return False
        if n == 0:
            return False
    return True


def get_flags(fd):
    return struct.unpack('=L', fcntl.ioctl(fd, FS_IOC_GETFLAGS, bytes(8))[:4])[0]


def make_header(file):
    page = bytearray(PAGE)
    struct.pack_into('=LLL', page, 1024, 1, file.pages, 0)
    page[1036:1052] = file.uuid
    page[1052:1068] = file.label.ljust(16, b'\0')
    if file.signed:
        page[-len(SIGNATURE):] = SIGNATURE
    return bytes(page)


def write_zeros(fd, size, end):
    """Past the page cache, from which the blocks would come in any order."""
    fcntl.fcntl(fd, fcntl.F_SETFL, os.O_RDWR | os.O_DIRECT)
    with mmap.mmap(-1, 1 << 20) as zeros:
        for at in range(size, end, len(zeros)):
            os.pwritev(fd, [zeros], at)
    fcntl.fcntl(fd, fcntl.F_SETFL, os.O_RDWR)


class Machine:
    def __init__(self, filesystem):
        self.filesystem = filesystem
        self.vm_names = sorted(os.environ['FAULTS_VM_KEYS'].split())
        self.others = {}

    # --- what it is like ---

    def read_swapfile(self, path):
        try:
            fd = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
        except FileNotFoundError:
            return None
        try:
            st = os.fstat(fd)
            page = os.pread(fd, PAGE, 0).ljust(PAGE, b'\0')
            return Swapfile(st.st_mode, (st.st_uid, st.st_gid), st.st_nlink, st.st_size,
                            is_allocated(fd, st.st_size),
                            self.filesystem != 'btrfs' or bool(get_flags(fd) & FS_NOCOW_FL),
                            page.endswith(SIGNATURE),
                            struct.unpack_from('=L', page, 1028)[0], page[1036:1052],
                            page[1052:1068].rstrip(b'\0'))
        finally:
            os.close(fd)

    @staticmethod
    def read_text(path):
        try:
            with open(path, 'rb') as file:
                st = os.fstat(file.fileno())
                return (st.st_mode, (st.st_uid, st.st_gid), file.read())
        except FileNotFoundError:
            return None

    def read_vm(self):
        values = []
        for name in self.vm_names:
            with open(PROC_VM + name, encoding='ascii') as file:
                values.append(int(file.read()))
        return tuple(values)

    @staticmethod
    def walk():
        """Every name on the disk, with what changes when anything does."""
        found, directories = {}, [DISK]
        while directories:
            directory = directories.pop()
            # A name comes and goes in it; what is of interest is which.
            with os.scandir(directory) as entries:
                for entry in entries:
                    st = entry.stat(follow_symlinks=False)
                    if entry.is_dir(follow_symlinks=False):
                        directories.append(entry.path)
                        found[entry.path] = (st.st_mode, st.st_uid, st.st_gid)
                    else:
                        found[entry.path] = (st.st_mode, st.st_uid, st.st_gid, st.st_ino,
                                             st.st_nlink, st.st_size, st.st_mtime_ns,
                                             st.st_ctime_ns)
        return found

    @staticmethod
    def is_ours(path):
        return path in TEXTS or path in FILES or path == os.path.dirname(DEEP)

    @staticmethod
    def is_temporary(path):
        directory, name = os.path.split(path)
        return any(path == f'{directory}/.{os.path.basename(text)}.memprov'
                   for text in TEXTS if os.path.dirname(text) == directory) and bool(name)

    def remember_others(self):
        self.others = {path: st for path, st in self.walk().items() if not self.is_ours(path)}

    def read(self):
        now = self.walk()
        left = tuple(sorted(path for path in now if self.is_temporary(path)))
        others = {path: st for path, st in now.items()
                  if not self.is_ours(path) and path not in left}
        foreign = () if others == self.others else tuple(sorted(
            path for path in others.keys() | self.others.keys()
            if others.get(path) != self.others.get(path)))
        swap = active_swap()
        foreign += tuple(path for path in swap if path.startswith(LIVE) and path not in FILES)
        foreign += tuple(name for name in os.listdir('/run') if name not in RUN)
        return State(tuple(self.read_text(path) for path in TEXTS),
                     tuple(self.read_swapfile(path) for path in FILES),
                     (now.get(os.path.dirname(DEEP)) or (None,))[0],
                     tuple(sorted(path for path in swap if path in FILES)), self.read_vm(),
                     self.is_outdated(), left, foreign)

    @staticmethod
    def is_outdated():
        try:
            return os.stat(FSTAB).st_mtime_ns > os.stat(UNITS).st_mtime_ns
        except FileNotFoundError:
            return True

    # --- putting it back ---

    def put(self, state, now):
        """Makes it so; of what is so already nothing is written."""
        if now == state:
            return
        for path in now.active:
            if path not in state.active or now.file(path) != state.file(path):
                swapoff(path)
        for path in now.left:
            os.unlink(path)
        for path, have, want in zip(FILES, now.files, state.files):
            if have != want:
                self.put_swapfile(path, have, want)
        if now.directory and not state.directory:
            os.rmdir(os.path.dirname(DEEP))
        for path, have, want in zip(TEXTS, now.texts, state.texts):
            if have != want:
                self.put_text(path, want)
        for name, have, want in zip(self.vm_names, now.vm, state.vm):
            if have != want:
                with open(PROC_VM + name, 'w', encoding='ascii') as file:
                    file.write(str(want))
        swap = active_swap()
        for path in state.active:
            if path not in swap:
                swapon(path)
        if not state.outdated:
            os.utime(UNITS)
        vfs = os.statvfs(DISK)
        # Blocks of what was unlinked are free when the filesystem has committed that.
        if vfs.f_bavail < vfs.f_blocks * 3 // 4:
            fd = os.open(DISK, os.O_RDONLY)
            libc.syncfs(fd)
            os.close(fd)
        again = self.read()
        if again != state:
            raise RuntimeError(f'cannot be put back: {again} is not {state}')

    @staticmethod
    def put_text(path, want):
        if want is None:
            os.unlink(path)
            return
        mode, owner, text = want
        with open(path, 'wb') as file:
            file.write(text)
            os.fchmod(file.fileno(), stat.S_IMODE(mode))
            os.fchown(file.fileno(), *owner)

    def put_swapfile(self, path, have, want):
        if want is None or (have and have.links != want.links):
            os.unlink(path)
            have = None
        if want is None:
            return
        fd = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
        try:
            if have is None and self.filesystem == 'btrfs':
                fcntl.ioctl(fd, FS_IOC_SETFLAGS, struct.pack('=LL', FS_NOCOW_FL, 0))
            size = os.fstat(fd).st_size
            os.ftruncate(fd, min(size, want.size))
            if self.filesystem in ('ext2', 'ext3'):
                write_zeros(fd, size, want.size)
            else:
                os.posix_fallocate(fd, 0, want.size)
            os.fchmod(fd, stat.S_IMODE(want.mode))
            os.fchown(fd, *want.owner)
            os.pwrite(fd, make_header(want), 0)
        finally:
            os.close(fd)


def swapfile(mib, label=b'memprov', mode=0o600, short_mib=0) -> Optional[Swapfile]:
    """One of that size, whose header says so, or that it is shorter."""
    return Swapfile(stat.S_IFREG | mode, (0, 0), 1, mib << 20, True, True, True,
                    ((mib - short_mib) << 20) // PAGE - 1, bytes(range(1, 17)), label)
