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

mod against_moto;
mod cached;
mod chain;
mod child;
mod connection;
mod environment;
mod failures;
mod harness;
mod llm;
mod map;
mod moto;
mod multiplexed;
mod references;
mod resolver;
mod server;
mod settings;
mod silence;
#[cfg(feature = "snapstart")]
mod snapstart;
mod steps;
mod threads;
mod trust;
#[cfg(feature = "write")]
mod writing;

use libtest_mimic::Arguments;

fn main() {
    if let Ok(order) = std::env::var(child::ORDER) {
        child::run(&order);
        return;
    }
    #[allow(unused_mut)]
    let mut trials = vec![
        environment::trials(),
        failures::trials(),
        connection::trials(),
        multiplexed::trials(),
        threads::trials(),
        resolver::trials(),
        silence::trials(),
        map::trials(),
        references::trials(),
        cached::trials(),
        chain::trials(),
        settings::trials(),
        llm::trials(),
        trust::trials(),
        against_moto::trials(),
    ];
    #[cfg(feature = "snapstart")]
    trials.push(snapstart::trials());
    #[cfg(feature = "write")]
    trials.push(writing::trials());
    libtest_mimic::run(&Arguments::from_args(), trials.into_iter().flatten().collect()).exit();
}
