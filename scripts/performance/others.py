"""How much of the processors went to programs other than those that were being measured."""

import os
import pathlib
import time


class Others:
    """From its making on; nothing is known where there is no /proc."""

    def __init__(self):
        self.begin = self.state()

    def share(self):
        """Of all processors' time, since the beginning."""
        if self.begin is None:
            return 0.0
        busy, own, clock = (after - before for after, before in zip(self.state(), self.begin))
        return max(0.0, busy - own) / (clock * os.cpu_count())

    @staticmethod
    def state():
        path = pathlib.Path("/proc/stat")
        if not path.exists():
            return None
        # user, nice, system, idle, iowait, irq, softirq, steal
        ticks = [int(value) for value in path.read_text().splitlines()[0].split()[1:9]]
        times = os.times()
        own = times.user + times.system + times.children_user + times.children_system
        return (sum(ticks) - ticks[3] - ticks[4]) / os.sysconf("SC_CLK_TCK"), own, time.monotonic()
