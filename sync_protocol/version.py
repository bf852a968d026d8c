"""Protocol and schema versions."""

PROTOCOL_VERSION = 1
SCHEMA_NOW = 1
SCHEMA_MIN = 1
APP_RELEASE = "0.1.0"
