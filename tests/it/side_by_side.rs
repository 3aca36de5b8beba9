//! Two processes that write into the same folder.

use std::process::Stdio;

use crate::interrupts::check_whole;
use crate::or_skip;
use crate::place::{code, err};
use crate::process::{json, program, run, studio};

#[test]
fn two_processes_on_one_output_folder_leave_it_whole() {
    let (place, models) = or_skip!(studio());
    let both = [(); 2].map(|()| {
        let mut command = program(&place, &models, "process jobs.toml");
        command.stdout(Stdio::null()).stderr(Stdio::piped());
        command.spawn().unwrap()
    });
    let mut waited = 0;
    for child in both {
        let output = child.wait_with_output().unwrap();
        let said = err(&output);
        assert_eq!(code(&output), 0, "{said}");
        assert!(!said.contains("does not answer"), "{said}");
        waited += usize::from(said.contains("waiting: another run writes into out"));
    }
    assert_eq!(waited, 1);
    check_whole(&place.path().join("out"));
    let clips = json(&place, "out/a/clips.json");
    assert_eq!(clips["clips"].as_array().unwrap().len(), 2);
    let output = run(&place, &models, "process jobs.toml");
    assert_eq!(code(&output), 0, "{}", err(&output));
    check_whole(&place.path().join("out"));
}
