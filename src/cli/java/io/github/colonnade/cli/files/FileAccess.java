package io.github.colonnade.cli.files;

import java.io.IOException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFileAttributeView;
import java.nio.file.attribute.PosixFileAttributes;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.EnumSet;
import java.util.Map;
import java.util.Set;

/** Whom a file belongs to and who may do what with it. */
final class FileAccess {
  private static final Map<PosixFilePermission, PosixFilePermission> GROUP_AND_OTHERS =
      Map.of(
          PosixFilePermission.GROUP_READ, PosixFilePermission.OTHERS_READ,
          PosixFilePermission.GROUP_WRITE, PosixFilePermission.OTHERS_WRITE,
          PosixFilePermission.GROUP_EXECUTE, PosixFilePermission.OTHERS_EXECUTE);

  private final PosixFileAttributes attributes;

  private FileAccess(PosixFileAttributes attributes) {
    this.attributes = attributes;
  }

  /** Returns a file's, or null if there is no file or its system has no such thing. */
  static FileAccess of(Path file) throws IOException {
    PosixFileAttributeView view = Files.getFileAttributeView(file, PosixFileAttributeView.class);
    try {
      return view == null ? null : new FileAccess(view.readAttributes());
    } catch (NoSuchFileException none) {
      return null;
    }
  }

  /** Returns what to create a file with before it is given anything. */
  static FileAttribute<Set<PosixFilePermission>> ownerOnly() {
    return PosixFilePermissions.asFileAttribute(
        EnumSet.of(PosixFilePermission.OWNER_READ, PosixFilePermission.OWNER_WRITE));
  }

  /**
   * Gives a file of ours all this as far as the system lets us. If the group is not among it, no
   * group gets more than everybody has.
   */
  void giveTo(Path file) throws IOException {
    PosixFileAttributeView view = Files.getFileAttributeView(file, PosixFileAttributeView.class);
    PosixFileAttributes made = view.readAttributes();
    Set<PosixFilePermission> permissions = EnumSet.noneOf(PosixFilePermission.class);
    permissions.addAll(attributes.permissions());
    try {
      if (!made.group().equals(attributes.group())) {
        view.setGroup(attributes.group());
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
      if (!made.owner().equals(attributes.owner())) {
        view.setOwner(attributes.owner());
      }
    } catch (FileSystemException denied) {
      // Another's file in a folder of ours, or a file system without owners: it stays ours.
    }
  }
}
