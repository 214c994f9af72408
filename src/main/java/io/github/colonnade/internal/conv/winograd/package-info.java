/**
 * 3×3 convolution by Winograd's minimal filtering (Lavin &amp; Gray 2016): the transforms, how
 * tiles and channels are cut, and the tasks. It uses {@code conv} and what that uses, and asks
 * {@code im2col} what it would do instead.
 */
package io.github.colonnade.internal.conv.winograd;
