//! A slower link, for benchmarks: one token bucket for each direction, shared by all connections, and the time that bytes take to get there.

use axum::serve::Listener;
use std::{
    future::Future,
    io,
    net::SocketAddr,
    pin::Pin,
    sync::{Arc, Mutex, PoisonError},
    task::{Context, Poll, ready},
    time::{Duration, Instant},
};
use tokio::{
    io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, ReadBuf, duplex, split},
    net::TcpListener,
    sync::mpsc,
    time::{Sleep, sleep, sleep_until},
};

/// Bytes of one piece that is under way, and pieces in each direction of a connection: more than 40 ms of 1 Gbit/s.
const PIECE: usize = 64 * 1024;
const PIECES: usize = 96;

/// A listener whose connections share a rate.
pub struct Link {
    listener: TcpListener,
    rates: Option<(Arc<Bucket>, Arc<Bucket>)>,
    /// How long a byte takes, in each direction.
    way: Option<Duration>,
}

impl Link {
    /// `mbit`: millions of bits a second in each direction; `None`: as fast as it goes. `rtt`: milliseconds there and back.
    pub fn new(listener: TcpListener, mbit: Option<f64>, rtt: Option<u32>) -> Self {
        let bucket = |mbit: f64| Arc::new(Bucket::new(mbit * 1e6 / 8.0, Instant::now()));
        Self {
            listener,
            rates: mbit.map(|mbit| (bucket(mbit), bucket(mbit))),
            way: rtt.map(|ms| Duration::from_millis(ms.into()) / 2),
        }
    }
}

impl Listener for Link {
    type Io = Connection;
    type Addr = SocketAddr;

    async fn accept(&mut self) -> (Connection, SocketAddr) {
        let (stream, address) = Listener::accept(&mut self.listener).await;
        // Without it small answers wait for the client's acknowledgement.
        let _ = stream.set_nodelay(true);
        let gate = |bucket: &Arc<Bucket>| Gate {
            bucket: bucket.clone(),
            sleep: None,
        };
        let (read, write) = self
            .rates
            .as_ref()
            .map(|(read, write)| (gate(read), gate(write)))
            .unzip();
        let stream: Box<dyn Stream> = match self.way {
            None => Box::new(stream),
            Some(way) => Box::new(far(stream, way)),
        };
        (Connection { stream, read, write }, address)
    }

    fn local_addr(&self) -> io::Result<SocketAddr> {
        self.listener.local_addr()
    }
}

/// What is at the other end of a long way.
fn far(stream: impl Stream + 'static, way: Duration) -> impl Stream {
    let (near, distant) = duplex(PIECE);
    let ((from_client, to_client), (from_server, to_server)) = (split(stream), split(distant));
    // The request follows the handshake, which has gone there and back.
    tokio::spawn(carry(from_client, to_server, way, way * 2));
    tokio::spawn(carry(from_server, to_client, way, Duration::ZERO));
    near
}

/// Carries bytes, each of which is under way for so long; the first ones start later.
async fn carry(mut from: impl AsyncRead + Unpin, mut to: impl AsyncWrite + Unpin, way: Duration, later: Duration) {
    let start = tokio::time::Instant::now() + later;
    let (sender, mut under_way) = mpsc::channel(PIECES);
    let leave = async move {
        loop {
            let mut piece = Vec::with_capacity(PIECE);
            match from.read_buf(&mut piece).await {
                Ok(1..) => {}
                // Its end takes the way of its bytes.
                _ => break,
            }
            let due = tokio::time::Instant::now().max(start) + way;
            if sender.send((due, piece)).await.is_err() {
                break;
            }
        }
    };
    let arrive = async move {
        while let Some((due, piece)) = under_way.recv().await {
            sleep_until(due).await;
            if to.write_all(&piece).await.is_err() {
                return;
            }
        }
        let _ = to.shutdown().await;
    };
    tokio::join!(leave, arrive);
}

struct Bucket {
    /// Bytes a second.
    rate: f64,
    state: Mutex<(f64, Instant)>,
}

impl Bucket {
    fn new(rate: f64, now: Instant) -> Self {
        Self {
            rate,
            state: Mutex::new((0.0, now)),
        }
    }

    /// At most 20 ms of traffic at once, so that short transfers are slowed too.
    fn burst(&self) -> f64 {
        (self.rate * 0.02).max(1500.0)
    }

    /// How many bytes may pass, or how long to wait for the next.
    fn take(&self, wanted: usize, now: Instant) -> Result<usize, Duration> {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        state.0 = (state.0 + self.rate * now.saturating_duration_since(state.1).as_secs_f64()).min(self.burst());
        state.1 = now;
        // Small sips cost more than they bring.
        let least = self.burst().min(wanted as f64) / 4.0;
        if state.0 < least.max(1.0) {
            return Err(Duration::from_secs_f64((least.max(1.0) - state.0) / self.rate));
        }
        let taken = wanted.min(state.0 as usize);
        state.0 -= taken as f64;
        Ok(taken)
    }

    fn give_back(&self, bytes: usize) {
        self.state.lock().unwrap_or_else(PoisonError::into_inner).0 += bytes as f64;
    }
}

struct Gate {
    bucket: Arc<Bucket>,
    sleep: Option<Pin<Box<Sleep>>>,
}

impl Gate {
    fn poll(&mut self, context: &mut Context<'_>, wanted: usize) -> Poll<usize> {
        loop {
            if let Some(sleep) = &mut self.sleep {
                ready!(sleep.as_mut().poll(context));
                self.sleep = None;
            }
            match self.bucket.take(wanted, Instant::now()) {
                Ok(taken) => return Poll::Ready(taken),
                Err(wait) => self.sleep = Some(Box::pin(sleep(wait.max(Duration::from_millis(1))))),
            }
        }
    }
}

trait Stream: AsyncRead + AsyncWrite + Send + Unpin {}
impl<S: AsyncRead + AsyncWrite + Send + Unpin> Stream for S {}

/// A connection, gated where the link has a rate.
pub struct Connection {
    stream: Box<dyn Stream>,
    read: Option<Gate>,
    write: Option<Gate>,
}

impl AsyncRead for Connection {
    fn poll_read(self: Pin<&mut Self>, context: &mut Context<'_>, buffer: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        let Some(gate) = this.read.as_mut().filter(|_| buffer.remaining() > 0) else {
            return Pin::new(&mut this.stream).poll_read(context, buffer);
        };
        let taken = ready!(gate.poll(context, buffer.remaining()));
        let mut part = ReadBuf::new(buffer.initialize_unfilled_to(taken));
        let polled = Pin::new(&mut this.stream).poll_read(context, &mut part);
        let read = part.filled().len();
        gate.bucket.give_back(taken - read);
        if let Poll::Ready(Ok(())) = polled {
            buffer.advance(read);
        }
        polled
    }
}

impl AsyncWrite for Connection {
    fn poll_write(self: Pin<&mut Self>, context: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let this = self.get_mut();
        let Some(gate) = this.write.as_mut().filter(|_| !bytes.is_empty()) else {
            return Pin::new(&mut this.stream).poll_write(context, bytes);
        };
        let taken = ready!(gate.poll(context, bytes.len()));
        let polled = Pin::new(&mut this.stream).poll_write(context, &bytes[..taken]);
        let written = match &polled {
            Poll::Ready(Ok(written)) => *written,
            _ => 0,
        };
        gate.bucket.give_back(taken - written);
        polled
    }

    fn poll_flush(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().stream).poll_flush(context)
    }

    fn poll_shutdown(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().stream).poll_shutdown(context)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn a_bucket_gives_its_rate_and_no_more() {
        let start = Instant::now();
        let bucket = Bucket::new(1_000_000.0, start);
        let (mut now, mut taken) = (start, 0);
        while now - start < Duration::from_secs(1) {
            match bucket.take(64 * 1024, now) {
                Ok(bytes) => taken += bytes,
                Err(wait) => now += wait,
            }
        }
        assert!((980_000..=1_000_000).contains(&taken), "{taken}");
    }

    /// What is said goes there and back, after a handshake that did.
    #[tokio::test]
    async fn a_long_way_takes_its_time() {
        let way = Duration::from_millis(50);
        let (mut client, stream) = duplex(PIECE);
        let mut server = far(stream, way);
        let start = Instant::now();
        let mut heard = [0; 4];
        client.write_all(b"ping").await.unwrap();
        server.read_exact(&mut heard).await.unwrap();
        assert_eq!(&heard, b"ping");
        assert!(start.elapsed() >= way * 3, "{:?}", start.elapsed());
        let answered = Instant::now();
        server.write_all(b"pong").await.unwrap();
        client.read_exact(&mut heard).await.unwrap();
        assert_eq!(&heard, b"pong");
        assert!(answered.elapsed() >= way, "{:?}", answered.elapsed());
        drop(client);
        assert_eq!(server.read(&mut heard).await.unwrap(), 0);
    }

    #[test]
    fn an_idle_bucket_holds_one_burst() {
        let start = Instant::now();
        let bucket = Bucket::new(1_000_000.0, start);
        let later = start + Duration::from_secs(60);
        assert_eq!(bucket.take(64 * 1024, later), Ok(20_000));
        assert!(bucket.take(64 * 1024, later).is_err());
    }
}
