//! A slower link, for benchmarks: one token bucket for each direction, shared by all connections.

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
    io::{AsyncRead, AsyncWrite, ReadBuf},
    net::{TcpListener, TcpStream},
    time::{Sleep, sleep},
};

/// A listener whose connections share a rate.
pub struct Link {
    listener: TcpListener,
    rates: Option<(Arc<Bucket>, Arc<Bucket>)>,
}

impl Link {
    /// `mbit`: millions of bits a second in each direction; `None`: as fast as it goes.
    pub fn new(listener: TcpListener, mbit: Option<f64>) -> Self {
        let bucket = |mbit: f64| Arc::new(Bucket::new(mbit * 1e6 / 8.0, Instant::now()));
        Self {
            listener,
            rates: mbit.map(|mbit| (bucket(mbit), bucket(mbit))),
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
        (Connection { stream, read, write }, address)
    }

    fn local_addr(&self) -> io::Result<SocketAddr> {
        self.listener.local_addr()
    }
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

/// A connection, gated where the link has a rate.
pub struct Connection {
    stream: TcpStream,
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

    #[test]
    fn an_idle_bucket_holds_one_burst() {
        let start = Instant::now();
        let bucket = Bucket::new(1_000_000.0, start);
        let later = start + Duration::from_secs(60);
        assert_eq!(bucket.take(64 * 1024, later), Ok(20_000));
        assert!(bucket.take(64 * 1024, later).is_err());
    }
}
