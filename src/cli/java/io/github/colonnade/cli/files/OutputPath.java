package io.github.colonnade.cli.files;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** Where a file that is to be written really goes. */
public final class OutputPath {
  private static final int MOST_LINKS = 40;

  private OutputPath() {}

  /**
   * Checks, before the work is done, that its result can be written.
   *
   * @param file the file, which may be a link or not exist
   * @return its real name, all links followed to their end
   * @throws IOException naming {@code file} and what prevents it
   */
  public static Path requireWritable(Path file) throws IOException {
    if (Files.isDirectory(file)) {
      throw new UnreadableFileException(file, "is a folder, must be a file");
    }
    if (Files.exists(file) && !Files.isRegularFile(file)) {
      throw new UnreadableFileException(file, "is not a regular file");
    }
    Path target = target(file);
    if (!Files.isWritable(target.getParent())) {
      throw new UnreadableFileException(file, folder(file) + " is not writable");
    }
    return target;
  }

  private static Path target(Path file) throws IOException {
    Path name = file.toAbsolutePath();
    for (int links = 0; links <= MOST_LINKS; links++) {
      Path folder = name.getParent();
      if (!file.isAbsolute() && FileNames.currentFolderIsLost()) {
        throw new UnreadableFileException(
            file, "the current folder has a name " + FileNames.beyondLocale());
      }
      if (folder == null || !Files.isDirectory(folder)) {
        throw new UnreadableFileException(file, folder(file) + " does not exist");
      }
      // What a link says counts from the folder that it really lies in.
      Path real = folder.toRealPath().resolve(name.getFileName());
      if (!Files.isSymbolicLink(real)) {
        return real;
      }
      name = real.resolveSibling(Files.readSymbolicLink(real));
    }
    throw new UnreadableFileException(
        file, "is a link in a loop, or in a chain of more than " + MOST_LINKS);
  }

  private static String folder(Path file) {
    return Files.isSymbolicLink(file) ? "the folder that it links to" : "its folder";
  }
}
