/**
 * Layers and how they are timed: what the command line, the JMH benchmarks and the comparison with
 * other libraries share.
 */
package io.github.colonnade.cli.bench;
