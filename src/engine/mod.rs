//! The GTP session and the console.
