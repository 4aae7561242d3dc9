//! Loads as a function does them: each in a process of its own, from a server on loopback.
//!
//! A test harness has threads of its own, and the loader refuses where there are threads. So this
//! program has its own `main`: with an order in its environment it is the child.

/// The functions as trials under their names.
macro_rules! trials {
    ($($name:ident),+ $(,)?) => {
        pub(crate) fn trials() -> Vec<libtest_mimic::Trial> {
            let module = module_path!().rsplit("::").next().unwrap_or_default();
            vec![$(libtest_mimic::Trial::test(format!("{module}::{}", stringify!($name)), || {
                $name();
                Ok(())
            })),+]
        }
    };
}

mod child;
mod connection;
mod environment;
mod failures;
mod harness;
mod map;
mod references;
mod resolver;
mod server;
mod silence;
mod threads;

use libtest_mimic::Arguments;

fn main() {
    if let Ok(order) = std::env::var(child::ORDER) {
        child::run(&order);
        return;
    }
    let trials = [
        environment::trials(),
        failures::trials(),
        connection::trials(),
        threads::trials(),
        resolver::trials(),
        silence::trials(),
        map::trials(),
        references::trials(),
    ];
    libtest_mimic::run(&Arguments::from_args(), trials.into_iter().flatten().collect()).exit();
}
