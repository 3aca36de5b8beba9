//! The program: parse, run, exit code.

use std::process::ExitCode;

use opusclip::{cli, commands, inference, memory};

#[global_allocator]
static ALLOCATOR: memory::EndingAllocator = memory::EndingAllocator;

fn main() -> ExitCode {
    memory::tune_malloc();
    inference::forbid_telemetry();
    match cli::parse(std::env::args_os()) {
        Ok(command) => commands::run(&command).into(),
        Err(answer) => answer.say(),
    }
}
