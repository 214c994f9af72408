/**
 * Files of the caller's: opened with their mistakes told in one line, written whole or not at all.
 * It uses no other package of the library.
 */
package io.github.colonnade.internal.files;
