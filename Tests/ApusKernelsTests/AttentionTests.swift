import ApusBlocks
import Testing

@testable import ApusKernels

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// One sequence: a filled cache and queries for its last tokens.
private struct Scene {
  let layout: CacheLayout
  let shape: AttentionShape
  let tokens: Int
  let start: Int
  let queries: [Float]
  let keys: AlignedBuffer<UInt8>
  let values: AlignedBuffer<UInt8>
  /// [positions, kvHeads, headSize], as the cache holds them.
  let plainKeys: [Float]
  let plainValues: [Float]

  init(
    heads: Int, kvHeads: Int, size: Int, tokens: Int, start: Int, format: CacheFormat,
    softcap: Float = 0, window: Int = 0
  ) {
    layout = CacheLayout(
      format: format, kvHeadCount: kvHeads, capacity: start + tokens + 3, headSize: size)
    shape = AttentionShape(headCount: heads, scale: 0.3, softcap: softcap, window: window)
    self.tokens = tokens
    self.start = start
    var random = Randomness(tokens + start)
    queries = random.normals(tokens * heads * size)
    let count = (start + tokens) * kvHeads * size
    let rounded = { (x: [Float]) in format.blockFormat.decode(format.blockFormat.encode(x)) }
    plainKeys = rounded(random.normals(count))
    plainValues = rounded(random.normals(count))
    keys = AlignedBuffer(count: layout.byteCount)
    values = AlignedBuffer(count: layout.byteCount)
  }

  func run(_ table: KernelTable, threads: Int) -> [Float] {
    var out = [Float](repeating: .nan, count: queries.count)
    WorkerPool(threadCount: threads).runSync { workers in
      let compute = Compute(workers: workers, table: table)
      let positions = start + tokens
      compute.storeKeys(
        plainKeys, tokens: positions, start: 0, into: UnsafeMutableRawPointer(keys.base),
        layout: layout)
      compute.storeValues(
        plainValues, tokens: positions, start: 0, into: UnsafeMutableRawPointer(values.base),
        layout: layout)
      compute.attention(
        queries,
        [
          AttentionSequence(
            tokens: tokens, start: start, keys: UnsafeRawPointer(keys.base),
            values: UnsafeRawPointer(values.base), layout: layout)
        ], shape: shape, into: &out)
    }
    return out
  }

  /// Softmax in Double, nothing online.
  func expected() -> [Double] {
    var result: [Double] = []
    let size = layout.headSize
    let group = shape.headCount / layout.kvHeadCount
    for token in 0..<tokens {
      for head in 0..<shape.headCount {
        let own = start + token
        let first = shape.window > 0 ? max(0, own - shape.window + 1) : 0
        let query = queries[((token * shape.headCount + head) * size)...].prefix(size)
        func row(_ position: Int, _ all: [Float]) -> ArraySlice<Float> {
          all[((position * layout.kvHeadCount + head / group) * size)...].prefix(size)
        }
        var weights: [Double] = []
        for position in first...own {
          var score = 0.0
          for (q, k) in zip(query, row(position, plainKeys)) { score += Double(q) * Double(k) }
          score *= Double(shape.scale)
          if shape.softcap > 0 {
            score = Double(shape.softcap) * tanh(score / Double(shape.softcap))
          }
          weights.append(exp(score))
        }
        let sum = weights.reduce(0, +)
        var out = [Double](repeating: 0, count: size)
        for position in first...own {
          let weight = weights[position - first] / sum
          for (i, v) in row(position, plainValues).enumerated() { out[i] += weight * Double(v) }
        }
        result += out
      }
    }
    return result
  }
}

@Suite struct AttentionTests {
  private static let scenes = [
    Scene(heads: 8, kvHeads: 2, size: 64, tokens: 1, start: 200, format: .f16),
    Scene(heads: 4, kvHeads: 4, size: 64, tokens: 37, start: 0, format: .f16),
    Scene(heads: 6, kvHeads: 2, size: 80, tokens: 9, start: 77, format: .f32),
    Scene(heads: 3, kvHeads: 1, size: 20, tokens: 18, start: 130, format: .f32),
    Scene(heads: 4, kvHeads: 1, size: 128, tokens: 1, start: 1300, format: .f16),
    Scene(heads: 2, kvHeads: 2, size: 32, tokens: 40, start: 60, format: .f16, window: 17),
    Scene(heads: 2, kvHeads: 1, size: 32, tokens: 1, start: 1500, format: .f32, window: 600),
    Scene(heads: 2, kvHeads: 1, size: 48, tokens: 70, start: 3, format: .f32, softcap: 3),
    Scene(heads: 2, kvHeads: 1, size: 7, tokens: 5, start: 0, format: .f16),
    Scene(heads: 9, kvHeads: 3, size: 64, tokens: 1, start: 700, format: .f16),
    Scene(heads: 9, kvHeads: 3, size: 64, tokens: 1, start: 333, format: .q8),
    Scene(heads: 8, kvHeads: 8, size: 40, tokens: 1, start: 90, format: .f16, softcap: 3),
    Scene(heads: 5, kvHeads: 1, size: 24, tokens: 1, start: 800, format: .f32, window: 300),
    Scene(heads: 4, kvHeads: 2, size: 96, tokens: 33, start: 50, format: .q8),
  ]

  @Test(arguments: 0..<scenes.count)
  func agreesWithPlainSoftmax(_ index: Int) {
    let scene = AttentionTests.scenes[index]
    let expected = scene.expected()
    for table in KernelTable.available {
      let found = scene.run(table, threads: 2)
      #expect(squaredError(found, expected) < 1e-11, "\(table.name)")
    }
  }

  /// Tokens of several sequences in one operation give what each gives alone.
  @Test func sequencesTogetherAsAlone() {
    let scenes = AttentionTests.scenes.filter {
      $0.layout.headSize == 64 && $0.shape.headCount == 9
    }
    #expect(scenes.count == 2)
    for table in KernelTable.available {
      let alone = scenes.map { $0.run(table, threads: 2) }
      var out = [Float](repeating: .nan, count: alone.joined().count)
      WorkerPool(threadCount: 2).runSync { workers in
        Compute(workers: workers, table: table).attention(
          Array(scenes.map(\.queries).joined()),
          scenes.map {
            AttentionSequence(
              tokens: 1, start: $0.start, keys: UnsafeRawPointer($0.keys.base),
              values: UnsafeRawPointer($0.values.base), layout: $0.layout)
          }, shape: scenes[0].shape, into: &out)
      }
      #expect(out == Array(alone.joined()), "\(table.name)")
    }
  }

  @Test(arguments: 0..<scenes.count)
  func sameBitsWithAnyThreads(_ index: Int) {
    let scene = AttentionTests.scenes[index]
    for table in KernelTable.available {
      let one = scene.run(table, threads: 1)
      #expect(scene.run(table, threads: 2) == one, "\(table.name)")
      #expect(scene.run(table, threads: 5) == one, "\(table.name)")
    }
  }
}
