//! The examples of docs/models.md.

use super::*;

mod stages {
    use super::*;

    #[derive(SampleSchema)]
    struct Pulse {
        #[feat]
        voltage: [f32; 8],
        #[feat]
        temperature: f32,
        #[target]
        soh: f32,
        #[tag(group)]
        cell: i64,
    }

    model_graph! {
        #[optimizer(Adam::lr(1e-3))]
        graph SohNet(pulse: Pulse) {
            encoder = Mlp::hidden([32]).output([8])(pulse.voltage);
            soh = Linear(encoder) -> pulse.soh;
            forest = RandomForest::trees(300)(encoder, pulse.temperature) -> pulse.soh;
        }
    }

    experiment! {
        experiment SohStudy for SohNet {
            seed = 42;
            split pulse = Random::ratios(train: 0.7, test: 0.3).group_by(pulse.cell);
            train regress {
                feed pulse = Batches::of(32).shuffled()(train);
                loss = Mse(soh, pulse.soh);
                epochs = 20;
            }
            fit baseline { nodes = [forest]; feed pulse = train; }
            eval test {
                feed pulse = test;
                network = Rmse(soh, pulse.soh);
                forest = Rmse(forest, pulse.soh);
            }
        }
    }

    fn out(session: &Session) -> Result<()> {
        session.export_onnx_of("soh.onnx", [SohNet::NAMES.soh])?;
        Ok(())
    }
}

mod intervals {
    use super::*;

    #[derive(SampleSchema)]
    struct Pulse {
        #[feat]
        voltage: [f32; 8],
        #[target]
        soh: f32,
    }

    model_graph! {
        graph SohNet(pulse: Pulse) {
            forest = RandomForest::trees(300)(pulse.voltage) -> pulse.soh;
            between = Conformal::coverage(0.9)(forest) -> pulse.soh;
        }
    }

    experiment! {
        experiment SohStudy for SohNet {
            seed = 42;
            split pulse = Random::ratios(train: 0.6, calibrate: 0.2, test: 0.2);
            fit models { nodes = [forest]; feed pulse = train; }
            fit trust { nodes = [between]; feed pulse = calibrate; }
            eval test { feed pulse = test; coverage = IntervalCoverage(between, pulse.soh); }
        }
    }
}
