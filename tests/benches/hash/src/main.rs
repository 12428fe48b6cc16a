//! Argon2id with 19 MiB, 2 passes and 1 lane: as the functions compute it, and as others do. CPU as ratios in one run,
//! by turns, each in a process of its own; instructions where valgrind is installed.
//!
//! `make bench-hash`, or `tests/benches/hash/run`, which says what it needs.

use std::hint::black_box;
use std::process::{Command, exit};
use std::{env, fs};

use alkali::hash::pbkdf::argon2id;

const MEMORY_KIB: u32 = 19_456;
const PASSES: u32 = 2;
const PASSWORD: &[u8] = b"quatre chevaux 4";
const SALT: [u8; 16] = *b"a salt of 16 b.s";

/// Rounds, and hashes that a process computes in a round, after a first one that is not timed.
const ROUNDS: usize = 15;
const HASHES: u64 = 10;

/// Has glibc ask for huge pages for what malloc maps. From glibc 2.35 on; Lambda's has 2.34.
const HUGE_PAGES: (&str, &str) = ("GLIBC_TUNABLES", "glibc.malloc.hugetlb=1");

type Hash = [u8; 32];

/// What computes a hash. It may keep its memory.
type Compute = Box<dyn FnMut() -> Hash>;

/// What is compared. The first is what the functions do.
const VARIANTS: [(&str, fn() -> Compute); 8] = [
    ("ours, buffer kept", || patched(true)),
    ("ours, buffer kept, huge pages", || patched(true)),
    ("ours, fresh buffer", || patched(false)),
    ("argon2 as published, buffer kept", || published(true)),
    ("argon2 as published, fresh buffer", || published(false)),
    ("reference", || Box::new(reference)),
    ("libsodium", || Box::new(libsodium)),
    ("rust-argon2", || Box::new(scalar)),
];

fn main() {
    let mut arguments = env::args().skip(1);
    match (arguments.next(), arguments.next().and_then(|count| count.parse().ok())) {
        (Some(name), Some(count)) => run(&name, count),
        _ => compare(),
    }
}

fn compare() {
    let expected = published(true)();
    for (name, compute) in VARIANTS {
        assert_eq!(compute()(), expected, "{name} computes another hash");
    }
    check_equal();
    let mut cpu = vec![Vec::new(); VARIANTS.len()];
    for _ in 0..ROUNDS {
        for ((name, _), cpu) in VARIANTS.iter().zip(&mut cpu) {
            let run = child(name, Command::new(this()), HASHES);
            cpu.push(run.trim().parse::<f64>().expect("nanoseconds"));
        }
    }
    let base = median(&mut cpu[0]);
    println!("{:<34} {:>8} {:>6} {:>14}", "m=19456, t=2, p=1", "CPU", "", "instructions");
    for ((name, _), cpu) in VARIANTS.iter().zip(&mut cpu) {
        let cpu = median(cpu);
        let counted = instructions(name).map_or("-".to_owned(), |it| format!("{:.1} M", it / 1e6));
        println!("{name:<34} {:>5.2} ms {:>5.2}× {counted:>14}", cpu / 1e6, cpu / base);
    }
}

/// Instructions of a hash, as callgrind counts them. It has AVX2 and no AVX-512.
fn instructions(name: &str) -> Option<f64> {
    let counted = |hashes| {
        let mut valgrind = Command::new("valgrind");
        valgrind.args(["--tool=callgrind", "--callgrind-out-file=/dev/null"]).arg(this());
        valgrind.args([name, &u64::to_string(&hashes)]);
        let told = String::from_utf8(valgrind.output().ok()?.stderr).ok()?;
        let collected = told.split("Collected : ").nth(1)?;
        collected.lines().next()?.trim().parse::<f64>().ok()
    };
    Some((counted(3)? - counted(1)?) / 2.0)
}

fn child(name: &str, mut command: Command, hashes: u64) -> String {
    if name.ends_with("huge pages") {
        command.env(HUGE_PAGES.0, HUGE_PAGES.1);
    }
    let run = command.args([name, &hashes.to_string()]).output().expect("this program");
    String::from_utf8(run.stdout).expect("a number")
}

/// Computes a hash, then prints how many nanoseconds of CPU each of `count` more takes.
fn run(name: &str, count: u64) {
    let Some((_, compute)) = VARIANTS.iter().find(|(of, _)| *of == name) else {
        eprintln!("no variant has this name: {name}");
        exit(2);
    };
    let mut compute = compute();
    black_box(compute());
    let before = cpu_ns();
    for _ in 0..count {
        black_box(compute());
    }
    println!("{}", (cpu_ns() - before) / count);
}

/// One crate, patched and as it is published: the same code for both.
macro_rules! crate_argon2 {
    ($name:ident, $hash:ident, $argon2:ident) => {
        fn $name(keeps: bool) -> Compute {
            let mut buffer = Vec::new();
            Box::new(move || {
                if !keeps {
                    buffer = Vec::new();
                }
                $hash(0, MEMORY_KIB, PASSES, 1, PASSWORD, &mut buffer)
            })
        }

        fn $hash(
            algorithm: usize,
            memory_kib: u32,
            passes: u32,
            lanes: u32,
            password: &[u8],
            buffer: &mut Vec<$argon2::Block>,
        ) -> Hash {
            use $argon2::{Algorithm, Argon2, Block, Params, Version};
            let params = Params::new(memory_kib, passes, lanes, None).expect("possible parameters");
            if buffer.len() < params.block_count() {
                *buffer = vec![Block::new(); params.block_count()];
            }
            let algorithm =
                [Algorithm::Argon2id, Algorithm::Argon2i, Algorithm::Argon2d][algorithm];
            let argon2 = Argon2::new(algorithm, Version::V0x13, params);
            let mut hash = Hash::default();
            let done = argon2.hash_password_into_with_memory(password, &SALT, &mut hash, buffer);
            done.expect("a hash");
            hash
        }
    };
}

crate_argon2!(patched, hash_patched, patched);
crate_argon2!(published, hash_published, argon2);

/// Checks that the patch changes no hash, whatever the parameters.
fn check_equal() {
    let (mut ours, mut theirs) = (Vec::new(), Vec::new());
    let mut compared = 0;
    for algorithm in 0..3 {
        for passes in 1..=3 {
            for lanes in [1, 2, 4] {
                for memory_kib in [32, 63, 64, 257, 1_024, 4_099] {
                    for password in [&b""[..], PASSWORD, &[0xff; 200]] {
                        let ours =
                            hash_patched(algorithm, memory_kib, passes, lanes, password, &mut ours);
                        let theirs = hash_published(
                            algorithm,
                            memory_kib,
                            passes,
                            lanes,
                            password,
                            &mut theirs,
                        );
                        assert_eq!(ours, theirs, "{algorithm} {memory_kib} {passes} {lanes}");
                        compared += 1;
                    }
                }
            }
        }
    }
    println!("{compared} hashes with other parameters are those of the published crate");
}

fn reference() -> Hash {
    let hasher = argon2_kdf::Hasher::new().algorithm(argon2_kdf::Algorithm::Argon2id);
    let hasher = hasher.memory_cost_kib(MEMORY_KIB).iterations(PASSES).threads(1);
    let hash = hasher.custom_salt(&SALT).hash_length(32).hash(PASSWORD).expect("a hash");
    hash.as_bytes().try_into().expect("32 bytes")
}

fn libsodium() -> Hash {
    let (mut hash, memory) = (Hash::default(), MEMORY_KIB as usize * 1_024);
    argon2id::derive_key(PASSWORD, &SALT, PASSES as usize, memory, &mut hash).expect("a hash");
    hash
}

fn scalar() -> Hash {
    let config = scalar::Config {
        mem_cost: MEMORY_KIB,
        time_cost: PASSES,
        lanes: 1,
        variant: scalar::Variant::Argon2id,
        hash_length: 32,
        ..scalar::Config::default()
    };
    let hash = scalar::hash_raw(PASSWORD, &SALT, &config).expect("a hash");
    hash.as_slice().try_into().expect("32 bytes")
}

/// CPU of this thread, the only one, in nanoseconds: proc(5).
fn cpu_ns() -> u64 {
    let text = fs::read_to_string("/proc/self/schedstat").expect("a kernel that tells");
    text.split(' ').next().and_then(|ns| ns.parse().ok()).expect("nanoseconds")
}

fn this() -> std::path::PathBuf {
    env::current_exe().expect("the path of this program")
}

fn median(values: &mut [f64]) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}
