package io.github.colonnade.cli.files;

import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.concurrent.ThreadLocalRandom;

/** A file written under a temporary name next to it and renamed when it is complete. */
public final class NewFile implements AutoCloseable {
  private final Path file;
  private final Path target;
  private final Path temporary;
  private boolean published;
  private boolean kept;

  /**
   * Chooses the temporary name.
   *
   * @throws IOException naming {@code file} and why it cannot be written
   */
  public NewFile(Path file) throws IOException {
    requireWritable(file);
    this.file = file;
    target = target(file);
    temporary =
        target.resolveSibling(
            String.format(".colonnade-%016x.tmp", ThreadLocalRandom.current().nextLong()));
  }

  /** Writes the content of a file. */
  public interface Content {
    /** Writes all of it. */
    void writeTo(OutputStream out) throws IOException;
  }

  /**
   * Checks, before the work is done, that its result can be written.
   *
   * @throws IOException naming {@code file} and what prevents it
   */
  public static void requireWritable(Path file) throws IOException {
    Path folder = file.toAbsolutePath().getParent();
    if (Files.isDirectory(file)) {
      throw new UnreadableFileException(file, "is a folder, must be a file");
    }
    if (Files.exists(file) && !Files.isRegularFile(file)) {
      throw new UnreadableFileException(file, "is not a regular file");
    }
    if (folder == null || !Files.isDirectory(folder)) {
      throw new UnreadableFileException(file, "its folder does not exist");
    }
    if (!Files.isWritable(folder)) {
      throw new UnreadableFileException(file, "its folder is not writable");
    }
  }

  /** Returns the real name of a file that can be written, through any links. */
  public static Path target(Path file) throws IOException {
    if (Files.exists(file)) {
      return file.toRealPath();
    }
    Path made =
        Files.isSymbolicLink(file) ? file.resolveSibling(Files.readSymbolicLink(file)) : file;
    Path folder = made.toAbsolutePath().getParent();
    if (folder == null || !Files.isDirectory(folder)) {
      throw new UnreadableFileException(file, "the folder that it links to does not exist");
    }
    return folder.toRealPath().resolve(made.getFileName());
  }

  /**
   * Creates or replaces a file.
   *
   * @throws IOException if it cannot be written; the temporary file is gone then
   */
  public static void write(Path file, Content content) throws IOException {
    try (NewFile made = new NewFile(file)) {
      try (OutputStream out =
          new BufferedOutputStream(
              Files.newOutputStream(made.temporary, StandardOpenOption.CREATE_NEW))) {
        content.writeTo(out);
      }
      made.publish();
      made.keep();
    }
  }

  /** Returns the name to write under. */
  public Path temporary() {
    return temporary;
  }

  /** Renames the file, which is whole. */
  public void publish() throws IOException {
    try {
      Files.move(temporary, target, StandardCopyOption.ATOMIC_MOVE);
    } catch (IOException e) {
      throw named(e);
    }
    published = true;
  }

  /** Returns a failure that uses the file's own name; the temporary one means nothing. */
  public IOException named(IOException e) {
    if (e instanceof FileSystemException told) {
      String reason = told.getReason() == null ? "" : ": " + told.getReason();
      return new UnreadableFileException(file, "cannot be written" + reason, e);
    }
    String message = String.valueOf(e.getMessage()).replace(temporary.toString(), file.toString());
    return new IOException(message, e);
  }

  /** Lets the file stay after {@link #close}. */
  public void keep() {
    kept = true;
  }

  /** Deletes the file if it is not to be kept, complete or not. */
  @Override
  public void close() throws IOException {
    if (!kept) {
      Files.deleteIfExists(published ? target : temporary);
    }
  }
}
