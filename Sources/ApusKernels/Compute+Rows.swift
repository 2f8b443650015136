import ApusBlocks

extension Compute {
  public typealias Input = UnsafePointer<Float>
  public typealias Output = UnsafeMutablePointer<Float>

  /// `out = x / sqrt(mean(x²) + epsilon) * weight` for each row.
  /// - Parameter x: [rows, width]; `out` may be the same.
  /// - Parameter weight: [width], or nil for ones.
  public func rmsNorm(
    _ x: Input, weight: Input?, epsilon: Float, rows: Int, width: Int, into out: Output
  ) {
    overRows(rows, width: width) { range in
      for row in range {
        table.vector.rmsNorm(x + row * width, weight, epsilon, width, out + row * width)
      }
    }
  }

  /// `out = (x - mean) / sqrt(variance + epsilon) * weight + bias` for each row.
  /// - Parameter x: [rows, width]; `out` may be the same.
  /// - Parameter weight: [width], or nil for ones.
  /// - Parameter bias: [width], or nil for zeros.
  public func layerNorm(
    _ x: Input, weight: Input?, bias: Input?, epsilon: Float, rows: Int, width: Int,
    into out: Output
  ) {
    overRows(rows, width: width) { range in
      for row in range {
        table.vector.layerNorm(x + row * width, weight, bias, epsilon, width, out + row * width)
      }
    }
  }

  /// Each row of `x` [rows, width] in place.
  public func softmax(_ x: Output, rows: Int, width: Int) {
    overRows(rows, width: width) { range in
      for row in range { table.vector.softmax(x + row * width, width) }
    }
  }

  /// `out = silu(gate) * up`; all [count], `out` may be one of the inputs.
  public func siluMultiply(_ gate: Input, _ up: Input, count: Int, into out: Output) {
    overElements(count) { table.vector.siluMultiply(gate + $0, up + $0, $1, out + $0) }
  }

  /// `out = gelu(gate) * up`; all [count], `out` may be one of the inputs.
  /// - Parameter exact: through erf; otherwise the tanh form.
  public func geluMultiply(
    _ gate: Input, _ up: Input, count: Int, exact: Bool = false, into out: Output
  ) {
    let kernel = exact ? table.vector.geluExactMultiply : table.vector.geluTanhMultiply
    overElements(count) { kernel(gate + $0, up + $0, $1, out + $0) }
  }

  /// `out = gelu(x)`; both [count], `out` may be `x`.
  /// - Parameter exact: through erf; otherwise the tanh form.
  public func gelu(_ x: Input, count: Int, exact: Bool = false, into out: Output) {
    let kernel = exact ? table.vector.geluExact : table.vector.geluTanh
    overElements(count) { kernel(x + $0, $1, out + $0) }
  }

  /// `out = a + b`; all [count], `out` may be one of the inputs.
  public func add(_ a: Input, _ b: Input, count: Int, into out: Output) {
    overElements(count) { table.vector.add(a + $0, b + $0, $1, out + $0) }
  }

  /// Adds `bias` [width] to each row of `x` [rows, width].
  public func addBias(_ bias: Input, rows: Int, width: Int, to x: Output) {
    overRows(rows, width: width) { range in
      for row in range { table.vector.add(x + row * width, bias, width, x + row * width) }
    }
  }

  /// `x *= factor`, [count].
  public func scale(_ x: Output, by factor: Float, count: Int) {
    overElements(count) { table.vector.scale(x + $0, factor, $1) }
  }

  /// `x = cap * tanh(x / cap)`, [count].
  public func softcap(_ x: Output, cap: Float, count: Int) {
    overElements(count) { table.vector.softcap(x + $0, cap, $1) }
  }

  /// [count]; the two do not overlap.
  public func copy(_ x: Input, count: Int, into out: Output) {
    overElements(count) { (out + $0).update(from: x + $0, count: $1) }
  }

  /// `out[i] = x[rows[i]]`: rows of `x` [.., width] into `out` [rows.count, width].
  public func gather(_ x: Input, rows: [Int32], width: Int, into out: Output) {
    overRows(rows.count, width: width) { range in
      for i in range { (out + i * width).update(from: x + Int(rows[i]) * width, count: width) }
    }
  }

  /// `out[rows[i]] += weights[i] * x[i]`: rows of `x` [rows.count, width], in order, so that the
  /// same row may be named more than once.
  public func scatterAdd(
    _ x: Input, rows: [Int32], weights: [Float], width: Int, into out: Output
  ) {
    for i in rows.indices {
      table.vector.addScaled(x + i * width, weights[i], width, out + Int(rows[i]) * width)
    }
  }

  /// Whether none of `x` [count] is infinite or not a number.
  public func allFinite(_ x: Input, count: Int) -> Bool {
    // The exponent is all ones exactly where the number is not finite.
    var found: UInt32 = 0
    for i in 0..<count {
      found |= (x[i].bitPattern & 0x7F80_0000) &+ 0x0080_0000
    }
    return found & 0x8000_0000 == 0
  }
}
