#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

extension VectorKernels {
  /// Plain loops over libm; sums of a normalisation in Double.
  public static let portable = VectorKernels(
    rmsNorm: { x, weight, epsilon, count, out in
      var sum = 0.0
      for i in 0..<count { sum += Double(x[i]) * Double(x[i]) }
      let factor = Float(1 / (sum / Double(count) + Double(epsilon)).squareRoot())
      if let weight {
        for i in 0..<count { out[i] = x[i] * factor * weight[i] }
      } else {
        for i in 0..<count { out[i] = x[i] * factor }
      }
    },
    layerNorm: { x, weight, bias, epsilon, count, out in
      var sum = 0.0
      for i in 0..<count { sum += Double(x[i]) }
      let mean = sum / Double(count)
      var squares = 0.0
      for i in 0..<count { squares += (Double(x[i]) - mean) * (Double(x[i]) - mean) }
      let factor = Float(1 / (squares / Double(count) + Double(epsilon)).squareRoot())
      for i in 0..<count {
        out[i] = (x[i] - Float(mean)) * factor * (weight?[i] ?? 1) + (bias?[i] ?? 0)
      }
    },
    softmax: { x, count in
      var largest = -Float.infinity
      for i in 0..<count { largest = max(largest, x[i]) }
      var sum = 0.0
      for i in 0..<count {
        x[i] = expf(x[i] - largest)
        sum += Double(x[i])
      }
      let factor = Float(1 / sum)
      for i in 0..<count { x[i] *= factor }
    },
    siluMultiply: { gate, up, count, out in
      for i in 0..<count { out[i] = gate[i] / (1 + expf(-gate[i])) * up[i] }
    },
    geluTanhMultiply: { gate, up, count, out in
      for i in 0..<count { out[i] = PortableMath.geluTanh(gate[i]) * up[i] }
    },
    geluTanh: { x, count, out in
      for i in 0..<count { out[i] = PortableMath.geluTanh(x[i]) }
    },
    geluExactMultiply: { gate, up, count, out in
      for i in 0..<count { out[i] = PortableMath.geluExact(gate[i]) * up[i] }
    },
    geluExact: { x, count, out in
      for i in 0..<count { out[i] = PortableMath.geluExact(x[i]) }
    },
    add: { a, b, count, out in
      for i in 0..<count { out[i] = a[i] + b[i] }
    },
    addScaled: { x, factor, count, out in
      for i in 0..<count { out[i] += factor * x[i] }
    },
    scale: { x, factor, count in
      for i in 0..<count { x[i] *= factor }
    },
    softcap: { x, cap, count in
      for i in 0..<count { x[i] = cap * tanhf(x[i] / cap) }
    },
    rotate: { x, cosines, sines, pairs, distance in
      let step = distance == 1 ? 2 : 1
      for i in 0..<pairs {
        let a = x[i * step]
        let b = x[i * step + distance]
        x[i * step] = a * cosines[i] - b * sines[i]
        x[i * step + distance] = a * sines[i] + b * cosines[i]
      }
    },
    encodeHalf: { x, out, count in
      Half.encode(x, into: UnsafeMutableRawPointer(out), count: count)
    })
}

extension PortableMath {
  /// 0.5·x·(1 + tanh(√(2/π)·(x + 0.044715·x³))).
  static func geluTanh(_ x: Float) -> Float {
    0.5 * x * (1 + tanhf(0.797_884_560_802_865_4 * (x + 0.044715 * x * x * x)))
  }

  /// 0.5·x·(1 + erf(x/√2)), written with erfc for the left tail.
  static func geluExact(_ x: Float) -> Float {
    0.5 * x * erfcf(-x * 0.707_106_781_186_547_5)
  }
}
