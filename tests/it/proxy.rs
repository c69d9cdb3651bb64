//! A socket in front of the engine's own that breaks one call on purpose, and passes everything else through unchanged.
//!
//! Only calls that can change something are counted. It speaks as much HTTP/1.1 as engines and their clients do: kept
//! connections, lengths, chunks, and connections that are taken over for a conversation.

use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::Shutdown;
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process};

use crate::engine;

/// What happens to one call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fault {
    /// The engine never sees it, and the connection is closed.
    DropBefore,
    /// It is done, and the connection is closed before the answer.
    DropAfter,
    /// It is done, and answered with an error.
    StatusAfter,
    /// It is done, and half of the answer arrives.
    Truncate,
    /// It is not passed on, and never answered.
    Hang,
    /// The program is killed, and the engine never sees it.
    KillBefore,
    /// It is done, and the program is killed before the answer.
    KillAfter,
    /// It is passed on, and the program gets a signal.
    Signal(Signal),
    /// It is done, and then the engine is away for two seconds.
    Down,
}

/// The socket. Dropping it closes it.
pub(crate) struct Proxy {
    shared: Arc<Shared>,
    _directory: tempfile::TempDir,
}

struct Shared {
    path: PathBuf,
    /// Which call is broken, counted from 1; 0 for none.
    at: u32,
    fault: Fault,
    count: AtomicU32,
    calls: Mutex<Vec<String>>,
    /// Reads too.
    requests: Mutex<Vec<String>>,
    program: Mutex<Option<Pid>>,
    streams: Mutex<Vec<UnixStream>>,
    closed: AtomicBool,
}

impl Proxy {
    /// Listens, and breaks the call of that number.
    pub(crate) fn new(at: u32, fault: Fault) -> Self {
        let directory = tempfile::Builder::new().prefix("wharf-proxy-").tempdir().unwrap();
        let shared = Arc::new(Shared {
            path: directory.path().join("engine.sock"),
            at,
            fault,
            count: AtomicU32::new(0),
            calls: Mutex::default(),
            requests: Mutex::default(),
            program: Mutex::default(),
            streams: Mutex::default(),
            closed: AtomicBool::new(false),
        });
        shared.listen().unwrap();
        Self {
            shared,
            _directory: directory,
        }
    }

    /// Returns where it listens, as `DOCKER_HOST` has it.
    pub(crate) fn host(&self) -> String {
        format!("unix://{}", self.shared.path.display())
    }

    /// Says which program is killed or gets a signal.
    pub(crate) fn watch(&self, program: &std::process::Child) {
        *lock(&self.shared.program) = Some(Pid::from_child(program));
    }

    /// Returns the calls so far, each as method and path.
    pub(crate) fn calls(&self) -> Vec<String> {
        lock(&self.shared.calls).clone()
    }

    /// Returns everything that was asked since the last time, reads too, each as method and path.
    pub(crate) fn requests(&self) -> Vec<String> {
        std::mem::take(&mut lock(&self.shared.requests))
    }

    /// Tells whether the call that was to be broken has come.
    pub(crate) fn has_fired(&self) -> bool {
        self.shared.at > 0 && self.shared.count.load(Ordering::SeqCst) >= self.shared.at
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.shared.closed.store(true, Ordering::SeqCst);
        // Wakes whoever waits for connections.
        let _ = UnixStream::connect(&self.shared.path);
        self.shared.cut();
    }
}

/// Locks, also after a panic elsewhere.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Shared {
    fn listen(self: &Arc<Self>) -> io::Result<()> {
        let listener = UnixListener::bind(&self.path)?;
        let shared = Arc::clone(self);
        thread::spawn(move || {
            for client in listener.incoming().map_while(Result::ok) {
                if shared.closed.load(Ordering::SeqCst) {
                    return;
                }
                let shared = Arc::clone(&shared);
                // A connection that breaks is what this is for.
                thread::spawn(move || shared.serve(&client));
            }
        });
        Ok(())
    }

    /// Closes all connections.
    fn cut(&self) {
        for stream in lock(&self.streams).drain(..) {
            let _ = stream.shutdown(Shutdown::Both);
        }
    }

    /// Is away for a while, as an engine is that is started anew.
    fn go_down(self: &Arc<Self>) -> io::Result<()> {
        std::fs::remove_file(&self.path)?;
        self.cut();
        thread::sleep(Duration::from_secs(2));
        self.listen()
    }

    fn signal(&self, signal: Signal) {
        if let Some(program) = *lock(&self.program) {
            // It may have ended already.
            let _ = kill_process(program, signal);
        }
    }

    fn serve(self: &Arc<Self>, client: &UnixStream) -> io::Result<()> {
        lock(&self.streams).push(client.try_clone()?);
        let engine = UnixStream::connect(engine_socket())?;
        lock(&self.streams).push(engine.try_clone()?);
        let result = self.pass(client, &engine);
        let _ = client.shutdown(Shutdown::Both);
        let _ = engine.shutdown(Shutdown::Both);
        result
    }

    /// Passes requests on until the client has no more.
    fn pass(self: &Arc<Self>, client: &UnixStream, engine: &UnixStream) -> io::Result<()> {
        let mut requests = BufReader::new(client);
        let mut answers = BufReader::new(engine);
        while let Some(head) = Head::read(&mut requests)? {
            let fault = self.fault_of(&head);
            match fault {
                Some(Fault::DropBefore) => return Ok(()),
                Some(Fault::KillBefore) => {
                    self.signal(Signal::KILL);
                    return Ok(());
                }
                Some(Fault::Signal(signal)) => self.signal(signal),
                Some(Fault::Hang) => {
                    // Until the client gives up.
                    io::copy(&mut requests, &mut io::sink())?;
                    return Ok(());
                }
                _ => {}
            }
            let mut to_engine = engine;
            to_engine.write_all(&head.text)?;
            head.body(false).copy(&mut requests, &mut to_engine)?;
            let Some(answer) = Head::read(&mut answers)? else {
                return Ok(());
            };
            let taken_over =
                answer.status() == Some(101) || answer.contains("application/vnd.docker.raw-stream");
            let comes_after = matches!(
                fault,
                Some(
                    Fault::DropAfter | Fault::StatusAfter | Fault::Truncate | Fault::KillAfter | Fault::Down
                )
            );
            if comes_after {
                let mut body = Vec::new();
                if !taken_over {
                    answer.body(true).copy(&mut answers, &mut body)?;
                }
                return self.spoil(fault, client, &answer, &body);
            }
            let mut to_client = client;
            to_client.write_all(&answer.text)?;
            if taken_over {
                return converse(&mut requests, client, &mut answers, engine);
            }
            if head.text.starts_with(b"HEAD ") {
                continue;
            }
            answer.body(true).copy(&mut answers, &mut to_client)?;
        }
        Ok(())
    }

    /// Counts a call that can change something, and says what happens to it.
    fn fault_of(&self, head: &Head) -> Option<Fault> {
        let line = head.line();
        let request = line.trim_end_matches(" HTTP/1.1").to_owned();
        lock(&self.requests).push(request.clone());
        if line.starts_with("GET ") || line.starts_with("HEAD ") {
            return None;
        }
        lock(&self.calls).push(request);
        let number = self.count.fetch_add(1, Ordering::SeqCst) + 1;
        (number == self.at).then_some(self.fault)
    }

    /// Does with the answer what the fault says; the connection is closed then.
    fn spoil(
        self: &Arc<Self>,
        fault: Option<Fault>,
        mut client: &UnixStream,
        answer: &Head,
        body: &[u8],
    ) -> io::Result<()> {
        match fault {
            Some(Fault::StatusAfter) => {
                let error = r#"{"message":"made up by a test"}"#;
                let length = error.len();
                write!(
                    client,
                    "HTTP/1.1 500 Internal Server Error\r\nContent-Type: application/json\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n{error}"
                )
            }
            Some(Fault::Truncate) => {
                let whole = [&answer.text, body].concat();
                client.write_all(&whole[..answer.text.len().min(whole.len() - 1) + body.len() / 2])
            }
            Some(Fault::KillAfter) => {
                self.signal(Signal::KILL);
                Ok(())
            }
            Some(Fault::Down) => self.go_down(),
            _ => Ok(()),
        }
    }
}

/// Passes bytes both ways until both sides are done.
fn converse(
    requests: &mut BufReader<&UnixStream>,
    client: &UnixStream,
    answers: &mut BufReader<&UnixStream>,
    engine: &UnixStream,
) -> io::Result<()> {
    thread::scope(|scope| {
        scope.spawn(|| {
            let (mut answers, mut client) = (answers, client);
            let _ = io::copy(&mut answers, &mut client);
            let _ = client.shutdown(Shutdown::Write);
        });
        let mut engine = engine;
        let copied = io::copy(requests, &mut engine);
        let _ = engine.shutdown(Shutdown::Write);
        copied.map(drop)
    })
}

/// The first line and the headers of a request or an answer, as they came.
struct Head {
    text: Vec<u8>,
}

/// How the end of a body is told.
enum Body {
    None,
    Length(u64),
    Chunks,
    Rest,
}

impl Head {
    /// Reads one; `None` at the end.
    fn read(from: &mut impl BufRead) -> io::Result<Option<Self>> {
        let mut text = Vec::new();
        loop {
            let length = from.read_until(b'\n', &mut text)?;
            if length == 0 {
                return Ok(None);
            }
            if text.ends_with(b"\r\n\r\n") {
                return Ok(Some(Self { text }));
            }
        }
    }

    fn line(&self) -> String {
        let text = String::from_utf8_lossy(&self.text);
        text.lines().next().unwrap_or_default().to_owned()
    }

    fn status(&self) -> Option<u16> {
        self.line().split(' ').nth(1)?.parse().ok()
    }

    fn contains(&self, words: &str) -> bool {
        String::from_utf8_lossy(&self.text).contains(words)
    }

    fn header(&self, name: &str) -> Option<String> {
        let text = String::from_utf8_lossy(&self.text);
        let lines = text.lines().filter_map(|line| line.split_once(':'));
        lines
            .filter(|(key, _)| key.eq_ignore_ascii_case(name))
            .map(|(_, value)| value.trim().to_lowercase())
            .next()
    }

    fn body(&self, answer: bool) -> Body {
        if answer && matches!(self.status(), Some(100..=199 | 204 | 304)) {
            return Body::None;
        }
        if self
            .header("transfer-encoding")
            .is_some_and(|it| it.contains("chunked"))
        {
            return Body::Chunks;
        }
        match self
            .header("content-length")
            .and_then(|length| length.parse().ok())
        {
            Some(length) => Body::Length(length),
            None if answer => Body::Rest,
            None => Body::None,
        }
    }
}

impl Body {
    fn copy(self, from: &mut impl BufRead, to: &mut impl Write) -> io::Result<()> {
        match self {
            Self::None => {}
            Self::Length(length) => {
                io::copy(&mut from.by_ref().take(length), to)?;
            }
            Self::Chunks => copy_chunks(from, to)?,
            Self::Rest => {
                io::copy(from, to)?;
            }
        }
        to.flush()
    }
}

fn copy_chunks(from: &mut impl BufRead, to: &mut impl Write) -> io::Result<()> {
    loop {
        let mut line = Vec::new();
        from.read_until(b'\n', &mut line)?;
        to.write_all(&line)?;
        let size = String::from_utf8_lossy(&line);
        let size = u64::from_str_radix(size.trim(), 16).map_err(io::Error::other)?;
        io::copy(&mut from.by_ref().take(size + 2), to)?;
        to.flush()?;
        if size == 0 {
            return Ok(());
        }
    }
}

/// # Panics
/// The tests' engine is not on a unix socket.
fn engine_socket() -> PathBuf {
    let host = engine::host();
    let path = host
        .strip_prefix("unix://")
        .expect("faults need an engine on a unix socket");
    Path::new(path).to_path_buf()
}
