//! The journey of the ciphertext, as decisions without sockets.
