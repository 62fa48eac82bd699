//! Names that are words of the notation: of inputs, columns, nodes, splits, phases and metrics.

mod in_graphs {
    use modularml::layers::*;
    use modularml::losses::*;
    use modularml::metrics::*;
    use modularml::prelude::*;

    #[derive(SampleSchema)]
    pub struct Split {
        #[feat]
        seed: [f32; 4],
        #[feat]
        loss: f32,
        #[target]
        fitted: f32,
        #[tag]
        epochs: i64,
    }

    model_graph! {
        #[optimizer(Adam::lr(1e-3))]
        pub graph Experiment(split: Split) {
            train = Linear::to([4])(split.seed);
            eval = Linear::to([4])(split.loss);
            fit = Concat::axis(0)(train, eval);
            scale = Relu(fit);
            feed = Linear::to([2])(scale);
            align = Linear::to([2])(feed);
            units = Add(feed, align);
            on = Linear(units) -> split.fitted;
        }
    }

    experiment! {
        pub experiment Eval for Experiment {
            seed = 0;
            split split = Random::ratios(feed: 0.6, seed: 0.2, raw: 0.2).group_by(split.epochs);
            scale split.seed = Standard fitted on feed;
            scale split.fitted = MinMax fitted on feed;
            train train {
                feed split = Batches::of(8).shuffled()(feed);
                loss = Mse(on, split.fitted);
                validate on seed every 1 epoch { loss; units = Rmse(on, split.fitted) in raw units; }
                stop = EarlyStopping::patience(1)(val.units);
                epochs = 4;
            }
            eval eval { feed split = raw; seed = Rmse(on, split.fitted) in raw units; scaled = R2(on, split.fitted); }
        }
    }
}

mod in_experiments {
    use modularml::layers::*;
    use modularml::losses::*;
    use modularml::metrics::*;
    use modularml::prelude::*;

    #[derive(SampleSchema)]
    pub struct Node {
        #[feat]
        input: [f32; 4],
        #[target]
        #[classes("raw", "scaled", "units")]
        output: Class,
        #[tag]
        every: i64,
    }

    model_graph! {
        #[optimizer(Adam::lr(1e-3))]
        pub graph Graph(node: Node) {
            nodes = Linear::to([8])(node.input);
            freeze = Relu(nodes);
            callbacks = Linear(freeze) -> node.output;
        }
    }

    experiment! {
        pub experiment Callbacks for Graph {
            seed = 0;
            split node = Random::ratios(train: 0.6, validate: 0.2, eval: 0.2).stratify_by(node.every);
            train schedule {
                nodes = [nodes, callbacks];
                feed node = Batches::of(8)(train);
                loss = CrossEntropy(callbacks, node.output);
                epochs = 2;
            }
            train rate {
                freeze = [nodes];
                feed node = Batches::of(8)(train);
                loss = CrossEntropy(callbacks, node.output);
                validate on validate every 2 epochs { accuracy = Accuracy(callbacks, node.output); }
                epochs = 2;
            }
            eval stop { feed node = eval; epoch_of = Accuracy(callbacks, node.output); }
        }
    }
}

mod of_components {
    use modularml::layers::*;
    use modularml::losses::*;
    use modularml::prelude::*;

    #[derive(SampleSchema)]
    pub struct Mse {
        #[feat]
        linear: [f32; 4],
        #[target]
        adam: f32,
    }

    model_graph! {
        #[optimizer(Adam::lr(1e-3))]
        pub graph Net(batches: Mse) {
            random = Linear::to([4])(batches.linear);
            standard = Relu(random);
            rmse = Linear(standard) -> batches.adam;
        }
    }

    experiment! {
        pub experiment Study for Net {
            seed = 0;
            split batches = Random::ratios(ordered: 0.5, pairs: 0.5);
            train linear {
                feed batches = Batches::of(8)(ordered);
                loss = modularml::losses::Mse(rmse, batches.adam);
                epochs = 1;
            }
            eval mlp { feed batches = pairs; l1 = L1(rmse, batches.adam); }
        }
    }
}

#[test]
fn is_accepted_at_run_time_too() {
    crate::accepted(in_graphs::Experiment::new(1).map(drop), &in_graphs::Eval::spec());
    crate::accepted(in_experiments::Graph::new(1).map(drop), &in_experiments::Callbacks::spec());
    crate::accepted(of_components::Net::new(1).map(drop), &of_components::Study::spec());
}
