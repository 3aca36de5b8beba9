//! Completion scripts, manual page and help topics.

use clap::{Command, CommandFactory};

use crate::cli::flags::Cli;
use crate::commands::ExitCode;

/// Returns the completion script for a shell.
pub(super) fn completions(shell: clap_complete::Shell) -> String {
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut Cli::command(), "opusclip", &mut script);
    String::from_utf8_lossy(&script).into_owned()
}

/// Returns the manual page: the program, then each command.
pub(super) fn manual() -> String {
    let mut page = Vec::new();
    let program = Cli::command();
    // Writing into memory cannot go wrong.
    let _ = clap_mangen::Man::new(program.clone()).render(&mut page);
    for command in program.get_subcommands() {
        let _ = command_section(command, &mut page);
    }
    let mut text = String::from_utf8_lossy(&page).into_owned();
    text.push_str(".SH \"EXIT CODES\"\n");
    for (code, meaning) in ExitCode::ALL {
        text.push_str(&format!(".TP\n{}\n{meaning}\n", code.code()));
    }
    text
}

fn command_section(command: &Command, page: &mut Vec<u8>) -> std::io::Result<()> {
    let name = format!("opusclip {}", command.get_name());
    let man = clap_mangen::Man::new(command.clone().bin_name(&name).display_name(&name));
    page.extend_from_slice(format!(".SH \"{}\"\n", name.to_uppercase()).as_bytes());
    let mut section = Vec::new();
    man.render_description_section(&mut section)?;
    man.render_options_section(&mut section)?;
    // Headings inside a command are one step lower.
    let text = String::from_utf8_lossy(&section).replace("\n.SH ", "\n.SS ");
    let text = text
        .strip_prefix(".SH ")
        .map_or(text.clone(), |rest| format!(".SS {rest}"));
    page.extend_from_slice(text.as_bytes());
    Ok(())
}

/// Returns the program's name and version as a line.
pub(super) fn version() -> String {
    Cli::command().render_version()
}

/// Returns the help for a command or a topic, or `None` when there is no such thing.
pub(super) fn help(topic: &[String]) -> Option<String> {
    if topic == ["exit-codes"] {
        return Some(exit_codes());
    }
    let mut program = Cli::command();
    program.build();
    let mut command = &mut program;
    for word in topic {
        command = command.find_subcommand_mut(word)?;
    }
    Some(command.render_long_help().to_string())
}

fn exit_codes() -> String {
    let lines = ExitCode::ALL.map(|(code, meaning)| format!("{:>4}  {meaning}\n", code.code()));
    lines.concat()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_flags_are_well_formed() {
        Cli::command().debug_assert();
    }

    #[test]
    fn every_exit_code_is_explained() {
        let text = exit_codes();
        for (code, _) in ExitCode::ALL {
            assert!(text.contains(&format!("{:>4}  ", code.code())));
        }
    }

    #[test]
    fn help_is_found_by_the_words_of_a_command() {
        let words = |text: &str| text.split(' ').map(str::to_owned).collect::<Vec<_>>();
        assert!(help(&words("cache trim")).is_some_and(|text| text.contains("--max-bytes")));
        assert!(help(&words("nonsense")).is_none());
        assert!(help(&[]).is_some_and(|text| text.contains("process")));
    }

    #[test]
    fn the_manual_page_has_every_command() {
        let page = manual();
        for command in Cli::command().get_subcommands() {
            let heading = format!(".SH \"OPUSCLIP {}\"", command.get_name().to_uppercase());
            assert!(page.contains(&heading), "{heading}");
        }
    }
}
