/** Convolution and pooling on off-heap memory, multiplied by OpenBLAS. */
module io.github.colonnade {
  // For io.github.colonnade.image alone; nothing else needs it.
  requires static transitive java.desktop;
  // Annotations, which only compilers read: not transitive, so that users need not have them.
  requires static org.jspecify;
  // Used where a program adds it (--add-modules jdk.incubator.vector); nothing needs it.
  requires static jdk.incubator.vector;

  exports io.github.colonnade;
  exports io.github.colonnade.image;
}
