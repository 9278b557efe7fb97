"""A seccomp filter: the kernel refuses system calls that a submission does not need.

It is a deny list, because numpy, torch and the C library use too many calls, and too many new ones,
to list. Calls that are newer than this table fail with "no such call", as on an older kernel.
Landlock controls which files may be opened. This filter controls everything else: processes, the
network, shared memory, and kernel interfaces with a history of vulnerabilities.

The numbers are from Linux's unistd.h for x86-64 and for aarch64 ("-": there is no such call).
"""

from __future__ import annotations

import ctypes
import errno
import os
import platform
import struct
from collections.abc import Iterable

from grader.sandbox.inside.syscalls import syscall

__all__ = ["install", "program"]

_COLUMN = {"x86_64": 0, "aarch64": 1}
_AUDIT_ARCH = {"x86_64": 0xC000003E, "aarch64": 0xC00000B7}
_NEWEST = 452  # the highest number that was reviewed

# Other processes: starting, tracing, signalling and slowing them down, and yielding to them in
# order to never finish.
_PROCESSES = """
fork:57:- vfork:58:- execve:59:221 execveat:322:281 ptrace:101:117 process_vm_readv:310:270
process_vm_writev:311:271 process_madvise:440:440 process_mrelease:448:448 kcmp:312:272
pidfd_open:434:434 pidfd_getfd:438:438 pidfd_send_signal:424:424 tkill:200:130
rt_sigqueueinfo:129:138 rt_tgsigqueueinfo:297:240 setpriority:141:140 ioprio_set:251:30
migrate_pages:256:238 move_pages:279:239 setns:308:268 unshare:272:97 setpgid:109:154
sched_setscheduler:144:119 sched_setparam:142:118 sched_setattr:314:274"""
# Any network, and unix sockets by path, which Landlock does not control.
_NETWORK = "socket:41:198 connect:42:203 bind:49:200 listen:50:201 accept:43:202 accept4:288:242"
# Memory and messages that outlive the process, or that no limit counts. sendmsg can put descriptors
# into a socket, which keeps their files on the disk without being visible.
_SHARED = """
sendmsg:46:211 sendmmsg:307:269
shmget:29:194 shmat:30:196 shmctl:31:195 shmdt:67:197 semget:64:190 semop:65:193 semctl:66:191
semtimedop:220:192 msgget:68:186 msgsnd:69:189 msgrcv:70:188 msgctl:71:187 mq_open:240:180
mq_unlink:241:181 mq_notify:244:184 mq_timedsend:242:182 mq_timedreceive:243:183
mq_getsetattr:245:185 memfd_create:319:279 memfd_secret:447:447"""
# Ways to access files around Landlock: mounts, handles, and watching what others open.
_FILES = """
mount:165:40 umount2:166:39 pivot_root:155:41 chroot:161:51 open_tree:428:428 move_mount:429:429
fsopen:430:430 fsconfig:431:431 fsmount:432:432 fspick:433:433 mount_setattr:442:442
name_to_handle_at:303:264 open_by_handle_at:304:265 truncate:76:45 mknod:133:- mknodat:259:33
inotify_init:253:- inotify_init1:294:26 inotify_add_watch:254:27 fanotify_init:300:262
fanotify_mark:301:263 quotactl:179:60 quotactl_fd:443:443 cachestat:451:451"""
# Large kernel interfaces that numerical code does not need.
_KERNEL = """
io_uring_setup:425:425 io_uring_enter:426:426 io_uring_register:427:427 io_setup:206:0
io_destroy:207:1 io_submit:209:2 io_cancel:210:3 io_getevents:208:4 io_pgetevents:333:292
bpf:321:280 perf_event_open:298:241 userfaultfd:323:282 seccomp:317:277 keyctl:250:219
add_key:248:217 request_key:249:218 vmsplice:278:75 remap_file_pages:216:234 personality:135:92
modify_ldt:154:- uselib:134:- iopl:172:- ioperm:173:- lookup_dcookie:212:18 nfsservctl:180:42
_sysctl:156:-"""
# The machine itself; all of these need privileges as well.
_MACHINE = """
init_module:175:105 finit_module:313:273 delete_module:176:106 create_module:174:-
query_module:178:- get_kernel_syms:177:- kexec_load:246:104 kexec_file_load:320:294
reboot:169:142 swapon:167:224 swapoff:168:225 acct:163:89 sethostname:170:161
setdomainname:171:162 settimeofday:164:170 clock_settime:227:112 clock_adjtime:305:266
adjtimex:159:171 syslog:103:116 vhangup:153:58"""
# Metadata, which Landlock does not control. These calls report success and do nothing: tempfile,
# shutil and zipfile routinely set modes and times, and would fail if refused. sync would make all
# processes wait for the disk. Locks on a library's file would be visible to every other worker; a
# submission runs in one process and needs none.
_PRETENDED = """
chmod:90:- fchmod:91:52 fchmodat:268:53 fchmodat2:452:452 chown:92:- fchown:93:55 lchown:94:-
fchownat:260:54 setxattr:188:5 lsetxattr:189:6 fsetxattr:190:7 removexattr:197:14
lremovexattr:198:15 fremovexattr:199:16 utime:132:- utimes:235:- futimesat:261:- utimensat:280:88
sync:162:81 syncfs:306:267 flock:73:32"""
# Calls that are allowed with some arguments.
_CONDITIONAL = """
clone:56:220 clone3:435:435 kill:62:129 tgkill:234:131 socketpair:53:199 prlimit64:302:261
sched_setaffinity:203:122 sched_getaffinity:204:123 fcntl:72:25 ioctl:16:29 prctl:157:167
clock_gettime:228:113 clock_getres:229:114 clock_nanosleep:230:115 timer_create:222:107"""
_CLOCKS = ("clock_gettime", "clock_getres", "clock_nanosleep", "timer_create")
# It allocates disk space without writing: it could fill a folder between two checks of the
# watchdog. Not all file systems support it, so programs work without it.
_FALLOCATE = "fallocate:285:47"
_SECCOMP = "seccomp:317:277"

_DENIED = (_PROCESSES, _NETWORK, _SHARED, _FILES, _KERNEL, _MACHINE)

_CLONE_FILES, _CLONE_THREAD, _CLONE_NEW = 0x00000400, 0x00010000, 0x7E020000
_AF_UNIX, _SOCK_STREAM, _SOCK_TYPE = 1, 1, 0xF
# F_SETOWN, F_SETSIG and F_SETOWN_EX send signals without kill(). F_SETLEASE and F_NOTIFY delay or
# watch other processes. F_SET_RW_HINT and F_SET_FILE_RW_HINT change a file that is open for
# reading, which all processes can see.
_FCNTL_DENIED = (8, 10, 15, 1024, 1026, 1036, 1038)
# F_SETLK, F_SETLKW, F_OFD_SETLK, F_OFD_SETLKW: the same as flock.
_FCNTL_PRETENDED = (6, 7, 37, 38)
# The number of a process's CPU clock is negative and derived from the pid. With this bit it is the
# clock of a thread, which only threads of the same process may read.
_FIRST_DYNAMIC_CLOCK, _OF_THREAD, _CLOCK_PID = 0x80000000, 4, 0xFFFFFFF8
# TCGETS(2), TIOCGWINSZ ("is this a terminal?"), FIONREAD, FIONBIO, FIONCLEX, FIOCLEX. All others
# fail with ENOTTY.
_IOCTL_ALLOWED = (0x5401, 0x802C542A, 0x5413, 0x541B, 0x5421, 0x5450, 0x5451)
# PDEATHSIG, DUMPABLE, SECCOMP, MM, CHILD_SUBREAPER, PTRACER: they would undo the confinement.
_PRCTL_DENIED = (1, 4, 22, 35, 36, 0x59616D61)

# Classic BPF, linux/filter.h, and offsets into struct seccomp_data (little-endian: the low word of
# an argument comes first).
_LOAD, _AND, _JUMP_EQ, _JUMP_GT, _JUMP_SET, _RETURN = 0x20, 0x54, 0x15, 0x25, 0x45, 0x06
_OFFSET_NUMBER, _OFFSET_ARCH, _OFFSET_ARGS = 0, 4, 16
_ALLOW, _KILL_PROCESS, _ERRNO = 0x7FFF0000, 0x80000000, 0x00050000
_FIRST_X32 = 0x40000000


def install() -> str:
    """Install the filter permanently in the calling process, which needs no_new_privs.

    Returns:
        A description of what was done.

    Raises:
        OSError: The kernel has no seccomp, or a container forbids it.
        KeyError: The table does not contain this architecture.

    """
    code = program(platform.machine(), os.getpid())
    buffer = ctypes.create_string_buffer(code, len(code))
    count = len(code) // 8
    filter_program = struct.pack("HxxxxxxP", count, ctypes.addressof(buffer))
    set_mode_filter, all_threads = 1, 1
    number = _numbers(_SECCOMP, _COLUMN[platform.machine()])[0]
    syscall("seccomp", number, set_mode_filter, all_threads, filter_program)
    return f"{count} instructions"


def program(machine: str, pid: int) -> bytes:
    """Return the filter for the process `pid`, as an array of struct sock_filter."""
    column = _COLUMN[machine]
    number = {
        entry.partition(":")[0]: _numbers(entry, column)[0]
        for entry in f"{_CONDITIONAL} {_FALLOCATE}".split()
    }
    refused = _ERRNO | errno.EPERM
    do = _Program()

    do.add(_LOAD, _OFFSET_ARCH)
    do.unless(_AUDIT_ARCH[machine], _KILL_PROCESS)  # 32-bit calls have other numbers
    do.add(_LOAD, _OFFSET_NUMBER)
    if machine == "x86_64":
        do.add(_JUMP_GT, _FIRST_X32 - 1, 0, 1)  # x32 calls have other numbers too
        do.add(_RETURN, _KILL_PROCESS)
    for entry in " ".join(_DENIED).split():
        do.when(_numbers(entry, column), refused)
    do.when(_numbers(_PRETENDED, column), _ERRNO | 0)
    # The flags of clone3 are behind a pointer, which a filter cannot follow. If the call does not
    # exist, the C library uses clone.
    do.when([number["clone3"]], _ERRNO | errno.ENOSYS)
    do.when([number["fallocate"]], _ERRNO | errno.EOPNOTSUPP)
    do.add(_JUMP_GT, _NEWEST, 0, 1)
    do.add(_RETURN, _ERRNO | errno.ENOSYS)

    clone = do.argument(number["clone"], 0)
    clone.add(_JUMP_SET, _CLONE_NEW, 0, 1)
    clone.add(_RETURN, refused)
    # Only threads, not processes, and only with shared descriptors.
    for flag in (_CLONE_THREAD, _CLONE_FILES):
        clone.add(_JUMP_SET, flag, 1, 0)
        clone.add(_RETURN, refused)
    do.close(clone, _ALLOW)

    for name in ("kill", "tgkill"):
        do.only(number[name], 0, [pid], refused)
    for name in ("prlimit64", "sched_setaffinity", "sched_getaffinity"):
        do.only(number[name], 0, [0, pid], refused)
    for name in _CLOCKS:
        clock = do.argument(number[name], 0)
        clock.add(_JUMP_GT, _FIRST_DYNAMIC_CLOCK - 1, 1, 0)
        clock.add(_RETURN, _ALLOW)
        clock.add(_JUMP_SET, _OF_THREAD, 0, 1)
        clock.add(_RETURN, _ALLOW)
        clock.add(_AND, _CLOCK_PID)
        clock.when([~own << 3 & _CLOCK_PID for own in (0, pid)], _ALLOW)
        do.close(clock, refused)
    # A pair of datagram sockets could still send to any path, such as the system log.
    pair = do.argument(number["socketpair"], 0)
    pair.unless(_AF_UNIX, refused)
    pair.add(_LOAD, _OFFSET_ARGS + 8)
    pair.add(_AND, _SOCK_TYPE)
    pair.unless(_SOCK_STREAM, refused)
    do.close(pair, _ALLOW)
    do.only(number["ioctl"], 1, _IOCTL_ALLOWED, _ERRNO | errno.ENOTTY)
    fcntl = do.argument(number["fcntl"], 1)
    fcntl.when(_FCNTL_DENIED, refused)
    fcntl.when(_FCNTL_PRETENDED, _ERRNO | 0)
    do.close(fcntl, _ALLOW)
    do.never(number["prctl"], 0, _PRCTL_DENIED, refused)
    do.add(_RETURN, _ALLOW)
    return do.code()


class _Program:
    """A tiny assembler. Between two checks, the accumulator holds the number of the system call."""

    def __init__(self) -> None:
        self._code: list[tuple[int, int, int, int]] = []

    def add(self, operation: int, value: int, if_true: int = 0, if_false: int = 0) -> None:
        """Append one instruction; the jumps are the number of instructions to skip."""
        self._code.append((operation, if_true, if_false, value))

    def when(self, values: Iterable[int], action: int) -> None:
        """End with the action if the accumulator has any of the values."""
        for value in values:
            self.add(_JUMP_EQ, value, 0, 1)
            self.add(_RETURN, action)

    def unless(self, value: int, action: int) -> None:
        """End with the action if the accumulator does not have the value."""
        self.add(_JUMP_EQ, value, 1, 0)
        self.add(_RETURN, action)

    def argument(self, number: int, position: int) -> _Program:
        """Return a block for one system call, with an argument loaded; `close` appends it."""
        block = _Program()
        block.add(_JUMP_EQ, number, 0, 0)  # `close` sets the length of the jump
        block.add(_LOAD, _OFFSET_ARGS + 8 * position)
        return block

    def close(self, block: _Program, otherwise: int) -> None:
        """End the block with an action, and append it."""
        block.add(_RETURN, otherwise)
        operation, _, _, number = block._code[0]
        block._code[0] = (operation, 0, len(block._code) - 1, number)
        self._code += block._code

    def only(self, number: int, position: int, allowed: Iterable[int], action: int) -> None:
        """End with the action unless the argument is one of the allowed values."""
        block = self.argument(number, position)
        block.when(allowed, _ALLOW)
        self.close(block, action)

    def never(self, number: int, position: int, denied: Iterable[int], action: int) -> None:
        """End with the action if the argument is one of the denied values."""
        block = self.argument(number, position)
        block.when(denied, action)
        self.close(block, _ALLOW)

    def code(self) -> bytes:
        """Return the instructions as an array of struct sock_filter, for the kernel."""
        return b"".join(
            struct.pack("HBBI", op, true, false, value) for op, true, false, value in self._code
        )


def _numbers(table: str, column: int) -> list[int]:
    columns = [entry.split(":")[1 + column] for entry in table.split()]
    return [int(number) for number in columns if number != "-"]
