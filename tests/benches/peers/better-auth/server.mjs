// better-auth as its users would serve it. `node server.mjs migrate` creates the tables instead.
//
// ORIGIN is the address that browsers see; DATABASE and MAILS are files. Mails are appended to MAILS, a line of JSON
// each: nothing is sent.
import { appendFileSync } from "node:fs";
import { createServer } from "node:http";
import { DatabaseSync } from "node:sqlite";
import { hash, verify } from "@node-rs/argon2";
import { betterAuth } from "better-auth";
import { getMigrations } from "better-auth/db/migration";
import { toNodeHandler } from "better-auth/node";
import { parameters } from "./parameters.mjs";

const { DATABASE, MAILS, ORIGIN, SECRET } = process.env;
const database = new DatabaseSync(DATABASE);
database.exec("PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL");

const auth = betterAuth({
    baseURL: ORIGIN,
    secret: SECRET,
    database,
    emailAndPassword: {
        enabled: true,
        requireEmailVerification: true,
        password: {
            hash: (password) => hash(password, parameters),
            verify: ({ hash: stored, password }) => verify(stored, password),
        },
    },
    emailVerification: {
        sendOnSignUp: true,
        sendVerificationEmail: async ({ user, url }) => {
            appendFileSync(MAILS, `${JSON.stringify({ to: user.email, url })}\n`);
        },
    },
    advanced: { ipAddress: { ipAddressHeaders: ["x-forwarded-for"] } },
    // The driver asks more often than a limit allows.
    rateLimit: { enabled: false },
    telemetry: { enabled: false },
});

if (process.argv[2] === "migrate") {
    const { runMigrations } = await getMigrations(auth.options);
    await runMigrations();
} else {
    const server = createServer(toNodeHandler(auth));
    server.listen(0, "127.0.0.1", () => {
        console.log(`Listening at: http://127.0.0.1:${server.address().port}`);
    });
}
