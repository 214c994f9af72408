/** Convolution and pooling on off-heap memory, multiplied by OpenBLAS. */
module io.github.colonnade {
  exports io.github.colonnade;
}
