/** A program that convolves. */
module app {
  requires io.github.colonnade;
}
