"""Verifies bare hashes. Each line of the input has a number of them, and is answered with a line."""

import os
import sys

from argon2 import PasswordHasher

PASSWORD = "quatre chevaux bleus 4"
hasher = PasswordHasher(int(os.environ["ARGON2_ITERATIONS"]), int(os.environ["ARGON2_MEMORY_KIB"]), parallelism=1)
stored = hasher.hash(PASSWORD)
for line in sys.stdin:
    for _ in range(int(line)):
        hasher.verify(stored, PASSWORD)
    print("done", flush=True)
