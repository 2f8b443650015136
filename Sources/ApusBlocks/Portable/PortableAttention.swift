#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

extension AttentionKernels {
  public static let portable = AttentionKernels(
    tokensPerJob: 8, scratchByteCount: { _, _, headSize in headSize * 4 },
    run: { job in
      for token in 0..<job.tokenCount {
        for head in 0..<job.headCount { attend(job, token, head) }
      }
    })
}

/// Online softmax of one head of one token: the sum and the output are rescaled whenever a larger
/// score comes by.
private func attend(_ job: AttentionJob, _ token: Int, _ head: Int) {
  let size = job.headSize
  let query = job.queries + token * job.queryTokenStride + head * size
  let output = job.output + token * job.outputTokenStride + head * size
  let row = job.scratch.assumingMemoryBound(to: Float.self)
  let position = job.firstPosition + token
  let begin = job.window > 0 ? max(job.begin, position - job.window + 1) : job.begin
  let end = min(job.end, position + 1)
  let bytes = job.positionByteCount

  var largest = -Float.infinity
  var sum: Float = 0
  for i in 0..<size { output[i] = 0 }
  var at = begin
  while at < end {
    KeyBlock.load(
      job.keys + (at & ~15) * bytes, headSize: size, format: job.format, lane: at & 15, into: row)
    var score = PortableMath.dot(query, row, size) * job.scale
    if job.softcap > 0 { score = job.softcap * tanhf(score / job.softcap) }
    if score > largest {
      let factor = expf(largest - score)
      sum *= factor
      for i in 0..<size { output[i] *= factor }
      largest = score
    }
    let weight = expf(score - largest)
    sum += weight
    job.format.blockFormat.decode(job.values + at * bytes, into: row, count: size)
    for i in 0..<size { output[i] += weight * row[i] }
    at += 1
  }
  if let partial = job.partial {
    let slot = 2 * (token * job.headCount + head)
    partial[slot] = largest
    partial[slot + 1] = sum
  } else {
    let factor = sum > 0 ? 1 / sum : 0
    for i in 0..<size { output[i] *= factor }
  }
}
