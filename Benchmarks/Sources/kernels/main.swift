import ApusKernels
import Foundation

do {
  let options = try Options(Array(CommandLine.arguments.dropFirst()))
  let pools = (options.threads > 1 ? [1, options.threads] : [1]).map {
    WorkerPool(threadCount: $0)
  }
  var report = Report(
    processor: CPU.current.name, features: CPU.current.features, rounds: options.rounds,
    tokens: options.tokens)
  let weights = Weights(megabytes: options.megabytes)
  if options.wants(part: "limits") {
    report.limits = Limits.measure(options, weights, pools: pools)
  }
  if options.wants(part: "decode") {
    report.decode = Products.decode(options, weights, pools: pools)
  }
  if options.wants(part: "prefill") {
    report.prefill = Products.prefill(options, pools: pools)
  }
  if options.wants(part: "attention") {
    report.attention = Operations.attention(options, pools: pools)
  }
  if options.wants(part: "rows") { report.rows = Operations.rows(options) }
  if options.wants(part: "codecs") { report.codecs = Codecs.measure(options) }
  print(options.json ? try report.json() : report.text())
} catch let wrong as Options.Wrong {
  FileHandle.standardError.write(Data((wrong.message + "\n").utf8))
  exit(2)
}
