//! Schemas, graphs and experiments in modules of their own, each as visible as it is said to be.

pub mod data {
    use modularml::prelude::*;

    #[derive(SampleSchema)]
    pub struct Pulse {
        #[feat]
        pub voltage: [f32; 8],
        #[target]
        pub(crate) soh: f32,
        #[tag]
        cell: i64,
    }
}

pub(crate) mod nets {
    use super::data;
    use modularml::layers::*;
    use modularml::prelude::*;

    model_graph! {
        #[optimizer(Adam::lr(1e-3))]
        pub(crate) graph Wide(pulse: data::Pulse) { soh = Linear(pulse.voltage) -> pulse.soh; }
    }

    pub(super) mod inner {
        use modularml::layers::*;
        use modularml::prelude::*;

        model_graph! {
            #[optimizer(Adam::lr(1e-3))]
            pub(in crate::modules_and_visibility) graph Narrow(pulse: crate::modules_and_visibility::data::Pulse) {
                soh = Linear(pulse.voltage) -> pulse.soh;
            }
        }
    }
}

mod studies {
    use modularml::losses::Mse as Squares;
    use modularml::metrics::*;
    use modularml::prelude::*;

    experiment! {
        /// Of another module's graph.
        pub(super) experiment OfWide for super::nets::Wide {
            seed = 0;
            split pulse = Random::ratios(train: 0.7, test: 0.3).group_by(pulse.cell);
            train regress { feed pulse = Batches::of(8)(train); loss = Squares(soh, pulse.soh); epochs = 1; }
            eval test { feed pulse = test; rmse = Rmse(soh, pulse.soh); }
        }
    }

    experiment! {
        experiment Private for crate::modules_and_visibility::nets::inner::Narrow {
            seed = 0;
            split pulse = Random::ratios(train: 0.7, test: 0.3);
            train regress { feed pulse = Batches::of(8)(train); loss = Squares(soh, pulse.soh); epochs = 1; }
        }
    }

    pub(super) fn private() -> modularml::experiment::ExperimentSpec {
        Private::spec()
    }
}

type Alias = nets::Wide;

modularml::experiment! {
    experiment OfAlias for Alias {
        seed = 1;
        split pulse = modularml::prelude::Random::ratios(train: 0.7, test: 0.3);
        train regress {
            feed pulse = modularml::prelude::Batches::of(8)(train);
            loss = modularml::losses::L1(soh, pulse.soh);
            epochs = 1;
        }
    }
}

#[test]
fn is_accepted_at_run_time_too() {
    use modularml::layers::*;
    use modularml::losses::*;
    use modularml::prelude::*;

    #[derive(SampleSchema)]
    struct Local {
        #[feat]
        x: f32,
        #[target]
        y: f32,
    }

    model_graph! {
        #[optimizer(Sgd::lr(0.1))]
        graph LocalNet(local: Local) { y = Linear(local.x) -> local.y; }
    }

    experiment! {
        experiment LocalStudy for LocalNet {
            seed = 0;
            split local = Random::ratios(train: 0.7, test: 0.3);
            train regress { feed local = Batches::of(8)(train); loss = Mse(y, local.y); epochs = 1; }
        }
    }

    crate::accepted(nets::Wide::new(1).map(drop), &studies::OfWide::spec());
    crate::accepted(nets::inner::Narrow::new(1).map(drop), &studies::private());
    crate::accepted(Alias::new(1).map(drop), &OfAlias::spec());
    crate::accepted(LocalNet::new(1).map(drop), &LocalStudy::spec());
}
