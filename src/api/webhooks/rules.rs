//! When a body makes a webhook: each member by itself, and an address that may be posted to.
