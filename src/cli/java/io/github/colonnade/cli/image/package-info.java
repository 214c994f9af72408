/** Images in files and in memory to tensors, and back. Knows the library's public package alone. */
package io.github.colonnade.cli.image;
