package io.github.colonnade.internal.files;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFileAttributeView;
import java.nio.file.attribute.PosixFileAttributes;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ThreadLocalRandom;

/**
 * A file written under a temporary name next to its own and renamed when it is complete. Whatever
 * ends the virtual machine in between, other than a kill that no program sees, the temporary file
 * is deleted. A shutdown hook may write files too; what another thread begins while the machine
 * shuts down is left behind if the machine halts at that moment.
 */
public final class AtomicFile implements AutoCloseable {
  private static final int MOST_LINKS = 40;
  private static final Map<PosixFilePermission, PosixFilePermission> GROUP_AND_OTHERS =
      Map.of(
          PosixFilePermission.GROUP_READ, PosixFilePermission.OTHERS_READ,
          PosixFilePermission.GROUP_WRITE, PosixFilePermission.OTHERS_WRITE,
          PosixFilePermission.GROUP_EXECUTE, PosixFilePermission.OTHERS_EXECUTE);

  private final Path path;
  private final Path target;
  private final Path temporary;
  private final Thread hook = new Thread(this::abandon, "colonnade-atomic-file");
  private boolean ended;

  /**
   * Chooses the temporary name.
   *
   * @param path the file to create or replace, through any links
   * @throws IOException naming {@code path}, if it leads to what is no file
   */
  public AtomicFile(Path path) throws IOException {
    this.path = path;
    target = target(path);
    temporary =
        target.resolveSibling(
            String.format(".colonnade-%016x.tmp", ThreadLocalRandom.current().nextLong()));
  }

  /**
   * Creates the temporary file, which nobody but its owner to be can open.
   *
   * @param more options beside those to create, read and write it
   * @return a channel of it
   * @throws IOException naming {@code path} and why it cannot be written
   */
  public synchronized FileChannel create(StandardOpenOption... more) throws IOException {
    try {
      Runtime.getRuntime().addShutdownHook(hook);
    } catch (IllegalStateException shuttingDown) {
      // Perhaps the caller writes in a hook of its own, which must go well.
      temporary.toFile().deleteOnExit();
    }
    try {
      // Not Files.createTempFile: a new file has the permissions of any new file.
      Set<StandardOpenOption> options =
          EnumSet.of(
              StandardOpenOption.CREATE_NEW, StandardOpenOption.READ, StandardOpenOption.WRITE);
      options.addAll(List.of(more));
      PosixFileAttributes old = access();
      if (old == null) {
        return FileChannel.open(temporary, options);
      }
      FileChannel channel = FileChannel.open(temporary, options, ownerOnly());
      keepAccess(old);
      return channel;
    } catch (NoSuchFileException e) {
      throw InputFile.explained(
          new NoSuchFileException(Printable.text(path), null, "its folder does not exist"), e);
    } catch (AccessDeniedException e) {
      throw InputFile.explained(
          new AccessDeniedException(Printable.text(path), null, "its folder is not writable"), e);
    } catch (FileSystemException e) {
      // The temporary name means nothing to the caller.
      throw InputFile.explained(
          new FileSystemException(Printable.text(path), null, e.getReason()), e);
    }
  }

  /**
   * Checks that the disk has room for the file that was created, as far as the system knows.
   *
   * @throws IOException naming {@code path} and how much is missing
   */
  public void requireRoom(long bytes) throws IOException {
    long free = Files.getFileStore(temporary).getUsableSpace();
    // Some file systems do not know, and say 0.
    if (free > 0 && free < bytes) {
      throw new FileSystemException(
          Printable.text(path), null, "takes " + bytes + " bytes, its disk has " + free + " free");
    }
  }

  /**
   * Renames the file, which is whole.
   *
   * @throws IOException naming {@code path}, if it cannot be replaced
   */
  public synchronized void publish() throws IOException {
    if (ended) {
      throw new IOException("not written: the virtual machine is shutting down");
    }
    try {
      Files.move(temporary, target, StandardCopyOption.ATOMIC_MOVE);
    } catch (FileSystemException e) {
      throw InputFile.explained(
          new FileSystemException(Printable.text(path), null, e.getReason()), e);
    }
  }

  /** Deletes the file unless it was published. */
  @Override
  public void close() throws IOException {
    try {
      Runtime.getRuntime().removeShutdownHook(hook);
    } catch (IllegalStateException shuttingDown) {
      // The hook runs, or never will.
    }
    Files.deleteIfExists(temporary);
  }

  private synchronized void abandon() {
    ended = true;
    try {
      Files.deleteIfExists(temporary);
    } catch (IOException undeletable) {
      // Nobody is left to be told.
    }
  }

  /** Returns who may do what with the file that is to be replaced, or null if there is none. */
  private PosixFileAttributes access() throws IOException {
    PosixFileAttributeView view = Files.getFileAttributeView(target, PosixFileAttributeView.class);
    try {
      return view == null ? null : view.readAttributes();
    } catch (NoSuchFileException none) {
      return null;
    }
  }

  private static FileAttribute<Set<PosixFilePermission>> ownerOnly() {
    return PosixFilePermissions.asFileAttribute(
        EnumSet.of(PosixFilePermission.OWNER_READ, PosixFilePermission.OWNER_WRITE));
  }

  /** Where the group cannot be kept, its permissions shrink to those of everybody. */
  private void keepAccess(PosixFileAttributes old) throws IOException {
    PosixFileAttributeView view =
        Files.getFileAttributeView(temporary, PosixFileAttributeView.class);
    PosixFileAttributes made = view.readAttributes();
    Set<PosixFilePermission> permissions = EnumSet.noneOf(PosixFilePermission.class);
    permissions.addAll(old.permissions());
    try {
      if (!made.group().equals(old.group())) {
        view.setGroup(old.group());
      }
    } catch (FileSystemException denied) {
      GROUP_AND_OTHERS.forEach(
          (group, others) -> {
            if (!permissions.contains(others)) {
              permissions.remove(group);
            }
          });
    }
    try {
      view.setPermissions(permissions);
      if (!made.owner().equals(old.owner())) {
        view.setOwner(old.owner());
      }
    } catch (FileSystemException denied) {
      // Another's file in a folder of ours, or a file system without owners: it stays ours alone.
    }
  }

  /** Returns the file that {@code path} leads to, which need not exist. */
  private static Path target(Path path) throws IOException {
    if (Files.exists(path)) {
      // A rename would replace a device or a pipe with a file.
      InputFile.requireRegular(path);
      return path.toRealPath();
    }
    Path end = path.toAbsolutePath();
    for (int links = 0; links <= MOST_LINKS; links++) {
      if (!Files.isSymbolicLink(end)) {
        return end;
      }
      // What a link says counts from the folder that it really lies in.
      Path link = end.getParent().toRealPath().resolve(end.getFileName());
      end = link.resolveSibling(Files.readSymbolicLink(link));
    }
    throw new FileSystemException(
        Printable.text(path),
        null,
        "is a link in a loop, or in a chain of more than " + MOST_LINKS);
  }
}
