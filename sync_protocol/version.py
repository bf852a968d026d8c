"""Protocol and schema versions."""

PROTOCOL_VERSION = 1
SCHEMA_NOW = 1
SCHEMA_MIN = 1
SCHEMAS_KEPT = (
    4  # sets of so many schemas, the present one among them, are judged; of older ones kept for a person (R49, R51)
)
APP_RELEASE = "0.1.0"
