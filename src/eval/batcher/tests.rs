use std::sync::Barrier;
use std::sync::mpsc;
use std::thread::ScopedJoinHandle;

use super::*;

type Answer = Result<Vec<i32>, EvalError>;

const AT_ONCE: BatchSettings = BatchSettings {
    batch: 8,
    least: 1,
    deadline: Duration::ZERO,
};

fn doubler() -> DeviceFn<i32, i32> {
    Box::new(|items| Ok(items.iter().map(|x| 2 * x).collect()))
}

fn start(devices: Vec<DeviceFn<i32, i32>>, settings: BatchSettings) -> Batcher<i32, i32> {
    Batcher::start("test", devices, settings).expect("threads start")
}

#[test]
fn every_caller_gets_its_own_answers_in_order() {
    let batcher = start(vec![doubler(), doubler(), doubler()], AT_ONCE);
    std::thread::scope(|scope| {
        for caller in 0..16 {
            let batcher = &batcher;
            scope.spawn(move || {
                for round in 0..50 {
                    let items: Vec<i32> = (0..round % 20).map(|i| caller * 1000 + i).collect();
                    let expected: Vec<i32> = items.iter().map(|x| 2 * x).collect();
                    assert_eq!(batcher.run(items).expect("answers"), expected);
                }
            });
        }
    });
}

/// A device that reports each batch and then waits for a word before it answers.
fn gated() -> (
    DeviceFn<i32, i32>,
    mpsc::Receiver<Vec<i32>>,
    mpsc::Sender<()>,
) {
    let (seen, batches) = mpsc::channel();
    let (go, gate) = mpsc::channel();
    let device: DeviceFn<i32, i32> = Box::new(move |items| {
        seen.send(items.to_vec()).expect("the test listens");
        // Open for good once the other end is gone.
        let _ = gate.recv();
        if items.contains(&-1) {
            Err(EvalError::Device("minus one".into()))
        } else {
            Ok(items.to_vec())
        }
    });
    (device, batches, go)
}

/// Queues each request behind a first batch that holds the device up.
fn behind_a_busy_device(batch: usize, requests: &[&[i32]]) -> (Vec<Vec<i32>>, Vec<Answer>) {
    let (device, batches, go) = gated();
    let batcher = start(vec![device], BatchSettings { batch, ..AT_ONCE });
    std::thread::scope(|scope| {
        let first = scope.spawn(|| batcher.run(vec![0]));
        assert_eq!(batches.recv().expect("the first batch"), [0]);
        let mut callers = Vec::new();
        for request in requests {
            let queued = batcher.shared.lock().queue.len();
            callers.push(scope.spawn(|| batcher.run(request.to_vec())));
            while batcher.shared.lock().queue.len() == queued {
                std::thread::yield_now();
            }
        }
        drop(go);
        let results = callers
            .into_iter()
            .map(|caller| caller.join().expect("no panic"))
            .collect();
        assert!(first.join().expect("no panic").is_ok());
        (batches.try_iter().collect(), results)
    })
}

#[test]
fn requests_that_wait_together_are_merged_up_to_the_batch() {
    let (batches, results) = behind_a_busy_device(4, &[&[1, 2], &[3], &[4, 5]]);
    assert_eq!(batches, [vec![1, 2, 3, 4], vec![5]]);
    let results: Vec<_> = results.into_iter().map(|r| r.expect("answers")).collect();
    assert_eq!(results, [vec![1, 2], vec![3], vec![4, 5]]);
}

#[test]
fn what_nobody_waits_for_any_more_is_not_begun() {
    let (device, batches, go) = gated();
    let batcher = start(vec![device], AT_ONCE);
    let (stop, other) = (StopSignal::default(), StopSignal::default());
    let until =
        |item, stop: &StopSignal| batcher.run_until([(item, Some(stop.clone()))].into_iter());
    std::thread::scope(|scope| {
        let begun = scope.spawn(|| until(0, &stop));
        assert_eq!(batches.recv().expect("the first batch"), [0]);
        let dropped = scope.spawn(|| until(1, &stop));
        let kept = scope.spawn(|| until(2, &other));
        while batcher.shared.lock().queue.len() < 2 {
            std::thread::yield_now();
        }
        stop.stop();
        drop(go);
        let answer = |caller: ScopedJoinHandle<'_, Answer>| caller.join().expect("no panic");
        assert_eq!(answer(begun).expect("it had begun"), [0]);
        assert_eq!(answer(kept).expect("somebody waits"), [2]);
        let error = answer(dropped).expect_err("it was dropped");
        assert!(matches!(error, EvalError::Stopped), "{error}");
    });
    assert_eq!(batches.try_iter().collect::<Vec<_>>(), [[2]]);
}

#[test]
fn what_is_dropped_hides_no_failure() {
    let (device, batches, go) = gated();
    let one = BatchSettings {
        batch: 1,
        ..AT_ONCE
    };
    let batcher = start(vec![device], one);
    let stop = StopSignal::default();
    let items = [(-1, None), (1, Some(stop.clone()))];
    let error = std::thread::scope(|scope| {
        let caller = scope.spawn(|| batcher.run_until(items.into_iter()));
        assert_eq!(batches.recv().expect("the first batch"), [-1]);
        stop.stop();
        drop(go);
        let answer: Answer = caller.join().expect("no panic");
        answer.expect_err("neither has a result")
    });
    assert!(matches!(error, EvalError::Device(_)), "{error}");
    assert_eq!(batches.try_iter().collect::<Vec<_>>(), [[-1]], "once more");
}

#[test]
fn an_error_reaches_the_callers_of_its_half_and_no_others() {
    let (batches, results) = behind_a_busy_device(4, &[&[1, 2], &[3], &[-1, 4], &[5]]);
    let in_halves = [vec![1, 2, 3, -1], vec![1, 2], vec![3, -1], vec![4, 5]];
    assert_eq!(batches, in_halves);
    let failed: Vec<bool> = results.iter().map(Result::is_err).collect();
    assert_eq!(
        failed,
        [false, true, true, false],
        "-1 shares a half with 3, and a request with 4"
    );
}

#[test]
fn what_a_device_fails_at_is_tried_once_more_in_halves() {
    // Has room for four items.
    let short: DeviceFn<i32, i32> = Box::new(|items| match items.len() {
        0..=4 => Ok(vec![items.len() as i32; items.len()]),
        _ => Err(EvalError::Device("out of memory".into())),
    });
    let batcher = start(
        vec![short],
        BatchSettings {
            batch: 9,
            ..AT_ONCE
        },
    );
    batcher
        .run(vec![0; 9])
        .expect_err("a half of five does not fit");
    for (items, half) in [(1, 1), (7, 4), (1, 1), (8, 4)] {
        let answers = batcher.run(vec![0; items]).expect("halves fit");
        assert_eq!(answers[0], half, "{items} items");
    }
    // It has learned that four is what fits.
    let answers = batcher.run(vec![0; 9]).expect("all fit");
    assert_eq!(answers, [4, 4, 4, 4, 4, 4, 4, 4, 1]);
    // Fails every other time.
    let mut fails = false;
    let moody: DeviceFn<i32, i32> = Box::new(move |items| {
        fails = !fails;
        match fails {
            true => Err(EvalError::Device("not now".into())),
            false => Ok(items.to_vec()),
        }
    });
    let batcher = start(vec![moody], AT_ONCE);
    for item in 0..2 * FAILURES_TO_RETIRE as i32 {
        assert_eq!(batcher.run(vec![item]).expect("the second time"), [item]);
    }
}

#[test]
fn idle_devices_share_one_request() {
    // Each device answers only once all four hold a part.
    let barrier = Arc::new(Barrier::new(4));
    let devices = (0..4).map(|_| {
        let barrier = Arc::clone(&barrier);
        let device: DeviceFn<i32, i32> = Box::new(move |items| {
            barrier.wait();
            Ok(vec![items.len() as i32; items.len()])
        });
        device
    });
    let batcher = start(devices.collect(), AT_ONCE);
    while batcher.shared.lock().idle < 4 {
        std::thread::yield_now();
    }
    assert_eq!(batcher.run(vec![0; 8]).expect("answers"), [2; 8]);
}

#[test]
fn idle_devices_leave_what_is_not_worth_sharing_to_few() {
    let counting =
        || -> DeviceFn<i32, i32> { Box::new(|items| Ok(vec![items.len() as i32; items.len()])) };
    let settings = BatchSettings {
        least: 3,
        ..AT_ONCE
    };
    let batcher = start((0..4).map(|_| counting()).collect(), settings);
    for (items, share) in [(1, 1), (5, 5), (6, 3), (8, 4)] {
        while batcher.shared.lock().idle < 4 {
            std::thread::yield_now();
        }
        let answers = batcher.run(vec![0; items]).expect("answers");
        assert_eq!(answers, vec![share; items], "{items} items");
    }
}

#[test]
fn a_batch_waits_for_company_until_the_deadline() {
    // The deadline is far away: only a full batch lets the request go, so both callers must meet in it.
    let deadline = Duration::from_secs(3600);
    let counting: DeviceFn<i32, i32> = Box::new(|items| Ok(vec![items.len() as i32; items.len()]));
    let batcher = start(
        vec![counting],
        BatchSettings {
            batch: 4,
            deadline,
            ..AT_ONCE
        },
    );
    std::thread::scope(|scope| {
        let one = scope.spawn(|| batcher.run(vec![0; 3]));
        let two = scope.spawn(|| batcher.run(vec![0]));
        assert_eq!(one.join().expect("no panic").expect("answers"), [4; 3]);
        assert_eq!(two.join().expect("no panic").expect("answers"), [4]);
    });
    let short = BatchSettings {
        batch: 4,
        deadline: Duration::from_millis(1),
        ..AT_ONCE
    };
    assert_eq!(
        start(vec![doubler()], short)
            .run(vec![1])
            .expect("goes alone after the deadline"),
        [2]
    );
}

#[test]
fn panics_and_missing_results_are_errors() {
    let table: [(DeviceFn<i32, i32>, &str); 2] = [
        (
            Box::new(|_| panic!("out of order")),
            "the device's code panicked: out of order",
        ),
        (
            Box::new(|_| Ok(vec![1])),
            "the evaluator answered wrongly: 1 results for 2 positions",
        ),
    ];
    for (device, expected) in table {
        let batcher = start(vec![device], AT_ONCE);
        for _ in 0..2 * FAILURES_TO_RETIRE {
            let error = batcher.run(vec![1, 2]).expect_err("a broken device");
            assert!(error.to_string().contains(expected), "{error}");
        }
    }
}

#[test]
fn a_broken_device_is_given_up_for_the_others() {
    let broken: DeviceFn<i32, i32> = Box::new(|_| Err(EvalError::Device("lost".into())));
    let batcher = start(
        vec![broken, doubler()],
        BatchSettings {
            batch: 1,
            ..AT_ONCE
        },
    );
    while batcher.shared.lock().alive == 2 {
        let _ = batcher.run(vec![1; 2]);
    }
    for _ in 0..100 {
        assert_eq!(batcher.run(vec![1; 2]).expect("the other device"), [2, 2]);
    }
}
