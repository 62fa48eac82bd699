//! Gradients that meet in one place, and those of a computation inside another.

use candle_core::{Device, Result, Var};

use super::{Gradients, gradient_of};

fn variable(numbers: &[f64]) -> Var {
    Var::new(numbers, &Device::Cpu).expect("a variable")
}

fn numbers(gradients: &Gradients) -> Vec<f64> {
    gradients.get(0).expect("a gradient").to_vec1().expect("numbers")
}

#[test]
fn gradients_add_up_until_they_are_cleared() -> Result<()> {
    let x = variable(&[1.0, -2.0]);
    let mut gradients = Gradients::of([&x].into_iter())?;
    assert!(gradients.get(0).is_none());
    gradients.add(&x.sqr()?.sum_all()?)?;
    gradients.add(&x.sum_all()?)?;
    assert_eq!(numbers(&gradients), [3.0, -3.0]);
    gradients.clear();
    gradients.add(&x.sum_all()?)?;
    assert_eq!(numbers(&gradients), [1.0, 1.0]);
    Ok(())
}

/// What a pool of threads does to whoever waits in it: other work runs in between, on the same thread.
#[test]
fn another_training_may_run_while_a_gradient_is_computed() -> Result<()> {
    let (x, y) = (variable(&[1.0]), variable(&[5.0]));
    let mut outer = Gradients::of([&x].into_iter())?;
    let mut inner = Gradients::of([&y].into_iter())?;
    super::TAKEN_IN.set(Some(std::mem::take(&mut outer)));
    let returned = gradient_of(x.as_tensor(), |gradient: &mut [f64], adds| {
        assert!(!adds);
        gradient.fill(7.0);
        inner.add(&y.sqr()?.sum_all()?)
    })?;
    let outer = super::TAKEN_IN.take().expect("the place of the outer gradients");
    assert!(returned.is_none());
    assert_eq!((numbers(&outer), numbers(&inner)), (vec![7.0], vec![10.0]));
    Ok(())
}
