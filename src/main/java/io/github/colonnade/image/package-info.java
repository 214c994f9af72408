/**
 * Pictures to tensors and back: files, {@link java.awt.image.BufferedImage}s, and arrays whose
 * channels lie side by side.
 *
 * <p>{@link io.github.colonnade.image.Images} does it in one call. {@link
 * io.github.colonnade.image.Photograph} keeps beside the pixels what a file says of them, so that a
 * result can be written with the depth, opacity and colour profile of its source. {@link
 * io.github.colonnade.image.Interleaved} takes the arrays of cameras, video and other libraries.
 *
 * <p>Numbers go from 0, black, to {@link io.github.colonnade.image.ImageOptions#white}, which is 1
 * unless another is chosen. They are proportional to the file's: nothing is done about gamma or
 * profiles. On the way back, what is below 0 or NaN becomes black, what is above white becomes
 * white, and halves are rounded up, so every image comes back as it was.
 *
 * <p>All but {@code Interleaved} needs the module {@code java.desktop}, which the rest of the
 * library does without: a program in modules that has no other reason to read it adds {@code
 * requires java.desktop} or {@code --add-modules java.desktop}.
 */
@NullMarked
package io.github.colonnade.image;

import org.jspecify.annotations.NullMarked;
