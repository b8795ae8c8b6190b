//! Every setting is described where one looks for it.

use clap::{Command, CommandFactory as _};
use kakehashi::config::Cli;
use std::path::Path;

/// The settings of serving: their option, environment variable, default and description.
fn settings() -> Vec<(String, String, Vec<String>, String)> {
    let mut found = Vec::new();
    for argument in Cli::command().find_subcommand("serve").unwrap().get_arguments() {
        let Some(option) = argument.get_long().filter(|option| *option != "help" && *option != "version")
        else {
            continue;
        };
        let variable = argument.get_env().unwrap_or_else(|| panic!("--{option} has no environment variable"));
        let defaults = argument.get_default_values().iter().map(|value| value.to_string_lossy().into_owned());
        let about = argument.get_help().map(ToString::to_string).unwrap_or_default();
        found.push((option.to_owned(), variable.to_string_lossy().into_owned(), defaults.collect(), about));
    }
    found
}

fn help(command: &mut Command) -> String {
    command.render_long_help().to_string()
}

#[test]
fn help_describes_every_setting_with_its_variable_and_default() {
    let mut command = Cli::command();
    let pages = [help(&mut command), help(command.find_subcommand_mut("serve").unwrap())];
    let settings = settings();
    assert!(settings.len() >= 12, "{settings:?}");
    for (option, variable, defaults, about) in settings {
        for page in &pages {
            assert!(page.contains(&format!("--{option}")), "{option}");
            assert!(page.contains(&format!("[env: {variable}")), "{option}: {variable}");
            assert!(
                defaults.iter().all(|default| page.contains(&format!("[default: {default}]"))),
                "{option}"
            );
        }
        assert!(about.len() > 20, "{option}: {about}");
    }
}

#[test]
fn the_example_of_the_environment_names_every_setting_and_its_default() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let example = std::fs::read_to_string(root.join(".env.example")).unwrap();
    for (option, variable, defaults, _) in settings() {
        let line = example.lines().find_map(|line| line.strip_prefix(&format!("#{variable}=")));
        let line = line.unwrap_or_else(|| panic!(".env.example has no {variable} (--{option})"));
        let default = defaults.first().filter(|_| option != "no-founding-data");
        assert!(default.is_none_or(|default| line == default), "{variable}={line}, by default {default:?}");
    }
}
