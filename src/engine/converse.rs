//! Starts a container and speaks with it: attached before it starts, so that no word of it is lost.
//!
//! Two pumps stand between the talk and the connection, one per direction, so that writing never waits for reading. What the
//! container says after the talk has ended is read and thrown away, so that the container can end.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use bollard::container::{AttachContainerResults, LogOutput};
use bollard::query_parameters::AttachContainerOptions;
use futures_util::{Stream, StreamExt};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, DuplexStream, duplex};
use tokio::time::timeout;

use super::bridge::fault;
use super::call::Talk;
use super::docker::{Docker, nothing, segment};
use super::fault::Faults;
use super::pulse::Pulse;
use super::{CallError, Condition, Read, Reply, Waited};

/// How long both sides may be silent: a receiver may have much to hash before it says anything.
const SILENCE: Duration = Duration::from_secs(1800);

/// How long a container may take to end once all is said.
const FAREWELL: Duration = Duration::from_secs(30);

/// How much is on its way in each direction.
const BUFFER: usize = 256 << 10;

/// How much of what it complains of is kept: the last of it.
const COMPLAINT: usize = 4096;

/// The last of what a container wrote to its standard error.
type Complaint = Arc<Mutex<Vec<u8>>>;

/// Starts a container, lets `talk` speak with it, and waits for its end.
pub(super) async fn converse(
    docker: &Docker,
    id: &str,
    talk: Talk,
    faults: &Faults,
) -> Result<Reply, CallError> {
    let pulse = Pulse::new();
    pulse
        .watch(SILENCE, speak(docker, id, talk, &pulse, faults))
        .await
        .ok_or_else(|| faults.late())?
}

async fn speak(
    docker: &Docker,
    id: &str,
    talk: Talk,
    pulse: &Pulse,
    faults: &Faults,
) -> Result<Reply, CallError> {
    let name = segment(id, faults)?;
    let attached = attach(docker, &name, faults).await?;
    let started = docker.bollard.start_container(&name, None).await;
    started.map_err(|error| fault(&error, faults))?;

    let complaint = Complaint::default();
    let (their_output, from_container) = duplex(BUFFER);
    let (to_container, our_input) = duplex(BUFFER);
    let pumps = async {
        let hear = hear(attached.output, their_output, Arc::clone(&complaint), pulse);
        let tell = tell(our_input, attached.input, pulse);
        let (heard, _) = tokio::join!(hear, tell);
        heard
    };
    let talk = talk(Box::new(from_container), Box::new(to_container));
    let (said, heard) = both(talk, pumps).await;

    let ended = match heard {
        Some(_) => farewell(docker, id, faults).await?,
        None => None,
    };
    let complaint = complaint.lock().unwrap_or_else(PoisonError::into_inner).clone();
    let complaint = String::from_utf8_lossy(&complaint).trim().to_owned();
    let because = |what: String| {
        if complaint.is_empty() {
            faults.failed(what)
        } else {
            faults.failed(format!("{what} It wrote: {complaint}"))
        }
    };
    if let Some(code) = ended.filter(|code| *code != 0) {
        return Err(because(format!("The container ended with exit code {code}.")));
    }
    let result = said.map_err(|error| because(format!("The conversation broke off: {error}.")))?;
    if ended.is_none() {
        return Err(because("The container did not end although all was said.".into()));
    }
    if let Some(Err(error)) = heard {
        return Err(faults.broken(error));
    }
    Ok(Reply { result, ..nothing() })
}

/// Talks while the pumps work; once all is said, they have a while to finish. `None` if they do not.
async fn both<T, P>(talk: impl Future<Output = T>, pumps: impl Future<Output = P>) -> (T, Option<P>) {
    tokio::pin!(talk, pumps);
    tokio::select! {
        said = &mut talk => (said, timeout(FAREWELL, pumps).await.ok()),
        pumped = &mut pumps => (talk.await, Some(pumped)),
    }
}

async fn attach(docker: &Docker, name: &str, faults: &Faults) -> Result<AttachContainerResults, CallError> {
    let options = AttachContainerOptions {
        stream: true,
        stdin: true,
        stdout: true,
        stderr: true,
        ..AttachContainerOptions::default()
    };
    let attached = docker.bollard.attach_container(name, Some(options)).await;
    attached.map_err(|error| {
        let error = fault(&error, faults);
        // Nothing was started yet.
        CallError {
            certainty: super::Certainty::NotDone,
            ..error
        }
    })
}

/// Reads what the container says, to its end.
async fn hear(
    mut output: impl Stream<Item = Result<LogOutput, bollard::errors::Error>> + Unpin,
    listener: DuplexStream,
    complaint: Complaint,
    pulse: &Pulse,
) -> Result<(), String> {
    let mut listener = Some(listener);
    while let Some(said) = output.next().await {
        pulse.beat();
        match said.map_err(|error| super::fault::chain(&error))? {
            LogOutput::StdErr { message } => keep_last(&complaint, &message),
            said => {
                let bytes = said.into_bytes();
                if let Some(open) = &mut listener
                    && open.write_all(&bytes).await.is_err()
                {
                    listener = None;
                }
                pulse.beat();
            }
        }
    }
    Ok(())
}

/// Passes on what is said to the container. It ends when the talk has closed its side, or the container takes no more.
async fn tell(
    mut speaker: impl AsyncRead + Unpin,
    mut input: impl AsyncWrite + Unpin,
    pulse: &Pulse,
) -> std::io::Result<()> {
    let mut buffer = vec![0; 64 << 10];
    loop {
        let length = speaker.read(&mut buffer).await?;
        if length == 0 {
            return input.shutdown().await;
        }
        input.write_all(&buffer[..length]).await?;
        input.flush().await?;
        pulse.beat();
    }
}

fn keep_last(complaint: &Complaint, message: &[u8]) {
    let mut complaint = complaint.lock().unwrap_or_else(PoisonError::into_inner);
    complaint.extend_from_slice(message);
    let surplus = complaint.len().saturating_sub(COMPLAINT);
    complaint.drain(..surplus);
}

/// Waits for the container's end; `None` if it does not come.
async fn farewell(docker: &Docker, id: &str, faults: &Faults) -> Result<Option<i64>, CallError> {
    let waited = docker.wait(id, Condition::Exited, FAREWELL).await;
    let waited = waited.map_err(|error| CallError {
        call: faults.call.clone(),
        certainty: faults.lost,
        ..error
    })?;
    match waited {
        Waited::Met { exit_code } => Ok(Some(exit_code)),
        Waited::Gone => Err(faults.broken("The container is gone.")),
        _ => Ok(None),
    }
}
