use super::*;

fn granted<'a>(tenant: &'a Tenant<'_>, bytes: usize) -> Option<WorkPermit<'a>> {
    match tenant.run(bytes, || true) {
        Admission::Granted(permit) => Some(permit),
        Admission::LeaveFirst | Admission::Stopped => None,
    }
}

#[test]
fn the_least_recently_used_idle_model_is_asked_to_leave_and_no_busy_one() {
    let memory = WorkMemory::new(130);
    let [old, new, busy, asker] = [30, 30, 20, 30].map(|bytes| memory.tenant(bytes));
    drop(granted(&old, 0).unwrap());
    drop(granted(&new, 0).unwrap());
    let _run = granted(&busy, 20).unwrap();
    assert!(granted(&asker, 0).is_none(), "it would have to wait");
    assert!(old.must_leave() && !new.must_leave() && !busy.must_leave());
    assert!(old.wake().try_recv().is_ok());
    old.left();
    assert!(granted(&asker, 0).is_some());
    assert_eq!(memory.unloads(), 1);
}

#[test]
fn a_model_that_is_to_leave_is_told_before_its_next_run() {
    let memory = WorkMemory::new(100);
    let [first, second] = [60, 60].map(|bytes| memory.tenant(bytes));
    drop(granted(&first, 10).unwrap());
    assert!(granted(&second, 10).is_none());
    assert!(matches!(first.run(10, || true), Admission::LeaveFirst));
    first.left();
    drop(granted(&second, 10).unwrap());
    assert!(granted(&first, 10).is_none(), "now it is the other's turn");
    assert!(second.must_leave());
}

#[test]
fn a_model_that_opens_has_its_file_in_memory_beside_itself() {
    let memory = WorkMemory::new(100);
    let [first, second] = [20, 45].map(|bytes| memory.tenant(bytes));
    drop(granted(&first, 0).unwrap());
    assert!(
        granted(&second, 5).is_none(),
        "twice 45 do not fit beside 20"
    );
    first.left();
    drop(granted(&second, 5).unwrap());
    assert!(
        granted(&second, 55).is_some(),
        "open it needs itself and the run"
    );
}

#[test]
fn one_that_is_larger_than_the_memory_works_alone() {
    let memory = WorkMemory::new(100);
    let [small, large] = [10, 90].map(|bytes| memory.tenant(bytes));
    let run = granted(&small, 5).unwrap();
    assert!(granted(&large, 500).is_none());
    drop(run);
    assert!(granted(&large, 500).is_none());
    small.left();
    assert!(granted(&large, 500).is_some());
}

#[test]
fn models_and_encoders_that_do_not_fit_together_all_get_their_turn_within_the_bound() {
    let memory = WorkMemory::new(100);
    let (open, at_once) = (Mutex::new([false; 3]), Mutex::new(PeakBytes::default()));
    let note = |bytes: usize| {
        let mut at_once = at_once.lock().unwrap();
        at_once.now += bytes;
        at_once.most = at_once.most.max(at_once.now);
    };
    let serve = |number: usize| {
        let tenant = memory.tenant(40);
        let mut runs = 0;
        while runs < 50 {
            match tenant.run(15, || false) {
                Admission::Granted(_permit) => {
                    let was_open = std::mem::replace(&mut open.lock().unwrap()[number], true);
                    note(15 + if was_open { 0 } else { 40 });
                    at_once.lock().unwrap().now -= 15;
                    runs += 1;
                }
                Admission::LeaveFirst => {
                    open.lock().unwrap()[number] = false;
                    at_once.lock().unwrap().now -= 40;
                    tenant.left();
                }
                Admission::Stopped => unreachable!("nobody stops it"),
            }
        }
        // As a server that ends.
        at_once.lock().unwrap().now -= 40;
    };
    std::thread::scope(|scope| {
        let serve = &serve;
        (0..3).for_each(|number| drop(scope.spawn(move || serve(number))));
        scope.spawn(|| {
            for _ in 0..50 {
                let _permit = memory.encoder(45, || false).unwrap();
                note(45);
                at_once.lock().unwrap().now -= 45;
            }
        });
    });
    assert!(at_once.lock().unwrap().most <= 100);
}

#[test]
fn encoders_that_are_held_back_wait_until_nobody_works() {
    let memory = WorkMemory::new(100);
    let first = memory.encoder(10, || true);
    memory.hold_back(true);
    assert!(memory.encoder(10, || true).is_none());
    drop(first);
    assert!(memory.encoder(10, || true).is_some());
    assert_eq!(memory.encoders(), 10);
}

#[test]
fn models_that_were_not_used_for_a_while_are_unloaded() {
    let memory = WorkMemory::new(100);
    let tenant = memory.tenant(10);
    drop(granted(&tenant, 1).unwrap());
    memory.unload_idle(Duration::from_secs(60));
    assert!(!tenant.must_leave());
    memory.unload_idle(Duration::ZERO);
    assert!(tenant.must_leave());
}
