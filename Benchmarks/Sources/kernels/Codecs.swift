import ApusBlocks
import ApusKernels

/// Encoding and portable decoding of every format, in giga elements per second.
enum Codecs {
  static func measure(_ options: Options) -> [Product] {
    let count = 1 << 16
    let values = Weights.floats(count)
    let pool = WorkerPool(threadCount: 1)
    return Products.formats(options).flatMap { format in
      let blocks = AlignedBuffer<UInt8>(count: format.byteCount(elements: count) ?? 0)
      let floats = AlignedBuffer<Float>(count: count)
      let rates = Measurement.rates(
        [
          { _ in
            format.encode(values, into: blocks.base, count: count)
            return Double(count)
          },
          { _ in
            format.decode(blocks.base, into: floats.base, count: count)
            return Double(count)
          },
        ], rounds: options.rounds, pool: pool)
      return zip(["encode", "decode"], rates).map { name, rates in
        Product(
          name: format.name, kernels: name,
          rates: [Rate(value: Measurement.median(rates) / 1e9, threads: 1)])
      }
    }
  }
}
