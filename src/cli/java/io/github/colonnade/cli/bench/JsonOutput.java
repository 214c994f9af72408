package io.github.colonnade.cli.bench;

import com.google.gson.FormattingStyle;
import com.google.gson.stream.JsonWriter;
import io.github.colonnade.OpenBlas;
import java.io.FilterWriter;
import java.io.IOException;
import java.io.Writer;

/** The JSON objects that several commands write. */
public final class JsonOutput {
  private JsonOutput() {}

  /** Returns a writer of indented JSON, in ASCII. */
  public static JsonWriter writer(Writer out) {
    JsonWriter json = new JsonWriter(new Escaping(out));
    json.setFormattingStyle(FormattingStyle.PRETTY);
    return json;
  }

  /** Writes what this process runs on. */
  public static void machine(JsonWriter json) throws IOException {
    json.beginObject();
    json.name("cpu").value(Machine.cpu());
    json.name("processors").value(Machine.processors());
    json.name("os").value(Machine.operatingSystem());
    json.name("jvm").value(Machine.jvm());
    json.name("colonnade").value(Machine.colonnade());
    json.endObject();
  }

  /** Writes which OpenBLAS multiplies. */
  public static void openBlas(JsonWriter json) throws IOException {
    OpenBlas.Info info = OpenBlas.info();
    json.beginObject();
    json.name("path").value(String.valueOf(info.path()));
    json.name("source").value(info.source());
    json.name("version").value(info.version());
    json.name("core").value(info.core());
    json.name("core_choice").value(info.coreChoice());
    json.name("threading").value(info.threading());
    json.name("config").value(info.config());
    json.endObject();
  }

  /** Outside of strings JSON is ASCII; within them, any other character may be escaped. */
  private static final class Escaping extends FilterWriter {
    Escaping(Writer out) {
      super(out);
    }

    @Override
    public void write(int c) throws IOException {
      if (c < 0x7f) {
        out.write(c);
      } else {
        out.write(String.format("\\u%04x", c));
      }
    }

    @Override
    public void write(char[] characters, int offset, int length) throws IOException {
      for (int i = offset; i < offset + length; i++) {
        write(characters[i]);
      }
    }

    @Override
    public void write(String text, int offset, int length) throws IOException {
      write(text.toCharArray(), offset, length);
    }
  }
}
