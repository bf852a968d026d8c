"""The workers: what is done behind a request's back. The database is the queue; RQ on Redis rings the bell."""
