#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""bench.py NAME [--quick] [--json]: foreman beside its peers, in one run."""
import argparse
import pathlib
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent / "support")]

import backlog  # noqa: E402
import batch  # noqa: E402
import crash  # noqa: E402
import framework  # noqa: E402
import night  # noqa: E402
import overhead  # noqa: E402
import queued  # noqa: E402
import submit  # noqa: E402

BENCHES = {
    "overhead": overhead, "queued": queued, "submit": submit, "backlog": backlog, "batch": batch, "crash": crash,
    "night": night,
}


def main():
    listing = "\n".join(f"  {name:10} {bench.__doc__.splitlines()[0]}" for name, bench in BENCHES.items())
    parser = argparse.ArgumentParser(
        prog="./dev bench", description="Benchmarks:\n" + listing,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("name", nargs="?", choices=BENCHES)
    parser.add_argument("--quick", action="store_true", help="fewer and shorter rounds: does it run, not how fast")
    parser.add_argument("--json", action="store_true")
    arguments = parser.parse_args()
    if not arguments.name:
        parser.print_help()
        return 2
    # Below build/, and not where a memory file system may be: what is synced is to reach a disk.
    with tempfile.TemporaryDirectory(prefix="bench-", dir=HERE.parents[1] / "build") as folder:
        bench = BENCHES[arguments.name]
        samples, targets, rows = bench.run(pathlib.Path(folder), arguments.quick, framework.note)
    return framework.report(arguments.name, samples, targets, arguments.json, rows, arguments.quick)


if __name__ == "__main__":
    sys.exit(main())
