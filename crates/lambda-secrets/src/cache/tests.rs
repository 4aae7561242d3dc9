//! The cache alone, with clocks that stand where a test puts them.

use std::sync::atomic::AtomicUsize;
use std::time::SystemTime;

use super::*;
use crate::fetch::{FetchError, Refusal};
use crate::{SecretId, SecretValue, Source};

/// Clocks that move by order.
#[derive(Debug, Default)]
struct Hands {
    wall: Mutex<Duration>,
    monotonic: Mutex<Duration>,
}

impl Clock for Hands {
    fn wall(&self) -> SystemTime {
        SystemTime::UNIX_EPOCH + *lock(&self.wall)
    }

    fn monotonic(&self) -> Duration {
        *lock(&self.monotonic)
    }
}

impl Hands {
    fn at(wall: u64, monotonic: u64) -> Arc<Self> {
        let hands = Self::default();
        hands.set(wall, monotonic);
        Arc::new(hands)
    }

    fn set(&self, wall: u64, monotonic: u64) {
        *lock(&self.wall) = Duration::from_secs(wall);
        *lock(&self.monotonic) = Duration::from_secs(monotonic);
    }
}

fn cache(hands: &Arc<Hands>) -> Cache {
    Cache::new(Rules { jitter: 0.0, clock: hands.clone(), ..Rules::default() })
}

fn secret(text: &str) -> Secret {
    let id = SecretId::parse("p/e/s").unwrap();
    Secret::new(id, Source::Aws, SecretValue::Text(text.into()))
}

fn refused(make: fn(Refusal) -> FetchError) -> Error {
    let refusal = Refusal { code: "C".to_owned(), message: String::new(), request_id: None };
    Error::Fetch { secret: "p/e/s".to_owned(), source: make(refusal) }
}

fn timed_out() -> Error {
    let source = FetchError::TimedOut { endpoint: "e".to_owned(), after: Duration::from_secs(5) };
    Error::Fetch { secret: "p/e/s".to_owned(), source }
}

async fn read(
    cache: &Cache,
    wanted: Wanted,
    result: Result<Secret, Error>,
) -> Result<Secret, Error> {
    if wanted == Wanted::Any
        && let Some(secret) = cache.hit("p/e/s")
    {
        return Ok(secret);
    }
    let request = SecretRequest::parse("p/e/s").unwrap();
    cache.read("p/e/s", &request, wanted, std::future::ready(result)).await
}

/// Keeps what a call has brought that begins now.
fn store(cache: &Cache, key: &str, secret: Secret) {
    let cleared = cache.cleared.load(Ordering::SeqCst);
    cache.store(key, SecretRequest::parse(key).unwrap(), secret, cleared);
}

fn block_on<T>(work: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(work)
}

fn text(result: Result<Secret, Error>) -> String {
    result.unwrap().value().as_text().unwrap().to_owned()
}

#[test]
fn a_value_is_served_for_its_time_and_read_again_after_it() {
    block_on(async {
        let hands = Hands::at(1_000, 0);
        let cache = cache(&hands);
        assert_eq!(text(read(&cache, Wanted::Any, Ok(secret("1"))).await), "1");
        hands.set(1_299, 299);
        assert_eq!(text(read(&cache, Wanted::Any, Ok(secret("2"))).await), "1");
        hands.set(1_300, 300);
        assert_eq!((cache.stats().valid, cache.stats().expired), (0, 1));
        assert_eq!(text(read(&cache, Wanted::Any, Ok(secret("3"))).await), "3");
        let stats = cache.stats();
        assert_eq!((stats.hits, stats.misses, stats.calls, stats.entries), (1, 2, 2, 1));
    });
}

#[test]
fn whichever_clock_says_so_first_ends_the_time() {
    block_on(async {
        // (frozen, the monotonic clock stood still), (the wall clock did), (set back)
        for (wall, monotonic) in [(1_300, 0), (1_000, 300), (999, 10), (1_010, 4)] {
            let hands = Hands::at(1_000, 5);
            let cache = cache(&hands);
            read(&cache, Wanted::Any, Ok(secret("old"))).await.unwrap();
            hands.set(wall, monotonic + if monotonic == 300 { 5 } else { 0 });
            assert_eq!(text(read(&cache, Wanted::Any, Ok(secret("new"))).await), "new");
        }
    });
}

#[test]
fn an_old_value_stands_in_where_the_failure_may_pass_and_for_so_long() {
    block_on(async {
        for failure in
            [|| refused(FetchError::Throttled), || refused(FetchError::ServiceFailed), timed_out]
        {
            let hands = Hands::at(1_000, 0);
            let cache = cache(&hands);
            read(&cache, Wanted::Any, Ok(secret("old"))).await.unwrap();
            hands.set(1_300 + 3_599, 300);
            let found = read(&cache, Wanted::Any, Err(failure())).await.unwrap();
            assert!(found.is_stale());
            assert_eq!(cache.stats().stale, 1);
            hands.set(1_300 + 3_600 + 60, 300);
            assert!(read(&cache, Wanted::Any, Err(failure())).await.is_err());
            // a clock that went back proves no bound
            hands.set(900, 300);
            assert!(read(&cache, Wanted::Any, Err(failure())).await.is_err());
        }
    });
}

#[test]
fn what_is_denied_gone_or_disabled_is_never_served_again() {
    block_on(async {
        for make in [
            FetchError::AccessDenied as fn(Refusal) -> FetchError,
            FetchError::NotFound,
            FetchError::ScheduledForDeletion,
            FetchError::KmsDenied,
            FetchError::Refused,
        ] {
            let hands = Hands::at(1_000, 0);
            let cache = cache(&hands);
            read(&cache, Wanted::Any, Ok(secret("old"))).await.unwrap();
            hands.set(1_301, 301);
            assert!(read(&cache, Wanted::Any, Err(refused(make))).await.is_err());
            assert_eq!(cache.stats().entries, 0);
            assert!(read(&cache, Wanted::Any, Err(timed_out())).await.is_err());
        }
    });
}

#[test]
fn rejected_credentials_serve_nothing_old_but_keep_it() {
    block_on(async {
        let hands = Hands::at(1_000, 0);
        let cache = cache(&hands);
        read(&cache, Wanted::Any, Ok(secret("old"))).await.unwrap();
        hands.set(1_301, 301);
        let rejected = refused(FetchError::CredentialsRejected);
        assert!(read(&cache, Wanted::Any, Err(rejected)).await.is_err());
        assert!(read(&cache, Wanted::Any, Err(timed_out())).await.unwrap().is_stale());
    });
}

#[test]
fn while_nobody_answers_the_pauses_between_calls_grow() {
    block_on(async {
        let hands = Hands::at(1_000, 0);
        let cache = cache(&hands);
        read(&cache, Wanted::Any, Ok(secret("old"))).await.unwrap();
        let mut calls = Vec::new();
        for second in 300..400 {
            hands.set(1_000 + second, second);
            let before = cache.stats().calls;
            assert!(read(&cache, Wanted::Any, Err(timed_out())).await.unwrap().is_stale());
            if cache.stats().calls > before {
                calls.push(second - 300);
            }
        }
        assert_eq!(calls, [0, 1, 3, 7, 15, 31, 61, 91]);
        hands.set(1_421, 421);
        assert!(!read(&cache, Wanted::Any, Ok(secret("new"))).await.unwrap().is_stale());
    });
}

#[test]
fn without_an_old_value_a_failure_is_held_only_where_another_provider_can_answer() {
    block_on(async {
        for (failures, calls) in [(Failures::Retried, 3), (Failures::Held, 1)] {
            let hands = Hands::at(1_000, 0);
            let clock: Arc<dyn Clock> = hands.clone();
            let cache = Cache::new(Rules { jitter: 0.0, failures, clock, ..Rules::default() });
            for _ in 0..3 {
                let error = read(&cache, Wanted::Any, Err(timed_out())).await.unwrap_err();
                assert_eq!(error.kind(), "timed_out");
            }
            assert_eq!(cache.stats().calls, calls);
            hands.set(1_001, 1);
            assert!(read(&cache, Wanted::Any, Ok(secret("back"))).await.is_ok());
        }
    });
}

#[test]
fn a_thousand_callers_make_one_call_and_share_its_end() {
    let mut runtime = tokio::runtime::Builder::new_multi_thread();
    runtime.worker_threads(4).enable_all().build().unwrap().block_on(async {
        for ttl in [300, 0] {
            for outcome in [true, false] {
                let rules = Rules { ttl: Duration::from_secs(ttl), ..Rules::default() };
                let cache = Arc::new(Cache::new(rules));
                let calls = Arc::new(AtomicUsize::new(0));
                let (open, gate) = tokio::sync::watch::channel(false);
                let mut tasks = Vec::new();
                for _ in 0..1_000 {
                    let (cache, calls, mut gate) = (cache.clone(), calls.clone(), gate.clone());
                    tasks.push(tokio::spawn(async move {
                        let request = SecretRequest::parse("p/e/s").unwrap();
                        let call = async {
                            calls.fetch_add(1, Ordering::SeqCst);
                            gate.wait_for(|open| *open).await.unwrap();
                            if outcome { Ok(secret("one")) } else { Err(timed_out()) }
                        };
                        cache.read("p/e/s", &request, Wanted::Any, call).await
                    }));
                }
                // every caller has come before the call ends
                while cache.stats().misses < 1_000 {
                    tokio::task::yield_now().await;
                }
                tokio::time::sleep(Duration::from_millis(20)).await;
                open.send(true).unwrap();
                for task in tasks {
                    assert_eq!(task.await.unwrap().is_ok(), outcome);
                }
                assert_eq!(calls.load(Ordering::SeqCst), 1);
                assert!(cache.flights.is_empty(), "nobody is left behind");
            }
        }
    });
}

#[test]
fn a_caller_that_gives_up_passes_the_turn_on() {
    block_on(async {
        let cache = Arc::new(cache(&Hands::at(1_000, 0)));
        let request = SecretRequest::parse("p/e/s").unwrap();
        let (first, ask) = (cache.clone(), request.clone());
        let first = tokio::spawn(async move {
            first.read("p/e/s", &ask, Wanted::Any, std::future::pending()).await
        });
        let (second, ask) = (cache.clone(), request);
        tokio::task::yield_now().await;
        let second = tokio::spawn(async move {
            second.read("p/e/s", &ask, Wanted::Any, std::future::ready(Ok(secret("2")))).await
        });
        tokio::task::yield_now().await;
        assert!(!second.is_finished());
        first.abort();
        assert_eq!(text(second.await.unwrap()), "2");
        assert!(cache.flights.is_empty());
    });
}

#[test]
fn a_refresh_takes_no_call_that_began_before_it() {
    block_on(async {
        let cache = Arc::new(cache(&Hands::at(1_000, 0)));
        let request = SecretRequest::parse("p/e/s").unwrap();
        let (open, gate) = tokio::sync::oneshot::channel::<()>();
        let (old, ask) = (cache.clone(), request.clone());
        let old = tokio::spawn(async move {
            let call = async {
                gate.await.unwrap();
                Ok(secret("before"))
            };
            old.read("p/e/s", &ask, Wanted::Any, call).await
        });
        tokio::task::yield_now().await;
        let mut refreshes = Vec::new();
        for _ in 0..10 {
            let (new, ask) = (cache.clone(), request.clone());
            refreshes.push(tokio::spawn(async move {
                let call = std::future::ready(Ok(secret("after")));
                new.read("p/e/s", &ask, Wanted::Anew, call).await
            }));
        }
        tokio::task::yield_now().await;
        open.send(()).unwrap();
        assert_eq!(text(old.await.unwrap()), "before");
        for refresh in refreshes {
            assert_eq!(text(refresh.await.unwrap()), "after");
        }
        assert_eq!(cache.stats().calls, 2, "the ten share one");
        assert_eq!(text(cache.hit("p/e/s").ok_or_else(timed_out)), "after");
    });
}

#[test]
fn what_was_asked_for_before_everything_was_dropped_is_not_kept() {
    block_on(async {
        let cache = Arc::new(cache(&Hands::at(1_000, 0)));
        let request = SecretRequest::parse("p/e/s").unwrap();
        let (open, gate) = tokio::sync::oneshot::channel::<()>();
        let (old, ask) = (cache.clone(), request.clone());
        let old = tokio::spawn(async move {
            let call = async {
                gate.await.unwrap();
                Ok(secret("before"))
            };
            old.read("p/e/s", &ask, Wanted::Any, call).await
        });
        tokio::task::yield_now().await;
        cache.clear();
        // nor does anybody who comes now wait for it
        assert_eq!(text(read(&cache, Wanted::Any, Ok(secret("after"))).await), "after");
        open.send(()).unwrap();
        assert_eq!(text(old.await.unwrap()), "before");
        assert_eq!(text(cache.hit("p/e/s").ok_or_else(timed_out)), "after");
        assert!(cache.flights.is_empty(), "nobody is left behind");
    });
}

#[test]
fn a_refresh_that_fails_is_an_error_and_keeps_the_value() {
    block_on(async {
        let cache = cache(&Hands::at(1_000, 0));
        read(&cache, Wanted::Any, Ok(secret("old"))).await.unwrap();
        assert!(read(&cache, Wanted::Anew, Err(timed_out())).await.is_err());
        assert_eq!(text(read(&cache, Wanted::Any, Err(timed_out())).await), "old");
    });
}

#[test]
fn jitter_shortens_the_time_and_never_lengthens_it() {
    let hands = Hands::at(1_000, 0);
    let clock: Arc<dyn Clock> = hands.clone();
    let cache = Cache::new(Rules { jitter: 0.5, clock, ..Rules::default() });
    for number in 0..200 {
        store(&cache, &number.to_string(), secret("x"));
    }
    let valid_at = |second| {
        hands.set(1_000 + second, second);
        cache.stats().valid
    };
    assert_eq!((valid_at(149), valid_at(300)), (200, 0));
    assert!((50..150).contains(&valid_at(225)), "{}", valid_at(225));
}

#[test]
fn the_oldest_value_makes_room_and_any_time_is_taken() {
    let hands = Hands::at(1_000, 0);
    let clock: Arc<dyn Clock> = hands.clone();
    let longest = Duration::MAX;
    let rules = Rules { most: 2, ttl: longest, max_stale: longest, clock, ..Rules::default() };
    let cache = Cache::new(rules);
    for (second, key) in [(0, "a"), (1, "b"), (2, "c")] {
        hands.set(1_000 + second, second);
        store(&cache, key, secret("x"));
    }
    assert!(cache.hit("a").is_none() && cache.hit("b").is_some() && cache.hit("c").is_some());
    cache.clear();
    assert_eq!(cache.stats().entries, 0);
}

#[test]
fn what_one_thread_changes_is_changed_for_all() {
    const THREADS: usize = 20;
    let hands = Hands::at(1_000, 0);
    let cache = cache(&hands);
    let store = |text| store(&cache, "p/e/s", secret(text));
    let barrier = std::sync::Barrier::new(THREADS + 1);
    std::thread::scope(|scope| {
        let reader = || {
            let read = || cache.hit("p/e/s").map(|secret| text(Ok(secret)));
            for expected in [Some("1"), Some("2"), None, Some("3"), None, Some("4"), None] {
                barrier.wait();
                assert_eq!(read().as_deref(), expected);
                assert_eq!(read().as_deref(), expected);
                barrier.wait();
            }
        };
        for _ in 0..THREADS {
            scope.spawn(reader);
        }
        let changes: [&dyn Fn(); 7] = [
            &|| store("1"),
            &|| store("2"),
            &|| cache.forget("p/e/s"),
            &|| store("3"),
            &|| cache.clear(),
            &|| store("4"),
            &|| hands.set(1_300, 0),
        ];
        for change in changes {
            change();
            barrier.wait();
            barrier.wait();
        }
    });
    assert_eq!(cache.stats().hits, 4 * 2 * THREADS as u64);
}

#[test]
fn nothing_of_a_value_is_left_behind_where_threads_have_read_it() {
    let cache = cache(&Hands::at(1_000, 0));
    let value = secret("x");
    let owners = || value.owners();
    store(&cache, "p/e/s", value.clone());
    std::thread::scope(|scope| {
        for _ in 0..20 {
            scope.spawn(|| cache.hit("p/e/s").unwrap());
        }
    });
    assert!(owners() > 1, "shards hold it");
    cache.clear();
    assert_eq!(owners(), 1, "just this test holds it");
}

#[test]
fn what_was_used_is_due_at_three_quarters_of_its_time() {
    let hands = Hands::at(1_000, 0);
    let cache = cache(&hands);
    store(&cache, "used", secret("x"));
    store(&cache, "unused", secret("x"));
    cache.hit("used").unwrap();
    hands.set(1_224, 224);
    assert!(cache.due().is_empty());
    hands.set(1_225, 225);
    assert_eq!(cache.due(), [SecretRequest::parse("used").unwrap()]);
    assert!(cache.due().is_empty(), "it was looked at");
}
