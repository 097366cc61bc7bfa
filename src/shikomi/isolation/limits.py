"""What the system lets this process use."""

import math
import time


def limit(*, cpu_seconds: int, memory_bytes: int, file_bytes: int | None = None) -> None:
    """Limit the CPU time from now on, the address space and, where asked, the size of any file
    that is written. What the system does not limit is left alone: Windows limits nothing, macOS
    not the memory."""
    try:
        import resource
    except ImportError:
        return
    wanted = [
        (resource.RLIMIT_CPU, math.ceil(time.process_time()) + cpu_seconds),
        (resource.RLIMIT_AS, memory_bytes),
        (resource.RLIMIT_CORE, 0),
    ]
    if file_bytes is not None:
        wanted.append((resource.RLIMIT_FSIZE, file_bytes))
    for kind, soft in wanted:
        hard = resource.getrlimit(kind)[1]
        try:
            most = soft if hard == resource.RLIM_INFINITY else min(soft, hard)
            resource.setrlimit(kind, (most, hard))
        except (ValueError, OSError):
            continue
