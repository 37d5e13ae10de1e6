"""Reading the account's past: one window or page at a time, resumable, within a share of the request budget."""
