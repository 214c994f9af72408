/** Colonnade's command line: {@code colonnade COMMAND [OPTIONS]}. */
module io.github.colonnade.cli {
  requires com.google.gson;
  requires info.picocli;
  requires io.github.colonnade;
  requires java.desktop;
  requires me.tongfei.progressbar;

  // picocli sets the fields that options are read into.
  opens io.github.colonnade.cli to
      info.picocli;
}
