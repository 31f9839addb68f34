//! The command line: configuration parsed once into plain structs.
