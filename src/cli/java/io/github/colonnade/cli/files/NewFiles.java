package io.github.colonnade.cli.files;

import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * Files that appear together: each is written under a temporary name next to its own, and all are
 * renamed when all are complete. Until then, and after any failure, the old files stay. A signal or
 * {@code System.exit} leaves either all of the old files or all of the new ones, and no temporary
 * file.
 */
public final class NewFiles implements AutoCloseable {
  private final List<NewFile> files = new ArrayList<>();
  private final Thread hook = new Thread(this::abandon, "colonnade-new-files");
  private boolean ended;

  /** Starts without a file. */
  public NewFiles() {
    try {
      Runtime.getRuntime().addShutdownHook(hook);
    } catch (IllegalStateException shuttingDown) {
      ended = true;
    }
  }

  /** Writes the content of a file. */
  public interface Content {
    /** Writes all of it. */
    void writeTo(OutputStream out) throws IOException;
  }

  /**
   * Creates or replaces one file.
   *
   * @throws IOException if it cannot be written; the old file is still there then
   */
  public static void write(Path file, Content content) throws IOException {
    try (NewFiles files = new NewFiles()) {
      files.add(file, content);
      files.publish();
    }
  }

  /**
   * Writes one more file under a temporary name.
   *
   * @throws IOException naming {@code file} and why it cannot be written
   */
  public void add(Path file, Content content) throws IOException {
    NewFile made = new NewFile(file);
    try (OutputStream out = new BufferedOutputStream(create(made))) {
      content.writeTo(out);
    } catch (IOException e) {
      throw made.named(e);
    }
  }

  private synchronized OutputStream create(NewFile made) throws IOException {
    requireGoingOn();
    files.add(made);
    return made.create();
  }

  /**
   * Renames all files, which are complete.
   *
   * @throws IOException if one cannot be replaced; all of the old files are there then
   */
  public synchronized void publish() throws IOException {
    requireGoingOn();
    try {
      for (NewFile file : files) {
        file.requireReplaceable();
      }
      // The last rename is the one that decides: what it replaces needs no second name.
      for (NewFile file : files.subList(0, Math.max(0, files.size() - 1))) {
        file.keepOld();
      }
      for (NewFile file : files) {
        file.rename();
      }
    } catch (IOException e) {
      throw rolledBack(e);
    }
    for (NewFile file : files) {
      file.forgetOld();
    }
  }

  private IOException rolledBack(IOException failure) {
    StringBuilder message = new StringBuilder(failure.getMessage());
    for (NewFile file : files) {
      try {
        file.rollBack();
      } catch (IOException e) {
        message.append("; ").append(e.getMessage());
        failure.addSuppressed(e);
      }
    }
    return failure.getSuppressed().length == 0
        ? failure
        : new IOException(message.toString(), failure);
  }

  private void requireGoingOn() throws IOException {
    if (ended) {
      throw new IOException("nothing is written: the process is ending");
    }
  }

  /** What the virtual machine does at its end; it waits until {@link #publish} is through. */
  private synchronized void abandon() {
    ended = true;
    for (NewFile file : files) {
      try {
        file.discard();
      } catch (IOException undeletable) {
        // Nobody is left to be told.
      }
    }
  }

  /** Deletes what was not published. */
  @Override
  public synchronized void close() throws IOException {
    try {
      Runtime.getRuntime().removeShutdownHook(hook);
    } catch (IllegalStateException shuttingDown) {
      // The hook runs, or has.
    }
    for (NewFile file : files) {
      file.discard();
    }
  }
}
