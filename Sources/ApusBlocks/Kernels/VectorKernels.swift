/// Operations on rows of floats. Outputs may be the inputs themselves; they never overlap in
/// part. Counts are in elements.
public struct VectorKernels: Sendable {
  public typealias Input = UnsafePointer<Float>
  public typealias Output = UnsafeMutablePointer<Float>

  /// `out = x / sqrt(mean(x²) + epsilon) * weight`; (x, weight or nil, epsilon, count, out).
  public var rmsNorm: @Sendable (Input, Input?, Float, Int, Output) -> Void
  /// `out = (x - mean) / sqrt(variance + epsilon) * weight + bias`;
  /// (x, weight or nil, bias or nil, epsilon, count, out).
  public var layerNorm: @Sendable (Input, Input?, Input?, Float, Int, Output) -> Void
  /// In place; (x, count).
  public var softmax: @Sendable (Output, Int) -> Void
  /// `out = gate * sigmoid(gate) * up`; (gate, up, count, out).
  public var siluMultiply: @Sendable (Input, Input, Int, Output) -> Void
  /// `out = gelu(gate) * up`, the tanh form; (gate, up, count, out).
  public var geluTanhMultiply: @Sendable (Input, Input, Int, Output) -> Void
  /// The tanh form; (x, count, out).
  public var geluTanh: @Sendable (Input, Int, Output) -> Void
  /// `out = gelu(gate) * up`, the exact form through erf; (gate, up, count, out).
  public var geluExactMultiply: @Sendable (Input, Input, Int, Output) -> Void
  /// The exact form through erf; (x, count, out).
  public var geluExact: @Sendable (Input, Int, Output) -> Void
  /// `out = a + b`; (a, b, count, out).
  public var add: @Sendable (Input, Input, Int, Output) -> Void
  /// `out += factor * x`; (x, factor, count, out).
  public var addScaled: @Sendable (Input, Float, Int, Output) -> Void
  /// In place; (x, factor, count).
  public var scale: @Sendable (Output, Float, Int) -> Void
  /// `x = cap * tanh(x / cap)` in place; (x, cap, count).
  public var softcap: @Sendable (Output, Float, Int) -> Void
  /// Rotates one head in place; (x, cosines, sines, pairs, distance). Pair `i` is the elements
  /// `2i` and `2i + 1` where distance is 1, `i` and `i + distance` otherwise.
  public var rotate: @Sendable (Output, Input, Input, Int, Int) -> Void
  /// F32 to binary16, to the nearest, ties to even; (x, out, count).
  public var encodeHalf: @Sendable (Input, UnsafeMutablePointer<UInt16>, Int) -> Void

  public init(
    rmsNorm: @escaping @Sendable (Input, Input?, Float, Int, Output) -> Void,
    layerNorm: @escaping @Sendable (Input, Input?, Input?, Float, Int, Output) -> Void,
    softmax: @escaping @Sendable (Output, Int) -> Void,
    siluMultiply: @escaping @Sendable (Input, Input, Int, Output) -> Void,
    geluTanhMultiply: @escaping @Sendable (Input, Input, Int, Output) -> Void,
    geluTanh: @escaping @Sendable (Input, Int, Output) -> Void,
    geluExactMultiply: @escaping @Sendable (Input, Input, Int, Output) -> Void,
    geluExact: @escaping @Sendable (Input, Int, Output) -> Void,
    add: @escaping @Sendable (Input, Input, Int, Output) -> Void,
    addScaled: @escaping @Sendable (Input, Float, Int, Output) -> Void,
    scale: @escaping @Sendable (Output, Float, Int) -> Void,
    softcap: @escaping @Sendable (Output, Float, Int) -> Void,
    rotate: @escaping @Sendable (Output, Input, Input, Int, Int) -> Void,
    encodeHalf: @escaping @Sendable (Input, UnsafeMutablePointer<UInt16>, Int) -> Void
  ) {
    self.rmsNorm = rmsNorm
    self.layerNorm = layerNorm
    self.softmax = softmax
    self.siluMultiply = siluMultiply
    self.geluTanhMultiply = geluTanhMultiply
    self.geluTanh = geluTanh
    self.geluExactMultiply = geluExactMultiply
    self.geluExact = geluExact
    self.add = add
    self.addScaled = addScaled
    self.scale = scale
    self.softcap = softcap
    self.rotate = rotate
    self.encodeHalf = encodeHalf
  }
}
