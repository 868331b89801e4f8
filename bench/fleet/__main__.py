"""`bench/run-fleet`: many hosts prepared at once, and one host more in a small and in a large fleet."""

from __future__ import annotations

import argparse
import sys

from bench.fleet import joining, preparing

PREPARING_TARGET, JOINING_TARGET = 1.5, 1.1


def main() -> int:
    """Read the options, measure, and print figures beside their targets."""
    parser = argparse.ArgumentParser(prog="bench/run-fleet", description="Measure what many hosts cost.")
    parser.add_argument("--part", choices=["preparing", "joining"], help="only one of the two")
    parser.add_argument("--hosts", type=int, default=8, metavar="N", help="hosts prepared at once (default 8)")
    parser.add_argument("--fleet", type=int, default=40, metavar="N", help="hosts of the large fleet (default 40)")
    parser.add_argument("--repeat", type=int, default=1, metavar="N", help="hosts added to each fleet (default 1)")
    options = parser.parse_args()
    met = True
    if options.part != "joining":
        met &= _preparing(options.hosts)
    if options.part != "preparing":
        met &= _joining(options.fleet, options.repeat)
    return 0 if met else 1


def _preparing(count: int) -> bool:
    one, many = preparing.measure(count)
    for hosts, cost in ((1, one), (count, many)):
        print(
            f"{hosts} hosts prepared: {cost.wall_seconds:.1f} s; processor time {cost.here_seconds:.1f} s here, "
            f"{sum(cost.host_seconds):.1f} s on the hosts, at most {max(cost.host_seconds):.1f} s on one"
        )
    ratio = many.wall_seconds / one.wall_seconds
    print(
        f"{count} against 1: {ratio:.2f} (target {PREPARING_TARGET}); with processors of their own, estimated from "
        f"processor time: {preparing.estimated_ratio(one, many):.2f}"
    )
    return ratio <= PREPARING_TARGET


def _joining(fleet: int, repeat: int) -> bool:
    small, large = joining.measure(fleet, repeat)
    for size, added in ((joining.SMALL, small), (fleet, large)):
        for each in added:
            print(
                f"one host more at {size}: {each.wall_seconds:.1f} s, {each.update_seconds:.0f} s of it the update, "
                f"{each.health_seconds:.1f} s health; processor time {each.here_seconds:.1f} s here, "
                f"{each.simulated_seconds:.1f} s on simulated hosts; load average {each.load:.1f} before"
            )
    ratio = min(each.wall_seconds for each in large) / min(each.wall_seconds for each in small)
    print(f"at {fleet} against {joining.SMALL}: {ratio:.2f} (target {JOINING_TARGET})")
    return ratio <= JOINING_TARGET


if __name__ == "__main__":
    sys.exit(main())
