# SPDX-License-Identifier: MIT
"""Cuts the power of the small machine, and boots it again from what its disk has then.

What a filesystem had not written yet is lost: ext3, ext4 and xfs are told to shut down. ext2 would
write the rest when it is unmounted, and btrfs cannot be told: of those the disk is copied at that
moment. Knows nothing of faults.
"""

import ctypes
import errno
import fcntl
import os
import struct
import subprocess

import machine as m

GOING_DOWN, LOG_FLUSH, NO_LOG_FLUSH = 0x8004587D, 1, 2
BTRFS_START_SYNC, BTRFS_WAIT_SYNC = 0x80089418, 0x40089416
BLKFLSBUF = 0x1261
SYNC_FILE_RANGE_ALL = 7
MS_BIND = 4096
IMAGE = os.environ['LIVE_IMAGES'] + '/disk.img'
LOST = m.DISK + '/lost+found'
PIECE = 256 << 10


def mount(source, target, filesystem, flags, options):
    m.check(m.libc.mount(os.fsencode(source), os.fsencode(target), os.fsencode(filesystem),
                         ctypes.c_ulong(flags), os.fsencode(options)), 'mount ' + target)


def umount(target):
    m.check(m.libc.umount2(os.fsencode(target), 0), 'umount ' + target)


def read_image():
    """Its pieces, by where they are; of those without data none."""
    pieces, at = {}, 0
    fd = os.open(IMAGE, os.O_RDONLY)
    try:
        while True:
            at = os.lseek(fd, at, os.SEEK_DATA) // PIECE * PIECE
            pieces[at] = os.pread(fd, PIECE, at)
            at += PIECE
    except OSError as e:
        if e.errno != errno.ENXIO:
            raise
        return pieces
    finally:
        os.close(fd)


def write_image(pieces):
    now = read_image()
    fd = os.open(IMAGE, os.O_WRONLY)
    try:
        for at in pieces.keys() | now.keys():
            piece = pieces.get(at) or bytes(len(now[at]))
            if now.get(at) != piece:
                os.pwrite(fd, piece, at)
    finally:
        os.close(fd)


def find_device():
    with open('/proc/self/mountinfo', encoding='utf-8') as mounts:
        fields = [line.split() for line in mounts]
    return next(line[line.index('-') + 2] for line in fields if line[4] == m.DISK)


def write_back(path):
    """Of that file the data, and nothing of its length and blocks."""
    try:
        fd = os.open(path, os.O_RDONLY | os.O_NOFOLLOW)
    except FileNotFoundError:
        return
    try:
        m.check(m.libc.sync_file_range(fd, ctypes.c_int64(0), ctypes.c_int64(0),
                                       SYNC_FILE_RANGE_ALL), 'sync_file_range ' + path)
    finally:
        os.close(fd)


class Power:
    def __init__(self, filesystem, options):
        self.filesystem = filesystem
        self.options = options
        self.name = f'{filesystem}:{options}' if options else filesystem
        self.source = find_device()
        # It stays the same while nothing of it is mounted.
        self.device = os.open(self.source, os.O_RDONLY)
        self.image = None  # where that is what the disk has when power is cut

    def close(self):
        os.close(self.device)

    @staticmethod
    def sync():
        """What a point begins with is on the disk."""
        disk = os.open(m.DISK, os.O_RDONLY)
        m.check(m.libc.syncfs(disk), 'syncfs')
        os.close(disk)

    def cut(self, what):
        """cut: what was not synced is lost, log or data; cut-log, cut-data: but for that."""
        # It could not be opened any more. On the disk that changes nothing.
        for path in m.active_swap():
            if path.startswith(m.LIVE + '/'):
                m.swapoff(path)
        if what == 'cut-data':
            for path in m.FILES:
                write_back(path)
        disk = os.open(m.DISK, os.O_RDONLY)
        try:
            if self.filesystem == 'btrfs' and what == 'cut-log':
                transaction = fcntl.ioctl(disk, BTRFS_START_SYNC, bytes(8))
                fcntl.ioctl(disk, BTRFS_WAIT_SYNC, transaction)
            # What ext2 writes of itself when it is unmounted is what others have in their log.
            if self.filesystem == 'btrfs' or (self.filesystem == 'ext2' and what != 'cut-log'):
                self.image = read_image()
            else:
                self.image = None
                flag = LOG_FLUSH if what == 'cut-log' else NO_LOG_FLUSH
                fcntl.ioctl(disk, GOING_DOWN, struct.pack('=L', flag))
        finally:
            os.close(disk)

    def boot(self):
        """As init does it: fsck, mount, swap by fstab. Returns what went wrong."""
        complaints = []
        umount('/etc')
        umount(m.DISK)
        if self.image:
            write_image(self.image)
        fcntl.ioctl(self.device, BLKFLSBUF)
        if self.filesystem == 'ext2':
            complaints += self.fsck()
        mount(self.source, m.DISK, self.filesystem, 0, self.options)
        mount(m.DISK + '/etc', '/etc', 'none', MS_BIND, '')
        # What lost its name was unlinked, or never had one.
        for name in os.listdir(LOST) if self.filesystem == 'ext2' else []:
            os.unlink(f'{LOST}/{name}')
        if os.path.exists('/run/memprov.lock'):
            os.unlink('/run/memprov.lock')
        os.utime(m.UNITS)
        return complaints + self.swap_on()

    def fsck(self):
        """-p leaves to a person what was unlinked, and is on the disk with no name and a link."""
        for option in ('-p', '-y'):
            done = subprocess.run(['e2fsck', option, self.source], check=False,
                                  capture_output=True, text=True)
            if done.returncode & ~1 == 0:
                return []
        return [f'e2fsck ends with {done.returncode}: {done.stdout}']

    @staticmethod
    def swap_on():
        complaints = []
        text = m.Machine.read_text(m.FSTAB)
        for line in text[2].splitlines() if text else []:
            path = line.split()[0].decode() if m.is_our_line(line) else ''
            if not os.path.exists(path):
                continue
            try:
                m.swapon(path)
            except OSError as e:
                complaints.append(f'at boot: {e}')
        return complaints
