//! Every setting is described where one looks for it.

use clap::{Command, CommandFactory as _};
use kakehashi::cli::args::Cli;
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

fn text(file: &str) -> String {
    std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(file)).unwrap()
}

#[test]
fn containers_have_no_default_password_no_privileges_and_exact_versions() {
    for file in ["docker-compose.yml", "docker-compose.single.yml"] {
        let compose = text(file);
        let (mut passwords, mut services) = (0, 0);
        for line in compose.lines().filter(|line| !line.trim_start().starts_with('#')) {
            let given =
                line.matches("POSTGRES_PASSWORD").count() - line.matches(" POSTGRES_PASSWORD:").count();
            let asked = line.matches("${POSTGRES_PASSWORD:?set POSTGRES_PASSWORD}").count();
            assert_eq!(given, 2 * asked, "{file}: {line}");
            passwords += asked;
            if let Some(image) = line.trim().strip_prefix("image: ").filter(|image| *image != "kakehashi") {
                let version = image.split_once(':').map_or("", |(_, version)| version);
                assert!(version.matches('.').count() >= 1 && !version.ends_with('.'), "{file}: {image}");
            }
            services += usize::from(line.trim_start().starts_with("mem_limit: "));
        }
        assert!(passwords >= 2, "{file}");
        let hardened = "  read_only: true\n  cap_drop: [ALL]\n  security_opt: [\"no-new-privileges:true\"]\n";
        assert!(compose.contains(&format!("x-hardened: &hardened\n{hardened}")), "{file}");
        assert_eq!(compose.matches("<<: *hardened").count(), services, "{file}");
        assert!(
            compose.contains("KAKEHASHI_METRICS_LISTEN: ") && compose.contains("KAKEHASHI_TRUSTED_PROXIES: ")
        );
    }
    for line in text("Dockerfile").lines().filter_map(|line| line.strip_prefix("FROM ")) {
        assert!(line.matches('.').count() >= 1, "{line}");
    }
}

#[test]
fn the_load_balancer_says_who_calls_and_repeats_nothing_that_was_sent() {
    let balancer = text("deploy/haproxy.cfg");
    let rules: Vec<&str> = balancer.lines().map(str::trim).filter(|line| !line.starts_with('#')).collect();
    let at =
        |rule: &str| rules.iter().position(|line| line.starts_with(rule)).unwrap_or_else(|| panic!("{rule}"));
    let removed =
        ["Forwarded", "X-Forwarded- -m beg"].map(|name| at(&format!("http-request del-header {name}")));
    for name in
        ["X-Forwarded-For %[src]", "X-Forwarded-Host", "X-Forwarded-Proto https", "X-Forwarded-Proto http "]
    {
        let set = at(&format!("http-request set-header {name}"));
        assert!(removed.iter().all(|removed| *removed < set), "{name}");
    }
    let repeated: Vec<&&str> = rules.iter().filter(|rule| rule.starts_with("retry-on ")).collect();
    assert_eq!(repeated, [&"retry-on conn-failure"]);
}
