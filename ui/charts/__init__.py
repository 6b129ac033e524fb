"""Charts: builders, frames of data for them, colours, legends. Imports nothing, so that home loads no Altair."""
