"""A filter in the Linux kernel through which a process loses what checking code never needs: no
sockets, no other processes, no signals to them, and nothing on disk is written or removed.

It needs no root and no package (seccomp(2)), and cannot be taken off again. System calls are
refused by number, so the tables are those of the two usual machines; elsewhere there is no filter.
"""

import platform
import struct
import sys
from collections.abc import Iterator
from dataclasses import dataclass

_X86_64 = {
    "socket": 41, "socketpair": 53, "connect": 42, "fork": 57, "vfork": 58, "execve": 59,
    "execveat": 322, "kill": 62, "tkill": 200, "tgkill": 234, "rt_sigqueueinfo": 129,
    "rt_tgsigqueueinfo": 297, "pidfd_send_signal": 424, "pidfd_open": 434, "pidfd_getfd": 438,
    "ptrace": 101, "process_vm_readv": 310, "process_vm_writev": 311, "prlimit64": 302,
    "setpriority": 141, "io_uring_setup": 425, "bpf": 321, "unshare": 272, "setns": 308,
    "mount": 165, "umount2": 166, "chroot": 161, "creat": 85, "mkdir": 83, "mkdirat": 258,
    "mknod": 133, "mknodat": 259, "rmdir": 84, "unlink": 87, "unlinkat": 263, "rename": 82,
    "renameat": 264, "renameat2": 316, "link": 86, "linkat": 265, "symlink": 88,
    "symlinkat": 266, "truncate": 76, "ftruncate": 77, "chmod": 90, "fchmod": 91,
    "fchmodat": 268, "fchmodat2": 452, "chown": 92, "fchown": 93, "lchown": 94, "fchownat": 260,
    "utime": 132, "utimes": 235, "futimesat": 261, "utimensat": 280, "setxattr": 188,
    "lsetxattr": 189, "fsetxattr": 190, "removexattr": 197, "lremovexattr": 198,
    "fremovexattr": 199, "open_by_handle_at": 304, "shmget": 29, "shmat": 30, "keyctl": 250,
    "add_key": 248, "request_key": 249, "perf_event_open": 298,
}  # fmt: skip
_AARCH64 = {
    "socket": 198, "socketpair": 199, "connect": 203, "execve": 221, "execveat": 281,
    "kill": 129, "tkill": 130, "tgkill": 131, "rt_sigqueueinfo": 138, "rt_tgsigqueueinfo": 240,
    "pidfd_send_signal": 424, "pidfd_open": 434, "pidfd_getfd": 438, "ptrace": 117,
    "process_vm_readv": 270, "process_vm_writev": 271, "prlimit64": 261, "setpriority": 140,
    "io_uring_setup": 425, "bpf": 280, "unshare": 97, "setns": 268, "mount": 40, "umount2": 39,
    "chroot": 51, "mkdirat": 34, "mknodat": 33, "unlinkat": 35, "renameat": 38,
    "renameat2": 276, "linkat": 37, "symlinkat": 36, "truncate": 45, "ftruncate": 46,
    "fchmod": 52, "fchmodat": 53, "fchmodat2": 452, "fchown": 55, "fchownat": 54,
    "utimensat": 88, "setxattr": 5, "lsetxattr": 6, "fsetxattr": 7, "removexattr": 14,
    "lremovexattr": 15, "fremovexattr": 16, "open_by_handle_at": 265, "shmget": 194,
    "shmat": 196, "keyctl": 219, "add_key": 217, "request_key": 218, "perf_event_open": 241,
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Machine:
    """`audit` is the kernel's number of the architecture; `opens` say in which argument the flags
    of each call that opens a file stand."""

    audit: int
    refused: dict[str, int]
    clone: int
    opens: dict[int, int]


_MACHINES = {
    "x86_64": _Machine(0xC000003E, _X86_64, 56, {2: 1, 257: 2}),
    "aarch64": _Machine(0xC00000B7, _AARCH64, 220, {56: 2}),
}
_CLONE3, _OPENAT2 = 435, 437  # the C library falls back to the older calls
_FIRST_X32 = 0x40000000  # the same calls once more, under other numbers
_CLONE_THREAD = 0x00010000
_WRITES = 0o3 | 0o100 | 0o1000  # write or both, create, truncate
_LOAD, _EQUAL, _AT_LEAST, _ANY_BIT, _RETURN = 0x20, 0x15, 0x35, 0x45, 0x06
_NUMBER_AT, _ARCHITECTURE_AT, _ARGUMENTS_AT = 0, 4, 16
_ALLOW, _KILL, _ERROR = 0x7FFF0000, 0x80000000, 0x00050000
_EPERM, _ENOSYS = 1, 38
_NO_NEW_PRIVILEGES, _SET_SECCOMP, _FILTER = 38, 22, 2


def confine() -> bool:
    """Put the filter on this process, for good. False where the system has none."""
    machine = _MACHINES.get(platform.machine())
    if sys.platform != "linux" or machine is None or sys.maxsize < 1 << 32:
        return False
    try:
        return _install(b"".join(_program(machine)))
    except (ImportError, OSError, AttributeError):  # a Python without ctypes, another C library
        return False


def _program(machine: _Machine) -> Iterator[bytes]:
    yield _step(_LOAD, _ARCHITECTURE_AT)
    yield from _when(_EQUAL, machine.audit, (), otherwise=_KILL)
    yield _step(_LOAD, _NUMBER_AT)
    yield from _when(_AT_LEAST, _FIRST_X32, (_step(_RETURN, _KILL),))
    for number in machine.refused.values():
        yield from _when(_EQUAL, number, (_step(_RETURN, _ERROR | _EPERM),))
    for number in (_CLONE3, _OPENAT2):
        yield from _when(_EQUAL, number, (_step(_RETURN, _ERROR | _ENOSYS),))
    is_thread = (
        _step(_LOAD, _ARGUMENTS_AT),
        *_when(_ANY_BIT, _CLONE_THREAD, (_step(_RETURN, _ALLOW),)),
        _step(_RETURN, _ERROR | _EPERM),
    )
    yield from _when(_EQUAL, machine.clone, is_thread)
    for number, argument in machine.opens.items():
        only_reads = (
            _step(_LOAD, _ARGUMENTS_AT + 8 * argument),
            *_when(_ANY_BIT, _WRITES, (_step(_RETURN, _ERROR | _EPERM),)),
            _step(_RETURN, _ALLOW),
        )
        yield from _when(_EQUAL, number, only_reads)
    yield _step(_RETURN, _ALLOW)


def _step(code: int, value: int, if_true: int = 0, if_false: int = 0) -> bytes:
    """One instruction of the kernel's filter language (struct sock_filter)."""
    return struct.pack("HBBI", code, if_true, if_false, value)


def _when(
    test: int, value: int, then: tuple[bytes, ...], otherwise: int | None = None
) -> Iterator[bytes]:
    """`then` where the test of the loaded value succeeds; where it fails `otherwise`, or on."""
    if otherwise is None:
        yield _step(test, value, 0, len(then))
        yield from then
    else:
        yield _step(test, value, 1, 0)
        yield _step(_RETURN, otherwise)


def _install(program: bytes) -> bool:
    import ctypes

    class Program(ctypes.Structure):
        _fields_ = (("length", ctypes.c_ushort), ("steps", ctypes.c_char_p))

    prctl = ctypes.CDLL(None, use_errno=True).prctl
    zero = ctypes.c_ulong(0)
    asked = Program(len(program) // struct.calcsize("HBBI"), program)
    if prctl(_NO_NEW_PRIVILEGES, ctypes.c_ulong(1), zero, zero, zero):
        return False
    refused = prctl(_SET_SECCOMP, ctypes.c_ulong(_FILTER), ctypes.byref(asked), zero, zero)
    return not refused
