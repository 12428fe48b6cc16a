// Verifies bare hashes. Each line of the input has a number of them, and is answered with a line.
import { createInterface } from "node:readline";
import { hash, verify } from "@node-rs/argon2";
import { parameters } from "./parameters.mjs";

const password = "quatre chevaux bleus 4";
const stored = await hash(password, parameters);
for await (const line of createInterface({ input: process.stdin })) {
    for (let count = Number(line); count > 0; count -= 1) {
        if (!(await verify(stored, password))) {
            throw new Error("the hash is of another password");
        }
    }
    console.log("done");
}
