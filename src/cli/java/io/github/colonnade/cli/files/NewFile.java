package io.github.colonnade.cli.files;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.channels.Channels;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.EnumSet;
import java.util.Set;
import java.util.concurrent.ThreadLocalRandom;

/** One of {@link NewFiles}: its temporary name, and what it replaces. */
final class NewFile {
  private final Path file;
  private final Path target;
  private final Path temporary;
  private Path old;
  private boolean renamed;

  /**
   * Chooses the temporary name.
   *
   * @throws IOException naming {@code file} and why it cannot be written
   */
  NewFile(Path file) throws IOException {
    this.file = file;
    target = OutputPath.requireWritable(file);
    temporary = hiddenName(".tmp");
  }

  private Path hiddenName(String ending) {
    return target.resolveSibling(
        String.format(".colonnade-%016x%s", ThreadLocalRandom.current().nextLong(), ending));
  }

  /** Creates the temporary file; what it replaces hands on who may read it. */
  OutputStream create() throws IOException {
    Set<StandardOpenOption> options =
        EnumSet.of(StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE);
    FileAccess access = FileAccess.of(target);
    if (access == null) {
      return Channels.newOutputStream(Files.newByteChannel(temporary, options));
    }
    OutputStream out =
        Channels.newOutputStream(Files.newByteChannel(temporary, options, FileAccess.ownerOnly()));
    access.giveTo(temporary);
    return out;
  }

  /** Checks again what may have changed since {@link OutputPath#requireWritable}. */
  void requireReplaceable() throws IOException {
    if (Files.exists(target, LinkOption.NOFOLLOW_LINKS)
        && !Files.isRegularFile(target, LinkOption.NOFOLLOW_LINKS)) {
      throw new UnreadableFileException(file, "is not a regular file");
    }
  }

  /** Gives the file that is replaced a second name. */
  void keepOld() throws IOException {
    if (!Files.exists(target)) {
      return;
    }
    Path second = hiddenName(".old");
    try {
      Files.createLink(second, target);
    } catch (IOException | UnsupportedOperationException noHardLinks) {
      try {
        Files.move(target, second, StandardCopyOption.ATOMIC_MOVE);
      } catch (IOException e) {
        throw named(e);
      }
    }
    old = second;
  }

  /** Renames the file, which is whole. */
  void rename() throws IOException {
    try {
      Files.move(temporary, target, StandardCopyOption.ATOMIC_MOVE);
    } catch (IOException e) {
      throw named(e);
    }
    renamed = true;
  }

  /** Puts the old file back, or nothing where nothing was. */
  void rollBack() throws IOException {
    try {
      if (old != null && (renamed || !Files.exists(target))) {
        Files.move(old, target, StandardCopyOption.ATOMIC_MOVE);
      } else if (old != null) {
        // Both names are the same file's.
        Files.delete(old);
      } else if (renamed) {
        Files.delete(target);
      }
    } catch (IOException e) {
      throw new IOException(
          file + " could not be put back as it was" + (old == null ? "" : ": that is " + old), e);
    }
    old = null;
  }

  /** Lets the file that was replaced go. */
  void forgetOld() throws IOException {
    if (old != null) {
      Files.deleteIfExists(old);
      old = null;
    }
  }

  /** Deletes the temporary file if it is still there. */
  void discard() throws IOException {
    Files.deleteIfExists(temporary);
  }

  /** Returns a failure that uses the file's own name; the temporary one means nothing. */
  IOException named(IOException e) {
    if (e instanceof UnreadableFileException told) {
      return told;
    }
    if (e instanceof FileSystemException told) {
      String reason = told.getReason() == null ? "" : ": " + told.getReason();
      return new UnreadableFileException(file, "cannot be written" + reason, e);
    }
    return new IOException(file + ": " + e.getMessage(), e);
  }
}
