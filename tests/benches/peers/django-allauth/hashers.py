"""How passwords are hashed: by argon2-cffi, which Django names for Argon2id."""

import os

from django.contrib.auth.hashers import Argon2PasswordHasher


class Argon2id(Argon2PasswordHasher):
    """Django's hasher, with the parameters of the run."""

    memory_cost = int(os.environ["ARGON2_MEMORY_KIB"])
    time_cost = int(os.environ["ARGON2_ITERATIONS"])
    parallelism = 1
