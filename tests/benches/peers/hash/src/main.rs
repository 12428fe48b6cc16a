//! Computes bare Argon2id hashes, each in the same buffer, as `shared/src/passwords.rs` does.
//!
//! Each line of the input has a number of hashes. The program computes them and answers with a line.

use std::error::Error;
use std::hint::black_box;
use std::io::{BufRead, Write, stdin, stdout};

use argon2::{Algorithm, Argon2, Block, Params, Version};

fn main() -> Result<(), Box<dyn Error>> {
    let of = |name| std::env::var(name)?.parse::<u32>().map_err(Box::<dyn Error>::from);
    let params = Params::new(of("ARGON2_MEMORY_KIB")?, of("ARGON2_ITERATIONS")?, 1, None)?;
    let mut buffer = vec![Block::new(); params.block_count()];
    let argon2 = Argon2::new(Algorithm::Argon2id, Version::V0x13, params);
    let (password, salt) = (b"quatre chevaux bleus 4", [7; 16]);
    for line in stdin().lock().lines() {
        for _ in 0..line?.trim().parse()? {
            let mut output = [0; Params::DEFAULT_OUTPUT_LEN];
            argon2
                .hash_password_into_with_memory(password, &salt, &mut output, &mut buffer)
                .map_err(|error| error.to_string())?;
            black_box(output);
        }
        println!("done");
        stdout().flush()?;
    }
    Ok(())
}
