import ApusBlocks
import Foundation
import Testing

/// The portable attention against all scores at once in Double.
@Suite struct PortableAttentionTests {
  struct Case: Sendable, CustomTestStringConvertible {
    var format = CacheFormat.f32
    var tokens = 3
    var heads = 2
    var headSize = 24
    var first = 5
    var window = 0
    var softcap: Float = 0
    var testDescription: String {
      "\(format) \(tokens)x\(heads)x\(headSize) from \(first), window \(window), cap \(softcap)"
    }
  }

  static let cases = [
    Case(), Case(tokens: 1, heads: 1, headSize: 7, first: 0), Case(format: .f16),
    Case(format: .q8, headSize: 32),
    Case(first: 40, window: 4), Case(softcap: 2), Case(format: .f16, first: 90, window: 33),
    Case(tokens: 9, heads: 4, headSize: 64, first: 0),
  ]

  struct Setting {
    let options: Case
    let positions: Int
    /// [tokens, heads, headSize]
    let queries: [Float]
    /// [positions, headSize], as the cache rounds them.
    let keys: [Float]
    let values: [Float]

    init(_ options: Case) {
      self.options = options
      positions = options.first + options.tokens
      var generator = Generator(9)
      let count = options.tokens * options.heads * options.headSize
      queries = (0..<count).map { _ in generator.bell() * 4 }
      let block = options.format.blockFormat
      let elements = positions * options.headSize
      keys = block.decode(block.encode((0..<elements).map { _ in generator.bell() }))
      values = block.decode(block.encode((0..<elements).map { _ in generator.bell() }))
    }

    /// `keys` in blocks of 16 positions.
    func storedKeys() -> [UInt8] {
      let size = options.headSize
      let bytes = options.format.byteCount(headSize: size) ?? 0
      var blocks = [UInt8](repeating: 0, count: (positions + 15) / 16 * 16 * bytes)
      blocks.withUnsafeMutableBytes { blocks in
        guard let base = blocks.baseAddress else { return }
        for position in 0..<positions {
          stored(Array(keys[position * size..<(position + 1) * size])).withUnsafeBytes { key in
            guard let key = key.baseAddress else { return }
            KeyBlock.store(
              key, headSize: size, format: options.format, lane: position % 16,
              into: base + position / 16 * 16 * bytes)
          }
        }
      }
      return blocks
    }

    func stored(_ x: [Float]) -> [UInt8] {
      options.format.blockFormat.encode(x)
    }

    var scale: Float { 1 / Float(options.headSize).squareRoot() }

    /// Runs the kernel over `range`; the partial sums are used where `partial` is true.
    func run(_ range: Range<Int>, partial: Bool) -> (output: [Float], partials: [Float]) {
      let o = options
      var output = [Float](repeating: .nan, count: queries.count)
      var partials = [Float](repeating: .nan, count: 2 * o.tokens * o.heads)
      let kernels = KernelTable.portable.attention
      let scratch = AlignedBuffer<UInt8>(
        count: kernels.scratchByteCount(o.tokens, o.heads, o.headSize))
      queries.withUnsafeBufferPointer { q in
        storedKeys().withUnsafeBytes { k in
          stored(values).withUnsafeBytes { v in
            output.withUnsafeMutableBufferPointer { out in
              partials.withUnsafeMutableBufferPointer { sums in
                guard let q = q.baseAddress, let k = k.baseAddress, let v = v.baseAddress,
                  let out = out.baseAddress
                else { return }
                kernels.run(
                  AttentionJob(
                    queries: q, queryTokenStride: o.heads * o.headSize, tokenCount: o.tokens,
                    headCount: o.heads, headSize: o.headSize, format: o.format, keys: k, values: v,
                    positionByteCount: o.format.byteCount(headSize: o.headSize) ?? 0,
                    firstPosition: o.first, begin: range.lowerBound, end: range.upperBound,
                    window: o.window, scale: scale, softcap: o.softcap,
                    output: out, outputTokenStride: o.heads * o.headSize,
                    partial: partial ? sums.baseAddress : nil,
                    scratch: UnsafeMutableRawPointer(scratch.base)))
              }
            }
          }
        }
      }
      return (output, partials)
    }

    /// Σ softmax(scores) · values for one token and head.
    func expected(_ token: Int, _ head: Int) -> [Double] {
      let o = options
      let at = (token * o.heads + head) * o.headSize
      let last = o.first + token
      let begin = o.window > 0 ? max(0, last - o.window + 1) : 0
      let scores = (begin...last).map { position in
        var sum = 0.0
        for i in 0..<o.headSize {
          sum += Double(queries[at + i]) * Double(keys[position * o.headSize + i])
        }
        sum *= Double(scale)
        return o.softcap > 0 ? Double(o.softcap) * tanh(sum / Double(o.softcap)) : sum
      }
      let weights = scores.map { exp($0 - (scores.max() ?? 0)) }
      let total = weights.reduce(0, +)
      return (0..<o.headSize).map { i in
        zip(weights, begin...last).reduce(0.0) {
          $0 + $1.0 / total * Double(values[$1.1 * o.headSize + i])
        }
      }
    }
  }

  @Test(arguments: cases) func attends(_ options: Case) {
    let setting = Setting(options)
    let (output, _) = setting.run(0..<setting.positions, partial: false)
    for token in 0..<options.tokens {
      for head in 0..<options.heads {
        let at = (token * options.heads + head) * options.headSize
        let row = Array(output[at..<at + options.headSize])
        PortableVectorTests.expect(row, setting.expected(token, head), 2e-5)
      }
    }
  }

  /// The context cut in two, put together again by the largest scores and the sums.
  @Test(arguments: cases) func joinsParts(_ options: Case) {
    let setting = Setting(options)
    let middle = setting.positions / 2
    let a = setting.run(0..<middle, partial: true)
    let b = setting.run(middle..<setting.positions, partial: true)
    for token in 0..<options.tokens {
      for head in 0..<options.heads {
        let slot = token * options.heads + head
        let largest = max(a.partials[2 * slot], b.partials[2 * slot])
        let (fa, fb) = (expf(a.partials[2 * slot] - largest), expf(b.partials[2 * slot] - largest))
        let sum = fa * a.partials[2 * slot + 1] + fb * b.partials[2 * slot + 1]
        let range = slot * options.headSize..<(slot + 1) * options.headSize
        let row = range.map { (fa * a.output[$0] + fb * b.output[$0]) / sum }
        PortableVectorTests.expect(row, setting.expected(token, head), 2e-5)
      }
    }
  }

  @Test func marksWhatSeesNothing() {
    let setting = Setting(Case(tokens: 1, heads: 1, headSize: 8, first: 20, window: 4))
    let (output, partials) = setting.run(0..<10, partial: true)
    #expect(partials == [-.infinity, 0])
    #expect(output.allSatisfy { $0 == 0 })
  }
}
