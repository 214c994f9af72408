/** The command line: each command is one class, over the public API alone. */
package io.github.colonnade.cli;
