/**
 * Files of the caller's: read with their mistakes told in one line, written whole or not at all.
 */
package io.github.colonnade.cli.files;
