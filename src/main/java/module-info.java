/** Convolution and pooling on off-heap memory, multiplied by OpenBLAS. */
module io.github.colonnade {
  // For the command line alone; programs that use the library need none of them.
  requires static com.google.gson;
  requires static info.picocli;
  requires static java.desktop;
  requires static me.tongfei.progressbar;

  // Used where a program adds it (--add-modules jdk.incubator.vector); nothing needs it.
  requires static jdk.incubator.vector;

  exports io.github.colonnade;

  opens io.github.colonnade.cli to
      info.picocli;
}
