//! The OpenAPI tags that several files name, each with its description.

/// Analytics over the whole registry.
pub const INSIGHT_TAG: (&str, &str) = ("insight", "Questions over the whole registry.");

/// The change feed, snapshots, import and sync status.
pub const SYNC_TAG: (&str, &str) = ("sync", "Following and copying the registry.");

/// The gazetteer.
pub const GAZETTEER_TAG: (&str, &str) = (
    "gazetteer",
    "Every local authority of France and Japan, whether the registry holds it or not. A write that \
     names one that it does not hold by a code, in a Ref or in the path of a PATCH, makes its record from here; reading makes none.",
);

/// Webhooks and their deliveries.
pub const WEBHOOKS_TAG: (&str, &str) = (
    "webhooks",
    "Who is told of changes, as Standard Webhooks 1.0 has it. A message is thin: its `data` has `seq` and \
`previous_seq`, so that a receiver notices what it missed. A key sees the webhooks of its origin, an administrator's all.",
);
