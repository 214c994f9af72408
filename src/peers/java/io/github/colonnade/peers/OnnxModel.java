package io.github.colonnade.peers;

import com.google.protobuf.ByteString;
import com.google.protobuf.CodedOutputStream;
import io.github.colonnade.Tensor;
import io.github.colonnade.cli.bench.Layer;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;

/**
 * Writes an ONNX model of one Conv node, message by message. The numbers are the fields' of
 * onnx.proto.
 */
final class OnnxModel {
  static final String INPUT = "input";
  static final String OUTPUT = "output";

  private static final String WEIGHT = "weight";
  private static final String BIAS = "bias";
  private static final int FLOAT = 1;
  private static final int ATTRIBUTE_INT = 2;
  private static final int ATTRIBUTE_INTS = 7;
  private static final int IR_VERSION = 8;
  private static final int OPERATOR_SET = 17;

  private OnnxModel() {}

  /** Writes one message. */
  private interface Fields {
    void writeTo(CodedOutputStream out) throws IOException;
  }

  /** Returns a ModelProto of the layer, weights and bias as initializers. */
  static byte[] convolution(Problem problem) {
    return message(
            model -> {
              model.writeInt64(1, IR_VERSION);
              model.writeBytes(7, graph(problem));
              model.writeBytes(8, message(operatorSet -> operatorSet.writeInt64(2, OPERATOR_SET)));
            })
        .toByteArray();
  }

  private static ByteString graph(Problem problem) {
    return message(
        graph -> {
          graph.writeBytes(1, node(problem.layer()));
          graph.writeString(2, "convolution");
          graph.writeBytes(5, initializer(WEIGHT, problem.weight()));
          graph.writeBytes(5, initializer(BIAS, problem.bias()));
          graph.writeBytes(11, valueInfo(INPUT, problem.input()));
          graph.writeBytes(12, valueInfo(OUTPUT, problem.gradOutput()));
        });
  }

  private static ByteString node(Layer layer) {
    return message(
        node -> {
          node.writeString(1, INPUT);
          node.writeString(1, WEIGHT);
          node.writeString(1, BIAS);
          node.writeString(2, OUTPUT);
          node.writeString(4, "Conv");
          node.writeBytes(5, ints("kernel_shape", layer.kh(), layer.kw()));
          node.writeBytes(5, ints("strides", layer.stride(), layer.stride()));
          node.writeBytes(5, ints("pads", layer.pad(), layer.pad(), layer.pad(), layer.pad()));
          node.writeBytes(5, ints("dilations", layer.dilation(), layer.dilation()));
          node.writeBytes(
              5,
              message(
                  attribute -> {
                    attribute.writeString(1, "group");
                    attribute.writeInt64(3, layer.groups());
                    attribute.writeInt32(20, ATTRIBUTE_INT);
                  }));
        });
  }

  private static ByteString ints(String name, long... values) {
    return message(
        attribute -> {
          attribute.writeString(1, name);
          for (long value : values) {
            attribute.writeInt64(8, value);
          }
          attribute.writeInt32(20, ATTRIBUTE_INTS);
        });
  }

  private static ByteString initializer(String name, Tensor tensor) {
    return message(
        initializer -> {
          for (long size : tensor.shape()) {
            initializer.writeInt64(1, size);
          }
          initializer.writeInt32(2, FLOAT);
          initializer.writeString(8, name);
          // Little-endian, as this machine is: there is no other with these natives.
          initializer.writeBytes(9, ByteString.copyFrom(tensor.segment().asByteBuffer()));
        });
  }

  private static ByteString valueInfo(String name, Tensor tensor) {
    ByteString shape =
        message(
            dimensions -> {
              for (long size : tensor.shape()) {
                dimensions.writeBytes(1, message(dimension -> dimension.writeInt64(1, size)));
              }
            });
    ByteString tensorType =
        message(
            type -> {
              type.writeInt32(1, FLOAT);
              type.writeBytes(2, shape);
            });
    return message(
        value -> {
          value.writeString(1, name);
          value.writeBytes(2, message(type -> type.writeBytes(1, tensorType)));
        });
  }

  private static ByteString message(Fields fields) {
    try {
      ByteArrayOutputStream bytes = new ByteArrayOutputStream();
      CodedOutputStream out = CodedOutputStream.newInstance(bytes);
      fields.writeTo(out);
      out.flush();
      return ByteString.copyFrom(bytes.toByteArray());
    } catch (IOException impossible) {
      throw new UncheckedIOException(impossible);
    }
  }
}
