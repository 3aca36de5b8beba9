//! Keys that are typed while bars are drawn: the `^C` of Ctrl-C would move the cursor, and a line of a bar be left behind.

/// Keeps the terminal of stderr from showing control keys until it is dropped.
#[derive(Debug)]
pub(super) struct HiddenKeys {
    before: libc::termios,
}

impl HiddenKeys {
    /// Hides control keys; `None` where stderr is no terminal, or that of another program in the foreground.
    pub(super) fn hide() -> Option<Self> {
        let before = in_the_foreground().then(settings)??;
        let mut hidden = before;
        hidden.c_lflag &= !libc::ECHOCTL;
        apply(&hidden);
        Some(Self { before })
    }
}

impl Drop for HiddenKeys {
    fn drop(&mut self) {
        if in_the_foreground() {
            apply(&self.before);
        }
    }
}

/// Who is in the background would be stopped if it changed the terminal.
fn in_the_foreground() -> bool {
    // SAFETY: neither call touches memory of this process.
    unsafe { libc::tcgetpgrp(libc::STDERR_FILENO) == libc::getpgrp() }
}

fn settings() -> Option<libc::termios> {
    // SAFETY: the structure holds plain numbers, of which zero is one.
    let mut settings = unsafe { std::mem::zeroed() };
    // SAFETY: fills a structure that outlives the call.
    let answer = unsafe { libc::tcgetattr(libc::STDERR_FILENO, &raw mut settings) };
    (answer == 0).then_some(settings)
}

fn apply(settings: &libc::termios) {
    // SAFETY: reads a structure that outlives the call. A terminal that refuses shows the keys.
    unsafe { libc::tcsetattr(libc::STDERR_FILENO, libc::TCSANOW, settings) };
}
