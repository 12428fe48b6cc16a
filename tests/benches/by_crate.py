#!/usr/bin/env python3
"""Says how many bytes of machine code each crate has in a function of the bench.

    tests/benches/build && tests/benches/by_crate.py target/bench/login/bootstrap

The symbols have the names of crates: `nm` of binutils reads them. A generic function counts for the crate that
declares it, not for the one whose types it was made for.
"""

import collections
import re
import subprocess
import sys

# Of "<alloc::vec::Vec<T> as core::ops::Drop>::drop": alloc.
CRATE = re.compile(r"[<&\[(]*(?:(?:dyn|mut|const|impl) |\*(?:const|mut) )*(\w+)::")

if len(sys.argv) != 2:
    sys.exit(__doc__)
command = ["nm", "--print-size", "--demangle", "--defined-only", sys.argv[1]]
sizes = collections.Counter()
for line in subprocess.run(command, capture_output=True, text=True, check=True).stdout.splitlines():
    match line.split(maxsplit=3):
        case [_, size, kind, name] if kind in "tTwW":
            crate = CRATE.match(name)
            sizes[crate[1] if crate else "C and assembly"] += int(size, 16)
if not sizes:
    sys.exit("No symbols: build it by tests/benches/build, which keeps them.")
whole = sum(sizes.values())
print("| crate | KiB | of 100 |\n|---|--:|--:|")
for crate, size in sizes.most_common(20):
    print(f"| {crate} | {size / 1024:.0f} | {100 * size / whole:.1f} |")
print(f"| **in all** | {whole / 1024:.0f} | 100 |")
