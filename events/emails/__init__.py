"""The mails of events, one function each, by topic. They build and queue; only foundation.mail sends."""
