//! Exit codes, as documented in `docs/cli.md`.

/// How a command ended
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Exit {
    /// done, or nothing to do
    Done,
    /// an error
    Error,
    /// changes or findings, where the command was asked to tell by its code
    Findings,
    /// refused by a guard, or declined at the prompt
    Refused,
    /// some changes were made and some were not, or not seen to their end
    Partly,
    /// the command line is wrong
    Usage,
    /// `run`: this tool failed before the command was started
    RunFailed,
    /// `run`: the command was found and cannot be executed
    RunNotExecutable,
    /// `run`: the command was not found
    RunNotFound,
    /// interrupted with nothing applied
    Interrupted,
    /// whoever read stdout has gone, as `head` does
    Unread,
}

/// Whether a difference shows in the exit code
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Codes {
    /// 0 for a difference and for none
    Plain,
    /// 2 for a difference
    Detailed,
}

impl Codes {
    /// Returns the codes that a flag asks for
    pub(crate) fn asked(detailed: bool) -> Self {
        if detailed { Self::Detailed } else { Self::Plain }
    }

    /// Returns how a command ends that found that something differs, or nothing
    pub(crate) fn exit(self, differs: bool) -> Exit {
        match self {
            Self::Detailed if differs => Exit::Findings,
            Self::Detailed | Self::Plain => Exit::Done,
        }
    }
}

impl Exit {
    /// Returns the process's exit code
    pub(crate) fn code(self) -> u8 {
        match self {
            Exit::Done => 0,
            Exit::Error => 1,
            Exit::Findings => 2,
            Exit::Refused => 3,
            Exit::Partly => 4,
            Exit::Usage => 64,
            Exit::RunFailed => 125,
            Exit::RunNotExecutable => 126,
            Exit::RunNotFound => 127,
            Exit::Interrupted => 130,
            // what a shell shows of a program that SIGPIPE ended
            Exit::Unread => 141,
        }
    }
}
