"""The YAML, read and checked: `schema` says what may stand in it, `reading` turns a file into a `Config`."""
