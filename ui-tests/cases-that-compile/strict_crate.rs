//! A crate of a strict user: no warning of the compiler or of clippy comes from the macros.
#![deny(warnings, missing_docs, unused, unreachable_pub, clippy::pedantic, clippy::nursery)]
#![allow(clippy::redundant_pub_crate, reason = "it contradicts unreachable_pub, which is denied here")]

pub(crate) mod schema {
    //! Rows.

    use modularml::SampleSchema;

    /// One voltage pulse.
    #[derive(Debug, Clone, PartialEq, SampleSchema)]
    pub(crate) struct Pulse {
        /// Volts over time.
        #[feat]
        pub(crate) voltage: [f32; 101],
        /// State of health.
        #[target]
        pub(crate) soh: f32,
    }
}

use modularml::graph::{Linear, Sgd};

modularml::model_graph! {
    /// State of health from one pulse.
    #[optimizer(Sgd::lr(0.1))]
    pub(crate) graph StrictNet(pulse: schema::Pulse) {
        /// The estimate.
        soh = Linear::new()(pulse.voltage) -> pulse.soh;
    }
}

modularml::experiment! {
    /// Trains and tests.
    pub(crate) experiment StrictStudy for StrictNet {
        seed = 0;
        split pulse = modularml::process::Random::ratios(train: 0.8, test: 0.2);
        /// Learns.
        train regress {
            feed pulse = modularml::process::Batches::of(32)(train);
            loss = modularml::experiment::loss::Mse(soh, pulse.soh);
            epochs = 3;
        }
        eval test { feed pulse = test; mae = modularml::experiment::loss::L1(soh, pulse.soh); }
    }
}

#[test]
fn is_accepted_at_run_time_too() {
    crate::accepted(StrictNet::new(1).map(drop), &StrictStudy::spec());
}
