//! The README, the page of the API and the guide for partners work: their commands are run, in order, in one shell,
//! against a server.

use crate::program::{Program, Scratch};
use crate::reference_client;
use crate::support::Backend;
use std::path::Path;
use std::process::{Command, Stdio};

/// The shell commands of the section with this heading, up to the next heading of its level or above.
fn commands(text: &str, heading: &str) -> String {
    let level = |line: &str| {
        let marks = line.chars().take_while(|letter| *letter == '#').count();
        (marks > 0 && line[marks..].starts_with(' ')).then_some(marks)
    };
    let (mut section, mut block, mut commands) = (None, None, String::new());
    for line in text.lines() {
        match block {
            Some(_) if line.trim_end() == "```" => block = None,
            Some(true) => {
                commands.push_str(line);
                commands.push('\n');
            }
            Some(false) => {}
            None if line.starts_with("```") => block = Some(section.is_some() && line.trim_end() == "```sh"),
            None => match (level(line), section) {
                (Some(marks), None) if line[marks..].trim() == heading => section = Some(marks),
                (Some(marks), Some(of)) if marks <= of => section = None,
                _ => {}
            },
        }
    }
    commands
}

/// Runs the commands of a section of a file.
#[track_caller]
fn run(file: &str, heading: &str) {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join(file);
    let script = commands(&std::fs::read_to_string(file).unwrap(), heading);
    assert!(script.lines().count() > 5, "there are no commands: {script}");
    let scratch = Scratch::new(Backend::Sqlite);
    let server = Program::serve(&scratch.url, &[]);
    // `-x` shows on the standard error which command failed.
    let script = format!("set -e -o pipefail\nset -x\n{script}");
    let mut shell = Command::new("bash");
    shell.args(["-c", &script]).current_dir(&scratch.folder).env("BASE", &server.url).stdin(Stdio::null());
    shell.env("KAKEHASHI", env!("CARGO_BIN_EXE_kakehashi")).env("DATABASE_URL", &scratch.url);
    shell.env("MIRROR", reference_client::script());
    let output = shell.output().unwrap();
    let (out, err) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success(), "{}\n--- output\n{out}\n--- commands\n{err}", output.status);
}

#[test]
fn the_first_calls_work() {
    run("README.md", "First calls");
}

#[test]
fn the_examples_of_the_api_work() {
    run("docs/api.md", "Examples");
}

#[test]
fn the_guide_for_partners_works() {
    if reference_client::has_python() {
        run("docs/sync.md", "Keeping a database in step with Kakehashi");
    }
}

#[test]
fn the_commands_of_a_section_are_those_of_its_shell_blocks() {
    let text = "# A\n```sh\nno\n```\n## First calls\ntext\n```sh\none\n# two\n```\n### More\n```json\n{}\n```\n\
                ```sh\nthree\n```\n## Next\n```sh\nno\n```\n";
    assert_eq!(commands(text, "First calls"), "one\n# two\nthree\n");
}
