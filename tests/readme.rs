//! Runs the README's commands with bash against a local stack, and compares the answers with those
//! in the README. `…` stands for any text.

#![expect(clippy::expect_used, clippy::panic, clippy::unwrap_used, reason = "a test may")]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use local::Options;

/// The URL of the portal in the README.
const ADDRESS: &str = "http://127.0.0.1:3000";
/// What separates the outputs of two blocks.
const END: &str = "----- end of block -----";

/// Commands and their expected answers, line by line.
struct Step {
    commands: String,
    answers: Vec<String>,
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

/// The section of the README under `title`.
fn section(title: &str) -> String {
    let readme = fs::read_to_string(root().join("README.md")).unwrap();
    let (_, rest) = readme.split_once(&format!("\n## {title}\n")).unwrap();
    rest.split("\n## ").next().unwrap().to_owned()
}

/// The steps of `section`: blocks of `sh`, each with the block of answers after it, if there is
/// one.
fn steps(section: &str) -> Vec<Step> {
    let mut steps: Vec<Step> = Vec::new();
    let mut lines = section.lines();
    while let Some(line) = lines.next() {
        let Some(language) = line.strip_prefix("```") else {
            continue;
        };
        let block: Vec<String> =
            lines.by_ref().take_while(|line| *line != "```").map(str::to_owned).collect();
        match language {
            "sh" => steps.push(Step { commands: block.join("\n"), answers: Vec::new() }),
            "json" | "text" => {
                let step = steps.last_mut().expect("commands before their answers");
                step.answers.extend(block);
            }
            other => panic!("a block of {other} is neither run nor checked"),
        }
    }
    steps
}

/// The rest of `output` after the first match of `pattern`, in which `…` matches any text on the
/// line.
fn after_match<'a>(output: &'a str, pattern: &str) -> Option<&'a str> {
    let mut pieces = pattern.split('…');
    let first = pieces.next().unwrap_or_default();
    let pieces: Vec<&str> = pieces.collect();
    output.match_indices(first).find_map(|(start, _)| {
        let line = output[start..].lines().next().unwrap_or_default();
        let mut rest = line.strip_prefix(first)?;
        for piece in &pieces {
            rest = &rest[rest.find(piece)? + piece.len()..];
        }
        Some(&output[start + line.len() - rest.len()..])
    })
}

#[tokio::test]
async fn every_command_of_the_story_answers_what_the_readme_says() {
    let leases = root().join("events/leases.csv");
    let options = Options { leases: Some(leases.clone()), ..Options::default() };
    let stack = local::start(options).await.unwrap();
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("readme");
    let _ = fs::remove_dir_all(&folder);
    fs::create_dir_all(folder.join("events")).unwrap();
    fs::copy(leases, folder.join("events/leases.csv")).unwrap();
    let steps = steps(&section("The story, with curl"));
    let mut script = "set -eu\n".to_owned();
    for step in &steps {
        let commands = step.commands.replace(ADDRESS, stack.address());
        script = format!("{script}{commands}\nprintf '\\n%s\\n' '{END}'\n");
    }
    assert!(script.contains(stack.address()), "the story names {ADDRESS}");

    let bash = tokio::task::spawn_blocking(move || {
        let mut bash = Command::new("bash");
        bash.arg("-c").arg(script).current_dir(folder).stdin(Stdio::null());
        bash.output().expect("bash runs the story")
    });
    let ran = bash.await.unwrap();

    let errors = String::from_utf8_lossy(&ran.stderr);
    assert!(ran.status.success(), "{errors}");
    let output = String::from_utf8(ran.stdout).unwrap();
    let outputs: Vec<&str> = output.split(END).collect();
    assert_eq!(outputs.len(), steps.len() + 1, "{output}\n{errors}");
    for (step, output) in steps.iter().zip(&outputs) {
        let Step { commands, answers } = step;
        assert!(!answers.is_empty(), "the README has no answer for:\n{commands}");
        let mut rest = *output;
        for answer in answers {
            rest = after_match(rest, answer).unwrap_or_else(|| {
                panic!("{commands}\n\nanswers\n{output}\n\nand not, in this order,\n{answer}")
            });
        }
        assert!(!output.contains("urn:problem:"), "{commands}\n\nanswers\n{output}");
    }
}

#[test]
fn the_commands_before_the_story_are_the_makefiles() {
    let makefile = fs::read_to_string(root().join("Makefile")).unwrap();

    let commands = section("Two commands");
    let commands: Vec<&str> =
        commands.lines().filter_map(|line| line.strip_prefix("make ")).collect();

    assert_eq!(commands.len(), 2, "{commands:?}");
    for command in commands {
        let target = command.split_whitespace().next().unwrap();
        assert!(makefile.contains(&format!("\n{target}: ")), "{target}");
    }
}

#[test]
fn an_answer_is_found_with_anything_in_place_of_its_gaps() {
    let output = "x\n{\"id\":\"7\",\"a\":1}{\"id\":\"8\",\"b\":2}\nend";

    assert_eq!(after_match(output, "{\"id\":\"…\",\"b\":2}"), Some("\nend"));
    assert_eq!(after_match(output, "\"b\":2}"), Some("\nend"));
    assert_eq!(after_match(output, "x…end"), None);
    assert_eq!(after_match(output, "\"c\""), None);
}
