//! AWS as the commands see it: connect, read what exists, make one change, move one value.

mod calls;
mod connect;
mod error;
mod execute;
mod profile;
mod read;
mod retry;
mod rotations;
mod trail;
mod value;
mod versions;

pub(crate) use calls::Calls;
pub(crate) use connect::{Aws, ConnectError, Target, connect};
pub(crate) use error::{AwsError, ErrorKind};
pub(crate) use execute::{ExecuteError, Outputs, execute};
pub(crate) use profile::ProfileError;
pub(crate) use read::{
    Doubts, Principals, actual, confirm, function, identity, keys, principals, trails,
};
pub(crate) use retry::Waiting;
pub(crate) use rotations::{ON_DEMAND, rotate_key, rotations_left};
pub(crate) use trail::authors;
pub(crate) use value::{
    Content, Current, Leftover, Outcome, Rotation, ValueError, Write, content_of, current, write,
};
pub(crate) use versions::{
    Details, Replica, ReplicaState, Version, date, details, label, replicate_again, rotate, sweep,
    versions,
};
