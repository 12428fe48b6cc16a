// How passwords are hashed: by the library that better-auth's documentation names for Argon2id.
import { Algorithm } from "@node-rs/argon2";

export const parameters = {
    algorithm: Algorithm.Argon2id,
    memoryCost: Number(process.env.ARGON2_MEMORY_KIB),
    timeCost: Number(process.env.ARGON2_ITERATIONS),
    parallelism: 1,
};
