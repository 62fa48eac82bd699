//! Classes and codes as places, one column or a group of them, in a graph.

use candle_core::{DType, Device, Tensor};
use modularml::data::{Representation, Shape};
use modularml::graph::{LayerBuild, Mode};
use modularml::layers::*;
use modularml::losses::*;
use modularml::prelude::*;
use modularml::random::{Place, Purpose};
use modularml_tests::file::File;
use modularml_tests::numbers;

/// What is known of a cell without measuring, of one list of classes.
#[derive(NamedArray, Debug, PartialEq)]
struct Marks {
    cathode: Class,
    #[column(rename = "anode (-)")]
    anode: Class,
}

#[derive(SampleSchema)]
struct Cell {
    #[feat]
    #[classes("lfp", "nmc", "graphite", "silicon")]
    marks: Marks,
    #[feat]
    #[classes("new", "used")]
    state: Class,
    #[feat]
    weekday: u8,
    #[target]
    life: f32,
}

model_graph! {
    #[optimizer(Adam::lr(0.05))]
    graph CellNet(cell: Cell) {
        kinds = OneHot(cell.marks);
        state = OneHot(cell.state);
        day = OneHot.entries(7)(cell.weekday);
        looked_up = Embedding::size(3)(cell.marks);
        flat = Flatten(kinds);
        vectors = Flatten(looked_up);
        all = Concat::axis(-1)(flat, state, day, vectors);
        life = Linear(all) -> cell.life;
    }
}

experiment! {
    experiment CellStudy for CellNet {
        seed = 1;
        split cell = Random::ratios(train: 0.8, test: 0.2);
        train all {
            feed cell = Batches::of(32).shuffled()(train);
            loss = Mse(life, cell.life);
            epochs = 60;
        }
        eval test { feed cell = test; error = L1(life, cell.life); }
    }
}

/// The same columns, each with classes of its own.
#[derive(SampleSchema)]
struct Parted {
    #[feat]
    #[classes("lfp", "nmc", "lco")]
    cathode: Class,
    #[feat]
    #[classes("graphite", "silicon")]
    anode: Class,
    #[feat]
    weekday: u8,
    #[target]
    life: f32,
}

model_graph! {
    #[optimizer(Adam::lr(0.05))]
    graph PartedNet(cell: Parted) {
        places = OneHot(cell.cathode, cell.anode);
        vectors = Embedding::size(4)(cell.anode, cell.cathode);
        days = Embedding::size(2).entries(7)(cell.weekday);
        flat = Flatten(vectors);
        all = Concat::axis(-1)(places, flat, days);
        life = Linear(all) -> cell.life;
    }
}

experiment! {
    experiment PartedStudy for PartedNet {
        seed = 1;
        split cell = Random::ratios(train: 0.8, test: 0.2);
        train all {
            feed cell = Batches::of(8).shuffled()(train);
            loss = Mse(life, cell.life);
            epochs = 60;
        }
        eval test { feed cell = test; error = L1(life, cell.life); }
    }
}

/// Columns with classes of their own are one node: places in one vector, and a table of vectors for each column.
#[test]
fn columns_of_different_classes_stand_side_by_side() {
    let of_cathode = [0.5, -1.0, 0.25];
    let rows = (0u8..120).map(|row| Parted {
        cathode: Class::new(u32::from(row % 3)),
        anode: Class::new(u32::from(row / 3 % 2)),
        weekday: row % 7,
        life: of_cathode[usize::from(row % 3)] + f32::from(row / 3 % 2),
    });
    let cells = FeatureSet::from_rows(rows).unwrap();
    let view = cells.view();
    let mut study = PartedStudy::new(cells).unwrap();
    study.progress(Progress::Silent);
    let results = study.run().unwrap();
    assert!(results.test.error < 0.02, "{}", results.test.error);

    // Rows 0, 1 and 3: lfp and graphite, nmc and graphite, lfp and silicon.
    let predicted = study.predict(view.take(&[0, 1, 3]).unwrap()).unwrap();
    let places = [[1., 0., 0., 1., 0.], [0., 1., 0., 1., 0.], [1., 0., 0., 0., 1.]];
    assert_eq!(predicted.places.to_vec2::<f32>().unwrap(), places);
    let vectors = predicted.vectors.to_vec3::<f32>().unwrap();
    assert_eq!(predicted.vectors.dims(), [3, 2, 4]);
    // The anode is read first.
    assert!(vectors[0][0] == vectors[1][0] && vectors[0][1] == vectors[2][1]);
    assert!(vectors[0][0] != vectors[2][0] && vectors[0][1] != vectors[1][1] && vectors[0][0] != vectors[0][1]);

    let saved = File::named("parted.mml");
    study.save(&saved.0).unwrap();
    let loaded = PartedStudy::load(&saved.0).unwrap();
    assert_eq!(numbers(&loaded.predict(&view).unwrap().life), numbers(&study.predict(&view).unwrap().life));
}

/// The examples in the documentation of `torch.nn.functional.one_hot`.
#[test]
fn places_are_those_of_pytorch() {
    let layer = |entries: usize, input: &[usize]| {
        let output: Vec<usize> = input.iter().copied().chain([entries]).collect();
        let rng = Rng::new(5, Purpose::Weights, Place::default());
        let (inputs, output) = (vec![Shape::new(input)], Shape::new(&output));
        let build =
            LayerBuild { inputs, column: None, target: None, output, dtype: DType::F64, device: Device::Cpu, rng };
        OneHot::new().entries(entries).spec().build(build).unwrap()
    };
    let codes = |values: &[u32], dims: &[usize]| Tensor::from_vec(values.to_vec(), dims, &Device::Cpu).unwrap();
    let found = layer(5, &[]).forward(&[codes(&[0, 1, 2, 0, 1], &[5])], &mut Mode::Eval).unwrap();
    let expected =
        [[1., 0., 0., 0., 0.], [0., 1., 0., 0., 0.], [0., 0., 1., 0., 0.], [1., 0., 0., 0., 0.], [0., 1., 0., 0., 0.]];
    assert_eq!(found.to_vec2::<f64>().unwrap(), expected);
    let found = layer(3, &[2]).forward(&[codes(&[0, 1, 2, 0, 1, 2], &[3, 2])], &mut Mode::Eval).unwrap();
    let expected = [[[1., 0., 0.], [0., 1., 0.]], [[0., 0., 1.], [1., 0., 0.]], [[0., 1., 0.], [0., 0., 1.]]];
    assert_eq!(found.to_vec3::<f64>().unwrap(), expected);
    let error = layer(3, &[]).forward(&[codes(&[0, 3], &[2])], &mut Mode::Eval).unwrap_err();
    assert_eq!(error.to_string(), "row 1 of the batch has code 3, but the codes are 0 to 2");
}

/// Life is a sum of what each class adds, which one linear layer over places can say exactly.
#[test]
fn a_group_of_classes_is_read_by_name_and_learned_from() {
    let [marks, states] = [["lfp", "nmc", "graphite", "silicon"], ["new", "used", "", ""]];
    let row = |row: usize| {
        let (cathode, anode, state, day) = (row % 2, 2 + row / 2 % 2, row / 4 % 2, row % 7);
        let of_days = [0.0, 0.1, 0.3, 0.2, -0.4, 0.5, 0.7][day];
        let life: f64 = [0.5, -1.0][cathode] + [0.25, 0.75][anode - 2] + [1.0, -0.5][state] + of_days;
        format!("{},{},{},{day},{life}", marks[cathode], marks[anode], states[state])
    };
    let rows: Vec<String> =
        std::iter::once("cathode,anode (-),state,weekday,life".to_owned()).chain((0..280).map(row)).collect();
    let (file, saved) = (File::of("cells.csv", rows.join("\n")), File::named("cells.mml"));
    let cells = Reader::<Cell>::new().csv(&file.0).unwrap();
    let rows = cells.view().values(Cell::COLUMNS.marks).unwrap();
    assert_eq!(rows[3], Marks { cathode: Class::new(1), anode: Class::new(3) });
    let mut study = CellStudy::new(cells).unwrap();
    study.progress(Progress::Silent);
    let results = study.run().unwrap();
    assert!(results.test.error < 0.01, "{}", results.test.error);
    study.save(&saved.0).unwrap();
    let loaded = CellStudy::load(&saved.0).unwrap();
    let [before, after] = [&study, &loaded].map(|study| {
        let rows = study.session().split("cell", "test").unwrap();
        numbers(&study.predict(&rows).unwrap().life)
    });
    assert_eq!(before, after);

    std::fs::write(&file.0, "cathode,anode (-),state,weekday,life\nlfp,graphit,new,0,1\n").unwrap();
    let error = Reader::<Cell>::new().csv(&file.0).unwrap_err().to_string();
    assert!(error.contains("graphit") && error.contains("anode (-)"), "{error}");
}

/// Rows in memory become a batch of Arrow and rows again.
#[test]
fn groups_of_classes_come_back_from_arrow() {
    let rows = || {
        (0..3).map(|row| Cell {
            marks: Marks { cathode: Class::new(row % 2), anode: Class::new(3) },
            state: Class::new(row % 2),
            weekday: 1,
            life: 0.0,
        })
    };
    let cells = FeatureSet::from_rows(rows()).unwrap();
    let again = FeatureSet::<Cell>::from_batches([cells.to_arrow().unwrap()]).unwrap();
    assert_eq!(again.view().values(Cell::COLUMNS.marks).unwrap(), cells.view().values(Cell::COLUMNS.marks).unwrap());
    let codes = cells.view().tensor("marks", Representation::Raw, DType::U32).unwrap();
    assert_eq!(codes.to_vec2::<u32>().unwrap(), [[0, 3], [1, 3], [0, 3]]);
}
