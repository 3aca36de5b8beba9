//! The program: parse, run, exit code.

use std::process::ExitCode;

use opusclip::{cli, commands};

fn main() -> ExitCode {
    match cli::parse(std::env::args_os()) {
        Ok(command) => commands::run(&command).into(),
        Err(answer) => answer.say(),
    }
}
