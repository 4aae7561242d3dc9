//! AWS as the commands see it: connect, read what exists, make one change, move one value.

mod calls;
mod connect;
mod error;
mod execute;
mod read;
mod retry;
mod value;

pub(crate) use calls::Calls;
pub(crate) use connect::{Aws, ConnectError, Target, connect};
pub(crate) use error::{AwsError, ErrorKind};
pub(crate) use execute::{ExecuteError, Outputs, execute};
pub(crate) use read::{Doubts, actual, confirm, identity};
pub(crate) use retry::Waiting;
pub(crate) use value::{Content, Current, Leftover, Outcome, ValueError, Write, current, write};
